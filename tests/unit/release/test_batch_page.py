"""The page of a batch: its releases with their links, the others with code, reason and way out; nothing of what no list
may have."""

from __future__ import annotations

import re
import stat
from dataclasses import replace

import pytest
from made_up_release import release

from kdsp_lib.errors import BadParameters, Disclosive, Fault
from kdsp_lib.release import write_release
from kdsp_lib.release.batch_page import BATCH, Ended, batch_page, write_batch_page

REFUSED = Disclosive("Some figures cannot be made safe.", remedy="merge groups")
MISTAKEN = BadParameters("west.yaml has a fault.", faults=[Fault("line 4", "is no period", "period")])


@pytest.fixture
def ended(tmp_path):
    folder = write_release(release(), tmp_path).folder
    return [
        Ended("area_profile/west.yaml", "area-profile", "mistake", error=MISTAKEN),
        Ended("area_profile/east.yaml", "area-profile", "released", folder=folder),
        Ended("pupils.yaml (990002)", "pupil-report", "refused", error=REFUSED),
    ]


def text_of(tmp_path, ended):
    return write_batch_page(tmp_path, ended, "knowsley").read_text("utf-8")


def test_what_was_not_released_has_its_code_its_reason_and_the_way_out(tmp_path, ended):
    page = text_of(tmp_path, ended)
    assert "1 released or unchanged, 2 not" in page
    for said in (REFUSED.code, "Some figures cannot be made safe.", "merge groups", "pupils.yaml (990002)", "refused"):
        assert said in page
    assert "<li>line 4, period, is no period</li>" in page


def test_what_was_released_has_its_files_its_readers_and_its_day(tmp_path, ended):
    page = text_of(tmp_path, ended)
    links = [link for link in re.findall(r'href="([^"#]+)"', page) if link != "index.html"]
    assert len(links) == 4
    assert all((tmp_path / link).is_file() for link in links)
    for said in ("area_<wbr>profile/<wbr>east.yaml", "Headteachers of East collaborative", "31 August 2026"):
        assert said in page
    assert stat.S_IMODE((tmp_path / BATCH).stat().st_mode) == 0o600


def test_what_a_notebook_shows_of_its_own_is_said_to_be_left_out(tmp_path, ended):
    [released] = [each for each in ended if each.folder]
    page = text_of(tmp_path, [replace(released, left_out=("cell 7 (show('<b>'))",))])
    assert "without what cell 7 (show(&#39;&lt;b&gt;&#39;)) shows of its own" in page
    assert "of its own" not in text_of(tmp_path, ended)


def test_a_parameter_file_is_broken_between_its_words_alone(tmp_path, ended):
    """As the browser breaks it: nothing but a break may stand in it, and a copy of it is the path."""
    page = text_of(tmp_path, ended)
    assert "overflow-wrap:anywhere" not in page.partition(".place{")[2].partition("}")[0]
    assert "area_profile/west.yaml" in page.replace("<wbr>", "")


def test_a_report_on_the_partnership_framework_leaves_no_trace(tmp_path, ended):
    """Clause 12: released or refused, the page is the same without it, byte for byte; so it is of an unknown one."""
    before = text_of(tmp_path, ended)
    hidden = []
    for name in ("ksip-report", "unheard-of"):
        folder = write_release(release(id=f"r-{name}", report=name, title="Not to be seen"), tmp_path).folder
        hidden += [
            Ended("seen.yaml", name, "released", folder=folder),
            Ended("no.yaml", name, "refused", error=REFUSED),
        ]
    assert text_of(tmp_path, [*hidden, *ended]) == before


def test_a_folder_that_is_no_release_is_not_listed(tmp_path, ended):
    gone = Ended("east.yaml", "area-profile", "unchanged", folder=tmp_path / "gone")
    assert batch_page([gone], "knowsley").released == ()


def test_a_name_is_a_text(tmp_path):
    page = text_of(tmp_path, [Ended("<script>alert(1)</script>", "area-profile", "failed", error=REFUSED)])
    assert "<script" not in page
