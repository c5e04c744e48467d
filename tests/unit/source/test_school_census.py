"""School Census returns: what each says, what several say together, and what is refused or set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from census_returns import (
    AFTER,
    TEMPORARY,
    UPNS,
    a_return,
    attendance,
    exclusion,
    meals,
    pupil,
    written,
)  # fmt: skip
from published_files import REGISTER, SCHOOL, text

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.adding import add_files
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.load import check_data
from kdsp_lib.source.pseudonym import check_letter
from kdsp_lib.source.school_census.loading import KIND
from kdsp_lib.source.school_census.meals import census_days

TODAY = date(2026, 2, 2)
Rows = list[dict[str, Any]]
NEED = "<SENneeds><SENneed><SENtypeRank>2</SENtypeRank><SENtype>ASD</SENtype></SENneed><SENneed><SENtypeRank>1</SENtypeRank><SENtype>SLCN</SENtype></SENneed></SENneeds>"  # noqa: E501


@pytest.fixture
def loaded(authority, tmp_path) -> Callable[..., Mapping[str, Rows]]:
    """Loads returns; the rows of every data set there then is, by its name and period."""

    def load(*texts: str, period: str | None = None) -> Mapping[str, Rows]:
        add_files(authority, KIND, written(tmp_path / "returns", *texts), period, loaded_on=TODAY)
        catalogue = Catalogue.load(authority)
        return {str(entry): catalogue.read(entry).to_pylist() for entry in catalogue.current}

    return load


def census(rows: Mapping[str, Rows], term: str = "2025/26-spring") -> Rows:
    return rows[f"census {term}"]


# What one return says


def test_a_return_says_which_school_and_term_it_is_of(loaded):
    (row,) = census(loaded(a_return(pupil())))
    assert (row["urn"], row["enrol_status"], row["ncyear"]) == ("990001", "C", "4")


def test_who_is_no_longer_on_roll_is_never_counted(loaded):
    rows = loaded(a_return(pupil(), pupil(UPNS[1], gone="2025-12-01")))
    assert len(census(rows)) == 1
    assert len(rows["pupils"]) == 2
    assert [row["leave_date"] for row in rows["registrations"]].count(date(2025, 12, 1)) == 1


def test_who_left_and_came_back_counts_once_and_has_two_registrations(loaded):
    sessions = f"<Attendance>{attendance(40, I=2)}</Attendance>"
    back = pupil(EntryDate="2025-11-03", extra=f"<Attendance>{attendance(60, O=1)}</Attendance>")
    rows = loaded(a_return(back, pupil(gone="2025-10-10", extra=sessions)))
    assert len(census(rows)) == len(rows["pupils"]) == 1
    assert len(rows["registrations"]) == 2
    (term,) = rows["attendance 2025/26-autumn"]
    assert (term["possible"], term["authorised"], term["unauthorised"]) == (100, 2, 1)


def test_attendance_is_of_the_term_before_and_exclusions_of_two(loaded):
    extra = f"<Attendance>{attendance(120, I=4, O=2, L=3, E=1, B=5, D=9)}</Attendance>"
    extra += f"<Exclusions>{exclusion('2025-05-06', 'FIXD', '3', 'PP', 'DB')}</Exclusions>"
    rows = loaded(a_return(pupil(extra=extra)))
    (term,) = rows["attendance 2025/26-autumn"]
    assert [term[name] for name in ("possible", "authorised", "unauthorised", "late")] == [120, 5, 2, 3]
    (suspension,) = rows["suspensions 2024/25-summer"]
    assert [suspension[name] for name in ("category", "sessions", "reason_1", "reason_2", "reason_3")] == [
        "SUSP", 3, "PP", "DB", None,
    ]  # fmt: skip
    assert suspension["start_date"] == date(2025, 5, 6)


def test_an_autumn_census_has_the_summer_in_two_halves(loaded):
    halves = attendance(50, I=1) + attendance(60, "SummerHalfTerm2Attendance", O=2)
    rows = loaded(a_return(pupil(extra=f"<Attendance>{halves}</Attendance>"), term="AUT"))
    (term,) = rows["attendance 2024/25-summer"]
    assert (term["possible"], term["authorised"], term["unauthorised"]) == (110, 1, 2)


def test_lateness_is_not_known_where_the_school_returns_none(loaded):
    rows = loaded(a_return(pupil(extra=f"<Attendance>{attendance(120, I=4)}</Attendance>")))
    assert rows["attendance 2025/26-autumn"][0]["late"] is None


@pytest.mark.parametrize(
    ("codes", "authorised", "unauthorised"),
    [
        ({"C2": 30, "C1": 2, "J1": 1}, 33, 0),  # a part-time timetable, a performance, an interview
        ({"U": 5, "G": 2, "N": 1}, 0, 8),  # late after the register closed, a holiday, no reason yet
        ({"Q": 4, "Y1": 2, "Y7": 3, "D": 5}, 0, 0),  # no possible session
        ({"K": 6, "B": 4, "L": 7}, 0, 0),  # attending elsewhere, or late before the register closed
    ],
)
def test_each_code_is_of_its_class(loaded, codes, authorised, unauthorised):
    (row,) = loaded(a_return(pupil(extra=f"<Attendance>{attendance(120, **codes)}</Attendance>")))[
        "attendance 2025/26-autumn"
    ]
    assert (row["possible"], row["authorised"], row["unauthorised"]) == (120, authorised, unauthorised)


def test_a_leap_day_is_a_day(loaded):
    """Born, joined and eligible on a 29 February: six years later there may be none."""
    born = pupil(DOB="2016-02-29", EntryDate="2024-02-29", meals=meals("2020-02-29", "2020-02-29"))
    rows = loaded(a_return(born))
    assert (rows["pupils"][0]["dob"], census(rows)[0]["fsm"], census(rows)[0]["fsm6"]) == (
        date(2016, 2, 29),
        False,
        False,
    )


def test_meals_of_another_country_or_of_a_later_day_are_none_here(loaded):
    for spell in (meals("2024-09-02", country="SCT"), meals("2026-01-16")):
        (row,) = census(loaded(a_return(pupil(meals=spell))))
        assert (row["fsm"], row["fsm6"]) == (False, False)


def test_down_syndrome_is_a_need_of_its_own(loaded):
    need = "<SENneeds><SENneed><SENtypeRank>1</SENtypeRank><SENtype>DS</SENtype></SENneed></SENneeds>"
    assert census(loaded(a_return(pupil(SENprovision="E", needs=need))))[0]["sen_type"] == "DS"


def test_a_plan_that_came_in_the_year_is_of_the_terms_since(loaded):
    """Each census keeps what it said: no term is written again by a later one."""
    loaded(a_return(pupil(SENprovision="K", needs=NEED), term="AUT"))
    rows = loaded(a_return(pupil(SENprovision="E", needs=NEED)))
    assert [census(rows, f"2025/26-{term}")[0]["sen_provision"] for term in ("autumn", "spring")] == ["K", "E"]


def test_an_exclusion_that_was_rescinded_goes_with_the_next_return(loaded):
    """The same census again, without it: the school's own rows are replaced, not added to."""
    first = loaded(a_return(pupil(extra=f"<Exclusions>{exclusion('2025-05-06', 'PERM')}</Exclusions>")))
    again = loaded(a_return(pupil()))
    told = [
        sum(len(found) for name, found in rows.items() if name.startswith("suspensions")) for rows in (first, again)
    ]
    assert told == [1, 0]


