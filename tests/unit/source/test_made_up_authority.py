"""The made-up authority: the same bytes for ever, in the shape of a real one, and never over other data."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.register import read_register
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.authority import SEED, is_made_up, make_authority
from kdsp_lib.source.demo.name import ODDITIES
from kdsp_lib.source.demo.place import places_of
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.tables import open_tables
from kdsp_lib.source.workspace import init_workspace

CATALOGUE_OF_DEFAULT = "b1a55a82aa160578030b5c9182e8964b3d67bf78117714c065438c76091cea44"
REGISTER_OF_DEFAULT = "d4672e4694fe6ab0cfd54a7c67139a8fc0de01543640325c80c7572eba3d03c9"
ON = date(2026, 3, 2)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state(root: Path) -> dict[str, tuple[int, str]]:
    return {str(path): (path.stat().st_mtime_ns, digest(path)) for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_default_one_has_not_changed(made):
    """Committed notebooks show its figures. Change these hashes only with ``GENERATOR``, and rerun the notebooks."""
    assert digest(made.data / "catalogue.json") == CATALOGUE_OF_DEFAULT
    assert digest(made.register) == REGISTER_OF_DEFAULT


def test_the_same_seed_gives_the_same_bytes_in_another_process(made, tmp_path):
    code = "import sys, pathlib, kdsp_lib.source.demo as demo; demo.make_authority(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "other")], check=True, env={"PYTHONHASHSEED": "7"})
    names = {path.relative_to(made.root) for path in made.root.rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "other") for path in (tmp_path / "other").rglob("*") if path.is_file()} == names
    assert all((made.root / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in names)


def test_another_seed_gives_another_authority(made, tmp_path):
    other = make_authority(tmp_path, seed=SEED + 1)
    assert digest(other.data / "catalogue.json") != digest(made.data / "catalogue.json")


def test_making_it_again_changes_nothing(spoilt):
    before = state(spoilt.root)
    said: list[str] = []
    make_authority(spoilt.root, progress=said.append)
    assert state(spoilt.root) == before
    assert said == ["the made-up authority is there already"]


def test_a_lost_or_damaged_snapshot_is_made_again(spoilt):
    first, second, *_ = sorted((spoilt.data / "snapshots").iterdir())
    content = second.read_bytes()
    first.unlink()
    second.write_bytes(b"noise")
    assert not is_made_up(spoilt)
    make_authority(spoilt.root)
    assert is_made_up(spoilt)
    assert second.read_bytes() == content


def test_one_that_was_interrupted_is_finished(spoilt):
    record = json.loads((spoilt.data / "demo.json").read_bytes())
    (spoilt.data / "demo.json").write_text(json.dumps({**record, "complete": False}))
    (spoilt.data / "catalogue.json").unlink()
    make_authority(spoilt.root)
    assert is_made_up(spoilt)
    assert digest(spoilt.data / "catalogue.json") == CATALOGUE_OF_DEFAULT


def test_other_data_is_never_written_over(tmp_path):
    workspace = init_workspace(tmp_path)
    workspace.data.mkdir()
    (workspace.data / "register.yaml").write_text("establishments: []\n")
    before = state(tmp_path)
    with pytest.raises(BadSource, match="kdsp demo --into"):
        make_authority(tmp_path)
    assert state(tmp_path) == before


def test_a_data_folder_without_a_workspace_is_left_alone(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(BadSource, match="left as it is"):
        make_authority(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["data"]


def test_an_edited_register_is_kept(spoilt):
    spoilt.register.write_text(spoilt.register.read_text("utf-8") + "\n# mine\n", "utf-8")
    with pytest.raises(BadSource, match="has been changed"):
        make_authority(spoilt.root)
    assert spoilt.register.read_text("utf-8").endswith("# mine\n")


def test_added_data_is_kept(spoilt):
    catalogue = Catalogue.load(spoilt)
    path = catalogue.path(catalogue.dataset("attendance", "2025/26-spring"))
    add_dataset(spoilt, "attendance", path, "2024/25-spring", loaded_on=ON)
    assert not is_made_up(spoilt)
    with pytest.raises(BadSource, match="has been changed"):
        make_authority(spoilt.root)


@pytest.mark.parametrize("other", [{"seed": SEED + 1}, {"authorities": 2}])
def test_another_made_up_one_is_not_replaced(spoilt, other):
    before = state(spoilt.root)
    with pytest.raises(BadSource, match="another made-up authority"):
        make_authority(spoilt.root, **other)
    assert state(spoilt.root) == before


@pytest.mark.parametrize("wrong", [{"authorities": 0}, {"authorities": 41}, {"seed": -1}])
def test_impossible_wishes_are_refused(tmp_path, wrong):
    with pytest.raises(BadParameters):
        make_authority(tmp_path, **wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def frames(made):
    tables = open_tables(made, "2025/26-autumn")
    return {name: tables.frame(tables.named(name)) for name in tables.tables}


@pytest.fixture(scope="module")
def headcount(frames):
    """Each pupil once, where C or M, with where and who."""
    census = frames["census"][frames["census"]["enrol_status"].isin(["C", "M"])]
    return census.merge(frames["establishments"], on="urn").merge(frames["pupils"], on="pupil_key")


def test_it_has_the_size_of_a_real_one(headcount, frames):
    sizes = headcount.groupby(["phase", "urn"]).size()
    assert len(frames["establishments"]) == 61
    assert 21_000 <= len(headcount) <= 22_000
    assert headcount["pupil_key"].is_unique
    assert (sizes["primary"].min(), sizes["primary"].max()) == (161, 488)
    assert (sizes["secondary"].min(), sizes["secondary"].max()) == (685, 1127)
    assert sizes.groupby("phase").size()[["primary", "secondary", "special", "pru"]].tolist() == [47, 6, 4, 1]


def test_traits_hang_together_as_those_of_real_pupils_do(headcount):
    by_school = headcount.groupby("urn")["fsm6"].mean()
    assert 0.36 <= headcount["fsm"].mean() <= 0.42
    assert by_school.min() < 0.12
    assert by_school.max() > 0.75
    assert (headcount["fsm6"] | ~headcount["fsm"]).all()
    mainstream = headcount[headcount["phase"].isin(["primary", "secondary"])]
    support = mainstream.groupby("fsm")["sen_provision"].apply(lambda provision: (provision == "K").mean())
    assert support[True] > 1.4 * support[False]
    assert (
        headcount.groupby("fsm")["idaci_decile"].mean()[True] < headcount.groupby("fsm")["idaci_decile"].mean()[False]
    )
    assert (headcount[headcount["phase"] == "special"]["sen_provision"] == "E").mean() > 0.9


def test_attendance_is_as_bad_as_it_is(frames):
    rows = frames["attendance"].merge(frames["establishments"], on="urn")
    rows = rows.merge(frames["census"][["pupil_key", "urn", "fsm"]], on=["pupil_key", "urn"])
    rows["absent"] = rows["authorised"] + rows["unauthorised"]
    persistent = (rows["absent"] * 10 >= rows["possible"]).groupby([rows["phase"], rows["fsm"]]).mean()
    rate = rows.groupby("phase")["absent"].sum() / rows.groupby("phase")["possible"].sum()
    assert 0.06 <= rate["primary"] <= 0.075
    assert 0.10 <= rate["secondary"] <= 0.125
    assert persistent["primary", True] > persistent["primary", False]
    assert persistent["secondary", True] > persistent["secondary", False]


def test_now_and_then_a_pupil_had_no_session_to_attend(made):
    """So rare that it hides little, and there: a rate divides by the others."""
    terms = [open_tables(made, f"2025/26-{term}") for term in ("autumn", "spring", "summer")]
    attendance = [tables.frame(tables.named("attendance")) for tables in terms]
    assert 0 < sum((rows["possible"] == 0).sum() for rows in attendance) < 10


def test_single_sex_schools_have_one_sex(headcount):
    assert headcount.groupby("gender")["sex"].agg(set).to_dict() == {"mixed": {"F", "M"}, "girls": {"F"}, "boys": {"M"}}


def test_it_has_the_pupils_that_break_careless_software(frames):
    pupils = frames["pupils"]
    found = set(zip(pupils["surname"], pupils["forename"].astype(object).fillna(""), strict=True))
    assert {(surname, forename or "") for surname, forename in ODDITIES} <= found
    assert (pupils["upn_status"] == "temporary").sum() > 50
    twins = pupils[pupils.duplicated(["surname", "dob", "postcode"], keep=False)].sort_values(["surname", "dob", "upn"])
    assert len(twins) > 100


def test_it_has_dual_registrations_leavers_and_guests(frames):
    census, registrations = frames["census"], frames["registrations"]
    assert set(census["enrol_status"]) == {"C", "M", "S", "G", "F", "O"}
    main = set(census[census["enrol_status"] == "M"]["pupil_key"])
    assert set(census[census["enrol_status"] == "S"]["pupil_key"]) <= main
    assert registrations["leave_date"].notna().sum() > 300
    assert registrations["pupil_key"].duplicated().sum() > 200


def test_no_name_of_the_real_place_is_in_it(made):
    text = made.register.read_text("utf-8").lower()
    for name in ("knowsley", "huyton", "kirkby", "prescot", "whiston", "halewood", "stockbridge", "cronton", "roby"):
        assert name not in text


def test_its_register_is_a_register(made):
    read_register(made.register)


def test_the_areas_are_made_to_show_what_protection_does():
    places = places_of(SEED, 0)

    def controllers(area: str, phase: str) -> list[str]:
        return [place.trust or place.urn for place in places if (place.area, place.phase) == (area, phase)]

    for phase in ("secondary", "special"):
        assert len(set(controllers("east", phase))) == len(controllers("east", phase)) == 3
    assert len(controllers("east", "primary")) == 18
    assert len(controllers("west", "secondary")) == 2
    assert len(controllers("central", "secondary")) == 1


def test_forty_authorities_have_numbers_of_their_own():
    places = [place for number in range(40) for place in places_of(SEED, number)]
    assert len({place.urn for place in places}) == len({place.laestab for place in places}) == len(places) == 40 * 61


def test_several_authorities_share_nothing_but_their_shape(tmp_path, made):
    two = make_authority(tmp_path, authorities=2)
    read_register(two.register)
    tables = open_tables(two, "2025/26-autumn")
    establishments, pupils = tables.frame(tables.establishments), tables.frame(tables.pupils)
    assert establishments["urn"].is_unique
    assert establishments["laestab"].is_unique
    assert pupils["upn"].is_unique
    assert pupils["pupil_key"].is_unique
    assert len(establishments) == 122
    one = open_tables(made, "2025/26-autumn")
    assert set(one.frame(one.pupils)["pupil_key"]) < set(pupils["pupil_key"])
