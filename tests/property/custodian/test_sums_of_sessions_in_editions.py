"""Sums of sessions in editions: nobody knows one pupil's more nearly than about the unit, from all tables together.

A sum is told as a multiple of 160, near the true one: from 0 to 158 or 159 is as narrow as it gets for one pupil.

The reader is given the printed totals themselves. What reports tell, rates of these and the numbers of pupils, is less.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hunting import TIMES, examples
from hypothesis import Phase, given
from hypothesis import strategies as st
from reader_of_editions import SESSIONS
from test_no_edition_gives_a_small_count_away import Attacked
from uneven_authority import controllers_of

NEAREST = SESSIONS - 10
NAMES = ("authorised", "unauthorised", "possible")


def check(drawn):
    outsider = drawn.reader()
    for name in NAMES:
        drawn.shows(outsider.sessions(name, NEAREST), "outsider")
    for body, own in controllers_of(drawn.schools.values()).items():
        reader = drawn.reader(own)
        for name in NAMES:
            drawn.shows(reader.sessions(name, 1), body)


def attacked(seed):
    with tempfile.TemporaryDirectory() as root:
        return Attacked(seed, Path(root))


@pytest.mark.parametrize("seed", [4])
def test_nobody_knows_sessions_of_a_few_pupils_nearly(seed):
    drawn = attacked(seed)
    assert set(drawn.edition.totals) >= set(NAMES)
    assert any(isinstance(total, int) for of in drawn.edition.totals["possible"].values() for total in of.values())
    check(drawn)


@pytest.mark.skipif(not TIMES, reason="the long hunt is asked for: make hunt")
@examples(2, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_nor_in_many_authorities(seed):
    check(attacked(seed))