def test_a_year_group_is_as_it_is_taught_and_not_by_age(loaded):
    (row,) = census(loaded(a_return(pupil(DOB="2015-10-01", NCyearActual="4"))))
    assert row["ncyear"] == "4"


def test_codes_that_were_withdrawn_are_read_in_the_years_they_were_in(loaded):
    """H (holiday agreed) until July 2024; afterwards it is no code."""
    extra = f"<Attendance>{attendance(120, H=4)}</Attendance>"
    with pytest.raises(BadSource, match="attendance code of 2025/26"):
        loaded(a_return(pupil(extra=extra)))
    old = a_return(pupil(extra=extra), term="AUT").replace("2025-10-02", "2024-10-03")
    assert loaded(old)["attendance 2023/24-summer"][0]["authorised"] == 4


@pytest.mark.parametrize(
    ("spell", "fsm", "fsm6"),
    [
        (meals("2026-01-15"), True, True),
        (meals("2026-01-16"), False, False),
        (meals("2025-01-01", "2026-01-15"), True, True),
        (meals("2025-01-01", "2026-01-14"), False, True),
        (meals("2025-06-01", "2025-09-30"), False, False),
        (meals("2019-01-01", "2020-01-16"), False, True),
        (meals("2018-01-01", "2019-12-31"), False, False),
        (meals("2024-01-01", country="WLS"), False, False),
        ("", False, False),
    ],
    ids=["begins today", "begins tomorrow", "ends today", "ended yesterday", "between two censuses", "six years ago",
         "longer ago", "in Wales", "never"],
)  # fmt: skip
def test_free_school_meals_go_by_their_dates(loaded, spell, fsm, fsm6):
    """On the census day, both days of the spell counting; and on any census day of the last six years."""
    (row,) = census(loaded(a_return(pupil(meals=spell))))
    assert (row["fsm"], row["fsm6"]) == (fsm, fsm6)
    assert row["fsm_basis"] == ("unknown" if fsm else None)


