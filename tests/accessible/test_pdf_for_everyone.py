"""The PDF for people who hear it read (PDF/UA-1): tagged, in order, with words for charts, the same anywhere."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest

OUTLOUD = Path(__file__).resolve().parents[2] / ".venv-outloud/bin"


@pytest.fixture(scope="session")
def pdf(made_up) -> bytes:
    from kdsp_lib.release.write import files_of

    return files_of(made_up.release(coverage_note="Two establishments are not counted."))[0]["report.pdf"]


@pytest.fixture(scope="session")
def read(pdf):
    return pypdf.PdfReader(io.BytesIO(pdf))


@pytest.fixture(scope="session")
def tags(read):
    """Every element of the document's structure, in the order of reading."""

    def walk(element):
        element = element.get_object()
        if isinstance(element, list):
            for each in element:
                yield from walk(each)
        elif isinstance(element, dict) and ("/S" in element or element.get("/Type") == "/StructTreeRoot"):
            if "/S" in element:
                yield element
            yield from walk(element.get("/K", pypdf.generic.NullObject()))

    return list(walk(read.trailer["/Root"]["/StructTreeRoot"]))


def said_by(read) -> str:
    """All text without spaces, which a reader of PDFs guesses from the distance between letters."""
    return "".join("".join(page.extract_text() for page in read.pages).split())


def test_it_is_tagged_and_says_its_title_and_language(read):
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata.title == "Area profile"
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()


def test_headings_come_in_order_and_lead_there(read, tags):
    ranks = [int(tag["/S"][2:]) for tag in tags if tag["/S"][:2] == "/H" and tag["/S"][2:].isdecimal()]
    assert ranks[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(ranks))
    assert [entry.title for entry in read.outline if not isinstance(entry, list)] == [
        "About this report",
        "Attendance",
        "Roll",
        "Further tables",
        "Conditions of use",
    ]


def test_every_chart_is_told_in_words(tags, made_up):
    told = [tag.get("/Alt") for tag in tags if tag["/S"] == "/Figure"]
    assert told == [made_up.BAR.spec.alt, made_up.LINE.spec.alt]


def test_every_table_has_a_caption_and_headings_over_its_columns(tags):
    tables = [tag for tag in tags if tag["/S"] == "/Table"]
    assert len(tables) == 3
    assert sum(tag["/S"] == "/Caption" for tag in tags) == 5
    scopes = [a for tag in tags if tag["/S"] == "/TH" for a in [tag["/A"].get_object()]]
    assert len(scopes) == 4 + 5 + 2


def test_its_letters_are_its_own(read):
    """Fonts stand in the file, all from those that come with the packages: what a machine has changes nothing."""
    fonts = {
        font.get_object()["/BaseFont"].partition("+")[2]: font.get_object()["/DescendantFonts"][0].get_object()
        for page in read.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert {name.partition("-")[0] for name in fonts} == {"DejaVuSans"}
    for font in fonts.values():
        held = font["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(held)


def test_it_is_of_the_reports_day_and_names_no_machine(read, pdf):
    assert read.metadata.creation_date.isoformat() == read.metadata.modification_date.isoformat()
    assert read.metadata.creation_date.date().isoformat() == "2026-03-02"
    assert set(read.metadata) == {"/Title", "/Creator", "/CreationDate", "/ModDate"}
    assert not {"/Names", "/AcroForm", "/OpenAction", "/AA"} & set(read.trailer["/Root"])


def test_every_page_is_marked_and_numbered(read):
    texts = [page.extract_text() for page in read.pages]
    for number, text in enumerate(texts, start=1):
        assert "Confidential to East collaborative" in text
        assert f"{number} / {len(texts)}" in text


def test_a_reader_learns_what_the_page_says(read):
    text = said_by(read)
    for words in (
        "Permitted under Clauses 4 and 6 of the Knowsley Data Sharing Protocol",
        "Two establishments are not counted.",
        "School Census: autumn 2025 (final)",
        "[c] confidential: withheld so that no pupil or establishment can be recognised",
        "Expires on 31 August 2026.",
        "Terms of use, version 1.",
        "No figure here, and nothing that follows from the figures, tells of one to five pupils.",
        "The figures are about the recipient's own area.",
    ):
        assert "".join(words.split()) in text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("#panic() $x$ *b* _i_ `c` <l> @r // end", "#panic() $x$ *b* _i_ `c` <l> @r // end"),
        ("Łukasz, Ngũgĩ, Đặng", "Łukasz, Ngũgĩ, Đặng"),
        ("山田 of the school", "\ufffd\ufffd of the school"),
        ("no\x00thing\ufffe", "no\ufffdthing\ufffd"),
    ],
)
def test_any_text_is_a_text(made_up, written, shown):
    """No text of data or of a notebook is an instruction to the typesetter, and none keeps a report from being made."""
    from kdsp_lib.release.write import files_of

    read = pypdf.PdfReader(io.BytesIO(files_of(made_up.release(audience=written))[0]["report.pdf"]))
    assert shown in read.pages[0].extract_text()


def test_the_words_of_a_notebook_keep_their_form(made_up):
    from kdsp_lib.release.write import files_of

    words = (
        "* first\n* second\n\n> quoted\n\n1. a `code`\n2. [a link](https://example.org)\n\n## Two\n\n```\nx = 1\n```"
    )
    read = pypdf.PdfReader(
        io.BytesIO(files_of(made_up.release(notebook=made_up.notebook(made_up.words(words))))[0]["report.pdf"])
    )
    text = said_by(read)
    for said in ("•first•second", "quoted", "1.acode", "2.alink", "x=1"):
        assert said in text
    links = [
        a.get_object()["/A"]["/URI"]
        for page in read.pages
        for a in page.get("/Annots", [])
        if "/URI" in a.get_object().get("/A", {})
    ]
    assert links == ["https://example.org"]


def test_an_independent_checker_finds_no_error(pdf, tmp_path):
    """PDF/UA-1 and WCAG by ``outloud``, where it is installed."""
    checker = shutil.which("outloud", path=os.pathsep.join([str(OUTLOUD), os.environ["PATH"]]))
    if checker is None:
        pytest.skip("outloud is not installed: make outloud")
    (tmp_path / "report.pdf").write_bytes(pdf)
    done = subprocess.run([checker, "--quiet", str(tmp_path / "report.pdf")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
