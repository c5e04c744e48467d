"""What a permit obliges to is on every output of a release: page, workbook, notebook, and beside the CSV files."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pytest
from made_up_release import DECISION, HIDDEN, dim, release, table

from kdsp_lib.errors import BadParameters
from kdsp_lib.release.write import files_of
from kdsp_lib.report import Table, bar

MARK = "OFFICIAL-SENSITIVE: confidential to Ash School"
TERMS = "Terms of use, version 7: for professional use alone."


def obliged(*more):
    return DECISION | {"obligations": [*DECISION["obligations"], *more]}


def made(**changes):
    confidential = {"marking": "OFFICIAL-SENSITIVE", "audience": "Ash School", "terms": TERMS}
    return files_of(release(**confidential | {"decision": obliged("mark-confidential")} | changes))[0]


def sheets(files):
    """Every text of each sheet."""
    book = openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]))
    return {
        sheet.title: [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None] for sheet in book
    }


def page(files):
    """The words of the page, each space once."""
    body = files["report.html"].decode().split("</style>")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def cells(files):
    return ["".join(cell["source"]) for cell in json.loads(files["report.ipynb"])["cells"]]


def beside(files):
    return {path: text.decode() for path, text in files.items() if path.endswith("CONDITIONS.txt")}


class TestMarkConfidential:
    """Clause 12: it says on every page and sheet whom it is confidential to."""

    def test_at_the_head_and_the_foot_of_the_page_and_of_each_printed_one(self):
        files = made()
        assert page(files).count(MARK) == 2
        assert "confidential" in files["report.html"].decode().split("@bottom-left")[1].split("}")[0]

    def test_on_every_sheet_where_it_is_read_and_where_it_is_printed(self):
        files = made()
        assert [name for name, texts in sheets(files).items() if MARK not in texts] == []
        for sheet in openpyxl.load_workbook(io.BytesIO(files["report.xlsx"])):
            assert MARK in sheet.oddFooter.left.text

    def test_in_the_first_cell_of_the_notebook(self):
        assert cells(made())[0].replace("\\", "") == f"**{MARK}**"

    def test_beside_the_tables_and_the_charts(self):
        found = beside(made())
        assert set(found) == {"CONDITIONS.txt", "tables/CONDITIONS.txt", "charts/CONDITIONS.txt"}
        assert [path for path, text in found.items() if MARK not in text] == []


class TestTermsOfUse:
    """Clauses 5 and 6: all recipients are bound to use it in a professional manner."""

    def test_on_the_page(self):
        assert TERMS in page(made())

    def test_in_the_workbook_and_every_sheet_leads_there(self):
        found = sheets(made())
        assert TERMS in found.pop("Cover")
        assert [name for name, texts in found.items() if not any("terms on the Cover" in text for text in texts)] == []

    def test_in_the_notebook_and_beside_the_tables(self):
        files = made()
        assert TERMS in cells(files)[-1].replace("\\", "")
        assert [path for path, text in beside(files).items() if TERMS not in text] == []

    def test_a_name_that_is_marked_up_is_words_in_the_notebook(self):
        first = cells(made(audience="<b>*Ash* [School](http://x.example)"))[0]
        assert re.search(r"(?<!\\)[<\[(]", first) is None


class TestRetainUntil:
    """From the day on which a permit's ground ends, every output says that it has expired."""

    def test_the_page_says_so_at_its_head(self):
        files = made(retain_until="2026-08-31", decision=obliged("retain-until: 2026-08-31"))
        header = files["report.html"].decode().split("</header>")[0]
        assert "Expires on 31 August 2026. On that day and after, it has expired" in header

    def test_every_sheet_the_notebook_and_the_folders_say_so(self):
        files = made(retain_until="2026-08-31", decision=obliged("retain-until: 2026-08-31"))
        said = "Expires on 31 August 2026."
        assert [name for name, texts in sheets(files).items() if not any(said in text for text in texts)] == []
        assert said in cells(files)[-1].replace("\\", "")
        assert [path for path, text in beside(files).items() if said not in text] == []

    def test_what_has_no_end_says_nothing_of_one(self):
        files = made(retain_until=None)
        assert "xpire" not in page(files)
        assert not any("xpire" in text for texts in sheets(files).values() for text in texts)


class TestCoverageNote:
    """Clauses 2 and 11: how many establishments were left out, and not which."""

    NOTE = "2 establishments are not in these figures."

    def test_it_is_on_the_page_and_in_the_workbook(self):
        files = made(coverage_note=self.NOTE, decision=obliged("coverage-note"))
        assert self.NOTE in page(files)
        assert any(self.NOTE in text for text in sheets(files)["Cover"])


def named(*labels, statistic="pupils", rows=None):
    """A table that names establishments, in the order given."""
    codes = {f"99000{k}": label for k, label in enumerate(labels, start=1)}
    body = "\n".join(f"{code}: {100 + k}" for k, code in enumerate(rows or codes))
    return table("named", "Inspection outcomes", [dim("place", **codes)], {statistic: 0}, body)


def no_ranking(data):
    made_of = {"tables": (data, HIDDEN), "charts": (), "counts": (), "notebook": {"cells": []}}
    return release(**made_of, decision=obliged("no-ranking"))


class TestNoRanking:
    """Clause 6: named establishments stand by the alphabet; no table, sheet or chart is a league table."""

    def test_by_the_alphabet_they_are_released_so_in_every_output(self):
        data = named("Ash", "birch", "Cedar")
        files = files_of(no_ranking(data))[0]
        names = [line.split(",")[1] for line in files["tables/named.csv"].decode().splitlines()[1:]]
        assert names == ["Ash", "birch", "Cedar"]
        texts = sheets(files)["Table 1"]
        assert [text for text in texts if text in names] == names
        assert re.findall(r"Ash|birch|Cedar", page(files)) == names
        assert [level.label for level in bar(Table.from_wire(data), alt="Pupils of three schools.").categories] == names

    @pytest.mark.parametrize(
        "data",
        [
            named("Cedar", "Ash", "birch"),
            named("Ash", "birch", "Cedar", rows=["990003", "990001", "990002"]),
            named("Ash", "birch", "Cedar", statistic="rank"),
            named("Ash", "birch", "Cedar", statistic="league-position"),
        ],
    )
    def test_another_order_or_a_rank_is_not_released(self, data):
        with pytest.raises(BadParameters) as caught:
            no_ranking(data)
        assert {fault.field for fault in caught.value.faults} == {"named"}