def test_an_earlier_census_that_is_here_counts_for_six_years_too(loaded):
    loaded(a_return(pupil(meals=meals("2025-09-01")), term="AUT"))
    (row,) = census(loaded(a_return(pupil())))
    assert (row["fsm"], row["fsm6"]) == (False, True)


@pytest.mark.parametrize(
    ("spell", "fsm6"),
    [
        (meals("2026-09-01"), None),
        (meals("2026-06-01"), None),
        (meals("2026-05-01"), True),
        (meals("2021-01-01", "2021-05-20"), True),
        (meals("2019-01-01", "2020-01-31"), False),
        ("", False),
    ],
)
def test_whether_meals_since_september_2026_count_for_the_premium_is_not_known(loaded, spell, fsm6):
    """A break: every household with Universal Credit is eligible, and a return does not say by what a pupil is."""
    (row,) = census(loaded(a_return(pupil(meals=spell), term="SPR", day=AFTER["SPR"])), "2026/27-spring")
    assert row["fsm6"] is fsm6


def test_an_earlier_census_counts_for_the_premium_if_it_was_before_september_2026(loaded):
    loaded(a_return(pupil(meals=meals("2026-09-01")), term="AUT", day=AFTER["AUT"]))
    (row,) = census(loaded(a_return(pupil(), term="SPR", day=AFTER["SPR"])), "2026/27-spring")
    assert (row["fsm"], row["fsm6"]) == (False, None)
    loaded(a_return(pupil(meals=meals("2026-05-01")), term="SUM"))
    (row,) = census(loaded(a_return(pupil(), term="SPR", day=AFTER["SPR"])), "2026/27-spring")
    assert (row["fsm"], row["fsm6"]) == (False, True)


def test_census_days_are_thursdays():
    days = list(census_days(date(2026, 1, 15)))
    assert {date(2025, 10, 2), date(2025, 5, 15), date(2020, 5, 21)} <= set(days)
    assert {day.weekday() for day in days} == {3}
    assert len(days) == 1 + 3 * 6


def test_needs_go_by_rank_and_former_names_of_provision_are_read(loaded):
    rows = loaded(a_return(pupil(SENprovision="S", needs=NEED), pupil(UPNS[1], SENprovision="A", needs=NEED)))
    assert sorted((row["sen_provision"], row["sen_type"]) for row in census(rows)) == [("E", "SLCN"), ("K", "SLCN")]


@pytest.mark.parametrize(
    ("code", "main"), [("WBRI", "WBRI"), ("WCOR", "WBRI"), ("WROG", "WROM"), ("MWAP", "MWAS"), ("BSOM", "BAFR")]
)
def test_extended_codes_of_ethnic_background_roll_up(loaded, code, main):
    assert census(loaded(a_return(pupil(Ethnicity=code))))[0]["ethnicity"] == main


