"""A chart has words for those who cannot see it, and no number that its table does not print."""

from __future__ import annotations

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.report import Chart, ChartSpec, Table, bar, line
from kdsp_lib.report.chart import CHART_MIME

ALT = "Absence is higher for boys than for girls in primary schools."


@pytest.mark.parametrize("alt", ["", "   ", "Chart", "A bar chart\nof it all, you see"])
def test_words_are_required(rates, alt):
    with pytest.raises(BadParameters) as caught:
        bar(Table.from_wire(rates), alt=alt)
    assert [fault.field for fault in caught.value.faults] == ["alt"]


@pytest.mark.parametrize(
    ("alt", "wrong"),
    [
        ("In primary schools 18.2 per cent of 1,819 girls are absent, in 2025/26.", None),
        ("The smallest special school has 3 pupils who are absent.", "3"),
        ("A gap of 1.9 points between boys and girls in primary.", "1.9"),
        ("Some 1,8190 girls are in primary schools of the area.", "8190"),
    ],
)
def test_every_number_in_the_words_is_a_printed_one(rates, alt, wrong):
    """18.2 and 1,819 are cells; 3 was withheld, 1.9 was worked out."""
    table = Table.from_wire(rates)
    for words in ({"alt": alt}, {"alt": ALT, "title": alt}):
        if wrong is None:
            bar(table, **words)
        else:
            with pytest.raises(BadParameters, match="does not print"):
                bar(table, **words)


@pytest.mark.parametrize(
    "options",
    [
        {"x": "ward"},
        {"series": "phase"},
        {"statistic": "median"},
        {"name": "../x"},
        {"colour": "red"},
        {"title": " "},
        {"totals": "yes"},
    ],
)
def test_what_the_table_does_not_have_is_not_drawn(rates, options):
    with pytest.raises(BadParameters):
        bar(Table.from_wire(rates), alt=ALT, **options)


def test_more_than_can_be_told_apart_is_refused(wire_of):
    many = {str(k): f"Year {k}" for k in range(1, 8)}
    values = {(x, s): ("50",) for x in many for s in many}
    table = Table.from_wire(wire_of(values, dims={"x": many, "s": many}, statistics={"n": 0}))
    for draw in (bar, line):
        with pytest.raises(BadParameters, match="to tell apart"):
            draw(table, alt=ALT)
    with pytest.raises(BadParameters, match="no total"):
        bar(table, alt=ALT, series=None)


def test_a_chart_is_of_the_one_table_it_names(rates, counts):
    spec = bar(Table.from_wire(rates), alt=ALT).spec
    with pytest.raises(BadParameters, match="is of table 'absence'"):
        Chart(spec, Table.from_wire(counts))


def test_a_description_holds_names_and_words_alone(rates):
    spec = bar(Table.from_wire(rates), alt=ALT).spec
    assert ChartSpec.from_json(spec.to_json()) == spec
    with pytest.raises(BadParameters):
        ChartSpec.from_json(spec.to_json() | {"values": [1, 2]})
    with pytest.raises(BadParameters):
        ChartSpec.from_json(spec.to_json() | {"alt": None})


def test_a_notebook_stores_the_figures_behind_a_chart(rates):
    """A comparison of notebooks skips pictures; it does not skip this."""
    draft = rates | {"draft": True}
    bundle = bar(Table.from_wire(draft), alt=ALT)._repr_mimebundle_()
    assert bundle[CHART_MIME]["table"] == draft
    assert bundle["text/plain"] == ALT
    assert bundle["image/svg+xml"].startswith("<svg")
