"""Who is counted, where, and under which number: the rules on pupils, each by an example.

Schools return their pupils as School Censuses. One (990001, since March 2026 the academy 990004), Two (990002) and the
pupil referral unit Three (990003) are of one authority.
"""

from __future__ import annotations

import re
from datetime import date

import pyarrow.parquet as pq
import pytest
from census_returns import ESTABLISHMENTS, TEMPORARY, UPNS, a_return, attendance, pupil, written

from kdsp_lib.analyse.cohort import on_roll
from kdsp_lib.errors import BadSource
from kdsp_lib.source.adding import add_files
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.pseudonym import check_letter
from kdsp_lib.source.school_census.loading import KIND
from kdsp_lib.source.tables import open_tables
from kdsp_lib.source.workspace import init_workspace

TODAY = date(2026, 6, 8)
ONE, TWO, UNIT, ACADEMY = "990001", "990002", "990003", "990004"
AUTUMN, SPRING, SUMMER = "2025/26-autumn", "2025/26-spring", "2025/26-summer"
A_UPN = re.compile(rb"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")


class Authority:
    """An authority that loads returns, and what it then counts and knows."""

    def __init__(self, folder):
        self.folder, self.workspace = folder, init_workspace(folder)
        (folder / "establishments.csv").write_text(ESTABLISHMENTS)
        add_dataset(self.workspace, "establishments", folder / "establishments.csv", loaded_on=TODAY)

    def load(self, *returns):
        """What the load says of each data set."""
        loaded = add_files(self.workspace, KIND, written(self.folder / "returns", *returns), loaded_on=TODAY)
        return [note for each in loaded for note in each.notes]

    def rows(self, name, period=None):
        catalogue = Catalogue.load(self.workspace)
        return catalogue.read(catalogue.dataset(name, period)).to_pylist()

    def headcount(self, *schools, period=SPRING):
        """How many pupils these schools have together."""
        tables = open_tables(self.workspace, period, ("establishments", "pupils", "census"))
        return len(tables.frame(on_roll(tables, schools, attendance=False)))

    def upns(self):
        """The pupils that are known, by the number each goes by."""
        return {row["upn"]: row["pupil_key"] for row in self.rows("pupils")}


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


# Who counts


def test_who_is_registered_at_two_schools_counts_once_at_the_main_one(authority):
    """Case 45. Both schools have the own record; of the authority's pupils there is one."""
    authority.load(a_return(pupil(EnrolStatus="M")), a_return(pupil(EnrolStatus="S"), estab="1100"))
    assert authority.headcount(ONE, UNIT) == 1
    assert authority.headcount(ONE) == 1
    assert authority.headcount(UNIT) == 0
    assert {(row["urn"], row["enrol_status"]) for row in authority.rows("census", SPRING)} == {(ONE, "M"), (UNIT, "S")}


def test_sessions_of_a_dual_registration_stay_with_the_school_that_had_them(authority):
    """Case 45: neither school is told the other's, and the sum over both counts no session twice."""
    authority.load(
        a_return(pupil(EnrolStatus="M", extra=f"<Attendance>{attendance(90, I=4, D=30)}</Attendance>")),
        a_return(pupil(EnrolStatus="S", extra=f"<Attendance>{attendance(30, O=6, D=90)}</Attendance>"), estab="1100"),
    )
    sessions = {row["urn"]: row for row in authority.rows("attendance", AUTUMN)}
    assert {urn: row["possible"] for urn, row in sessions.items()} == {ONE: 90, UNIT: 30}
    assert (sessions[ONE]["authorised"], sessions[UNIT]["unauthorised"]) == (4, 6)


@pytest.mark.parametrize("status", ["G", "F", "O"])
def test_guests_and_pupils_of_colleges_and_other_providers_are_in_no_headcount(authority, status):
    notes = authority.load(a_return(pupil(), pupil(UPNS[1], EnrolStatus=status)))
    assert authority.headcount(ONE) == 1
    assert len(authority.rows("pupils")) == 2, "they are known all the same"
    assert any("in no headcount" in note for note in notes)


