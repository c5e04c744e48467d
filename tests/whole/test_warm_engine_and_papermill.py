"""The warm engine and papermill release the same bytes: page, notebook, tables, workbook, PDF and charts."""

from __future__ import annotations

import json
import shutil

import pytest
from project_paths import NOTEBOOKS, PARAMETERS

from kdsp_lib.run.notebook import ENGINE, PAPERMILL, WARM
from kdsp_lib.run.one_report import run_report

REPORTS = (
    "area_profile/central",
    "attendance_area/east",
    "bespoke_school/elderhaven",
    "cluster_vulnerable/ridge",
    "data_quality_return/elderhaven",
    "pupil_report/elderhaven",
    "signatory_register/authority",
)


def files_of(folder):
    """The bytes of every file by its name; of the manifest, all but when and where it was made."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest.pop("transient")
    return found, manifest


@pytest.fixture(scope="module")
def place(new_workspace):
    """A workspace in which nothing was released, and in which other tests find nothing of this."""
    return new_workspace()


@pytest.mark.parametrize("report", REPORTS)
def test_both_ways_release_the_same_bytes(report, place, monkeypatch):
    released = {}
    for engine in (PAPERMILL, WARM):
        monkeypatch.setenv(ENGINE, engine)
        outcome = run_report(PARAMETERS / f"{report}.yaml", place, notebooks=NOTEBOOKS)
        assert outcome.status == "released", outcome.error
        released[engine] = files_of(outcome.folder)
        shutil.rmtree(outcome.folder)
    (files, manifest), (others, other_manifest) = released[WARM], released[PAPERMILL]
    assert files.keys() == others.keys()
    assert [name for name in files if files[name] != others[name]] == []
    assert manifest == other_manifest
    assert len(files) > 3
