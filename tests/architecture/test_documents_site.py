"""The documents as a site: it builds, and what it tells people to type is there to be typed."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from functools import cache

import pytest
import typer

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^kdsp .*(?:\\\n.*)*", re.MULTILINE)


@pytest.fixture(scope="module")
def site(house, tmp_path_factory):
    """The site, built with every link checked."""
    folder = tmp_path_factory.mktemp("site") / "site"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_no_link_leads_nowhere_and_every_command_has_its_place(site):
    page = (site / "commands.html").read_text("utf-8")
    assert 'id="kdsp-run"' in page
    assert "--require-confinement" in page


def test_every_question_of_a_notebook_has_its_place(site):
    """The page is made from the code: what a report answers, and nothing that is the custodian's alone."""
    from kdsp_lib.report.session import Report

    page = (site / "asking.html").read_text("utf-8")
    for name in ("count", "rate", "trend", "published", "so_far", "spread", "pupils", "chart"):
        assert name in vars(Report)
        assert f'id="report{name}"' in page
    assert "from_wire" not in page


def test_a_reader_needs_no_network(site):
    pages = "".join(path.read_text("utf-8") for path in site.rglob("*.html"))
    assert set(re.findall(r'(?:src|rel="stylesheet" href)="(https?://[^"]+)', pages)) == set()


def test_it_can_be_searched_from_a_folder(site, browser):
    """A browser starts no worker from a file, so the search has a frame in its place."""
    page = browser.new_page()
    page.goto((site / "how-to/make-a-report.html").as_uri())
    page.locator(".md-search__input").fill("persistent absentee")
    found = page.locator(".md-search-result__link").first
    found.wait_for(state="attached", timeout=120_000)
    assert "measures.html" in found.get_attribute("href")
    page.close()


def typed(house):
    """Each command that the documents tell people to type, with the page."""
    pages = [house / "README.md", *sorted((house / "docs").rglob("*.md"))]
    for page in pages:
        for language, block in BLOCK.findall(page.read_text("utf-8")):
            if language in ("", "console", "sh"):
                for command in COMMAND.findall(block):
                    yield page.name, command.replace("\\\n", " ").partition("   #")[0]


@cache
def all_commands():
    from kdsp_lib.cli.main import app

    return typer.main.get_command(app)


def faults_of(command):
    """What of a command line kdsp would not know."""
    from kdsp_lib.cli.journal_commands import VERBS
    from kdsp_lib.register.layout import LAYOUT

    _, *words = command.split()
    found, path = all_commands(), "kdsp"
    while words and words != ["--help"] and (inner := getattr(found, "commands", None)):
        found, path = inner.get(words[0]), f"{path} {words.pop(0)}"
        if found is None:
            return [path]
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    wrong = [word for word in words if word.startswith("--") and word not in {*known, "--help"}]
    section, _ = VERBS.get(path.removeprefix("kdsp register "), (None, ""))
    fields = [field for field, equals, _ in (word.partition("=") for word in words) if equals]
    wrong += [field for field in fields if section is not None and field not in LAYOUT[section]]
    return [f"{path} {word}" for word in wrong]


def test_what_the_documents_tell_people_to_type_is_there(house):
    commands = list(typed(house))
    assert len(commands) > 30
    assert [(page, fault) for page, command in commands for fault in faults_of(command)] == []


@pytest.mark.parametrize(
    "command", ["kdsp rum x", "kdsp run x --copies 2", "kdsp register signs a=b", "kdsp register sign subject=x"]
)
def test_what_is_not_there_would_be_noticed(command):
    assert faults_of(command)


def test_the_attack_of_the_tutorial_finds_what_it_says(house, tmp_path):
    tutorial = (house / "docs" / "tutorial.md").read_text("utf-8")
    blocks = dict(reversed([(language, block) for language, block in BLOCK.findall(tutorial) if language]))
    published, spec = tmp_path / "published.csv", tmp_path / "spec.yaml"
    published.write_text(blocks["csv"], "utf-8")
    spec.write_text(
        next(text for kind, text in BLOCK.findall(tutorial) if kind == "yaml" and "hidden" in text), "utf-8"
    )
    assert list(csv.DictReader(published.open()))
    audit = subprocess.run(
        [sys.executable, "-m", "kdsp_lib.cli.main", "audit", "--published", published, "--spec", spec],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert audit.returncode == 1
    (said,) = re.findall(r"`(girls: is 3: [^`]+)`", tutorial)
    assert said in audit.stdout
