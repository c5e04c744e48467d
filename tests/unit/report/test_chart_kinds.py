"""Each kind of chart: what it takes, what it refuses, and what becomes of a withheld cell in it."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from itertools import product

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.release.picture import png_of
from kdsp_lib.report import ChartSpec, Table
from kdsp_lib.report.chart import KINDS, chart
from kdsp_lib.report.drawing import _WAYS
from kdsp_lib.report.drawing.mark import marks_of
from kdsp_lib.report.drawing.spread import Middles, middles

ALT = "What the table says, drawn for the eye alone."
YEARS = {"7": "Year 7", "8": "Year 8", "9": "Year 9"}
SEN = {"none": "No SEN", "support": "SEN support", "plan": "EHC plan"}
OPTIONS = {"diverging": {"low": "low", "high": "high"}, "bar": {"reference": "plan"}}


@pytest.fixture
def shares(wire_of):
    """Pupils by year group and SEN: of Year 8 two parts are withheld, of Year 9 the total too."""
    values = {
        **{("7", code): (value,) for code, value in zip([*SEN, "All"], ("60", "30", "10", "100"), strict=True)},
        **{("8", code): (value,) for code, value in zip([*SEN, "All"], ("75", "c", "c", "100"), strict=True)},
        **{("9", code): (value,) for code, value in zip([*SEN, "All"], ("50", "c", "20", "c"), strict=True)},
        **dict.fromkeys(product(["All"], [*SEN, "All"]), ("c",)),
    }
    return Table.from_wire(wire_of(values, dims={"year": YEARS, "sen": SEN}, statistics={"pupils": 0}, name="sen"))


@pytest.fixture
def gaps(wire_of):
    """A gap with its interval; one is withheld, of another the interval is not available."""
    values = {("7",): ("-2.5", "-4.0", "-1.0"), ("8",): ("c", "c", "c"), ("9",): ("1.5", "x", "x")}
    return Table.from_wire(
        wire_of(values, dims={"year": YEARS}, statistics={"gap": 1, "low": 1, "high": 1}, name="gaps")
    )


@pytest.fixture
def spread(wire_of):
    """12 establishments by the band of their rate: two bands are withheld, 1 has hardly any pupils in it."""
    bands = {"from-0": "Below 10 %", "from-10": "10 % to 20 %", "from-20": "20 % to 30 %", "few": "Hardly any pupils"}
    values = {(code,): (value,) for code, value in zip([*bands, "All"], ("c", "7", "c", "1", "12"), strict=True)}
    return Table.from_wire(wire_of(values, dims={"band": bands}, statistics={"establishments": 0}, name="spread"))


@pytest.fixture
def table_for(shares, gaps, spread):
    """A table that a kind of chart can be drawn of."""
    return lambda kind: {"diverging": gaps, "spread": spread}.get(kind, shares)


def marks(svg: str) -> dict[str, ET.Element]:
    """The drawn marks by their place."""
    root = ET.fromstring(svg)
    found = {e.get("id", ""): e for e in root.iter() if "mark-" in e.get("id", "")}
    return {name.partition("mark-")[2]: element for name, element in found.items()}


def width_of(mark: ET.Element) -> float:
    """How wide a box is drawn."""
    return float(mark.get("width"))


def test_every_kind_can_be_drawn():
    assert set(KINDS) == set(_WAYS)


@pytest.mark.parametrize("kind", KINDS)
def test_svg_and_png_are_the_same_bytes_each_time(kind, table_for):
    drawing = chart(kind, table_for(kind), alt=ALT, **OPTIONS.get(kind, {}))
    svg = drawing.svg()
    assert drawing.svg() == svg
    assert png_of(drawing, svg) == png_of(drawing, svg)
    assert ChartSpec.from_json(drawing.spec.to_json()) == drawing.spec


@pytest.mark.parametrize("kind", KINDS)
def test_a_withheld_cell_has_no_mark(kind, table_for):
    """Of a stack no part is drawn whose whole is withheld; of bars the reference is a mark of its own."""
    table = table_for(kind)
    drawn = marks(chart(kind, table, alt=ALT, **OPTIONS.get(kind, {})).svg())
    expected = {
        "bar": {"0-0", "0-1", "0-reference", "1-0", "2-0", "2-reference"},
        "diverging": {"0-0", "2-0"},
        "heat": {"0-0", "0-1", "0-2", "1-0", "2-0", "2-2"},
        "line": {"0-0", "0-1", "0-2", "1-0", "2-0", "2-2"},
        "spread": {"1-0", "3-0", "half"},
        "stack": {"0-0", "0-1", "0-2", "1-0"},
    }
    assert set(drawn) == expected[kind]


def test_a_stack_shares_out_the_printed_total(shares):
    """Year 7: 60, 30 and 10 of 100. Year 8: 75, and a gap of 25 for both that are withheld. Year 9: nothing."""
    drawn = marks(chart("stack", shares, alt=ALT).svg())
    whole = sum(width_of(drawn[f"0-{k}"]) for k in range(3))
    assert [round(width_of(drawn[f"0-{k}"]) / whole, 3) for k in range(3)] == [0.6, 0.3, 0.1]
    assert width_of(drawn["1-0"]) / whole == pytest.approx(0.75, abs=0.001)


def test_a_png_has_the_words_in_its_metadata(shares):
    from PIL import Image

    said = f"{ALT} Ž"
    drawing = chart("heat", shares, alt=said)
    picture = Image.open(io.BytesIO(png_of(drawing, drawing.svg())))
    picture.load()
    assert picture.info["Title"] == "Persistent absence by phase and sex"
    assert picture.info["Description"] == said
    assert "Software" not in picture.info
    assert picture.width > 1000


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("pie", {}, "There is no chart 'pie'"),
        ("funnel", {}, "draw that: how many establishments lie in each band"),
        ("spread", {}, "draw report.spread(...)"),
        ("heat", {"reference": "plan"}, "no option reference"),
        ("bar", {"reference": "england"}, "one of none, support, plan, All"),
        ("bar", {"reference": "plan", "series": None}, "compare what is told apart by series"),
        ("stack", {"series": None}, "what is shared out"),
        ("stack", {"totals": True}, "is the whole"),
        ("diverging", {"low": "pupils"}, "or neither"),
        ("diverging", {"low": "pupils", "high": "most"}, "no statistic 'most'"),
    ],
)
def test_what_makes_no_sense_is_refused(kind, options, said, shares):
    with pytest.raises(BadParameters) as caught:
        chart(kind, shares, alt=ALT, **options)
    assert said in str(caught.value)


def test_what_can_nowhere_be_is_no_series(wire_of):
    """The group that others are compared with has no gap to itself: it takes no colour and no row."""
    rows = {(y, s): (value,) for y in (*YEARS, "All") for s, value in (("none", "z"), ("plan", "4.5"), ("All", "z"))}
    dims = {"year": YEARS, "sen": {"none": "No SEN", "plan": "EHC plan"}}
    drawn = chart("diverging", Table.from_wire(wire_of(rows, dims=dims, statistics={"gap": 1})), alt=ALT)
    assert [level.label for level in drawn.series] == ["EHC plan"]
    assert set(marks(drawn.svg())) == {"0-0", "1-0", "2-0"}


def test_a_negative_figure_is_no_part_of_a_whole(wire_of):
    values = {("7", "none"): ("-3",), ("7", "All"): ("9",), ("All", "none"): ("c",), ("All", "All"): ("c",)}
    table = Table.from_wire(wire_of(values, dims={"year": {"7": "Y7"}, "sen": {"none": "-"}}, statistics={"n": 0}))
    with pytest.raises(BadParameters, match="no parts of a whole"):
        chart("stack", table, alt=ALT)


def test_the_total_may_be_what_the_others_are_compared_with(shares):
    drawn = chart("bar", shares, alt=ALT, reference="All")
    assert drawn.reference is not None
    assert drawn.reference.code == "All"
    assert len(drawn.series) == 3


def test_a_gap_without_an_interval_has_no_whisker(gaps):
    with_whiskers = chart("diverging", gaps, alt=ALT, low="low", high="high").svg()
    without = chart("diverging", gaps, alt=ALT).svg()
    assert set(marks(without)) == set(marks(with_whiskers)) == {"0-0", "2-0"}
    assert without.count("<path") < with_whiskers.count("<path")


@pytest.mark.parametrize("kind", KINDS)
def test_words_are_required_of_every_kind(kind, table_for):
    with pytest.raises(BadParameters, match="for those who cannot see it"):
        chart(kind, table_for(kind), alt="A chart", **OPTIONS.get(kind, {}))
    with pytest.raises(BadParameters, match="does not print"):
        chart(kind, table_for(kind), alt="About 4321 pupils are at it.", **OPTIONS.get(kind, {}))


def test_the_middle_of_a_spread_is_as_wide_as_what_is_withheld(spread):
    """Of 11 in a band, 7 are in the second: the sixth is there wherever the 4 others are, the third need not be."""
    drawn = chart("spread", spread, alt=ALT)
    assert middles(drawn, marks_of(drawn)) == Middles(half=(0, 2), one=(1, 1))


def test_a_spread_of_which_nothing_is_known_has_no_middle(wire_of):
    values = {("from-0",): ("c",), ("from-10",): ("c",), ("All",): ("9",)}
    dims = {"band": {"from-0": "Below 10 %", "from-10": "10 % or more"}}
    drawn = chart("spread", Table.from_wire(wire_of(values, dims=dims, statistics={"establishments": 0})), alt=ALT)
    assert middles(drawn, marks_of(drawn)) is None
    assert marks(drawn.svg()) == {}
