"""What waits for what in a batch: whatever could tell one report of another is kept in the order of the files."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.run.order import Place, waits

SOME = st.frozensets(st.sampled_from("abcdef"), max_size=3)
PLACES = st.lists(
    st.builds(
        Place,
        release=st.sampled_from(["", "r1", "r2", "r3", "r4", "r5"]),
        subjects=SOME,
        linked=SOME,
        readers=st.none() | st.frozensets(st.sampled_from("xyz"), max_size=2),
        alone=st.integers(0, 9).map(lambda number: number == 0),
    ),
    max_size=9,
)


def hang_together(places, first, second):
    """The plain rule: whether the second may have to be answered beside the first."""
    one, other = places[first], places[second]
    if one.alone or other.alone or one.subjects & other.subjects:
        return True
    if one.release and one.release == other.release:
        return True
    if one.readers is not None and other.readers is not None and not one.readers & other.readers:
        return False
    reached, grew = set(other.linked), True
    while grew:
        grew = False
        for place in places[:second]:
            if place.linked & reached and not place.linked <= reached:
                reached |= place.linked
                grew = True
    return bool(one.linked & reached)


def all_before(waiting, number):
    found = set()
    for each in waiting[number]:
        found |= {each} | all_before(waiting, each)
    return found


@given(PLACES)
def test_what_hangs_together_is_never_run_at_once(places):
    waiting = waits(places)
    for first, second in combinations(range(len(places)), 2):
        if hang_together(places, first, second):
            assert first in all_before(waiting, second), (places, first, second)


@given(PLACES)
def test_nothing_waits_for_a_later_one_so_a_batch_always_ends(places):
    assert all(each < number for number, before in enumerate(waits(places)) for each in before)


@given(PLACES)
def test_nothing_waits_for_what_it_does_not_hang_together_with(places):
    for number, before in enumerate(waits(places)):
        assert all(hang_together(places, each, number) for each in before)


def test_reports_of_schools_for_themselves_wait_for_nobody():
    schools = [Place(f"r{urn}", frozenset({str(urn)}), frozenset(), frozenset({f"head {urn}"})) for urn in range(50)]
    assert waits(schools) == [frozenset()] * 50


def test_a_report_for_everybody_comes_between_those_that_only_some_could_see():
    everywhere = frozenset("abc")
    places = [
        Place("1", frozenset("a"), everywhere, frozenset("x")),
        Place("2", frozenset("b"), everywhere, frozenset("y")),
        Place("3", frozenset("d"), everywhere, None),
        Place("4", frozenset("e"), everywhere, frozenset("x")),
        Place("5", frozenset("f"), everywhere, frozenset("y")),
    ]
    assert list(map(sorted, waits(places))) == [[], [], [0, 1], [2], [2]]
