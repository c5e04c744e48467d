"""The register's extract, outcomes of inspections and indicators of authorities, as they are published."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from published_files import CENSUS, PRIMARY, REGISTER, SCHOOL, text
from source_files import AUTHORITIES, EXCLUSIONS, NEIGHBOURS

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.national import inspection_file, register_extract
from kdsp_lib.source.file_kind import kind_of
from kdsp_lib.source.load import KINDS, add_dataset, check_data, read_file
from kdsp_lib.source.national.establishment import is_open, register_phase
from kdsp_lib.source.published import KS2

SHARED = Path(os.environ.get("KDSP_SHARED", Path(__file__).parents[3].parent / "shared"))
Row = dict[str, Any]
TODAY = date(2026, 3, 2)
INSPECTIONS = (
    "URN,Ofsted phase,Inspection start date,Category of concern,Safeguarding standards,Inclusion,Achievement,"
    "Latest OEIF overall effectiveness,Latest OEIF quality of education,"
    "Latest OEIF sixth form provision (where applicable),Inspection start date of latest OEIF graded inspection,"
    "Ungraded inspection overall outcome,Date of latest ungraded inspection,"
    "Does the latest full inspection relate to the URN of the current school?"
)
INDICATORS = "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region"


@pytest.fixture
def read(tmp_path):
    """The rows and notes of a file of that kind."""

    def one(kind: str, header: str, *rows: str, encoding: str = "utf-8") -> tuple[list[Row], tuple[str, ...]]:
        path = tmp_path / "file.csv"
        path.write_bytes(text(header, rows).encode(encoding))
        table, notes = read_file(KINDS[kind], path, "2022/23" if kind == KS2 else None)
        return table.to_pylist(), notes

    return one


def test_an_establishment_of_the_register(read):
    (row,), _ = read("gias-establishments", REGISTER, SCHOOL)
    assert (row["urn"], row["name"], row["status"], row["phase"]) == ("990001", "Ysgol Llŷn", "open", "primary")
    assert row["open_date"] == date(1990, 9, 1)
    assert row["close_date"] is row["trust"] is row["lsoa"] is None


def test_it_is_read_in_windows_1252_and_with_slashes(read):
    (row,), _ = read(
        "gias-establishments",
        REGISTER,
        SCHOOL.replace("Llŷn", "Môn").replace("01-09-1990", "01/09/1990"),
        encoding="cp1252",
    )
    assert (row["name"], row["open_date"]) == ("Ysgol Môn", date(1990, 9, 1))


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("Open,", "Shut,", "EstablishmentStatus (name)"),
        ("Primary", "Elementary", "PhaseOfEducation (name)"),
        ("01-09-1990", "1990-09-01", "OpenDate"),
        ("01-09-1990", "31-02-1990", "OpenDate"),
        ("01-09-1990,", "01-09-1990,01-09-1980", "close_date"),
        (",4,11,", ",11,4,", "high_age"),
        ("210", "many", "SchoolCapacity"),
        ("990001", "99001", "urn"),
        (",2000,", ",20,", "estab"),
    ],
)
def test_what_is_wrong_with_one_is_told_by_row_and_column(read, old, new, column):
    with pytest.raises(BadSource) as error:
        read(
            "gias-establishments",
            REGISTER,
            SCHOOL,
            SCHOOL.replace("990001", "990002").replace(old, new, 1) if old != "990001" else SCHOOL.replace(old, new),
        )
    assert [(fault.place, fault.field) for fault in error.value.faults] == [("file.csv row 3", column)]


def test_the_registers_extract_makes_the_establishments_of_an_authority(workspace, tmp_path):
    path = tmp_path / "edubasealldata20260302.csv"
    rows = [
        SCHOOL,
        SCHOOL.replace("990001,999", "990002,998"),
        SCHOOL.replace("990001", "990003").replace("01-09-1990", "").replace("4,11,Mixed,210", ",,Not applicable,"),
        SCHOOL.replace("990001", "990004").replace("Community school,Local authority maintained schools",
                                                   "Other independent school,Independent schools"),
        SCHOOL.replace("990001", "990005").replace(",Open,", ",Proposed to open,"),
    ]  # fmt: skip
    path.write_bytes(text(REGISTER, rows).encode())
    with pytest.raises(BadParameters, match="2 authorities"):
        add_dataset(workspace, "establishments", path, loaded_on=TODAY)
    with pytest.raises(BadParameters, match="no row of such"):
        add_dataset(workspace, "establishments", path, loaded_on=TODAY, authorities=["340"])
    loaded = add_dataset(workspace, "establishments", path, loaded_on=TODAY, authorities=["999"])
    assert "1 rows of other authorities were left out" in loaded.notes
    first, second = Catalogue.load(workspace).read(loaded.dataset).to_pylist()
    assert (first["urn"], first["laestab"], first["phase"]) == ("990001", "9992000", "primary")
    assert (second["urn"], second["gender"], second["low_age"], second["high_age"]) == ("990003", "mixed", 0, 99)
    assert second["open_date"] == date(1900, 1, 1)
    assert check_data(workspace) == ()


@pytest.mark.parametrize(
    ("status", "opened", "closed", "answer"),
    [
        ("open", None, None, True),
        ("open", date(2026, 3, 2), None, True),
        ("open", date(2026, 3, 3), None, False),
        ("closed", None, date(2026, 3, 3), True),
        ("closed", None, date(2026, 3, 2), False),
        ("closed", None, None, False),
        ("proposed", None, None, False),
    ],
)
def test_whether_one_is_open_goes_by_its_dates(status, opened, closed, answer):
    assert is_open({"status": status, "open_date": opened, "close_date": closed}, TODAY) is answer


@pytest.mark.parametrize(
    ("kind", "group", "phase", "ours"),
    [
        ("Community school", "Local authority maintained schools", "primary", "primary"),
        ("Academy converter", "Academies", "all-through", "all-through"),
        ("Academy special converter", "Academies", None, "special"),
        ("Pupil referral unit", "Local authority maintained schools", None, "pru"),
        ("Academy alternative provision converter", "Academies", None, "pru"),
        ("Non-maintained special school", "Special schools", None, "non-maintained-special"),
        ("Other independent school", "Independent schools", None, "independent"),
        ("Children's centre", "Children's Centres", None, "childrens-centre"),
        ("Further education", "Colleges", "16-plus", "college"),
        ("British schools overseas", "Other types", None, None),
    ],
)
def test_which_of_our_phases_it_is(kind, group, phase, ours):
    assert register_phase({"type": kind, "type_group": group, "phase": phase}) == ours


def test_three_regimes_stand_beside_each_other_and_none_is_converted(read):
    rows, _ = read(
        "ofsted-inspections", INSPECTIONS,
        "990001,Primary,12/11/2025,NULL,Met,Strong standard,Needs attention,2,2,9,06/09/2022,NULL,NULL,Yes",
        "990002,Primary,NULL,SM,NULL,NULL,NULL,Not judged,3,NULL,10/09/2024,NULL,NULL,Yes",
        "990003,Primary,NULL,NULL,NULL,NULL,NULL,2,2,NULL,06/09/2022,Standards maintained,01/02/2025,No",
        "990004,Primary,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL",
    )  # fmt: skip
    found = {(row["urn"], row["framework"], row["area"]): row["judgement"] for row in rows}
    assert found["990001", "report-card", "inclusion"] == "strong-standard"
    assert found["990001", "report-card", "safeguarding"] == "met"
    assert found["990001", "oeif", "overall-effectiveness"] == "good"
    assert found["990001", "oeif", "sixth-form-provision"] == "not-applicable"
    assert found["990002", "oeif", "overall-effectiveness"] == "not-judged", "case 75: not blank"
    assert found["990003", "oeif-ungraded", "overall-outcome"] == "standards-maintained", "an outcome, no grade"
    assert found["990004", "none", "none"] == "not-inspected"
    assert len(found) == len(rows) == 12


def test_an_inspection_keeps_its_day_and_whose_it_is(read):
    row = "990003,Primary,NULL,SWK,NULL,NULL,NULL,2,NULL,NULL,06/09/2022,NULL,NULL,No"
    (one,), _ = read("ofsted-inspections", INSPECTIONS, row)
    assert (one["inspected_on"], one["relates_to_current_urn"], one["concern"]) == (date(2022, 9, 6), False, "SWK")


def test_each_regime_says_itself_whose_its_inspection_is(read):
    header = (
        "URN,Ofsted phase,Inclusion,Does the latest full inspection relate to the URN of the current school?,"
        "Latest OEIF overall effectiveness,"
        "Does the latest OEIF graded inspection relate to the URN of the current school?,"
        "Ungraded inspection overall outcome,Does the ungraded inspection relate to the URN of the current school?,"
        "Category of concern,Most recent category of concern"
    )
    rows, _ = read(
        "ofsted-inspections", header,
        "990001,Primary,Exceptional,Yes,2,No,Standards maintained,Yes,NULL,SWK",
        "990002,Primary,NULL,NULL,3,No,NULL,NULL,NULL,NULL",
    )  # fmt: skip
    assert {(row["urn"], row["framework"]): row["relates_to_current_urn"] for row in rows} == {
        ("990001", "report-card"): True, ("990001", "oeif"): False, ("990001", "oeif-ungraded"): True,
        ("990002", "oeif"): False,
    }  # fmt: skip
    assert {row["concern"] for row in rows} == {"SWK", None}


def test_a_file_before_report_cards_has_grades_of_two_regimes(read):
    header = (
        "URN,Ofsted phase,Inspection number of latest full inspection,Inspection start date,Overall effectiveness,"
        "Effectiveness of leadership and management,Section 8 inspection overall outcome,"
        "Date of latest section 8 inspection,Does the latest full inspection relate to the URN of the current school?"
    )
    rows, _ = read(
        "ofsted-inspections", header,
        "990001,Primary,1,31/08/2019,2,2,School remains Good,01/02/2023,Yes",
        "990002,Primary,2,01/09/2019,1,1,NULL,NULL,No",
    )  # fmt: skip
    assert {(row["urn"], row["framework"]) for row in rows if row["area"] == "overall-effectiveness"} == {
        ("990001", "pre-2019"), ("990002", "oeif"),
    }  # fmt: skip
    assert {row["inspected_on"] for row in rows if row["framework"] == "oeif-ungraded"} == {date(2023, 2, 1)}


def test_a_grade_of_another_regime_is_a_fault(read):
    with pytest.raises(BadSource) as error:
        read(
            "ofsted-inspections",
            INSPECTIONS,
            "990001,Primary,12/11/2025,NULL,Met,2,Good,NULL,NULL,NULL,NULL,NULL,NULL,Yes",
        )
    assert [fault.field for fault in error.value.faults] == ["Inclusion", "Achievement"]


def test_indicators_are_long_and_a_dash_is_not_nought(read):
    rows, _ = read(
        "lait-indicators", INDICATORS,
        "PriTotAbs,Absence,2023,Nowhere,64.099999999999994,999.0,North",
        "PriTotAbs,Absence,2023,North,-,NA,NA",
        "PermEx,Exclusions,2015/16,Nowhere,9.572E-2,999.0,North",
        "PermEx,Exclusions,2015/16,North,0,NA,NA",
    )  # fmt: skip
    assert [(row["la"], row["value"], row["value_symbol"]) for row in rows] == [
        ("999", 641_000, None), (None, None, "x"), ("999", 957, None), (None, 0, None),
    ]  # fmt: skip


def test_a_file_that_says_nothing_of_any_inspection_is_not_taken_for_schools_without_one(read):
    with pytest.raises(BadSource, match="no column that says anything"):
        read("ofsted-inspections", "URN,Ofsted phase", "990001,Primary")


def test_the_same_indicator_twice_is_a_fault(read):
    row = "PriTotAbs,Absence,2023,Nowhere,6.4,999.0,North"
    with pytest.raises(BadSource, match="is there already"):
        read("lait-indicators", INDICATORS, row, row)


def test_key_stage_2_of_a_school(read):
    header = (
        "RECTYPE,LEA,ESTAB,URN,SCHNAME,TELIG,PTRWM_EXP,PTRWM_HIGH,PTREAD_EXP,PTREAD_HIGH,PTWRITTA_EXP,PTWRITTA_HIGH,"
        "PTMAT_EXP,PTMAT_HIGH,PTGPS_EXP,PTGPS_HIGH,READ_AVERAGE,MAT_AVERAGE,GPS_AVERAGE,READPROG,WRITPROG,MATPROG"
    )
    rows, notes = read(
        KS2, header,
        "1,999,2000,990001,A,30,61%,8%,70%,20%,65%,9%,71%,21%,69%,22%,104,103,105,-0.4,1.2,0",
        "1,999,2001,990002,B,5" + ",SUPP" * 16,
        "3,999,,,,2000" + ",60%" * 10 + ",104,103,105,0,0,0",
    )  # fmt: skip
    assert (rows[0]["ptrwm_exp"], rows[0]["read_average"], rows[0]["readprog"]) == (6100, 10400, -40)
    assert (rows[1]["telig"], rows[1]["ptrwm_exp"], rows[1]["ptrwm_exp_symbol"]) == (5, None, "c")
    assert "1 rows of an authority" in notes[0]


def test_the_made_up_authoritys_files_are_read(made, workspace, tmp_path):
    catalogue = Catalogue.load(made)
    schools = catalogue.read(catalogue.dataset("establishments")).to_pylist()
    inspections = catalogue.read(catalogue.dataset("ofsted-inspections"))
    for kind, content in (
        ("gias-establishments", register_extract(schools)),
        ("ofsted-inspections", inspection_file(schools, inspections.to_pylist())),
    ):
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(content)
        assert add_dataset(workspace, kind, path, loaded_on=TODAY).warnings == ()
    assert check_data(workspace) == ()
    now = Catalogue.load(workspace)
    again = {row["urn"]: row for row in now.read(now.dataset("gias-establishments")).to_pylist()}
    for school in schools:
        read = again[school["urn"]]
        assert read["la"] + read["estab"] == school["laestab"]
        assert register_phase(read) == school["phase"]
        for column in ("name", "open_date", "low_age", "high_age", "gender", "capacity", "ward", "trust"):
            assert read[column] == school[column]
    order = [("urn", "ascending"), ("framework", "ascending"), ("area", "ascending")]
    outcomes = now.read(now.dataset("ofsted-inspections")).sort_by(order)
    assert outcomes.equals(inspections.sort_by(order)), "every regime's judgements come back, and none is converted"
    assert set(outcomes.column("framework").to_pylist()) == {"report-card", "oeif", "oeif-ungraded", "none"}


@pytest.mark.parametrize(
    ("kind", "header"),
    [("ofsted-inspections", REGISTER), ("gias-establishments", INDICATORS), ("lait-indicators", INSPECTIONS)],
)
def test_a_wrong_guess_is_explained(read, kind, header):
    with pytest.raises(BadSource, match="this looks like"):
        read(kind, header, "x" + "," * header.count(","))


PUBLISHED = [
    ("gias-establishments", "dfe_fixture_anon_gias.csv", 60),
    ("gias-establishments", "gias_sample_extract_schools_experience.csv", 4),
    ("lait-indicators", "lait_la_indicators_long_merseyside.csv", 20_300),
    ("statistical-neighbours", "dfe_statistical_neighbours_may2025.xlsx", 1_580),
    ("authorities", "pt_la_and_region_codes_2023.csv", 153),
]


def test_the_neighbours_of_a_real_authority_are_those_that_are_published(tmp_path):
    path = SHARED / "data" / "real" / "dfe_statistical_neighbours_may2025.xlsx"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here (KDSP_SHARED)")
    assert kind_of(path) == "statistical-neighbours", "though its header is the third row"
    rows = [row for row in read_file(KINDS["statistical-neighbours"], path, None)[0].to_pylist() if row["la"] == "340"]
    said = [row["neighbour"] for row in sorted(rows, key=lambda row: row["rank"])]
    assert said == ["342", "876", "394", "805", "807", "343", "344", "393", "840", "341"]


def test_neighbours_are_read_from_a_header_below_the_first_row(tmp_path):
    path = tmp_path / "neighbours.csv"
    path.write_text("A,B,C\n1,2,3\n" + NEIGHBOURS.replace("\r\n", "\n"))
    rows = read_file(KINDS["statistical-neighbours"], path, None)[0].to_pylist()
    assert [(row["la"], row["rank"], row["neighbour"], row["closeness"]) for row in rows] == [
        ("999", 1, "998", "very-close"), ("999", 2, "997", "somewhat-close"), ("999", 10, "996", "close"),
    ]  # fmt: skip
    path.write_text(NEIGHBOURS.replace("Very close", "Next door"))
    with pytest.raises(BadSource, match="must be one of extremely close"):
        read_file(KINDS["statistical-neighbours"], path, None)


def test_authorities_are_read_in_windows_1252(tmp_path):
    path = tmp_path / "la_and_region_codes_meta.csv"
    path.write_bytes(AUTHORITIES.encode("cp1252"))
    assert kind_of(path) == "authorities"
    assert read_file(KINDS["authorities"], path, None)[0].to_pylist() == [
        {"la": "999", "name": "Nowhere – on the Sea", "region": "1", "region_name": "Nowhere East"}
    ]


def test_exclusions_of_before_tidy_files_are_read_a_row_a_figure(tmp_path):
    path = tmp_path / "exclusions.csv"
    path.write_text(EXCLUSIONS)
    assert kind_of(path) == "published-exclusions"
    rows = read_file(KINDS["published-exclusions"], path, None)[0].to_pylist()
    found = {(row["level"], row["area"], row["indicator"]): (row["value"], row["value_symbol"]) for row in rows}
    assert {row["period"] for row in rows} == {"2016/17"}
    assert found["national", "england", "susp_rate"] == (47_600, None)
    assert found["school", "9992001", "perm_excl"] == (None, "x")
    assert found["school", "9992001", "suspension"] == (40_000, None)
    assert len(rows) == 14


def test_a_file_of_no_kind_is_told_which_kinds_there_are_and_what_the_nearest_lacks(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("URN,PERCTOT,Something\n990001,5.2,1\n")
    with pytest.raises(BadSource) as error:
        kind_of(path)
    shown = error.value.shown()
    assert "nearest to performance-tables-absence" in shown
    assert "it has no ppersabs10" in shown
    assert all(kind in shown for kind in KINDS)


@pytest.mark.parametrize("column", ["NORFSMEVER", "NUMFSM", "NUMENGFL"])
def test_a_census_of_another_year_may_lack_a_count_but_never_the_roll(tmp_path, column):
    """2018/19 has no NORFSMEVER: what rests on it is not available, and said to be so."""
    place = CENSUS.split(",").index(column)
    lines = [",".join(cell for n, cell in enumerate(line.split(",")) if n != place) for line in (CENSUS, PRIMARY)]
    path = tmp_path / "england_census.csv"
    path.write_text("\n".join(lines))
    table, notes = read_file(KINDS["performance-tables-census"], path, "2018/19")
    (row,) = table.to_pylist()
    assert (row[column.lower()], row[f"{column.lower()}_symbol"], row["nor"]) == (None, "x", 200)
    assert any(f"the file has no {column}" in note for note in notes)
    path.write_text("\n".join(lines).replace(",NOR,", ",ROLL,"))
    with pytest.raises(BadSource, match="NOR  is missing"):
        read_file(KINDS["performance-tables-census"], path, "2018/19")


@pytest.mark.parametrize(("kind", "name", "rows"), PUBLISHED)
def test_published_files_are_read_as_they_are(kind, name, rows):
    path = SHARED / "data" / "real" / name
    if not path.is_file():
        pytest.skip(f"{name} is not here (KDSP_SHARED)")
    assert read_file(KINDS[kind], path, None)[0].num_rows == rows
