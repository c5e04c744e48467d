"""What two runs of a notebook showed, cell by cell: what differs, and where. Times and counters count for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kdsp_lib.release.story import REPORT_MIME, text_of
from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.pupil_list import PUPILS_MIME
from kdsp_lib.report.table import TABLE_MIME
from kdsp_lib.run.checks.finding import cells_of

MOST_TOLD: Final = 5
"""So many differences of one output are told; of more, that there are more."""
_Cell = Mapping[str, Any]


def differences(stored: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What the second of two runs of a notebook shows otherwise: the number of the cell as it is stored, and what."""
    before, after = list(cells_of(stored, "code")), [cell for _, cell in cells_of(new, "code")]
    if [text_of(cell["source"]) for _, cell in before] != [text_of(cell["source"]) for cell in after]:
        return [(0, "its code is not that of the other run")]
    return [
        (number, what)
        for (number, one), other in zip(before, after, strict=True)
        for what in between(one.get("outputs", ()), other.get("outputs", ()))
    ]


def unrun(notebook: Mapping[str, Any]) -> list[int]:
    """The cells of code that were not run when the notebook was stored, though others were."""
    code = [(number, cell) for number, cell in cells_of(notebook, "code") if text_of(cell["source"]).strip()]
    return [number for number, cell in code if cell.get("execution_count") is None] if has_run(notebook) else []


def has_run(notebook: Mapping[str, Any]) -> bool:
    """Whether a notebook has outputs stored, or says that its cells ran."""
    return any(cell.get("outputs") or cell.get("execution_count") for _, cell in cells_of(notebook, "code"))


def between(stored: Sequence[_Cell], new: Sequence[_Cell]) -> Iterator[str]:
    """What the outputs of one cell show otherwise: figures as they are printed, of a list the numbers of its rows."""
    if len(stored) != len(new):
        yield f"shows {_outputs(len(new))}, where {_outputs(len(stored))} stood"
        return
    for one, other in zip(map(_shown, stored), map(_shown, new), strict=True):
        if one != other:
            told = list(_of_output(one, other))
            yield from told[:MOST_TOLD]
            if len(told) > MOST_TOLD:
                yield f"and {len(told) - MOST_TOLD} more"


def _outputs(number: int) -> str:
    return {0: "nothing", 1: "one thing"}.get(number, f"{number} things")


def _shown(output: _Cell) -> dict[str, Any]:
    """What an output shows by kind; text as one string, whichever way it was stored."""
    shown = dict(output.get("data", {}))
    if "text" in output:
        shown[str(output.get("name", "text"))] = output["text"]
    if "ename" in output:
        shown["error"] = output["ename"]
    is_lines = {
        key: isinstance(value, list) and all(isinstance(part, str) for part in value) for key, value in shown.items()
    }
    return {key: "".join(value) if is_lines[key] else value for key, value in shown.items()}


def _of_output(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    for kind, told in (
        (TABLE_MIME, _of_table),
        (PUPILS_MIME, _of_list),
        (CHART_MIME, _of_chart),
        (REPORT_MIME, _of_report),
    ):
        if isinstance(one.get(kind), Mapping) and isinstance(other.get(kind), Mapping):
            found = list(told(one[kind], other[kind]))
            yield from found or [f"draws or words {_name(one[kind])} otherwise, though its figures are the same"]
            return
    kinds = sorted(key for key in {*one, *other} if one.get(key) != other.get(key))
    yield f"shows another {', '.join(kinds)}"


def _name(data: Mapping[str, Any]) -> str:
    return str(data.get("name") or data.get("title") or data.get("chart", {}).get("name") or "it")[:60]


def _of_table(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Cell by cell, by the codes of its row and the name of its column."""
    name = _name(one)
    if _name(other) != name:
        yield f"shows table {_name(other)}, where {name} stood"
        return
    old, new = _values(one), _values(other)
    for at in dict.fromkeys([*old, *new]):
        before, after = old.get(at, "no row"), new.get(at, "no row")
        if before != after:
            yield f"table {name}, {', '.join(filter(None, at))}: {before} stood there, {after} came out"
    if one.get("draft") != other.get("draft"):
        yield f"table {name}: one of the two is a draft"
    parts = sorted(key for key in {*one, *other} - {"cells", "draft", "name"} if one.get(key) != other.get(key))
    if parts:
        yield f"table {name}: its {', '.join(parts)} differ"


def _values(table: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    names = [str(statistic["name"]) for statistic in table["statistics"]]
    return {
        (*map(str, cell["codes"]), name): str(value)
        for cell in table["cells"]
        for name, value in zip(names, cell["values"], strict=False)
    }


def _of_list(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Row by row, by number: a row may be a pupil, so nothing of it is said."""
    name, old, new = _name(one), list(one.get("rows", ())), list(other.get("rows", ()))
    if len(old) != len(new):
        yield f"list {name}: {len(new)} rows, where {len(old)} stood"
        return
    yield from (
        f"list {name}, row {number}, differs" for number, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b
    )
    if {**one, "rows": ()} != {**other, "rows": ()}:
        yield f"list {name}: its words differ"


def _of_chart(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    old, new = one.get("chart", {}), other.get("chart", {})
    parts = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    if parts:
        yield f"chart {_name(old)}: its {', '.join(parts)} differ"
    yield from (f"chart {_name(old)}, {what}" for what in _of_table(one.get("table", {}), other.get("table", {})))


def _of_report(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    old, new = dict(map(tuple, one.get("facts", ()))), dict(map(tuple, other.get("facts", ())))
    parts = [label for label in dict.fromkeys([*old, *new]) if old.get(label) != new.get(label)]
    yield f"the report says otherwise of {', '.join(parts) or 'its title'}"
