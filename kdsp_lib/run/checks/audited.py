"""Audited: what a notebook shows is what the custodian answered, and neither its tables nor its words tell more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kdsp_lib.errors import Disclosive
from kdsp_lib.protect.linked_tables import attack_linked, read_linked_tables
from kdsp_lib.release.count import VALUE, CountTable, tables_json
from kdsp_lib.release.release import parsed_counts
from kdsp_lib.release.story import Item, ShownChart, ShownPupils, ShownReport, ShownTable, shown_in
from kdsp_lib.release.tidy import safe_text
from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.pupil_list import PUPILS_MIME
from kdsp_lib.report.table import TABLE_MIME
from kdsp_lib.run.checks.draft import Drafted
from kdsp_lib.run.checks.finding import Finding, cells_of

_SHOW: Final = "show the report, or a table, chart or list of it, and nothing else: a release leaves all else out"
_AUTHOR: Final = (
    "report this: what the custodian answers was made safe, so something stands between it and the notebook"
)
_PLACE: Final = re.compile(r"cell (\d+)")


def audited_findings(drafted: Drafted) -> list[Finding]:
    """What of a run the custodian does not vouch for, what can be worked out, and what its words may not say."""
    if drafted.answer is None:
        return [*_refused(drafted)]
    return [*_not_the_custodians(drafted.executed, drafted.answer), *_worked_out(drafted)]


def to_review(drafted: Drafted) -> list[str]:
    """Figures in sentences that no table prints: no fault, but somebody has to look."""
    found = () if drafted.answer is None else drafted.answer["facts"]["to_review"]
    return [f"{each['place']} states {', '.join(each['figures'])}, which no table prints" for each in found]


def _refused(drafted: Drafted) -> Iterator[Finding]:
    error = drafted.refused
    if error is None:
        return
    remedy = error.remedy or "kdsp run says more"
    if not isinstance(error, Disclosive) or not error.faults:
        yield Finding(0, error.message, remedy)
    for fault in error.faults:
        found = _PLACE.match(fault.place)
        yield Finding(int(found[1]) if found else 0, f"{fault.text} ({fault.place})", remedy)


def _not_the_custodians(executed: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Finding]:
    answered: dict[Item, Mapping[str, Any]] = {ShownTable(str(each["name"])): each for each in answer["tables"]}
    answered |= {ShownPupils(str(each["name"])): each for each in answer["listings"]}
    for number, cell in cells_of(executed, "code"):
        for output in cell.get("outputs", ()):
            item, data = shown_in(output), output.get("data", {})
            if item is None:
                yield Finding(number, f"shows something that is not the custodian's ({_kind(output)})", _SHOW)
            elif isinstance(item, ShownChart):
                table = data[CHART_MIME].get("table", {})
                if table != answered.get(ShownTable(str(table.get("name")))):
                    yield Finding(
                        number, f"draws a table that the custodian did not answer: chart {item.name[:60]}", _SHOW
                    )
            elif not isinstance(item, ShownReport) and not _is_same(answered.get(item), data):
                yield Finding(number, f"shows what the custodian did not answer: {item.name[:60]}", _SHOW)  # type: ignore[union-attr]


def _is_same(answered: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    return answered is not None and answered == data.get(TABLE_MIME, data.get(PUPILS_MIME))


def _kind(output: Mapping[str, Any]) -> str:
    data = output.get("data", {})
    return next((kind for kind in ("image/png", "image/svg+xml", "text/html", "text/plain") if kind in data), "print")


def _worked_out(drafted: Drafted) -> Iterator[Finding]:
    """Attack all counts behind the tables, as ``kdsp audit`` attacks a release. What it finds is named, never told."""
    counts = parsed_counts(drafted.release())
    if not counts:
        return
    linked = read_linked_tables(json.loads(tables_json(counts, drafted.release().facts["disclosure_policy"])), "tables")
    by_file = dict(zip((table.file for table in linked.tables), map(_columns, counts), strict=True))
    result = attack_linked(linked, by_file)
    for cell in (*result.recovered, *result.small):
        yield Finding(0, f"a withheld figure can be worked out of its tables: {cell.id}", _AUTHOR)


def _columns(count: CountTable) -> dict[str, list[str]]:
    """A column a dimension, and the values, as the file of these counts has them."""
    rows = [(codes, value) for codes, value in count.rows if value != "z"]
    dims = {dim.name: [safe_text(codes[k]) for codes, _ in rows] for k, dim in enumerate(count.dims)}
    return {**dims, VALUE: [value for _, value in rows]}
