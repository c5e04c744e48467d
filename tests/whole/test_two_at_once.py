"""Two runs at the same time: of one report, and of several."""

from __future__ import annotations

import json
import shutil

from processes import check_whole, ended, entries, releases, started
from project_paths import PARAMETERS

AREAS = [PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("central", "east", "west")]


def content_hash(workspace):
    [release] = releases(workspace)
    return json.loads((release / "manifest.json").read_text("utf-8"))["content_hash"]


def test_two_runs_of_one_report_make_one_release(workspace):
    runners = [started(workspace, AREAS[0]) for _ in range(3)]
    for code, said in map(ended, runners):
        assert code == 0, said
    check_whole(workspace, releases_there=1)
    assert len(entries(workspace, "release")) == 1
    assert len({entry.body["content_hash"] for entry in entries(workspace, "written")}) == 1

    together = content_hash(workspace)
    shutil.rmtree(releases(workspace)[0])
    assert ended(started(workspace, AREAS[0]))[0] == 0
    assert content_hash(workspace) == together
    assert len(entries(workspace, "release")) == 1


def test_different_reports_at_once_are_all_released(workspace):
    runners = [started(workspace, area) for area in AREAS]
    for code, said in map(ended, runners):
        assert code == 0, said
    check_whole(workspace, releases_there=3)
    assert len(entries(workspace, "release")) == 3
    for area in AREAS:
        code, said = ended(started(workspace, area))
        assert code == 0
        assert said.startswith("unchanged"), said
