"""Real published figures, read where they lie: from the files to a register and to area profiles.

Groupings are invented, parameters and registers are made in the test's own folder; without the files it is skipped.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from project_paths import NOTEBOOKS, PROJECT

from kdsp_lib.custodian.start import stop
from kdsp_lib.run.batch import run_reports
from kdsp_lib.source.workspace import init_workspace

SHARED = Path(os.environ.get("KDSP_SHARED", PROJECT / ".." / "shared"))
REAL = SHARED / "data" / "real"
FILES = {
    "performance-tables-census": ("pt_2023_census_england.csv", "2022/23", 24_433),
    "performance-tables-absence": ("pt_2023_absence_england.csv", "2022/23", 21_281),
    "performance-tables-ks4": ("pt_2019_ks4_provisional_merseyside.csv", "2018/19", 135),
    "lait-indicators": ("lait_la_indicators_long_merseyside.csv", None, 20_300),
    "gias-links": ("gias_links_20250422_merseyside.csv", None, 655),
}
LA = "340"
AREAS = ("one", "two", "three")
DAY = "2026-03-02"
pytestmark = pytest.mark.skipif(
    not all((REAL / name).exists() for name, _, _ in FILES.values()), reason="the published files are not here"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace with the real files, and a register completed by hand: invented areas, everybody has signed."""
    workspace = init_workspace(tmp_path_factory.mktemp("real") / "workspace")
    yield workspace
    stop(workspace)


