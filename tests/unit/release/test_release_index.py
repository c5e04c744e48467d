"""The index of a folder of outputs: what stands there, for its owner alone, and no report that may be in no list."""

from __future__ import annotations

import re
import stat

import pytest
from made_up_release import DECISION, release

from kdsp_lib.release import write_index, write_release
from kdsp_lib.release.index import releases_in


def encrypted(**changes):
    """A release about one school, which may leave only encrypted."""
    decision = DECISION | {"obligations": [*DECISION["obligations"], "encrypt-delivery"]}
    return release(id="r-school", report="bespoke-school", title="School report: Elder", decision=decision, **changes)


@pytest.fixture
def outputs(tmp_path):
    write_release(release(), tmp_path)
    write_release(encrypted(), tmp_path)
    return tmp_path


def test_it_says_of_each_release_for_whom_until_when_and_where(outputs):
    one, other = releases_in(outputs)
    assert (one.title, one.audience, one.on, one.expires, one.delivery) == (
        "Area profile",
        "Headteachers of East collaborative",
        "2 March 2026",
        "31 August 2026",
        "by hand",
    )
    assert one.files == (
        ("page", "r-7f3a9c21b4/report.html"),
        ("PDF", "r-7f3a9c21b4/report.pdf"),
        ("workbook", "r-7f3a9c21b4/report.xlsx"),
        ("notebook", "r-7f3a9c21b4/report.ipynb"),
    )
    assert (other.title, other.delivery) == ("School report: Elder", "not yet possible: it may leave only encrypted")


def test_every_link_leads_to_a_file_and_the_owner_alone_may_read_it(outputs):
    path = write_index(outputs)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    links = re.findall(r'href="([^"#]+)"', path.read_text("utf-8"))
    assert len(links) == 8
    assert all((outputs / link).is_file() for link in links)


def test_the_same_releases_give_the_same_bytes(outputs):
    first = write_index(outputs).read_bytes()
    assert write_index(outputs).read_bytes() == first
    assert [path.name for path in outputs.iterdir() if path.name.startswith(".")] == []


def test_a_report_on_the_partnership_framework_leaves_no_trace(outputs):
    """Clause 12: with and without it the index is the same, byte for byte; so with a report that nobody knows."""
    before = write_index(outputs).read_bytes()
    for name, report in (("r-other", "ksip-report"), ("r-third", "unheard-of")):
        write_release(release(id=name, report=report, title="Not to be seen"), outputs)
    assert write_index(outputs).read_bytes() == before


def test_what_is_no_release_is_not_listed(outputs):
    before = write_index(outputs).read_bytes()
    (outputs / "notes.txt").write_text("mine")
    for name, manifest in (("a", "{"), ("b", "[]"), ("c", '{"title": "T"}'), ("d", '{"protocol": {"name": "none"}}')):
        (outputs / name).mkdir()
        (outputs / name / "manifest.json").write_text(manifest)
    (outputs / "empty").mkdir()
    (outputs / "link").symlink_to(outputs / "r-school")
    assert write_index(outputs).read_bytes() == before


def test_a_title_is_a_text(tmp_path):
    write_release(release(title="<script>alert(1)</script>"), tmp_path)
    assert "<script" not in write_index(tmp_path).read_text("utf-8")
