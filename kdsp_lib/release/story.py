"""A release's story: the executed notebook as a sequence of texts, tables and charts, in its own order.

Of what a kernel put into a notebook, only names are taken: which table and which chart stood where. The figures come
from the custodian.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kdsp_lib.errors import BadParameters
from kdsp_lib.report.chart import CHART_MIME, ChartSpec
from kdsp_lib.report.pupil_list import PUPILS_MIME
from kdsp_lib.report.table import TABLE_MIME

REPORT_MIME = "application/vnd.kdsp.report+json"
WORKING = "working"
"""The tag of a text for whoever reads the notebook: it heads cells that leave nothing on the page."""


@dataclass(frozen=True, slots=True)
class Words:
    """A cell of text, as it was written."""

    source: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table that the notebook showed here."""

    name: str


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A chart that the notebook showed here."""

    name: str


@dataclass(frozen=True, slots=True)
class ShownReport:
    """The report itself: whom it is for, and why it may be shared."""


@dataclass(frozen=True, slots=True)
class ShownPupils:
    """A list of pupils that the notebook showed here."""

    name: str


Item = Words | ShownTable | ShownChart | ShownReport | ShownPupils
_Thing = TypeVar("_Thing")


def look_up(things: Mapping[Item, _Thing], item: Item) -> _Thing:
    """What stands for an item; BadParameters where the release has no such thing, for nobody vouches for it."""
    try:
        return things[item]
    except KeyError:
        what = {ShownTable: "table", ShownPupils: "list"}.get(type(item), "chart")
        name = getattr(item, "name", "")[:60]
        raise BadParameters(f"The notebook shows a {what} {name!r} that is not in the release.") from None


def story_of(notebook: Mapping[str, Any]) -> tuple[Item, ...]:
    """Texts, tables and charts in the notebook's order; BadParameters where it did not run to its end."""
    check_finished(notebook)
    return tuple(item for cell in notebook["cells"] for item in _items(cell))


def order_of_tables(notebook: Mapping[str, Any], tables: Iterable[str]) -> tuple[str, ...]:
    """The release's tables as they are numbered: those the notebook showed, in its order, then the others."""
    shown = [item.name for item in story_of(notebook) if isinstance(item, ShownTable)]
    return tuple(dict.fromkeys([*shown, *tables]))


def charts_shown(notebook: Mapping[str, Any]) -> tuple[ChartSpec, ...]:
    """The descriptions of the charts a notebook showed, each once, in its order."""
    found: dict[str, ChartSpec] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            shown = output.get("data", {}).get(CHART_MIME)
            if isinstance(shown, Mapping):
                spec = ChartSpec.from_json(_mapping(shown.get("chart")))
                if found.setdefault(spec.name, spec) != spec:
                    raise BadParameters(f"Two charts have the name {spec.name!r}.", remedy="give one of them name=")
    return tuple(found.values())


def counted(cells: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each cell with its number, from the top, text and code alike, as JupyterLab lists the notebook of its author.

    The cell of parameters that a run puts in is none of the author's: it has the number 0.
    """
    number = 0
    for cell in cells:
        is_put_in = "injected-parameters" in cell.get("metadata", {}).get("tags", ())
        number += not is_put_in
        yield 0 if is_put_in else number, cell


def check_finished(notebook: Mapping[str, Any]) -> None:
    """Nothing, or BadParameters naming the cell where the notebook stopped; never its traceback."""
    for number, cell in counted(notebook["cells"]):
        if any(output.get("output_type") == "error" for output in cell.get("outputs", ())):
            raise BadParameters(
                f"The notebook stopped in cell {number}." if number else "The notebook stopped at its parameters.",
                remedy="a release is made from a notebook that ran to its end",
            )


def text_of(value: Any) -> str:
    """A notebook's text, which may be written as a list of lines."""
    return "".join(value) if isinstance(value, list) else str(value)


def _items(cell: Mapping[str, Any]) -> Iterator[Item]:
    if cell["cell_type"] == "markdown" and WORKING not in cell.get("metadata", {}).get("tags", ()):
        source = text_of(cell["source"])
        if source.strip():
            yield Words(source)
    for output in cell.get("outputs", ()):
        item = shown_in(output)
        if item is not None:
            yield item


def shown_in(output: Mapping[str, Any]) -> Item | None:
    """The table, chart, list or report that an output shows, by its name; None for all else that a kernel put out."""
    data = output.get("data", {})
    if isinstance(data.get(CHART_MIME), Mapping):
        return ShownChart(str(_mapping(data[CHART_MIME].get("chart")).get("name")))
    if isinstance(data.get(TABLE_MIME), Mapping):
        return ShownTable(str(data[TABLE_MIME].get("name")))
    if isinstance(data.get(PUPILS_MIME), Mapping):
        return ShownPupils(str(data[PUPILS_MIME].get("name")))
    return ShownReport() if REPORT_MIME in data else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
