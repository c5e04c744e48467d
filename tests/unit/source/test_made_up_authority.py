"""The made-up authority: the same bytes for ever, in the shape of a real one, and never over other data."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kdsp_lib.analyse.measures.catalogue import definition_of
from kdsp_lib.analyse.measures.standard import agreed_standard
from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.register import read_register
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.agreed import THRESHOLD_SET
from kdsp_lib.source.demo.authority import SEED, is_made_up, make_authority
from kdsp_lib.source.demo.name import ODDITIES
from kdsp_lib.source.demo.place import places_of
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.tables import open_tables
from kdsp_lib.source.workspace import init_workspace

CATALOGUE_OF_DEFAULT = "8d3f197ae8cdf4bbd964269bb832e96193db68a7669b62ada12713d40a14e9f4"
REGISTER_OF_DEFAULT = "438a544be7a89157512c2c55f6f79faf3d3c163ed9a8885ce7e842ef41b71a40"
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


@pytest.mark.parametrize("wrong", [{"authorities": 0}, {"authorities": 151}, {"seed": -1}])
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


@pytest.fixture(scope="module")
def results(made):
    """The year's results as a frame, an assessment a column and a pupil a row, by stage."""
    catalogue = Catalogue.load(made)
    rows = catalogue.read(catalogue.dataset("results", "2025/26")).to_pandas()
    names = {"KS4": "subject", "KS1": "component", "KS2": "component", "FSP": "component"}
    frames = {
        stage: rows[(rows["stage"] == stage) & (rows["subject"] != "ATT8")].pivot(
            index="pupil_key", columns=name, values="result"
        )
        for stage, name in names.items()
    }
    slots = rows[rows["subject"] == "ATT8"].pivot(index="pupil_key", columns="component", values="result")
    return {**frames, "slots": slots.astype(float)}


def test_results_are_as_an_authority_has_them(results):
    """Near the figures of one where much is against children: 66, 76, 61 per cent, and 34 points."""
    early = (results["FSP"][[f"G{number:02d}" for number in range(1, 13)]] == "2").all(axis=1)
    assert 0.62 <= early.mean() <= 0.70
    check = results["KS2"]["MTC"].dropna()
    assert check.isin([*map(str, range(26)), "A", "B", "J"]).all()
    marks = results["KS2"][["REA", "MAT", "GPS"]].apply(lambda column: column.where(column.str.isdigit())).astype(float)
    assert marks.stack().dropna().between(80, 120).all()
    assert 32 <= results["slots"]["TOT"].mean() <= 37


def test_attainment_8_follows_from_the_grades(results):
    """Worked out anew, pupil by pupil: English and maths twice, three of the baccalaureate, three of the rest."""
    grades, slots = results["KS4"], results["slots"]
    for key in [*grades.index[:150], *grades.index[-50:]]:
        entered = grades.loc[key].dropna().to_dict()
        double = entered.pop("DSC", None)
        points = {subject: 0 if grade == "U" else int(grade) for subject, grade in entered.items()}
        language, literature = points.pop("ENL", None), points.pop("LIT", None)
        english = [each for each in (language, literature) if each is not None]
        spare = [min(english)] if len(english) == 2 else []
        pillars = [points.pop(s, 0) for s in ("BIO", "CHE", "PHY", "HIS", "GEO", "FRE", "SPA", "CSC")]
        pillars += [] if double in (None, "U") else [sum(map(int, double)) / 2] * 2
        pillars.sort(reverse=True)
        wanted = {
            "ENG": max(english, default=0) * max(len(english), 1),
            "MAT": 2 * points.pop("MAT", 0),
            "EBC": sum(pillars[:3]),
            "OPN": sum(sorted([*pillars[3:], *spare, *points.values()], reverse=True)[:3]),
        }
        assert slots.loc[key].to_dict() == {**wanted, "TOT": sum(wanted.values())}
    missing = set(slots.index) - set(grades.index)
    assert missing
    assert (slots.loc[sorted(missing)] == 0).all().all(), "who entered nothing counts, with no points"


def test_pupils_bring_their_earlier_results_along(made, frames):
    """Key stage 1 ended in 2023; nobody has a key stage 2 of the years in which there was none."""
    catalogue = Catalogue.load(made)
    stages = {}
    for year in ("2021/22", "2022/23", "2023/24", "2024/25"):
        rows = catalogue.read(catalogue.dataset("results", year)).to_pandas()
        assert not rows.duplicated(["pupil_key", "stage", "subject", "method", "component", "qualifier"]).any()
        assert set(rows["pupil_key"]) <= set(frames["pupils"]["pupil_key"])
        stages[year] = set(rows[rows["qualifier"] == "NL"]["stage"])
    assert stages == {"2021/22": {"KS1", "KS2"}, "2022/23": {"KS1", "KS2"}, "2023/24": {"KS2"}, "2024/25": {"KS2"}}


@pytest.mark.parametrize("term", ["autumn", "spring", "summer"])
def test_the_codes_of_attendance_add_up_to_its_sessions(made, term):
    catalogue = Catalogue.load(made)
    codes = catalogue.read(catalogue.dataset("attendance-reasons", f"2025/26-{term}")).to_pandas()
    sessions = catalogue.read(catalogue.dataset("attendance", f"2025/26-{term}")).to_pandas()
    kinds = {"authorised": [*"ECMRI"], "unauthorised": [*"GUO"], "late": ["L"]}
    for column, of_kind in kinds.items():
        sums = codes[codes["code"].isin(of_kind)].groupby(["pupil_key", "urn"])["sessions"].sum()
        wanted = sessions.set_index(["pupil_key", "urn"])[column]
        assert (sums.reindex(wanted.index, fill_value=0) == wanted).all()
    elsewhere = codes[codes["code"] == "D"].merge(sessions, on=["pupil_key", "urn"])
    assert (elsewhere["sessions"] > 0).all()
    assert elsewhere["pupil_key"].duplicated().any(), "of both schools of a dual registration"


def test_what_is_agreed_on_speaks_of_measures_that_there_are(made):
    """And a school's phase that there is; a nation's figure that there was none of has its reason."""
    catalogue = Catalogue.load(made)
    thresholds = catalogue.read(catalogue.dataset("threshold-sets")).to_pylist()
    figures = catalogue.read(catalogue.dataset("authority-measures", "2025/26")).to_pylist()
    assert all(definition_of(row["measure"]).name == row["measure"] for row in (*thresholds, *figures))
    assert {row["phase"] for row in thresholds} == {"primary", "secondary"}
    assert all((row["value"] is None) == (row["value_symbol"] == "x") for row in figures)
    for phase in ("primary", "secondary"):
        standard = agreed_standard(thresholds, THRESHOLD_SET, phase, "2025/26")
        assert standard is not None
        assert len(standard.rules) == 2


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
