"""Rows of too few controllers are shown together with their neighbours, no more of them than must be."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import kinds_of, table

from kdsp_lib.sdc.kinds import ROOT, of_few_controllers
from kdsp_lib.sdc.recoding import Ladder, Rung, as_asked, climbed, enough_controllers, recoded
from kdsp_lib.sdc.rules import Rules

AXES = {"phase": ("primary", "secondary", "special"), "sex": ("F", "M")}
LADDERS = {
    "phase": Ladder(
        "phase",
        (
            Rung(
                {"primary": "primary", "secondary": "other", "special": "other"},
                {"primary": "Primary", "other": "Secondary and special"},
            ),
            Rung(dict.fromkeys(AXES["phase"], ROOT), {}),
        ),
    )
}
WHY = "too few"


def _few_of(kinds, rules=None):
    rules = rules or Rules()
    return lambda asked: of_few_controllers(asked.base @ kinds.parts, 3, rules)


def _world(special, secondary=("d", "e", "f", "g")):
    numbers = {((("primary"), sex), owner): 40 for sex in "FM" for owner in "abc"}
    numbers |= {(("secondary", sex), owner): 30 for sex in "FM" for owner in secondary}
    numbers |= {(("special", sex), owner): 10 for sex in "FM" for owner in special}
    return kinds_of(AXES, numbers)


def test_what_has_enough_stays_as_it_was_asked_for():
    asked = table(AXES, ("phase",))
    kinds = _world(special=("h", "i", "j", "k"))
    assert enough_controllers(asked, as_asked(asked), LADDERS, _few_of(kinds)) == as_asked(asked)


def test_a_phase_of_two_is_shown_together_with_its_neighbour_and_the_others_by_themselves():
    asked = table(AXES, ("phase", "sex"))
    kinds = _world(special=("h", "i"))
    levels = enough_controllers(asked, as_asked(asked), LADDERS, _few_of(kinds))
    made = recoded(asked, levels, LADDERS, WHY)
    assert [codes for codes in made.table.codes if codes[1] == ROOT] == [
        (ROOT, ROOT), ("primary", ROOT), ("other", ROOT),
    ]  # fmt: skip
    count = dict(zip(made.table.codes, np.asarray(made.table.base @ kinds.pupils).tolist(), strict=True))
    assert count[("other", "F")] == 4 * 30 + 2 * 10
    assert made.labels == {"other": "Secondary and special"}
    assert made.notes == ("Secondary and special: too few.",)


def test_where_no_neighbour_helps_a_table_is_not_split():
    asked = table(AXES, ("phase",))
    kinds = _world(special=(), secondary=("d", "e"))
    levels = enough_controllers(asked, as_asked(asked), LADDERS, _few_of(kinds))
    made = recoded(asked, levels, LADDERS, WHY)
    assert made.table.codes == ((ROOT,),)
    assert made.notes == ("Not split by phase: too few.",)
    assert int((made.table.base @ kinds.pupils)[0]) == int(kinds.pupils.sum())


def test_nothing_climbs_beyond_the_ladder():
    asked = table(AXES, ("sex",))
    assert climbed(asked, as_asked(asked), [("F",), (ROOT,)], LADDERS) is None


def test_a_rung_that_cuts_through_the_one_before_is_no_rung():
    first = Rung({"a": "x", "b": "x", "c": "y"}, {"x": "X", "y": "Y"})
    with pytest.raises(ValueError, match="cuts through"):
        Ladder("letters", (first, Rung({"a": "x", "b": "y", "c": "y"}, {"x": "X", "y": "Y"})))
    with pytest.raises(ValueError, match="no label"):
        Ladder("letters", (Rung({"a": "x"}, {}),))


@pytest.mark.parametrize(
    ("parts", "few"),
    [
        ((10, 10), True),
        ((10, 10, 10), False),
        ((90, 5, 5), True),
        ((50, 46, 4), True),
        ((50, 40, 5, 5), False),
        ((0, 0, 0), False),
    ],
)
def test_few_or_mostly_one_or_two(parts, few):
    """Three at least, none above 85 %, and what is left beside the two largest 10 % of the largest."""
    assert bool(of_few_controllers(np.array([parts]), 3, Rules())[0]) == few