def test_who_counts_at_two_schools_is_refused_until_one_gives_way(authority):
    """Each of two schools says that the pupil is its own alone: counted twice, or at the wrong one, is both wrong."""
    with pytest.raises(BadSource) as error:
        authority.load(a_return(pupil()), a_return(pupil(), estab="2001"))
    assert "count twice" in error.value.faults[0].text


def test_who_has_left_counts_no_longer_and_keeps_what_was(authority):
    """The list of who is no longer on roll is there for last term's attendance: to add it up would count twice."""
    authority.load(a_return(pupil(), pupil(UPNS[1]), term="AUT"))
    gone = pupil(UPNS[1], gone="2025-12-19", extra=f"<Attendance>{attendance(138, I=10)}</Attendance>")
    authority.load(a_return(pupil(), gone))
    assert (authority.headcount(ONE, period=AUTUMN), authority.headcount(ONE, period=SPRING)) == (2, 1)
    left = authority.upns()[UPNS[1]]
    assert [row["authorised"] for row in authority.rows("attendance", AUTUMN) if row["pupil_key"] == left] == [10]
    assert [row["leave_date"] for row in authority.rows("registrations") if row["pupil_key"] == left] == [
        date(2025, 12, 19)
    ]


def test_who_moves_counts_where_they_are_on_the_day(authority):
    """Case 47: the old school keeps the history until the day of leaving, the new one begins its own."""
    authority.load(a_return(pupil(), term="AUT"))
    moved = pupil(EntryDate="2026-01-05")
    authority.load(a_return(pupil(gone="2025-12-19")), a_return(moved, estab="2001"))
    assert (authority.headcount(ONE), authority.headcount(TWO)) == (0, 1)
    assert authority.headcount(ONE, period=AUTUMN) == 1
    spells = {row["urn"]: (row["entry_date"], row["leave_date"]) for row in authority.rows("registrations")}
    assert spells == {ONE: (date(2021, 9, 1), date(2025, 12, 19)), TWO: (date(2026, 1, 5), None)}


# Who is who


def test_a_upn_with_another_date_of_birth_is_set_aside(authority):
    """Case 51: it names two pupils, and nobody here can tell whose the record is. The others are loaded."""
    authority.load(a_return(pupil(), term="AUT"))
    notes = authority.load(a_return(pupil(DOB="2016-05-03"), pupil(UPNS[1])))
    assert any("another date of birth" in note and "set aside" in note for note in notes)
    assert not any(UPNS[0] in note for note in notes), "and the number is not repeated"
    assert authority.headcount(ONE) == 1
    assert [row["dob"] for row in authority.rows("pupils") if row["upn"] == UPNS[0]] == [date(2017, 5, 3)]


def test_twins_with_numbers_side_by_side_stay_two(authority):
    """Case 51: nothing but a UPN joins records, neither a name nor a date of birth nor a home."""
    body = "340200024018"
    authority.load(a_return(pupil("F340200024017"), pupil(check_letter(body) + body)))
    assert authority.headcount(ONE) == 2


def test_a_temporary_upn_and_the_permanent_one_are_one_pupil(authority):
    """Case 49: the former UPN joins them, under the key that the pupil has had from the first."""
    authority.load(a_return(pupil(TEMPORARY[0]), term="AUT"))
    before = authority.upns()[TEMPORARY[0]]
    authority.load(a_return(pupil(UPNS[0], FormerUPN=TEMPORARY[0])))
    assert authority.upns() == {UPNS[0]: before}
    assert authority.rows("former-upns") == [{"pupil_key": before, "upn": TEMPORARY[0]}]


def test_a_school_that_still_uses_the_former_upn_speaks_of_the_same_pupil(authority):
    authority.load(
        a_return(pupil(UPNS[0], FormerUPN=TEMPORARY[0], EnrolStatus="M")),
        a_return(pupil(TEMPORARY[0], EnrolStatus="S"), estab="1100"),
    )
    assert list(authority.upns()) == [UPNS[0]]
    assert authority.headcount(ONE, UNIT) == 1


# Which establishment


