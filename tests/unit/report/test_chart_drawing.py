"""A drawing is made from printed cells alone, and is the same bytes each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from kdsp_lib.report import Table, bar, line
from kdsp_lib.report.canonical import canonical_json

ALT = "Pupils on roll differ little between girls and boys."
DRAW = {"bar": bar, "line": line}


def marks(svg: str) -> list[str]:
    """The marks of the plot: bars by their fill, points by their marker."""
    return re.findall(r'id="[\w-]+mark[\w-]*"', svg)


@pytest.mark.parametrize("kind", DRAW)
def test_the_same_bytes_whatever_was_set_before(counts, kind):
    import matplotlib as mpl

    table = Table.from_wire(counts)
    first = DRAW[kind](table, alt=ALT).svg()
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": None, "axes.facecolor": "red", "font.family": "serif"}):
        before = dict(mpl.rcParams)
        assert DRAW[kind](table, alt=ALT).svg() == first
        assert dict(mpl.rcParams) == before


def test_the_same_bytes_in_another_process(counts):
    code = (
        "import sys, json; from kdsp_lib.report import Table, bar; "
        f"sys.stdout.write(bar(Table.from_wire(json.load(sys.stdin)), alt={ALT!r}).svg())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        input=canonical_json(counts),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert other.stdout == bar(Table.from_wire(counts), alt=ALT).svg()


@pytest.mark.parametrize("kind", DRAW)
def test_nothing_of_the_run_is_in_it(counts, kind):
    svg = DRAW[kind](Table.from_wire(counts), alt=ALT).svg()
    assert not re.search(r"matplotlib|<metadata|dc:date|<!--|<script|<style>.*@import", svg.split("<defs>")[0])
    assert "matplotlib" not in svg


@pytest.mark.parametrize("kind", DRAW)
def test_a_withheld_cell_is_a_gap_and_a_true_zero_is_not(counts, kind):
    """Six cells are drawn: two are withheld. Were they drawn as zeros, there would be as many marks as cells."""
    svg = DRAW[kind](Table.from_wire(counts), alt=ALT).svg()
    assert len(marks(svg)) == 4
    for cell in counts["cells"]:
        cell["values"] = ["0" if value == "c" else value for value in cell["values"]]
    assert len(marks(DRAW[kind](Table.from_wire(counts), alt=ALT).svg())) == 6


def test_points_of_equal_value_do_not_hide_each_other(wire_of):
    """Read without colour: each series has a place of its own beside the others, in the order of the key."""
    cells = {(year, sex): ("43.1",) for year in "ab" for sex in "FM"}
    dims = {"year": {"a": "2024/25", "b": "2025/26"}, "sex": {"F": "Girls", "M": "Boys"}}
    svg = line(Table.from_wire(wire_of(cells, dims=dims, statistics={"rate": 1})), alt=ALT).svg()
    at = re.findall(r'id="[\w-]+mark-(\d-\d)" transform="translate\(([\d.]+) ([\d.]+)\)"', svg)
    assert [place for place, _, _ in at] == ["0-0", "1-0", "0-1", "1-1"]
    (girls, _, boys, _), downs = [float(across) for _, across, _ in at], {down for _, _, down in at}
    assert boys - girls >= 7  # points; a marker is 6.5 wide
    assert len(downs) == 1


def test_all_withheld_is_drawn_without_a_mark(counts):
    for cell in counts["cells"]:
        cell["values"] = ["c"]
    for draw in DRAW.values():
        assert not marks(draw(Table.from_wire(counts), alt=ALT).svg())


def test_a_withheld_cell_changes_nothing_but_its_own_mark(counts):
    """The order, the scale and the other marks are those of the printed cells alone."""
    table = Table.from_wire(counts)
    assert [level.label for level in bar(table, alt=ALT).categories] == ["Year 1", "Year 2", "Year 3"]


def test_a_drawing_is_an_image_with_a_title_and_words(counts):
    chart = bar(Table.from_wire(counts), alt=ALT + " <b>&")
    root = ET.fromstring(chart.svg())
    names = {element.get("id"): element.text for element in root if element.tag.endswith(("title", "desc"))}
    assert root.get("role") == "img"
    assert [names[key] for key in root.get("aria-labelledby").split()] == [chart.spec.title, chart.spec.alt]


def test_two_drawings_may_stand_in_one_page(counts):
    table = Table.from_wire(counts)
    ids = [re.findall(r'\bid="([^"]+)"', draw(table, alt=ALT).svg()) for draw in DRAW.values()]
    assert not set(ids[0]) & set(ids[1])
    for svg, own in ((draw(table, alt=ALT).svg(), own) for draw, own in zip(DRAW.values(), ids, strict=True)):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(own)


def test_a_draft_carries_its_mark_and_gaps_carry_negatives(counts, wire_of):
    table = Table.from_wire(counts)
    assert bar(Table.from_wire(counts | {"draft": True}), alt=ALT).svg() != bar(table, alt=ALT).svg()
    gap = wire_of({("a",): ("-3.5",), ("b",): ("2.0",)}, dims={"x": {"a": "A", "b": "B"}}, statistics={"gap": 1})
    for draw in DRAW.values():
        assert len(marks(draw(Table.from_wire(gap), alt=ALT).svg())) == 2


def test_signs_of_mathematics_stay_text(counts):
    counts["dims"][0]["levels"][0]["label"] = r"Year 1 $\frac{1}{2}$ <x>"
    assert bar(Table.from_wire(counts), alt=ALT).svg()


def test_the_room_is_light():
    code = "import kdsp_lib.report, sys; print(sorted({'pandas', 'matplotlib', 'numpy', 'jinja2'} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert out.stdout.strip() == "[]"
