"""Parameter files: read with line numbers and checked against the notebook before anything runs.

``parameters/<notebook>/<name>.yaml`` holds that notebook's parameters and nothing else, so that ``papermill -f`` takes
it too. Every fault is named at once: unknown and missing parameters, values of a wrong shape, keys given twice.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from kdsp_lib.errors import BadParameters, Fault, did_you_mean
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.run.lines import Pair, pairs_of, read_mapping
from kdsp_lib.source import period as periods

_PARTY = re.compile(
    r"establishment:\d{6}|(officer|partner|appointee|external|cluster|network|collaborative):[a-z0-9][a-z0-9_-]{0,63}"
    r"|authority|public"
)
_GROUP = re.compile(r"(cluster|network|collaborative):[a-z0-9][a-z0-9_-]{0,63}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one parameter must look like."""

    holds: Callable[[str], bool]
    expected: str
    may_be_null: bool = False
    may_be_left_out: bool = False


RULES: Mapping[str, Rule] = {
    "group": Rule(lambda t: bool(_GROUP.fullmatch(t)), "write it as collaborative:east", may_be_null=True),
    "recipient": Rule(
        lambda t: bool(_PARTY.fullmatch(t)),
        "write it as establishment:990001 (six digits), collaborative:east, authority",
    ),
    "purpose": Rule(lambda t: bool(_SLUG.fullmatch(t)), "write it as commissioning-of-services"),
    "period": Rule(periods.is_period, periods.EXPECTED),
    "on": Rule(lambda text: read_day(text) is not None, "write it as a day, 2026-03-02"),
    "release": Rule(lambda t: bool(_SLUG.fullmatch(t)), "write the name of its folder, or of a report: area-profile"),
    "school": Rule(lambda t: bool(re.fullmatch(r"\d{6}", t)), "write its URN: six digits, quoted"),
    "promotional": Rule(lambda t: t in ("true", "false"), "true or false", may_be_left_out=True),
    "suppression": Rule(lambda t: t in ("always", "when-required"), "always or when-required", may_be_left_out=True),
}


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """One checked file: the notebook it is for and the values, all text or null."""

    path: Path
    notebook: Path
    values: Mapping[str, str | None]
    report: str
    """The report that the notebook opens, whatever it is called itself."""
    which: str = ""
    """Of a batch file: what tells this report from its others."""


Check = Callable[[str, Mapping[str, str | None]], Iterable[Fault]]
"""Further faults of a notebook's parameters that are well formed: what the register does not know."""


def read_parameters(path: Path, notebooks: Path, check: Check = lambda _notebook, _values: ()) -> ParameterFile:
    """Read and check one parameter file. Raises BadParameters naming every fault with its line."""
    pairs, faults = pairs_of(read_mapping(path))
    notebook = notebook_named(path.resolve().parent.name, notebooks, path)
    asked = Asked.of(notebook)
    values, found = asked.values(pairs, check)
    refuse_faults(path, [*faults, *found])
    return ParameterFile(path, notebook, values, asked.report)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one notebook takes, and the report that it opens."""

    notebook: Path
    names: tuple[str, ...]
    report: str

    @classmethod
    def of(cls, notebook: Path) -> Self:
        """Read from the notebook's code; BadParameters where it is none."""
        return cls(notebook, tuple(notebook_parameters(notebook)), report_opened_by(notebook))

    def values(self, pairs: Iterable[Pair], check: Check) -> tuple[dict[str, str | None], list[Fault]]:
        """The values of some pairs, and every fault of them: of their names, their shapes, and by a further check."""
        given = list(pairs)
        faults: list[Fault] = []
        values: dict[str, str | None] = {}
        for line, key, value in given:
            place = f"line {line}"
            if key not in self.names:
                hint = did_you_mean(key, self.names) or f"; it takes {', '.join(self.names)}"
                faults.append(Fault(place, f"is not a parameter of {self.notebook.stem}{hint}", key))
            elif key in values:
                faults.append(Fault(place, "is given twice; keep one", key))
            else:
                values[key] = value
                faults += _faults_of(place, key, value)
        faulty, lines = {fault.field for fault in faults}, {key: f"line {line}" for line, key, _ in given}
        sound = {key: value for key, value in values.items() if key not in faulty}
        known = check(self.report, sound)
        faults += (replace(fault, place=fault.place or lines.get(fault.field, "")) for fault in known)
        expected = {name: RULES[name].expected for name in self.names if name in RULES}
        faults += [
            Fault("", f"is missing; {expected.get(name, 'every parameter must be given')}", name)
            for name in self.names
            if name not in lines and not (name in RULES and RULES[name].may_be_left_out)
        ]
        in_order = {name: values[name] for name in self.names if name in values}
        return in_order, faults  # whatever order the file has them in, the same bytes


