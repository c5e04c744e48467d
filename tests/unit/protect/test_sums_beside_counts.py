"""Sums beside counts: which of them have to stay open, and which everybody knows whatever is printed."""

import numpy as np
from made_up_tables import Sums

from kdsp_lib.protect.implied import with_implied_zeros
from kdsp_lib.protect.requirement import requirements
from kdsp_lib.protect.system import Statistic, System, make_system

COUNTS = Sums({"all": ["one", "two", "three"]}, one=3, two=40, three=50)
SESSIONS = Sums({"all": ["one", "two", "three"]}, one=300, two=4_000, three=5_000)


def system(printable=None, primary_sum=()) -> System:
    """Counts of which one is small, and sessions, of which those of ``primary_sum`` need protection."""
    small, large = COUNTS.flags(["one"]), COUNTS.flags(primary_sum)
    counts = Statistic("pupils", COUNTS.values, True, small, small * 3.0, small * 3.0)
    sums = Statistic("sessions", SESSIONS.values, False, large, large * 100.0, large * 100.0)
    return make_system(COUNTS.equations, (counts, sums), printable=printable)


def asked_of(made: System, statistic: int) -> set[str]:
    return COUNTS.named(requirements(made, made.statistics[statistic]).cell)


def test_what_was_withheld_before_need_not_stay_open_in_sums_that_no_rule_protects():
    made = make_system(COUNTS.equations, system().statistics, must_hide=COUNTS.flags(["two"]))
    assert asked_of(made, 0) == {"one", "two"}
    assert asked_of(made, 1) == {"one"}


def test_a_count_that_is_never_printed_may_follow_though_a_sum_of_it_may_not():
    made = system(printable=~COUNTS.flags(["three"]), primary_sum=["three"])
    assert asked_of(made, 0) == {"one"}
    assert asked_of(made, 1) == {"one", "three"}
    assert asked_of(system(primary_sum=["three"]), 0) == {"one", "three"}


def test_a_sum_is_nought_where_no_table_could_have_more():
    """Year 10 and Year 11 make all; results are Year 11's alone: whatever they are, of Year 10 there are none."""
    sums = [("all", ["ten", "eleven"]), ("all", ["tested", "others"]), ("eleven", ["tested", "left"])]
    counts = Sums(sums, ten=3, tested=40, left=2, others=5)
    results = Sums(sums, ten=0, tested=90, left=0, others=0)
    small = counts.flags(["ten", "left"])
    nobody = np.zeros(len(small))
    made = make_system(
        counts.equations,
        (
            Statistic("pupils", counts.values, True, small, small * 1.0, small * 3.0),
            Statistic(
                "results", results.values, False, small & False, nobody, nobody, structural=counts.flags(["others"])
            ),
        ),
    )  # fmt: skip
    found = with_implied_zeros(made)
    assert counts.told(made.structural_in(made.statistics[1])) == {"others"}
    assert counts.told(found.structural_in(found.statistics[1])) == {"others", "ten", "left"}
    assert not found.structural_in(found.statistics[0]).any()
