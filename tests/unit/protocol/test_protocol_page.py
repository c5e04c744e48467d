"""The page on the protocol quotes it word for word, and names every policy file beside its clause."""

import os
import re
import runpy
from importlib import resources
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[3]
PAGE = (HOUSE / "docs" / "protocol.md").read_text("utf-8")
SHARED = Path(os.environ.get("KDSP_SHARED", HOUSE / "../shared"))
TEXT = SHARED / "seed" / "knowsley-data-sharing-protocol.txt"
POLICIES = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies", "knowsley")))
SECTIONS = dict(re.findall(r"^### (\d+)\..*\n((?:(?!^##).*\n)*)", PAGE, re.MULTILINE))


def plain(text):
    return " ".join(re.sub(r"[>*|]|</?i>|^- ", " ", text, flags=re.MULTILINE).split())


@pytest.mark.parametrize("clause", [str(number) for number in range(1, 13)])
def test_every_clause_stands_in_its_own_words(clause):
    if not TEXT.is_file():
        pytest.skip(f"the protocol's text is not at {TEXT}")
    text = TEXT.read_text("utf-8")
    own = re.search(rf"^{clause}\. (.*?)(?=^\d+\. |^Appendix A)", text, re.MULTILINE | re.DOTALL)[1]
    quoted = "\n".join(line for line in SECTIONS[clause].splitlines() if line.startswith(">"))
    assert plain(quoted.replace("> -", ">")) == plain(own.replace("- **", "**"))


def test_every_rule_file_is_named_beside_its_clause():
    for file in POLICIES.glob("*/clause-*.cedar"):
        clause = str(int(file.stem.removeprefix("clause-")))
        assert f"`{file.parent.name}/{file.name}`" in SECTIONS[clause], file


def test_the_table_stands_in_its_own_words():
    if not TEXT.is_file():
        pytest.skip(f"the protocol's text is not at {TEXT}")
    text = TEXT.read_text("utf-8")
    table = plain(text[text.index("\tSchool Level") :])
    assert table in plain(PAGE.replace("|---|---|---|---|---|", ""))


def test_the_page_of_cases_is_made_from_the_manual():
    """`make cases` writes it again."""
    made = runpy.run_path(str(HOUSE / "tools" / "protocol_cases.py"))["page"]()
    assert (HOUSE / "docs" / "protocol-cases.md").read_text("utf-8") == made
