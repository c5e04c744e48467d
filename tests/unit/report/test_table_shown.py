"""One table, shown in HTML, in plain text and in pandas: the same figures in each."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.report import Table
from kdsp_lib.report.symbol import printed
from kdsp_lib.report.table import TABLE_MIME


def test_numbers_have_separators_and_symbols_brackets():
    assert [printed(v) for v in ("0", "999", "1000", "1234567.8", "-1234.5", "c", "low")] == [
        "0",
        "999",
        "1,000",
        "1,234,567.8",
        "−1,234.5",
        "[c]",
        "[low]",
    ]


def test_a_notebook_stores_the_table_its_page_and_its_words(rates):
    bundle = Table.from_wire(rates).bundle()
    assert set(bundle) == {TABLE_MIME, "text/html", "text/plain"}
    assert bundle[TABLE_MIME] == rates
    assert list(bundle[TABLE_MIME]) == sorted(rates)


@pytest.mark.parametrize("which", ["rates", "counts"])
def test_html_and_plain_text_print_every_value(which, request):
    data = request.getfixturevalue(which)
    bundle = Table.from_wire(data).bundle()
    expected = sorted(printed(value) for cell in data["cells"] for value in cell["values"])
    assert sorted(re.findall(r"<td[^>]*>([^<]+)</td>", bundle["text/html"])) == expected
    rows = bundle["text/plain"].split("---\n")[1].split("\n\n")[0]
    assert sorted(re.findall(r"\[\w+\]|\d[\d,.]*(?=\s|$)", re.sub(r"Year \d", "", rows))) == expected


def test_a_draft_says_so_and_a_release_does_not(rates):
    for data, expected in ((rates | {"draft": True}, True), (rates, False)):
        bundle = Table.from_wire(data).bundle()
        for kind in ("text/html", "text/plain"):
            assert ("Draft, not to be passed on" in bundle[kind]) is expected


def test_the_legend_holds_the_symbols_that_are_there_and_no_other(rates):
    html = Table.from_wire(rates).bundle()["text/html"]
    assert "[c] confidential" in html
    assert "[x]" not in html


def test_what_people_named_stays_text(rates):
    rates["title"] = "<script>alert(1)</script>"
    rates["dims"][0]["levels"][0]["label"] = '"><img src=x onerror=alert(1)>'
    html = Table.from_wire(rates).bundle()["text/html"]
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_several_statistics_stand_in_columns_and_one_lies_across(rates, counts):
    several = Table.from_wire(rates).bundle()["text/html"]
    assert re.findall(r'<th scope="rowgroup" rowspan="3">(\w+)<', several) == ["Primary", "Special", "All"]
    one = Table.from_wire(counts).bundle()["text/html"]
    assert 'scope="colgroup" colspan="3"' in one
    assert "rowgroup" not in one


def test_a_withheld_number_is_missing_in_pandas_never_zero(rates, counts):
    frame = Table.from_wire(rates).frame()
    withheld = frame[frame["phase"] == "Special"]
    assert withheld["base"].isna().all()
    assert set(withheld["base_symbol"]) == {"c"}
    assert frame["base"].dtype == pd.Int64Dtype()
    assert frame["rate"].dropna().tolist() == [18.2, 20.1, 19.2, 20.4]
    roll = Table.from_wire(counts).frame()
    assert int((roll["pupils"] == 0).sum()) == 1
    assert int(roll["pupils"].isna().sum()) == 2
    assert list(roll["year"].cat.categories) == ["Year 1", "Year 2", "Year 3", "All"]


def test_a_sentence_can_quote_a_cell(rates):
    table = Table.from_wire(rates)
    assert table.printed("base", phase="primary") == "3,754"
    assert table.printed("rate", phase="special", sex="F") == "[c]"
    for wrong in ({"phase": "infant"}, {"ward": "x"}):
        with pytest.raises(BadParameters, match="no such cell") as refused:
            table.printed("rate", **wrong)
        assert "sex: F, M" in refused.value.remedy


def test_a_table_of_one_cell_and_labels_that_repeat(wire_of):
    one = Table.from_wire(wire_of({(): ("12",)}, dims={}, statistics={"pupils": 0}))
    assert "12" in one.bundle()["text/plain"]
    twins = wire_of(
        {("a",): ("12",), ("b",): ("14",)}, dims={"type": {"a": "Other", "b": "Other"}}, statistics={"n": 0}
    )
    assert len(set(Table.from_wire(twins).frame()["type"])) == 2


def test_a_table_of_which_nothing_is_available_is_a_sentence_and_its_reason(wire_of):
    """Key stage 4 of a term: a head reads why there is nothing, and no grid of symbols."""
    data = wire_of(
        {("primary",): ("x", "x"), ("All",): ("x", "x")},
        dims={"phase": {"primary": "Primary"}},
        statistics={"mean": 1, "base": 0},
        notes=["Results are of a school year, not of a term."],
    )
    bundle = Table.from_wire(data).bundle()
    assert "<table" not in bundle["text/html"]
    for kind in ("text/html", "text/plain"):
        assert "None of its figures is available." in bundle[kind]
        assert "Results are of a school year, not of a term." in bundle[kind]
        assert "[x]" not in bundle[kind]


def test_one_figure_is_enough_for_a_table(wire_of):
    data = wire_of(
        {("primary",): ("x", "x"), ("All",): ("x", "12")},
        dims={"phase": {"primary": "Primary"}},
        statistics={"mean": 1, "base": 0},
    )
    assert "<table" in Table.from_wire(data).bundle()["text/html"]


def test_a_break_is_of_the_table_or_the_table_is_malformed(wire_of):
    years = {"2023/24": "2023/24", "2024/25": "2024/25"}
    cells = {("2023/24",): ("7.1",), ("2024/25",): ("6.9",)}
    good = {"dim": "year", "code": "2024/25", "why": "other codes"}
    made = {"dims": {"year": years}, "statistics": {"rate": 1}}
    assert Table.from_wire(wire_of(cells, breaks=[good], **made)).breaks[0].why == "other codes"
    for wrong in ({"code": "2023/24"}, {"code": "2022/23"}, {"dim": "phase"}, {"why": 1}, {"more": "x"}):
        with pytest.raises(Broken):
            Table.from_wire(wire_of(cells, breaks=[good | wrong], **made))
