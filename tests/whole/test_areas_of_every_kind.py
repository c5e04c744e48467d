"""The reports of an area are for any area, however many phases its establishments are of."""

import pytest
import yaml
from project_paths import NOTEBOOKS

from kdsp_lib.run.batch import run_reports

AUTUMN = {"period": "2025/26-autumn", "on": "2026-03-02"}
YEAR = {"period": "2025/26", "on": "2026-10-12"}


@pytest.mark.parametrize(
    ("notebook", "when"), [("area_profile", AUTUMN), ("attendance_area", AUTUMN), ("area_outcomes", YEAR)]
)
def test_a_report_of_the_whole_authority_is_released(new_workspace, tmp_path, notebook, when):
    """It has primaries, secondaries, special schools, a nursery, a college and a pupil referral unit."""
    given = tmp_path / notebook / "authority.yaml"
    given.parent.mkdir()
    given.write_text(yaml.safe_dump({"group": None, "recipient": "authority", "purpose": "raising-attainment", **when}))
    (outcome,) = run_reports([given], new_workspace(), notebooks=NOTEBOOKS)
    assert outcome.error is None
    assert (outcome.folder / "report.html").is_file()
