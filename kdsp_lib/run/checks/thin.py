"""Thin: a notebook asks the custodian, shows what it answers, and says so in words; it does nothing else.

What is not known to be thin is not: code is held to the few forms of it that a notebook needs, so that reading files,
the network, loops and functions need no list of their own. Pure: nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from kdsp_lib.release.story import text_of
from kdsp_lib.run.checks.finding import Finding, cells_of
from kdsp_lib.run.prepared import tags_of

MOST_CELLS: Final = 12
MOST_LINES: Final = 75
PARAMETERS: Final = "parameters"
MAY_IMPORT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"kdsp_lib": frozenset({"open_report"}), "IPython.display": frozenset({"display"})}
)
_FORMS: Final = (
    ast.Module, ast.Expr, ast.Assign, ast.ImportFrom, ast.alias, ast.Call, ast.keyword, ast.Name, ast.Attribute,
    ast.Subscript, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Starred, ast.GeneratorExp, ast.comprehension,
    ast.Compare, ast.In, ast.NotIn, ast.Load, ast.Store,
)  # fmt: skip
_IN_WORDS: Final[tuple[tuple[tuple[type[ast.AST], ...], str], ...]] = (
    ((ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef), "defines a function or a class"),
    ((ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp), "has a loop"),
    ((ast.With, ast.AsyncWith), "opens something (with)"),
    ((ast.If, ast.IfExp, ast.Match, ast.Try), "decides something (if, try)"),
    ((ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.AugAssign), "works something out"),
)
_ASK: Final = "ask the custodian for it (kdsp measures lists what can be asked); what is left over belongs in a library"
_CLAUSE: Final = re.compile(r"\b(?:clause|principle)s?\s+\d", re.IGNORECASE)
_AUDIENCE: Final = re.compile(
    r"\b(?:for|to|with|whom|whoever)\b[^.:;]{0,80}?\b(?:communit|school|establishment|cluster|network|collaborative"
    r"|members?|recipient|authority|public|partner|head|reads?\b|readers?|whom)",
    re.IGNORECASE,
)
_SECRET_TO_CODE: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\b\d{4}-\d{2}-\d{2}\b"), "a date"),
    (re.compile(r"(?<!\d)[1-9]\d{5}(?!\d)"), "a URN"),
    (re.compile(r"://|^[~./]|\\|\.(?:csv|parquet|xlsx?|json|db|xml)\b"), "a path or an address"),
    (re.compile(r"(?is)^\s*(?:select|insert|update|delete|with|copy|attach)\b.*\b(?:from|into|set|as)\b"), "SQL"),
)


def thin_findings(notebook: Mapping[str, Any]) -> list[Finding]:
    """All that keeps a notebook from being thin; nothing where it is."""
    return [*_head(notebook), *_size(notebook), *_parameters(notebook), *_code(notebook)]


def _head(notebook: Mapping[str, Any]) -> Iterator[Finding]:
    first = notebook["cells"][0] if notebook["cells"] else {"cell_type": "none"}
    text = text_of(first.get("source", ""))
    if first["cell_type"] != "markdown" or not re.match(r"#\s+\S", text):
        yield Finding(
            1, "is no head", "begin with a cell of text: # and a title, then what it tells, for whom, why it may"
        )
        return
    if not _CLAUSE.search(text):
        yield Finding(
            1, "says no clause", "name the clauses that it may be shared under, such as: Clause 4 of the protocol"
        )
    if not _AUDIENCE.search(text):
        yield Finding(1, "does not say for whom it is", "name its audience, such as: it is for the school itself")


def _size(notebook: Mapping[str, Any]) -> Iterator[Finding]:
    sources = [text_of(cell["source"]) for _, cell in cells_of(notebook, "code")]
    lines = sum(len(source.splitlines()) for source in sources)
    if len(sources) > MOST_CELLS:
        yield Finding(0, f"has {len(sources)} cells of code, more than {MOST_CELLS}", "show several tables in one cell")
    if lines > MOST_LINES:
        yield Finding(
            0, f"has {lines} lines of code, more than {MOST_LINES}", "ask fewer questions, or make two reports"
        )


def _parameters(notebook: Mapping[str, Any]) -> Iterator[Finding]:
    code = list(cells_of(notebook, "code"))
    tagged = [number for number, cell in code if PARAMETERS in tags_of(cell)]
    remedy = "tag the first cell of code `parameters`; in it, give each parameter a text, one a line"
    if len(tagged) != 1:
        yield Finding(0, f"has {len(tagged) or 'no'} cell{'s'[: len(tagged) > 1]} of parameters", remedy)
    elif tagged[0] != code[0][0]:
        yield Finding(tagged[0], "holds the parameters, and code stands before it", remedy)
    for number, cell in code:
        if PARAMETERS in tags_of(cell):
            for node in _parsed(text_of(cell["source"])):
                is_plain = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                if not is_plain or not all(isinstance(target, ast.Name) for target in node.targets):  # type: ignore[attr-defined]
                    yield Finding(number, f"line {node.lineno} is no parameter", remedy)


def _code(notebook: Mapping[str, Any]) -> Iterator[Finding]:
    own = {"open_report", "display"}
    for number, cell in cells_of(notebook, "code"):
        source = text_of(cell["source"])
        if not (body := _parsed(source)) and source.strip():
            if not _is_python(source):
                yield Finding(number, "is not plain Python (a command after ! or %, or a mistake)", _ASK)
            continue
        nodes = [node for statement in body for node in ast.walk(statement)]
        own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        found = dict.fromkeys((text, remedy) for node in nodes for text, remedy in _faults(node, own))
        yield from (Finding(number, text, remedy) for text, remedy in found)
        if PARAMETERS not in tags_of(cell):
            yield from _texts(number, nodes)


def _faults(node: ast.AST, own: set[str]) -> Iterator[tuple[str, str]]:
    """What a piece of code is that a notebook does without; ``own``: the names that the notebook made so far."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = node.module if isinstance(node, ast.ImportFrom) else None
        named = {alias.name for alias in node.names}
        if not named <= MAY_IMPORT.get(str(module), frozenset()):
            what = str(module) if module else ", ".join(sorted(named))
            yield f"imports {what}", "a notebook needs open_report, of kdsp_lib, and display, of IPython.display"
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id not in own:
            yield f"uses {node.id}", _ASK
    elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
        yield f"reaches behind the report ({node.attr})", "use what a report, table or list offers by its own name"
    elif not isinstance(node, _FORMS) and not isinstance(node, ast.expr_context):
        words = next((words for kinds, words in _IN_WORDS if isinstance(node, kinds)), "")
        if words or isinstance(node, ast.stmt | ast.expr):
            yield words or f"does more than ask and show ({type(node).__name__})", _ASK


def _texts(number: int, nodes: list[ast.AST]) -> Iterator[Finding]:
    told = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    for pattern, what in _SECRET_TO_CODE:
        if any(pattern.search(text) for text in told):
            yield Finding(
                number, f"holds {what}", "what changes from report to report is a parameter; paths and SQL are nobody's"
            )


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True