def notebook_named(name: str, notebooks: Path, path: Path, line: int = 0) -> Path:
    """The notebook that a file is for; BadParameters names those that there are.

    It lies in ``notebooks`` itself, links resolved: a file of parameters never leads to code elsewhere.
    """
    place = f"{path.as_posix()} line {line}" if line else path.as_posix()
    notebook = notebooks / f"{name}.ipynb"
    if Path(name).name != name or name.startswith("."):
        raise BadParameters(
            f"{place} names no notebook: it is the name of one in {notebooks.name}/, without a folder.",
            remedy=f"name one of {_stems(notebooks)}",
        )
    if not notebook.is_file():
        raise BadParameters(
            f"{place} belongs to no notebook: there is no {notebook.name} in {notebooks.name}/.",
            remedy=f"the folder's name, or a batch's `notebook`, says the notebook; there are {_stems(notebooks)}",
        )
    if not lies_in(notebook, notebooks):
        raise BadParameters(
            f"{place} belongs to a notebook that is a link to somewhere else: {notebook.name}.",
            remedy=f"put the notebook itself into {notebooks.name}/",
        )
    return notebook


def lies_in(notebook: Path, notebooks: Path) -> bool:
    """Whether a notebook lies in that very folder, wherever links lead."""
    return notebook.resolve().parent == notebooks.resolve()


def refuse_faults(path: Path, faults: Iterable[Fault]) -> None:
    """BadParameters with all faults of a file, in the order of its lines; those of no line come last."""
    found = sorted(faults, key=lambda fault: int(fault.place.partition("line ")[2] or sys.maxsize))
    if found:
        number = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        raise BadParameters(f"{path.as_posix()} has {number}.", faults=found)


def _stems(notebooks: Path) -> str:
    return ", ".join(sorted(path.stem for path in notebooks.glob("*.ipynb"))) or "none"


def _faults_of(place: str, key: str, value: str | None) -> list[Fault]:
    rule = RULES.get(key)
    if rule is None:
        return [] if value is None or len(value) <= 500 else [Fault(place, "is longer than 500 characters", key)]
    if value is None:
        return [] if rule.may_be_null else [Fault(place, f"may not be empty; {rule.expected}", key)]
    if not rule.holds(value):
        return [Fault(place, f"{json.dumps(value[:60], ensure_ascii=False)} will not do; {rule.expected}", key)]
    return []


def report_opened_by(notebook: Path) -> str:
    """The one report that a notebook's code opens by its name; the notebook's own name where it does not say one."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found = {name for source in sources for name in _opened_in(source)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadParameters(f"{notebook.name} is no notebook.", remedy="restore it, or start another") from error
    return found.pop() if len(found) == 1 else notebook.stem


def _opened_in(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell of magic: it opens nothing that could be read here
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open_report":
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def notebook_parameters(notebook: Path) -> dict[str, Any]:
    """Names and defaults of the notebook's cell tagged ``parameters``: plain assignments of literals."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        source = next(cell["source"] for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
        tree = ast.parse(source if isinstance(source, str) else "".join(source))
        return {
            target.id: ast.literal_eval(statement.value)
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
    except (OSError, ValueError, KeyError, TypeError, SyntaxError, StopIteration) as error:
        raise BadParameters(
            f"{notebook.name} has no usable parameters cell.",
            remedy="tag one code cell `parameters` and assign literals in it, one a line",
        ) from error