@pytest.mark.parametrize(
    ("code", "group"), [("ENG", "english"), ("ENB", "english"), ("POL", "eal"), ("OTB", "eal"), ("REF", "unclassified")]
)
def test_languages_are_three_groups(loaded, code, group):
    assert census(loaded(a_return(pupil(Language=code))))[0]["language"] == group


def test_what_a_return_does_not_say_is_not_no(loaded):
    """Case 57: who looks after a pupil is in no School Census; a young carer may not be asked after."""
    (row,) = census(loaded(a_return(pupil(ServiceChild="U", YoungCarer=None, NCyearActual="X"))))
    assert [row[name] for name in ("lac", "service_child", "young_carer", "ncyear")] == [None] * 4


# What several say together


def test_main_and_subsidiary_are_one_pupil_and_one_of_the_headcount(loaded):
    rows = loaded(a_return(pupil(EnrolStatus="M")), a_return(pupil(EnrolStatus="S"), estab="1100"))
    assert len(rows["pupils"]) == 1
    assert sorted(row["enrol_status"] for row in census(rows)) == ["M", "S"]


def test_guests_and_colleges_are_said_to_be_in_no_headcount(authority, tmp_path):
    folder = written(
        tmp_path / "returns", a_return(pupil(), pupil(UPNS[1], EnrolStatus="G"), pupil(UPNS[2], EnrolStatus="F"))
    )
    notes = add_files(authority, KIND, folder, loaded_on=TODAY)[2].notes
    assert any(note.startswith("2 on roll are guests") for note in notes)


def test_current_at_two_schools_costs_both_records_and_is_told_to_both(loaded):
    """Nobody here can tell which is the main registration; here it is all that either school has."""
    with pytest.raises(BadSource, match="too many to set aside") as error:
        loaded(a_return(pupil()), a_return(pupil(), estab="2001"))
    assert [(fault.place, fault.field) for fault in error.value.faults] == [
        ("a.xml line 2", "enrol_status"), ("b.xml line 2", "enrol_status"),
    ]  # fmt: skip


def test_a_school_that_returns_again_replaces_its_own_rows_alone(loaded):
    loaded(a_return(pupil(), pupil(UPNS[1])), a_return(pupil(UPNS[2]), estab="2001"))
    rows = loaded(a_return(pupil(ncyear="5")))
    assert sorted(row["urn"] for row in census(rows)) == ["990001", "990002"]
    assert len(rows["pupils"]) == 3


def test_a_school_that_became_another_is_the_one_of_the_census_day(loaded):
    """Case 59: an academy keeps the number, not the URN."""
    assert census(loaded(a_return(pupil())))[0]["urn"] == "990001"
    assert census(loaded(a_return(pupil(), term="SUM")), "2025/26-summer")[0]["urn"] == "990004"


def test_a_school_that_the_register_calls_closed_by_then_returns_nothing(authority, tmp_path, loaded):
    """Case 61: a number that is used again is told by the dates."""
    loaded(a_return(pupil(), term="AUT"))
    path = tmp_path / "extract.csv"
    path.write_text(
        text(REGISTER, [SCHOOL.replace("Open,", "Closed,").replace("01-09-1990,", "01-09-1990,31-12-2025")])
    )
    add_files(authority, "gias-establishments", path, loaded_on=TODAY)
    assert census(loaded(a_return(pupil(), term="AUT")), "2025/26-autumn")[0]["urn"] == "990001"
    with pytest.raises(BadSource, match="no open establishment"):
        loaded(a_return(pupil()))


# Who is who


def test_a_temporary_number_and_the_permanent_one_are_one_pupil(loaded):
    """Case 49."""
    first = loaded(a_return(pupil(TEMPORARY[0]), term="AUT"))
    second = loaded(a_return(pupil(UPNS[0], FormerUPN=TEMPORARY[0])))
    (row,) = second["pupils"]
    assert row["pupil_key"] == first["pupils"][0]["pupil_key"]
    assert (row["upn"], row["upn_status"]) == (UPNS[0], "permanent")
    assert [(each["pupil_key"], each["upn"]) for each in second["former-upns"]] == [(row["pupil_key"], TEMPORARY[0])]