def test_a_number_that_an_academy_kept_is_told_by_the_day(authority):
    """Case 59: until it converts the returns are the school's, from then on the academy's, under a URN of its own."""
    authority.load(a_return(pupil()))
    authority.load(a_return(pupil(), term="SUM"))
    assert [row["urn"] for row in authority.rows("census", SPRING)] == [ONE]
    assert [row["urn"] for row in authority.rows("census", SUMMER)] == [ACADEMY]
    assert (authority.headcount(ONE, ACADEMY, period=SUMMER), authority.headcount(ONE, period=SUMMER)) == (1, 0)


# Under which number


def test_upns_lie_in_one_place_behind_keys_that_say_nothing(authority):
    """Clause 3: every other table holds a key that was drawn by chance, the same for a pupil wherever it stands."""
    authority.load(
        a_return(
            pupil(UPNS[0], FormerUPN=TEMPORARY[0], extra=f"<Attendance>{attendance(90, I=4)}</Attendance>"),
            pupil(UPNS[1]),
        )
    )
    catalogue = Catalogue.load(authority.workspace)
    for entry in catalogue.current:
        texts = b" ".join(str(row).encode() for row in catalogue.read(entry).to_pylist())
        assert bool(A_UPN.search(texts)) is (entry.dataset in ("pupils", "former-upns")), entry
    keys = authority.upns().values()
    assert all(re.fullmatch("[0-9a-f]{16}", key) for key in keys)
    kept = [path for path in authority.workspace.data.rglob("*") if path.is_file()]
    homes = {catalogue.path(catalogue.dataset(name)) for name in ("pupils", "former-upns")}
    said = {path for path in kept if path.suffix != ".parquet" and A_UPN.search(path.read_bytes())}
    said |= {path for path in kept if path.suffix == ".parquet" and A_UPN.search(str(pq.read_table(path)).encode())}
    assert said == homes


def test_another_authority_draws_other_keys(tmp_path):
    """So that two of them cannot put their tables together without the UPNs."""
    keys = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        authority = Authority(tmp_path / name)
        authority.load(a_return(pupil()))
        keys.append(authority.upns()[UPNS[0]])
    assert keys[0] != keys[1]


@pytest.mark.parametrize("key", [*UPNS[:1], TEMPORARY[0]])
def test_a_upn_is_no_key(authority, key):
    """A table whose keys are UPNs would carry them everywhere: it is refused, and told how they are given."""
    path = authority.folder / "attendance.csv"
    path.write_text(f"pupil_key,urn,possible,authorised,unauthorised,late\n{key},{ONE},90,1,0,0\n")
    with pytest.raises(BadSource) as error:
        add_dataset(authority.workspace, "attendance", path, AUTUMN, loaded_on=TODAY)
    (fault,) = error.value.faults
    assert (fault.place, fault.field) == ("attendance.csv row 2", "pupil_key")
    assert "no UPN" in fault.text
    assert key not in str(fault)


def test_pupils_are_given_by_upn_and_get_their_keys_here(authority):
    """Whoever exports pupils has no keys: those who are known keep theirs, the others are given new ones."""
    authority.load(a_return(pupil(UPNS[0], FormerUPN=TEMPORARY[0]), term="AUT"))
    before = authority.upns()[UPNS[0]]
    path = authority.folder / "pupils.csv"
    path.write_text(
        "upn,upn_status,surname,forename,dob,sex,postcode,idaci_decile\n"
        f"{UPNS[0]},permanent,Ashdown,Ava,2017-05-03,F,,4\n{UPNS[1]},permanent,Birch,Leo,2016-10-01,M,,\n"
    )
    add_dataset(authority.workspace, "pupils", path, loaded_on=TODAY)
    known = authority.upns()
    assert known[UPNS[0]] == before
    assert re.fullmatch("[0-9a-f]{16}", known[UPNS[1]])
    path.write_text(path.read_text().replace("2017-05-03", "2016-05-03"))
    loaded = add_dataset(authority.workspace, "pupils", path, loaded_on=TODAY)
    assert (loaded.dataset.rows, loaded.dataset.set_aside) == (1, 1)
    assert any("another date of birth" in note and "pupils.csv line 2" in note for note in loaded.notes)
