"""Which kinds of pupils there may be, by what the cells of a report speak of, and how many there are of each."""

import numpy as np
import pytest
from invented_tables import Authority

from kdsp_lib.analyse import kinds_of_pupils
from kdsp_lib.model.question import Question


def asked(*by, where=None):
    return Question("count", "pupils", by, where=where)


@pytest.fixture
def primary():
    a = Authority()
    urn = a.school("991000", ages=(4, 6))
    for year, sex, fsm6, fsm in (("R", "F", True, True), ("R", "F", True, False), ("1", "M", False, False)):
        a.pupil(urn, ncyear=year, sex=sex, fsm6=fsm6, fsm=fsm)
    return a


def kinds_of(authority, **questions):
    cube = authority.cube(**questions)
    for each in cube.words.kinds:
        assert (each.member @ each.pupils == cube.count[each.cells]).all()
    return cube.words.kinds


def test_a_kind_is_of_one_level_of_everything_that_is_spoken_of(primary):
    (kinds,) = kinds_of(primary, years=asked("year-group"), sexes=asked("sex"))
    assert sorted(kinds.pupils) == [0, 0, 1, 2]  # Reception and Year 1, girls and boys


def test_levels_that_no_cell_tells_apart_are_of_one_kind(primary):
    (kinds,) = kinds_of(primary, some=asked("sex", where="ncyear = 'R'"))
    assert len(kinds.pupils) == 4  # in Reception or not, girls and boys


def test_what_a_filter_says_of_a_breakdown_is_known(primary):
    """Nobody is in a filter on girls and a boy; and whoever has free meals is in a filter on these."""
    (kinds,) = kinds_of(primary, sexes=asked("sex"), girls=asked(where="sex = 'F'"))
    assert len(kinds.pupils) == 2
    (kinds,) = kinds_of(
        primary, all=asked("fsm6"), both=asked(where="fsm6 = TRUE OR fsm = TRUE"), one=asked(where="fsm = TRUE")
    )
    assert len(kinds.pupils) == 4  # ever-6 or not, free meals now or not: the filter on either follows


def test_whom_public_facts_do_not_allow_is_of_no_kind_unless_there_is_one(primary):
    (before,) = kinds_of(primary, years=asked("year-group", "sex"))
    primary.pupil("991000", ncyear="9", sex="F")
    (after,) = kinds_of(primary, years=asked("year-group", "sex"))
    assert len(after.pupils) == len(before.pupils) + 1


def test_kinds_that_are_too_many_are_taken_by_every_two_tables(primary, monkeypatch):
    monkeypatch.setattr(kinds_of_pupils, "MOST_KINDS", 6)
    kinds = kinds_of(primary, years=asked("year-group"), sexes=asked("sex"), meals=asked("fsm6"))
    assert [len(each.pupils) for each in kinds] == [4, 4, 4]
    assert all((np.diff(each.member.indptr) > 0).any() for each in kinds)
