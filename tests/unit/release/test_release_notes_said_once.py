"""What holds of every table stands at the head of page and PDF; what several share is said under the first."""

import io
import re

import pypdf
import pytest
from made_up_release import ABSENCE, HIDDEN, ROLL, release

from kdsp_lib.release.write import files_of

RULES, ENGLAND, OWN = "Counts of 1 to 5 are withheld.", "England: as published, 2024/25.", "Of Years 1 to 6 alone."
TABLES = (
    ABSENCE | {"notes": [RULES, ENGLAND]},
    ROLL | {"notes": [RULES, ENGLAND, OWN]},
    HIDDEN | {"notes": [RULES]},
)


@pytest.fixture(scope="module")
def texts():
    """Page and PDF without spaces: a reader of PDFs guesses these."""
    files = files_of(release(tables=TABLES, disclosure_note=f"{RULES} Disclosure policy: made up."))[0]
    page = re.sub(r"<[^>]+>", " ", files["report.html"].decode())
    pdf = "\n".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(files["report.pdf"])).pages)
    return [spaceless(text) for text in (page, pdf)]


def spaceless(text):
    return "".join(text.split())


def test_the_rules_of_the_report_stand_at_its_head_alone(texts):
    assert [text.count(spaceless(RULES)) for text in texts] == [1, 1]


def test_what_tables_share_is_said_once_and_referred_to(texts):
    for text in texts:
        assert text.count(spaceless(ENGLAND)) == 1
        assert text.count("WhatisnotedunderTable1holdsheretoo.") == 1


def test_what_a_table_alone_needs_stands_under_it(texts):
    assert [text.count(spaceless(OWN)) for text in texts] == [1, 1]
