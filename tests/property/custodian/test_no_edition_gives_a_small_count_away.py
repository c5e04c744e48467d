"""Editions of random authorities, made by the custodian and attacked by readers who share nothing with it.

The outsider, each body that runs schools, and who was told the figures of one school whole.

    make hunt TIMES=100 IN=tests/property/custodian/test_no_edition_gives_a_small_count_away.py
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from hunting import TIMES, examples
from hypothesis import Phase, given
from hypothesis import strategies as st
from reader_of_editions import EVERYBODY, LEFT, Reader, Told, figures_of, is_of, narrowed, told_by_edition
from small_workspace import AUTUMN, SmallWorkspace
from uneven_authority import FACTS, controllers_of, draw_authority, pupils_of

from kdsp_lib.custodian.edition_making import make_edition

DAY = date(2026, 3, 2)
QUICK = (1, 2, 1002)


class Attacked:
    """An authority drawn from a seed, and what its edition tells."""

    def __init__(self, seed, root):
        draw = random.Random(seed)
        schools, roll = draw_authority(draw)
        place = SmallWorkspace(root / "authority", schools, random.Random(seed).randbytes(32))
        place.load(AUTUMN, roll)
        self.edition = make_edition(place.workspace, AUTUMN, DAY)
        place.desk.close()
        self.schools, self.pupils, self.seed = place.schools, pupils_of(roll), seed
        self.told = told_by_edition(self.edition)

    def reader(self, own=frozenset(), further=()):
        return Reader([*self.told, *further], self.schools, self.pupils, own)

    def shows(self, leaks, reader):
        assert not leaks, "\n".join([f"seed {self.seed}, {reader}", *map(str, leaks)])

    def check_outsider(self):
        outsider = self.reader()
        self.shows(outsider.small_counts(LEFT, finest=0), "outsider")
        self.shows(outsider.small_counts(2), "outsider, of what no table speaks of")
        self.shows(outsider.of_few_controllers(), "outsider")

    def check_controllers(self):
        for name, own in controllers_of(self.schools.values()).items():
            self.shows(self.reader(own).small_counts(2), name)

    def check_told_whole(self, urn, left=2):
        """Who has the report of a school, each figure exact, but knows none of its pupils, knows no others exactly."""
        reader = self.reader(further=reported(urn, self.told, self.pupils))
        leaks = [leak for leak in reader.small_counts(left, finest=0) if urn not in leak.schools]
        self.shows(leaks, f"who has the report of {urn}")


def reported(urn, told, pupils):
    """The standard tables of one school, told whole."""
    own = [pupil for pupil in pupils if pupil.school == urn]
    for table in {(t.kind, t.measure, t.by): t for t in told if "phase" not in t.by}.values():
        alone = replace(table, members=frozenset({urn}), exact=True, sums={}, rows={})
        yield replace(alone, rows=dict(_rows(alone, own)))


def _rows(table, own):
    levels = [FACTS["absence-band"][1:] if by == "absence-band" else FACTS[by] for by in table.by]
    empty = replace(table, rows=dict.fromkeys(product(*((*of, "All") for of in levels)), ("0", "0")))
    found = {}
    for figure in figures_of(empty, dict.fromkeys(table.members, "")):
        count = sum(is_of(pupil.facts, figure.facts) for pupil in own)
        codes, part = figure.name[-2:]
        found.setdefault(codes, {})[part] = str(count)
    for codes, parts in found.items():
        yield codes, (parts["base"], parts.get("counted", ""))


def attacked(seed):
    with tempfile.TemporaryDirectory() as root:
        return Attacked(seed, Path(root))


@pytest.fixture(scope="module", params=QUICK)
def drawn(request):
    return attacked(request.param)


def test_five_values_of_a_small_count_are_left_from_outside(drawn):
    drawn.check_outsider()


def test_no_body_knows_a_small_count_of_others_exactly(drawn):
    drawn.check_controllers()


def test_who_has_the_report_of_a_school_knows_no_small_count_of_others_exactly(drawn):
    for urn in drawn.schools:
        drawn.check_told_whole(urn)


def test_the_authorities_are_hard(drawn):
    """Else all of this proves nothing: there are small counts among what is asked, and figures of few bodies."""
    outsider = drawn.reader()
    small = [t for t in outsider.targets(0) if 1 <= outsider.count[outsider.mask(t)].sum() <= 5]
    assert len(small) > 20


def test_the_reader_finds_what_exact_figures_give_away(drawn):
    """Told exactly how many girls and boys there are of one kind of few, it knows."""
    members = drawn.told[0].members
    few = Counter(pupil.facts for pupil in drawn.pupils if pupil.school in members)
    facts = next(kind for kind, number in sorted(few.items()) if number in range(1, 6))
    where = tuple((name, frozenset({value})) for name, value in zip(FACTS, facts, strict=True))
    without = [(name, value) for name, value in where if name != "sex"]
    told = []
    for sex in ("F", "M"):
        wanted = EVERYBODY
        for name, values in [*without, ("sex", frozenset({sex}))]:
            wanted = narrowed(wanted, name, values)
        count = sum(is_of(p.facts, wanted) for p in drawn.pupils if p.school in members)
        told.append(
            Told(members, "count", "pupils", (), {(): (str(count), "")}, (*without, ("sex", frozenset({sex}))), True)
        )
    assert [leak for leak in drawn.reader(further=told).small_counts(LEFT) if leak.low == leak.high]


@pytest.mark.skipif(not TIMES, reason="the long hunt is asked for: make hunt")
@examples(5, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_no_edition_of_many_authorities_gives_a_count_away(seed):
    one = attacked(seed)
    one.check_outsider()
    one.check_controllers()
    one.check_told_whole(min(one.schools))
