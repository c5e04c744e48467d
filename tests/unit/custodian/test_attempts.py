"""What is refused over and over is told in one entry, and costs next to nothing."""

from __future__ import annotations

from kdsp_lib.custodian.attempts import MOST_ADDRESSES, ONE_BY_ONE, WINDOW_SECONDS, Attempts, Rate


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_the_first_few_are_kept_one_by_one_and_the_rest_in_one_entry_when_the_while_is_over():
    attempts = Attempts(clock := Clock())
    noted = [attempts.is_noted("10.0.0.7") for _ in range(412 + ONE_BY_ONE)]
    assert noted == [True] * ONE_BY_ONE + [False] * 412
    assert list(attempts.summaries()) == []
    clock.now += WINDOW_SECONDS
    [(person, text)] = attempts.summaries()
    assert person == ""
    assert text.startswith("412 refused attempts from 10.0.0.7 between ")
    assert list(attempts.summaries(all_of_them=True)) == []
    assert attempts.is_noted("10.0.0.7"), "then it begins anew"


def test_few_attempts_need_no_entry_together():
    attempts = Attempts(Clock())
    assert all(attempts.is_noted("10.0.0.7") for _ in range(ONE_BY_ONE))
    assert list(attempts.summaries(all_of_them=True)) == []


def test_addresses_and_persons_are_counted_apart_and_a_flood_of_addresses_together():
    attempts = Attempts(Clock())
    assert attempts.is_noted("a", "officer:a1")
    for n in range(MOST_ADDRESSES):
        attempts.is_noted(f"address {n}")
    noted = [attempts.is_noted(f"another {n}") for n in range(500)]
    assert sum(noted) <= ONE_BY_ONE
    assert [text.split(" between")[0] for _, text in attempts.summaries(all_of_them=True)] == [
        f"{500 + 1 - ONE_BY_ONE} refused attempts from other addresses"
    ]


def test_a_rate_lets_so_many_at_once_and_then_so_many_a_second():
    rate = Rate(at_once=3, a_second=2, clock=(clock := Clock()))
    assert [rate.allows("a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert rate.allows("b")
    clock.now += 1
    assert [rate.allows("a") for _ in range(3)] == [True, True, False]
    clock.now += 100
    assert [rate.allows("a") for _ in range(4)] == [True] * 3 + [False]


def test_a_rate_forgets_who_has_not_asked_for_long():
    rate = Rate(at_once=2, a_second=1, clock=(clock := Clock()))
    for n in range(MOST_ADDRESSES + 1):
        rate.allows(str(n))
    clock.now += 10
    rate.allows("a")
    rate.allows("b")
    assert len(rate._left) <= 2