@pytest.mark.parametrize("turned", [False, True])
def test_whichever_school_is_read_first(loaded, turned):
    schools = [
        a_return(pupil(UPNS[0], FormerUPN=TEMPORARY[0], EnrolStatus="M")),
        a_return(pupil(TEMPORARY[0], EnrolStatus="S"), estab="1100"),
    ]
    rows = loaded(*(schools[::-1] if turned else schools))
    assert [row["upn"] for row in rows["pupils"]] == [UPNS[0]]


def test_a_number_with_another_date_of_birth_is_set_aside(authority, tmp_path, loaded):
    """Case 51: two pupils under one number; nobody here can tell whose it is."""
    loaded(a_return(pupil(), term="AUT"))
    folder = written(tmp_path / "returns", a_return(pupil(DOB="2016-05-03"), pupil(UPNS[1])))
    result = add_files(authority, KIND, folder, loaded_on=TODAY)
    assert any(
        "UPN belongs to a pupil with another date of birth" in n and "a.xml line 2" in n for n in result[2].notes
    )
    catalogue = Catalogue.load(authority)
    assert len(catalogue.read(catalogue.dataset("census", "2025/26-spring"))) == 1
    assert check_data(authority) == ()


def test_two_in_one_load_are_both_set_aside(loaded):
    rows = loaded(a_return(pupil(), pupil(UPNS[1])), a_return(pupil(DOB="2016-05-03"), estab="2001"))
    assert [row["upn"] for row in rows["pupils"]] == [UPNS[1]]


def test_twins_are_two(loaded):
    rows = loaded(a_return(pupil("F340200024017"), pupil(check_letter("340200024018") + "340200024018")))
    assert len(rows["pupils"]) == 2


# What is refused