@pytest.fixture(scope="module")
def kdsp(place):
    def kdsp(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "kdsp_lib.cli.main", *map(str, arguments)],
            capture_output=True, text=True, cwd=PROJECT, check=False, timeout=300,
            env={**os.environ, "KDSP_WORKSPACE": str(place.root)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return kdsp


@pytest.fixture(scope="module")
def loaded(place, kdsp):
    return {
        kind: kdsp("data", "add", kind, REAL / name, "--signed-off", *(("--period", period) if period else ()))
        for kind, (name, period, _) in FILES.items()
    }


@pytest.fixture(scope="module")
def register(place, kdsp, loaded):
    """The skeleton that the command writes, completed."""
    into = place.register
    census, links = (REAL / FILES[kind][0] for kind in ("performance-tables-census", "gias-links"))
    into.parent.mkdir(parents=True, exist_ok=True)
    kdsp("register", "skeleton", "--la", LA, "--census", census, "--links", links, "--into", into)
    document = yaml.safe_load(into.read_text())
    assert list(document) == ["establishments"]
    by_phase: dict[str, list[str]] = {}
    for entry in document["establishments"]:
        by_phase.setdefault(entry["phase"], []).append(entry["urn"])
    members = {urn: AREAS[k % 3] for urns in by_phase.values() for k, urn in enumerate(urns)}
    since = "2022-09-01"
    document |= {
        "groups": [{"id": f"collaborative:{area}", "name": f"Invented area {area}"} for area in AREAS],
        "memberships": [
            {"establishment": urn, "group": f"collaborative:{area}", "from": since} for urn, area in members.items()
        ],
        "people": [{"id": "officer:a1", "name": "An analyst"}],
        "duties": [
            {
                "person": "officer:a1", "from": since,
                "categories": ["pupil-characteristics", "sen", "attendance", "attainment", "exclusions"],
                "purposes": ["commissioning-of-services", "raising-attainment"],
            }
        ],
        "signatures": [
            {"person": "officer:a1", "from": since}, *({"establishment": urn, "from": since} for urn in members),
        ],
    }  # fmt: skip
    into.write_text(yaml.safe_dump(document, sort_keys=False))
    assert "no fault" in kdsp("register", "check", into)
    return members


@pytest.fixture(scope="module")
def folders(place, register):
    """The release of each invented area, and of the whole authority."""
    parameters = place.root / "parameters" / "area_profile"
    parameters.mkdir(parents=True)
    for name in ("all", *AREAS):
        group = None if name == "all" else f"collaborative:{name}"
        given = {
            "group": group,
            "recipient": group or "authority",
            "purpose": "commissioning-of-services" if group else "raising-attainment",
            "period": "2022/23",
            "on": DAY,
        }
        (parameters / f"{name}.yaml").write_text(yaml.safe_dump(given))
    paths = [parameters / f"{name}.yaml" for name in (*AREAS, "all")]
    outcomes = {each.parameters.stem: each for each in run_reports(paths, place, notebooks=NOTEBOOKS)}
    assert {name: each.error for name, each in outcomes.items()} == dict.fromkeys((*AREAS, "all"))
    return {name: each.folder for name, each in outcomes.items()}


@pytest.fixture(scope="module")
def schools(register):
    """The same schools from the same files, by plain pandas."""

    def read(kind):
        return pd.read_csv(REAL / FILES[kind][0], dtype=str, encoding="utf-8-sig", keep_default_na=False)

    def number(column):
        return pd.to_numeric(column.str.rstrip("%"), errors="coerce")

    census, absence, results = (read(kind) for kind in list(FILES)[:3])
    rows = census[census["URN"].isin(list(register))].merge(absence[["URN", "PERCTOT", "PPERSABS10"]], "left", "URN")
    results = results[results["RECTYPE"].isin(["1", "2"])].replace({"URN": {"135481": "148534"}})
    rows = rows.merge(results[["URN", "TPUP", "ATT8SCR", "PTL2BASICS_94"]], "left", "URN")
    figures = [name for name in rows if name not in ("URN", "LA", "Estab", "SCHOOLTYPE")]
    rows[figures] = rows[figures].apply(number)
    return rows.assign(area=rows["URN"].map(register))


def table(folder, name):
    with (folder / "tables" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def total(folder, name):
    rows = table(folder, name)
    return next(row for row in rows if all(v == "All" for k, v in row.items() if k.endswith("_code")))


def weighted(rows, figure, weight):
    known = rows[figure].notna()
    return (rows[figure] * rows[weight])[known].sum() / rows[weight][known].sum()


def is_near(text, value):
    return abs(float(text) - value) <= (0.05 if "." in text else 0.5) + 1e-9


def test_every_file_loads_and_says_what_was_left_out(loaded, kdsp):
    """Rows of the nation and of authorities are no schools; what is withheld is counted, not taken for 0."""
    for kind, (_, _, rows) in FILES.items():
        assert f"{rows:,} rows" in loaded[kind]
    assert "3 rows of an authority, a region or the nation were left out" in loaded["performance-tables-census"]
    assert "18 [c]" in loaded["performance-tables-ks4"]
    assert "231 links have no date" in loaded["gias-links"]
    assert "no fault" in kdsp("data", "check")


@pytest.mark.parametrize("name", ["all", *AREAS])
def test_printed_figures_are_those_of_the_files(folders, schools, name):
    rows = schools if name == "all" else schools[schools["area"] == name]
    folder = folders[name]
    known = rows[rows["NUMEAL"].notna()]
    seen = 0
    for title, true in (
        ("fsm6", (known["NUMFSMEVER"].sum(), known["NORFSMEVER"].sum())),
        ("sen", ((rows["TSENELSE"] + rows["TSENELK"]).sum(), rows["NOR"].sum())),
    ):
        shown = total(folder, title)
        if shown["rate"] != "c":
            assert (int(shown["numerator"]), int(shown["base"])) == true
            assert is_near(shown["rate"], 100 * true[0] / true[1])
            seen += 1
    for title, true in (
        ("eal", 100 * known["NUMEAL"].sum() / known["NOR"].sum()),
        ("absence", weighted(rows, "PERCTOT", "NOR")),
        ("persistent_absence", weighted(rows, "PPERSABS10", "NOR")),
        ("english_maths", weighted(rows, "PTL2BASICS_94", "TPUP")),
    ):
        shown = total(folder, title)
        if shown["rate"] not in ("c", "x"):
            assert is_near(shown["rate"], true), title
            seen += 1
    shown = total(folder, "attainment_8")
    if shown["mean"] not in ("c", "x"):
        assert is_near(shown["mean"], weighted(rows, "ATT8SCR", "TPUP"))
        assert int(shown["base"]) == rows["TPUP"][rows["ATT8SCR"].notna()].sum()
    assert seen >= 4


def test_the_profile_of_the_authority_says_something(folders):
    """Roll, FSM6, SEN, EAL, absence, persistent absence and key stage 4: none of the totals is withheld in vain."""
    last = {
        name: list(total(folders["all"], name).values())[-2]
        for name in ("fsm6", "eal", "absence", "persistent_absence", "english_maths")
    }
    assert set(last.values()).isdisjoint({"c", "x"}), last


@pytest.mark.parametrize("name", ["all", *AREAS])
def test_phases_of_few_schools_are_shown_together_and_nothing_is_withheld(folders, schools, name):
    primary, secondary, special = "State-funded primary", "State-funded secondary", "State-funded special school"
    others = {"State-funded AP school", "Independent school"}
    of_phase = {
        "primary": {primary}, "secondary": {secondary}, "special": {special}, "pru": {"State-funded AP school"},
        "independent": {"Independent school"}, "alternative-and-independent": others,
        "special-and-other": {special, *others}, "secondary-and-other": {secondary, special, *others},
        "All": {primary, secondary, special, *others},
    }  # fmt: skip
    rows = schools if name == "all" else schools[schools["area"] == name]
    shown = table(folders[name], "phases")
    assert len(shown) >= 3
    for row in shown:
        of = rows[rows["SCHOOLTYPE"].isin(of_phase[row["phase_code"]])]
        assert len(of) >= 3
        assert int(row["count"]) == of["NOR"].sum()


def test_what_the_source_lacks_has_its_reason_on_the_page(folders):
    page = (folders["all"] / "report.html").read_text()
    assert {row["rate"] for row in table(folders["all"], "fsm6") if row["sex_code"] != "All"} == {"x"}
    for said in (
        "The source does not divide these figures by sex",
        "weighted by its pupils on roll in 2022/23",
        "Performance tables, key stage 4, 2018/19",
        "63 schools are taken to be a body of their own",
        "1 school is counted by figures of a predecessor",
    ):
        assert said in page, said


@pytest.mark.parametrize("name", ["all", *AREAS])
def test_no_school_is_named(folders, register, name):
    page = (folders[name] / "report.html").read_text() + (folders[name] / "report.ipynb").read_text()
    page = re.sub(r'\bx=\\?"[0-9.]+\\?"', "", page)  # where a letter of a chart stands may be any number
    assert not any(urn in page for urn in register)
