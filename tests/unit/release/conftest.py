"""Charts are drawn once: their bytes are another room's matter, and drawing is half of what a release costs."""

from __future__ import annotations

import pytest

from kdsp_lib.report.canonical import canonical_json
from kdsp_lib.report.chart import Chart


@pytest.fixture(scope="session", autouse=True)
def each_chart_is_drawn_once():
    """The same description and table give the same drawing: the one that was made for them first."""
    drawn = {}

    def once(draw):
        def drawing(chart, **options):
            key = canonical_json([draw.__name__, chart.spec.to_json(), chart.table.to_wire(), options])
            return drawn[key] if key in drawn else drawn.setdefault(key, draw(chart, **options))

        return drawing

    with pytest.MonkeyPatch.context() as patch:
        for draw in (Chart.svg, Chart.pictures):
            patch.setattr(Chart, draw.__name__, once(draw))
        yield
