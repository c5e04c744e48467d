"""A record that breaks a rule is set aside with its school told, and the rest of all returns is loaded."""

from __future__ import annotations

import csv
import stat
from datetime import date

import pytest
from census_returns import UPNS, a_return, attendance, exclusion, pupil, written

from kdsp_lib.cli.main import main
from kdsp_lib.errors import BadSource
from kdsp_lib.source.adding import add_files
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.load import check_data
from kdsp_lib.source.pseudonym import check_letter
from kdsp_lib.source.quarantine import FOLDER, aside_of
from kdsp_lib.source.school_census.answering import check_returns, findings_kept, write_findings
from kdsp_lib.source.school_census.loading import KIND

TODAY = date(2026, 2, 2)
TERM = "2025/26-spring"


def upn(number: int) -> str:
    """One more number with its letter."""
    digits = f"3402050{number:05}"
    return check_letter(digits) + digits


MANY = tuple(pupil(upn(n)) for n in range(12))
OTHERS = tuple(pupil(upn(100 + n)) for n in range(12))


@pytest.fixture
def load(authority, tmp_path):
    def load(*texts):
        made = add_files(authority, KIND, written(tmp_path / "returns", *texts), loaded_on=TODAY)
        return {each.dataset.dataset: each for each in made}, Catalogue.load(authority)

    return load


def rows(catalogue, name, period=TERM):
    return catalogue.read(catalogue.dataset(name, period)).to_pylist()


def test_one_bad_record_stops_no_return(load, authority):
    made, catalogue = load(a_return(*MANY, pupil(Sex="X")), a_return(*OTHERS, estab="2001"))
    census = catalogue.dataset("census", TERM)
    assert (census.rows, census.set_aside) == (24, 1)
    (kept,) = aside_of(catalogue.data, census)
    assert (kept.school, kept.file, kept.line, kept.field) == ("0012000", "a.xml", 14, "Sex")
    assert "must be one of F, M" in kept.text
    notes = "\n".join(made["census"].notes)
    assert "1 of 25 records set aside" in notes
    assert "Sex must be one of F, M" in notes
    assert "a.xml line 14" in notes
    assert check_data(authority) == ()


def test_what_is_wrong_with_sessions_costs_them_alone(load):
    extra = f"<Attendance>{attendance(100, I=1)}{attendance(50, XX=1)}</Attendance>"
    extra += f"<Exclusions>{exclusion('2025-05-06')}</Exclusions>"
    good = pupil(upn(50), extra=f"<Attendance>{attendance(100, I=1)}</Attendance>")
    _, catalogue = load(a_return(*MANY, good, pupil(extra=extra)))
    assert len(rows(catalogue, "census")) == 14
    assert len(rows(catalogue, "suspensions", "2024/25-summer")) == 1
    assert [row["possible"] for row in rows(catalogue, "attendance", "2025/26-autumn")] == [100]


def test_a_sum_that_breaks_a_rule_is_set_aside_too(load):
    over = pupil(extra=f"<Attendance>{attendance(5, I=6)}</Attendance>")
    good = pupil(upn(50), extra=f"<Attendance>{attendance(100, I=1)}</Attendance>")
    _, catalogue = load(a_return(*MANY, good, over))
    assert len(rows(catalogue, "census")) == 14
    assert catalogue.dataset("attendance", "2025/26-autumn").set_aside == 1


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_pupil_who_is_main_at_two_schools_both_records_are_set_aside(load, authority, turned):
    """Whichever is read first; each school is told its own line, and not whose the other is."""
    schools = [a_return(*MANY, pupil()), a_return(*OTHERS, pupil(), estab="2001")]
    _, catalogue = load(*(schools[::-1] if turned else schools))
    assert len(rows(catalogue, "census")) == 24
    kept = aside_of(catalogue.data, catalogue.dataset("census", TERM))
    assert sorted((each.school, each.line, each.field) for each in kept) == [
        ("0012000", 14, "enrol_status"), ("0012001", 14, "enrol_status"),
    ]  # fmt: skip
    assert not any(row["upn"] == UPNS[0] for row in rows(catalogue, "pupils", None))


def test_main_and_subsidiary_are_no_duplicate(load):
    _, catalogue = load(
        a_return(*MANY, pupil(EnrolStatus="M")), a_return(*OTHERS, pupil(EnrolStatus="S"), estab="2001")
    )
    assert catalogue.dataset("census", TERM).set_aside is None
    assert len(rows(catalogue, "census")) == 26


def test_the_same_pupil_twice_at_a_school_costs_both(load):
    _, catalogue = load(a_return(*MANY, *OTHERS, pupil(), pupil(Surname="Other")))
    assert len(rows(catalogue, "census")) == 24
    assert catalogue.dataset("census", TERM).set_aside == 2


def test_what_a_school_returned_before_is_touched_by_its_own_return_alone(load):
    load(a_return(*MANY, pupil()))
    _, catalogue = load(a_return(*OTHERS, pupil(), estab="2001"))
    assert len(rows(catalogue, "census")) == 25
    aside = aside_of(catalogue.data, catalogue.dataset("census", TERM))
    assert [each.school for each in aside if not each.by] == ["0012001"]
    assert catalogue.dataset("census", TERM).set_aside == 1


