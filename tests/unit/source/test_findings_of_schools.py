"""What a school has to mend or to answer goes to that school, by line, before anything is loaded (clause 7)."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from census_returns import TEMPORARY, UPNS, a_return, attendance, pupil, written

from kdsp_lib.source.adding import add_files
from kdsp_lib.source.school_census.answering import HEADER, check_returns, write_findings
from kdsp_lib.source.school_census.loading import KIND

TODAY = date(2026, 2, 2)


@pytest.fixture
def found(authority, tmp_path):
    """The findings of each school for returns, by LAESTAB."""

    def check(*texts: str):
        schools, others = check_returns(authority, written(tmp_path / "returns", *texts))
        assert others == ()
        return {school.laestab: [(f.line, f.field, f.kind) for f in school.findings] for school in schools}

    return check


def test_faults_and_questions_are_told_by_line_and_nothing_is_loaded(authority, found, listing):
    before = listing(authority.root)
    assert found(a_return(pupil(Sex="X"), pupil(UPNS[1], Ethnicity="NOBT"), pupil(TEMPORARY[0]))) == {
        "0012000": [(2, "Sex", "fault"), (3, "Ethnicity", "question"), (4, "UPN", "question")]
    }
    assert listing(authority.root) == before


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (pupil(Language="REF"), "Language"),
        (pupil(DOB="2001-05-03"), "DOB"),
        (pupil(extra=f"<Attendance>{attendance(0)}</Attendance>"), "SessionsPossible"),
        (pupil(EntryDate="2026-01-16"), "EntryDate"),
        (
            pupil(DOB="2009-08-31", NCyearActual="12", extra=f"<Attendance>{attendance(9)}</Attendance>"),
            "TermlyAttendance",
        ),
    ],
)
def test_what_may_be_right_is_asked(found, text, field):
    assert (2, field, "question") in found(a_return(text))["0012000"]


def test_of_whom_sessions_may_be_is_by_the_year_of_these_sessions(found):
    """An autumn census returns the summer's: who was in Year 11 then is 16 by now, and nothing is asked."""
    sessions = f"<Attendance>{attendance(50, 'SummerHalfTerm2Attendance')}</Attendance>"
    autumn = a_return(pupil(DOB="2009-09-01", NCyearActual="12", extra=sessions), term="AUT")
    spring = a_return(pupil(DOB="2009-09-01", NCyearActual="11", extra=f"<Attendance>{attendance(50)}</Attendance>"))
    assert "TermlyAttendance" not in {field for text in (autumn, spring) for _, field, _ in found(text)["0012000"]}


def test_who_was_there_all_term_without_a_session_is_asked_after(found):
    there = pupil(extra=f"<Attendance>{attendance(100, I=1)}</Attendance>")
    new = pupil(UPNS[2], EntryDate="2025-11-03")
    assert (3, "Attendance", "question") in found(a_return(there, pupil(UPNS[1]), new))["0012000"]
    assert not [line for line, field, _ in found(a_return(there, new))["0012000"] if field == "Attendance"]


def test_what_contradicts_another_school_is_told_to_each_and_names_neither(authority, found):
    schools = found(a_return(pupil()), a_return(pupil(DOB="2016-05-03"), estab="2001"))
    assert [(line, kind) for line, field, kind in schools["0012000"] if field == "UPN"] == [(2, "set aside")]
    assert [(line, kind) for line, field, kind in schools["0012001"] if field == "UPN"] == [(2, "set aside")]


def test_a_pupil_who_is_counted_twice_is_told_to_the_second(found):
    schools = found(a_return(pupil()), a_return(pupil(), estab="2001"))
    assert (2, "enrol_status", "fault") in schools["0012001"]


def test_each_school_gets_a_file_of_its_own_and_no_value_is_in_it(authority, tmp_path):
    folder = written(
        tmp_path / "returns", a_return(pupil(Ethnicity="WXYZ", Surname="Featherstone")),
        a_return(pupil(UPNS[1], DOB="3"), estab="2001"),
        a_return(pupil(UPNS[2], extra=f"<Attendance>{attendance(10)}</Attendance>"), estab="1100"),
    )  # fmt: skip
    schools, _ = check_returns(authority, folder)
    assert write_findings(schools, tmp_path / "out") == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0012000.csv", "0012001.csv"]
    with (tmp_path / "out" / "0012000.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == HEADER
    assert rows[1][:4] == ["a.xml", "2", "Ethnicity", "fault"]
    text = (tmp_path / "out" / "0012000.csv").read_text("utf-8-sig")
    assert not any(value in text for value in ("WXYZ", "Featherstone", UPNS[0], "b.xml", "2001"))


def test_a_name_of_a_file_is_no_formula(authority, tmp_path):
    path = tmp_path / "=HYPERLINK.xml"
    path.write_text(a_return(pupil(Sex="X")))
    schools, _ = check_returns(authority, path)
    write_findings(schools, tmp_path / "out")
    assert "\n'=HYPERLINK.xml," in (tmp_path / "out" / "0012000.csv").read_text("utf-8-sig").replace("\r\n", "\n")


def test_what_was_checked_without_a_finding_is_loaded(authority, tmp_path, found):
    good = a_return(pupil(extra=f"<Attendance>{attendance(100, I=1)}</Attendance>", PostCode=None))
    assert [kind for _, _, kind in found(good)["0012000"]] == ["question"], "no postcode"
    add_files(authority, KIND, written(tmp_path / "returns", good), loaded_on=TODAY)


def test_a_file_that_is_no_xml_is_told_under_its_own_name(authority, tmp_path):
    folder = written(tmp_path / "returns", "<Message>", a_return(pupil()))
    schools, _ = check_returns(authority, folder)
    assert [school.name for school in schools] == ["a.csv", "0012000.csv"]
