"""No module imports one that imports it in turn: not inside a function either, and not for its types alone.

What stands in a circle can be understood, tested and moved only together. Where two modules need one value, it stands
in a third, most often in ``model``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]

LEFT = (
    # The desk makes the review of a release, for which a desk of its own makes that release again.
    frozenset(
        f"kdsp_lib.custodian.{name}"
        for name in ("desk", "own_lists", "remade", "rerunning", "reruns", "review_lists")
    ),
    # What a notebook sees lays itself out.
    frozenset(
        f"kdsp_lib.report.{name}"
        for name in (
            "chart", "claim", "drawing", "drawing.bars", "drawing.heat", "drawing.lines", "drawing.mark",
            "drawing.spread", "drawing.stack", "drawing.whiskers", "frame", "html", "layout", "plain", "pupil_list",
            "session", "table",
        )
    ),
    # The contract of a data set knows the readers of all.
    frozenset(
        f"kdsp_lib.source.{name}"
        for name in (
            "column_type", "contract", "local_table", "national.establishment", "national.exclusion",
            "national.indicator", "national.inspection", "national.kinds", "national.neighbour", "national.region",
            "national.tidy.deriving", "national.tidy.file", "national.tidy.metadata", "plain_csv", "published",
            "published_reading", "published_table", "reading", "workbook", "xml_reading",
        )
    ),
)  # fmt: skip
"""Circles that are still there. A module may leave one; none may join, and there may be no other."""


def imports_of(package: Path) -> Graph:
    """Every module with those of the package that it imports, wherever in it that stands."""
    paths = {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in package.rglob("*.py")}
    modules = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    return {
        name: frozenset(_imported(ast.parse(path.read_text("utf-8")), modules)) - {name}
        for name, path in modules.items()
    }


def _imported(tree: ast.AST, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in modules:
                    yield whole
                elif node.module in modules:
                    yield node.module


def circles(graph: Graph) -> list[frozenset[str]]:
    """The modules that reach each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[frozenset[str]] = []

    def visit(name: str) -> None:
        index[name] = lowest[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], index[other])
        if lowest[name] == index[name]:
            place = stack.index(name)
            found.append(frozenset(stack[place:]))
            del stack[place:]

    for name in graph:
        if name not in index:
            visit(name)
    return [circle for circle in found if len(circle) > 1]


def test_no_modules_import_each_other_in_a_circle(house):
    fresh = [
        sorted(circle) for circle in circles(imports_of(house / "kdsp_lib")) if not any(circle <= old for old in LEFT)
    ]
    assert fresh == []


def test_no_circle_is_listed_that_is_no_more(house):
    found = circles(imports_of(house / "kdsp_lib"))
    assert [sorted(old) for old in LEFT if not any(circle <= old for circle in found)] == []


def test_a_circle_is_seen_inside_a_function_and_among_types(tmp_path):
    package = tmp_path / "p"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("def f():\n    from p.b import g\n    return g\n")
    (package / "b.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p import c\n")
    (package / "c.py").write_text("import p.a\n")
    (package / "d.py").write_text("import p.a\n")
    assert circles(imports_of(package)) == [frozenset({"p.a", "p.b", "p.c"})]
