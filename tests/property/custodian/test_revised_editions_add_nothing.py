"""An edition revised ten times, a pupil or two corrected each time: what the ten together tell.

A reader intersects what was printed of the same figure, and knows that a printed value is kept while it may be.
"""

from __future__ import annotations

import random
import tempfile
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hunting import TIMES, examples
from hypothesis import Phase, given
from hypothesis import strategies as st
from reader_of_editions import LEFT, SMALL, UNIT, counted_of, figures_of, told_by_edition
from small_workspace import AUTUMN, SmallWorkspace
from uneven_authority import draw_authority, draw_pupil, pupils_of

from kdsp_lib.custodian.edition_making import make_edition

DAY = date(2026, 3, 2)
REVISIONS = 10


class Revised:
    """The figures of each edition by name: what was printed, and the pupils who are counted."""

    def __init__(self, seed, root, times=REVISIONS, most=6):
        draw = random.Random(seed)
        schools, roll = draw_authority(draw, most=most)
        place = SmallWorkspace(root / "authority", schools, random.Random(seed).randbytes(32))
        phases = {school.urn: school.phase for school in schools}
        self.editions, self.seed = [], seed
        for number in range(1 + times):
            if number:
                roll = corrected(draw, schools, roll, number)
            place.load(AUTUMN, roll)
            told = told_by_edition(make_edition(place.workspace, AUTUMN, DAY))
            pupils = pupils_of(roll)
            found = {}
            for figure in (figure for table in told for figure in figures_of(table, phases)):
                if figure.name[-1] != "rest":
                    found[figure.name] = figure.text, counted_of(figure, pupils)
            self.editions.append(found)
        place.desk.close()

    def chains(self):
        """Each figure through all editions that print it: the printed numbers with the pupils."""
        names = dict.fromkeys(name for each in self.editions for name in each)
        for name in names:
            yield name, [each[name] for each in self.editions if name in each and each[name][0].isdecimal()]

    def check(self):
        self.check_kept()
        self.check_the_same_pupils()
        self.check_intersected()

    def check_kept(self):
        """But for a few whose pupils are others: of these one is drawn anew where it would tell too much."""
        pairs = [
            (one[name], other[name])
            for one, other in pairwise(self.editions)
            for name in one.keys() & other.keys()
            if one[name][0].isdecimal() and other[name][0].isdecimal()
        ]
        may_stay = [(a, b) for a, b in pairs if abs(int(a[0]) - len(b[1])) < UNIT]
        moved = [(a, b) for a, b in may_stay if a[0] != b[0]]
        assert not [pair for pair in moved if pair[0][1] == pair[1][1]], f"seed {self.seed}"
        assert len(moved) <= len(may_stay) / 100, f"seed {self.seed}: {len(moved)} of {len(may_stay)}"

    def check_the_same_pupils(self):
        """Whoever they are asked for by, in whatever edition: else two intervals have few values in common."""
        printed = {}
        for name, chain in self.chains():
            for text, counted in chain:
                printed.setdefault(counted, {}).setdefault(text, name)
        for counted, texts in printed.items():
            if len(counted) in SMALL:
                left = set.intersection(*(set(may_be(int(text))) for text in texts))
                assert len(left) >= LEFT, f"seed {self.seed}: {len(counted)} pupils as {texts}"

    def check_intersected(self):
        """A value that was not kept tells that it could not be. How many were corrected the reader does not know."""
        for name, chain in self.chains():
            for (before, _), (now, counted) in pairwise(chain):
                left = [value for value in may_be(int(now)) if now == before or value not in may_be(int(before))]
                if len(counted) in SMALL:
                    assert len(left) >= LEFT, f"seed {self.seed}: {name} from {before} to {now}: {left}"


def may_be(printed):
    return range(max(printed - UNIT + 1, 0), printed + UNIT)


def corrected(draw, schools, roll, number):
    """One or two join, leave, or were entered wrongly."""
    after = roll.copy()
    for k in range(draw.choice([1, 1, 2])):
        if draw.random() < 0.5:
            draw_pupil(draw, after, draw.choice(schools), {}, f"joiner {number} {k}")
            continue
        row = after.rows[draw.randrange(len(after.rows))]
        if draw.random() < 0.5:
            after.rows.remove(row)
            del after.sessions[row["pupil_key"], row["urn"]]
        else:
            row["fsm6"] = not row["fsm6"]
    return after


def revised(seed, times=REVISIONS):
    with tempfile.TemporaryDirectory() as root:
        return Revised(seed, Path(root), times)


@pytest.fixture(scope="module")
def ten():
    return revised(1)


def test_what_was_printed_stays_while_it_may(ten):
    ten.check_kept()


def test_ten_editions_leave_five_values_of_the_same_pupils(ten):
    ten.check_the_same_pupils()


def test_a_value_that_was_not_kept_leaves_five_of_a_small_count(ten):
    ten.check_intersected()


def test_something_was_revised(ten):
    """Else all of this proves nothing."""
    changed = [name for name, chain in ten.chains() if len({text for text, _ in chain}) > 1]
    small = [name for name, chain in ten.chains() if any(len(counted) in SMALL for _, counted in chain)]
    assert len(changed) > 5
    assert len(small) > 5


@pytest.mark.skipif(not TIMES, reason="the long hunt is asked for: make hunt")
@examples(1, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_no_ten_editions_of_many_authorities_add_anything(seed):
    revised(seed).check()