FAULTS = {
    "UPN": (pupil("A801200005001"), "UPN"),
    "no UPN": (pupil(UPN=None), "UPN"),
    "former UPN": (pupil(FormerUPN="A801200005001"), "FormerUPN"),
    "no surname": (pupil(Surname=""), "Surname"),
    "a long surname": (pupil(Surname="x" * 201), "Surname"),
    "sex": (pupil(Sex="X"), "Sex"),
    "date of birth": (pupil(DOB="03/05/2017"), "DOB"),
    "entry": (pupil(EntryDate=None), "EntryDate"),
    "leaving before entry": (pupil(gone="2020-01-01"), "LeavingDate"),
    "on roll, and left": (pupil(LeavingDate="2025-12-01"), "LeavingDate"),
    "status": (pupil(EnrolStatus="Z"), "EnrolStatus"),
    "year group": (pupil(NCyearActual="15"), "NCyearActual"),
    "ethnicity": (pupil(Ethnicity="WXYZ"), "Ethnicity"),
    "language": (pupil(Language="English"), "Language"),
    "provision": (pupil(SENprovision="Q"), "SENprovision"),
    "support without a need": (pupil(SENprovision="K"), "SENprovision"),
    "need": (pupil(SENprovision="K", needs=NEED.replace("SLCN", "BESD")), "SENtype"),
    "meals without a beginning": (pupil(meals=meals("")), "FSMstartDate"),
    "meals that end before they begin": (pupil(meals=meals("2025-09-01", "2025-08-31")), "FSMendDate"),
    "sessions": (pupil(extra=f"<Attendance>{attendance(-1)}</Attendance>"), "SessionsPossible"),
    "absent more than possible": (pupil(extra=f"<Attendance>{attendance(5, I=6)}</Attendance>"), "possible"),
    "attendance code": (pupil(extra=f"<Attendance>{attendance(5, XX=1)}</Attendance>"), "AttendanceReason"),
    "category": (pupil(extra=f"<Exclusions>{exclusion('2025-05-06', 'OTHER')}</Exclusions>"), "Category"),
    "reasons": (pupil(extra=f"<Exclusions>{exclusion('2025-05-06', 'SUSP', '2', *'ABCD')}</Exclusions>"), "Reason"),
    "the same pupil twice": (pupil() + "\n" + pupil(), "pupil_key + urn"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_by_line_and_field_and_leaves_nothing(authority, tmp_path, listing, name):
    text, field = FAULTS[name]
    folder = written(tmp_path / "returns", a_return(text))
    before = listing(authority.root)
    with pytest.raises(BadSource) as error:
        add_files(authority, KIND, folder, loaded_on=TODAY)
    faults = error.value.faults
    line = "a.xml line 3" if "\n" in text else "a.xml line 4" if "NoLonger" in text else "a.xml line 2"
    assert (line, field) in [(fault.place, fault.field) for fault in faults]
    assert listing(authority.root) == before


def test_all_faults_of_all_files_come_at_once(authority, tmp_path):
    folder = written(
        tmp_path / "returns", a_return(pupil(Sex="X"), pupil(UPNS[1], DOB="?")), a_return(pupil("A1"), estab="2001")
    )
    with pytest.raises(BadSource) as error:
        add_files(authority, KIND, folder, loaded_on=TODAY)
    assert [(fault.place, fault.field) for fault in error.value.faults] == [
        ("a.xml line 2", "Sex"), ("a.xml line 3", "DOB"), ("b.xml line 2", "UPN"),
    ]  # fmt: skip


def test_no_fault_repeats_what_the_file_says(authority, tmp_path):
    folder = written(tmp_path / "returns", a_return(*(text.split("\n")[0] for text, _ in FAULTS.values())))
    with pytest.raises(BadSource) as error:
        add_files(authority, KIND, folder, loaded_on=TODAY)
    shown = error.value.shown()
    assert not any(value in shown for value in ("A801200005001", "WXYZ", "BESD", "03/05/2017", "Ashdown", "xxx"))


WRONG = {
    "another collection": (a_return(pupil(), collection="SWF"), "Collection"),
    "another term than the rest": (a_return(pupil(UPNS[1]), term="AUT", estab="2001"), "Header"),
    "the same school again": (a_return(pupil(UPNS[1])), "Header"),
    "a school that nobody knows": (a_return(pupil(UPNS[1]), estab="9999"), "Estab"),
    "no header": ("<Message>" + pupil() + "</Message>", ""),
    "no pupil": (a_return(estab="2001"), ""),
    "no return at all": ("<Message/>", ""),
    "cut off": (a_return(pupil(UPNS[1]), estab="2001")[:-60], ""),
    "entities": ("<!DOCTYPE Message [<!ENTITY a 'b'>]>" + a_return(pupil(), estab="2001").partition("?>")[2], ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_does_not_belong_is_told_from_the_rest(authority, tmp_path, listing, name):
    text, field = WRONG[name]
    folder = written(tmp_path / "returns", a_return(pupil()), text)
    before = listing(authority.root)
    with pytest.raises(BadSource) as error:
        add_files(authority, KIND, folder, loaded_on=TODAY)
    assert [(fault.place.split(" ")[0], fault.field) for fault in error.value.faults] == [("b.xml", field)]
    assert listing(authority.root) == before


def test_the_term_asked_for_must_be_the_files(loaded):
    with pytest.raises(BadSource, match="another term than 2025/26-summer"):
        loaded(a_return(pupil()), period="2025/26-summer")


def test_without_establishments_the_way_is_told(workspace, tmp_path):
    with pytest.raises(BadParameters, match="kdsp data add establishments"):
        add_files(workspace, KIND, written(tmp_path / "returns", a_return(pupil())), loaded_on=TODAY)


def test_a_wrong_guess_is_explained(authority, tmp_path, census_file):
    folder = written(tmp_path / "returns", a_return(pupil()))
    with pytest.raises(BadSource, match="looks like school-census-xml"):
        add_files(authority, "census", folder / "a.xml", "2025/26-spring", loaded_on=TODAY)
    with pytest.raises(BadSource, match="looks like census"):
        add_files(authority, KIND, census_file(count=1), loaded_on=TODAY)
    with pytest.raises(BadParameters, match="school-census-xml"):
        add_files(authority, "census-xml", folder, loaded_on=TODAY)


def test_a_folder_without_returns_is_no_source(authority, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSource, match=r"ends in \.xml"):
        add_files(authority, KIND, Path(tmp_path / "empty"), loaded_on=TODAY)
