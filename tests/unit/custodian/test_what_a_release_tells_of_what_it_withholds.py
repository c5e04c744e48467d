"""Two worlds that differ by a pupil or two: whoever knows the algorithm is told alike in either.

In one more or fewer pupils are in Year 3, and as many fewer or more in Year 4. Of a group both are rounded; of a school
by name both are withheld, their sum is not. All that a recipient gets is compared: tables, counts, notes, obligations,
policy, what the search did. Only pins of the data differ, which nobody can make who has not the whole of it.
"""

import copy

import pytest
from rounded import is_rounded
from small_workspace import DRAWS, OFFICER, Roll, School, SmallWorkspace, asked, printed

SCHOOLS = [School(f"99{k:04}") for k in range(1, 6)]
QUESTIONS = {
    "years": asked("count", "pupils", "year-group"),
    "sen": asked("rank", "sen", "sex"),
    "own": asked("median", "own-absence", "sex"),
}
PINS = ("snapshots", "beside")
TOGETHER = 15
"""Pupils of Years 3 and 4, all told."""


def released(root, year_3: int, draws: bytes = DRAWS) -> dict:
    made = SmallWorkspace(root, SCHOOLS, draws)
    roll, urns = Roll(), [school.urn for school in SCHOOLS]
    years = ["3"] * year_3 + ["4"] * (TOGETHER - year_3)
    for number in range(150):
        year = years[number] if number < TOGETHER else "56"[number % 2]
        urn = urns[number % len(urns)]
        missed = (number * 7) % 40
        roll.pupil(urn, sex="FM"[number % 3 > 0], ncyear=year, sen_provision="NNKNE"[number % 5 - number % 2],
                   sessions=(120, missed, 0))  # fmt: skip
    made.load("2025/26-autumn", roll)
    found = copy.deepcopy(made.area("east", QUESTIONS))
    del found["id"]  # keyed by the workspace's own secret
    for pin in PINS:
        del found["facts"][pin]
    return found


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """The release by how many pupils are in Year 3: each of 1 to 5, and of the rest that fits what is printed."""
    root = tmp_path_factory.mktemp("worlds")
    return {number: released(root / str(number), number) for number in (1, 3, 5, 8)}


def test_year_3_and_year_4_are_rounded_and_never_what_they_are(worlds):
    """Of each the true number is one of five values at least; the total is the same in all."""
    for number, found in worlds.items():
        years = {codes[0]: values[0] for codes, values in printed(found, "years").items()}
        assert is_rounded(years["3"], number)
        assert is_rounded(years["4"], TOGETHER - number)
        assert years["All"] == "150"


@pytest.mark.parametrize("number", [2, 3])
def test_a_small_count_may_be_printed_as_none_or_as_five_whatever_it_is(tmp_path, number):
    """By another secret another figure: so what is printed rules out none of 1 to 4, whoever tries them one by one."""
    found = set()
    for secret in range(1, 9):
        made = released(tmp_path / str(secret), number, bytes([secret]) * 32)
        found.add(printed(made, "years")["3",][0])
        if len(found) == 2:
            break
    assert found == {"0", "5"}


def test_nothing_but_the_tables_hangs_on_what_is_withheld(worlds):
    """Where a pattern differs, notes, obligations, policy and facts say the same: but for zeros, and rows left out."""
    rest = [{k: v for k, v in found.items() if k not in ("tables", "counts")} for found in worlds.values()]
    assert all(other == rest[0] for other in rest)
    notes = [[table["notes"] for table in found["tables"]] for found in worlds.values()]
    assert all(other == notes[0] for other in notes)


OF_A_SCHOOL = {
    "years": asked("count", "pupils", "year-group"),
    "gap": asked("gap", "persistent-absence", "sex", to="M"),
    "beside": asked("rate", "fsm6", "sex", compare="authority"),
    "england": asked("rate", "persistent-absence", "sex", beside="england"),
    "bands": asked("quartiles", "own-absence", "sex"),
}


def released_of_a_school(root, year_3: int) -> dict:
    """One school of 60 beside four others, to an officer; so many of its 15 younger pupils are in Year 3."""
    made, roll = SmallWorkspace(root, SCHOOLS), Roll()
    for school in SCHOOLS:
        for n in range(60):
            own = school is SCHOOLS[0]
            year = ("3" if n < year_3 else "4") if own and n < TOGETHER else "56"[n % 2]
            roll.pupil(school.urn, sex="FM"[n % 3 > 0], ncyear=year, fsm6=n % 4 == 1, sessions=(120, (n * 7) % 40, 0))
    made.load("2025/26-autumn", roll)
    found = copy.deepcopy(made.school(SCHOOLS[0].urn, OF_A_SCHOOL, OFFICER))
    del found["id"]
    for pin in PINS:
        del found["facts"][pin]
    return found


def test_the_report_of_a_school_is_the_same_whichever_of_two_years_the_pupils_are_in(tmp_path):
    """Gaps, bands, England and the comparator beside them: nothing that it shows hangs on who is in Year 3."""
    one, other = (released_of_a_school(tmp_path / str(number), number) for number in (2, 4))
    years = printed(one, "years")
    assert (years["3",], years["4",], years["All",]) == (("c",), ("c",), ("60",))
    assert one == other
