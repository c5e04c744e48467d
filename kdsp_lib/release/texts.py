"""The texts of a release that people, or code in a notebook, wrote: each with its place, for the custodian to check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kdsp_lib.release.story import counted, text_of
from kdsp_lib.report.chart import CHART_MIME

_OF_A_CHART = {
    "alt": ("alt text", "words"),
    "title": ("title of a chart", "words"),
    "name": ("name of a chart", "code"),
}


def texts_of(notebook: Mapping[str, Any]) -> list[dict[str, str]]:
    """``{place, kind, text}`` of every cell and of every chart's words; ``kind`` is ``words`` or ``code``.

    Cells are numbered as their author numbers them: the cell of parameters that a run puts in counts for none.
    """
    cells = sorted(counted(notebook["cells"]), key=lambda each: not each[0])
    return [text for number, cell in cells for text in _texts(f"cell {number}" if number else "parameters", cell)]


def _texts(place: str, cell: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    kind = "code" if cell["cell_type"] == "code" else "words"
    yield {"place": place, "kind": kind, "text": text_of(cell["source"])}
    for output in cell.get("outputs", ()):
        shown = output.get("data", {}).get(CHART_MIME)
        chart = shown.get("chart") if isinstance(shown, Mapping) else None
        if isinstance(chart, Mapping):
            for field, (what, kind_of_it) in _OF_A_CHART.items():
                yield {"place": f"{place}, {what}", "kind": kind_of_it, "text": str(chart.get(field, ""))}