def test_a_school_whose_earlier_row_is_contradicted_is_told_until_the_other_returns_again(load):
    """By its own pupil, since there is no line; and not by whom."""
    load(a_return(*MANY, pupil()))
    _, catalogue = load(a_return(*OTHERS, pupil(), estab="2001"))
    (told,) = (each for each in aside_of(catalogue.data, catalogue.dataset("census", TERM)) if each.by)
    assert (told.school, told.field, told.line) == ("0012000", "enrol_status", 0)
    assert [row["upn"] for row in rows(catalogue, "pupils", None) if row["pupil_key"] == told.pupil] == [UPNS[0]]
    found = {each.laestab: each for each in findings_kept(catalogue)}
    assert [(each.line, each.kind) for each in found["0012000"].findings] == [(0, "question")]
    assert "what this school returned stays" in found["0012000"].findings[0].text
    assert "2001" not in str(found["0012000"])
    _, catalogue = load(a_return(*OTHERS, pupil(EnrolStatus="S"), estab="2001"))
    assert aside_of(catalogue.data, catalogue.dataset("census", TERM)) == ()


def test_a_mended_record_comes_with_the_next_return_and_others_stay_set_aside(load):
    load(a_return(*MANY, pupil(Sex="X")), a_return(*OTHERS, pupil(UPNS[1], DOB="?"), estab="2001"))
    _, catalogue = load(a_return(*MANY, pupil()))
    census = catalogue.dataset("census", TERM)
    assert (census.rows, census.set_aside) == (25, 1)
    assert [each.school for each in aside_of(catalogue.data, census)] == ["0012001"]


@pytest.mark.parametrize("bad", [2, 12])
def test_more_than_a_tenth_is_no_return_to_load(load, authority, listing, bad):
    before = listing(authority.root)
    with pytest.raises(BadSource, match="too many to set aside"):
        load(a_return(*(MANY[bad:] + tuple(pupil(upn(200 + n), Sex="X") for n in range(bad)))))
    assert {path for path in listing(authority.root) if FOLDER in path} == set()
    assert {path for path in listing(authority.root) if path.endswith(".parquet")} == {
        path for path in before if path.endswith(".parquet")
    }


def test_what_may_not_be_missing_is_said_first(load):
    with pytest.raises(BadSource) as error:
        load(a_return(*MANY, pupil(Sex="X")), a_return(*OTHERS, estab="9999"))
    assert [fault.field for fault in error.value.faults] == ["Estab", "Sex"]


def test_nothing_that_stands_in_a_record_is_kept(load, authority):
    load(a_return(*MANY, pupil(Surname="Featherstone", Ethnicity="WXYZ")))
    (path,) = (authority.data / FOLDER).iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(value in path.read_text() for value in ("Featherstone", "WXYZ", UPNS[0]))
    path.write_text(path.read_text().replace("0012000", "0012001"))
    with pytest.raises(BadSource, match="was changed since"):
        findings_kept(Catalogue.load(authority))


def test_each_school_is_told_its_own_and_the_list_says_how_many(load, authority, tmp_path, monkeypatch, capsys):
    load(a_return(*MANY, pupil(Sex="X")), a_return(*OTHERS, pupil(UPNS[1], DOB="?"), estab="2001"))
    monkeypatch.setenv("KDSP_WORKSPACE", str(authority.root))
    for arguments in (["list"], ["check"], ["check", "--into", str(tmp_path / "out")]):
        with pytest.raises(SystemExit) as ended:
            main(["data", *arguments])
        assert not ended.value.code
    said = capsys.readouterr().out
    assert "2 of 26 rows set aside" in said
    assert "0012001 b.xml line 14  DOB" in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0012000.csv", "0012001.csv"]
    with (tmp_path / "out" / "0012001.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[:4] for row in csv.reader(file)][1:] == [["b.xml", "14", "DOB", "set aside"]]


def test_a_check_before_loading_tells_both_schools_of_a_duplicate(authority, tmp_path):
    folder = written(tmp_path / "returns", a_return(*MANY, pupil()), a_return(*OTHERS, pupil(), estab="2001"))
    found, others = check_returns(authority, folder)
    assert others == ()
    assert {school.laestab: [each.line for each in school.faults] for school in found} == {
        "0012000": [14], "0012001": [14],
    }  # fmt: skip
    assert write_findings(found, tmp_path / "out") == 2


@pytest.mark.parametrize(
    ("aside", "words"), [(None, "a census"), (12, "fewer than 1 in 1,000"), (300, "fewer than 1 in 10 ")]
)
def test_a_reader_is_told_a_share_and_no_count(aside, words):
    """A count would tell of a few; and the whole roll with it."""
    rows = 2_800 if aside == 300 else 21_488
    made = DataSet("census", TERM, "a" * 64, rows, True, True, (), "a census", "2026-02-02", set_aside=aside)
    edition = made.edition
    assert words in edition
    assert str(aside) not in edition
