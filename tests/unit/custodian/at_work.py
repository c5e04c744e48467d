"""Workers, in a process of their own: they are forked, which a process of tests with its many threads is not for.

Run as a program: does what it is named, and prints what came of it as JSON.
"""

import json
import sys
import threading
import time

from kdsp_lib.custodian.children import children_of, is_running
from kdsp_lib.custodian.turns import Turns
from kdsp_lib.custodian.workers import Budget, Workers, asked_by, refuse_unwanted
from kdsp_lib.errors import KdspError

AMPLE = Budget(60, 2000)
NAMED = "Atherton of 990001"


def outcome(workers, do, *given, budget=AMPLE):
    try:
        found = workers.run(do, *given, budget=budget)
    except KdspError as error:
        return [type(error).__name__, error.rule]
    return ["done", found]


def refused():
    from kdsp_lib.errors import BadParameters, Fault

    raise BadParameters("Not so.", faults=[Fault("table a", "is no table")], remedy="so")


def broken():
    raise ValueError(NAMED)


def eat(mib):
    kept = bytearray(b"1") * (mib * 1024 * 1024)
    time.sleep(60)
    return len(kept)


def begun(workers, do, *given, has_left=lambda: False):
    """Begin in a thread, and give what comes of it once it is at work."""
    found = []

    def work():
        with asked_by(has_left):
            found.append(outcome(workers, do, *given))

    thread = threading.Thread(target=work)
    thread.start()
    while not len(workers):
        time.sleep(0.01)
    return thread, found


def all_that_is_left(workers):
    nursery = workers.nursery
    end = time.monotonic() + 30
    while children_of(nursery) and time.monotonic() < end:
        time.sleep(0.05)
    return len(children_of(nursery))


def given_back(workers):
    return outcome(workers, sorted, [3, 1, 2])


def raised(workers):
    try:
        workers.run(refused, budget=AMPLE)
    except KdspError as error:
        return error.to_json()
    return None


def failed(workers):
    return outcome(workers, broken)


def too_long(workers):
    return [outcome(workers, time.sleep, 60, budget=Budget(0.2, 2000)), all_that_is_left(workers)]


def too_much(workers):
    return [outcome(workers, eat, 300, budget=Budget(60, 250)), all_that_is_left(workers)]


def far_too_much(workers):
    return outcome(workers, bytearray, 10**11)


def left(workers):
    is_gone = threading.Event()
    thread, found = begun(workers, time.sleep, 60, has_left=is_gone.is_set)
    is_gone.set()
    thread.join(30)
    return [*found, all_that_is_left(workers)]


def all_ended(workers):
    thread, found = begun(workers, time.sleep, 60)
    ended = workers.end_all()
    thread.join(30)
    return [ended, *found, outcome(workers, sorted, [1]), all_that_is_left(workers)]


def closed(workers):
    thread, found = begun(workers, time.sleep, 60)
    nursery = workers.nursery
    workers.close()
    thread.join(30)
    return [*found, is_running(nursery)]


def one_at_a_time(_workers):
    turns, order = Turns(1), []
    with turns.of("a", refuse_unwanted), turns.of("b", refuse_unwanted), asked_by(lambda: True):
        try:
            with turns.of("a", refuse_unwanted):
                order.append("never")
        except KdspError as error:
            order.append(type(error).__name__)
    with turns.of("a", refuse_unwanted):
        order.append("after")
    return order


if __name__ == "__main__":
    made = Workers()
    print(json.dumps(globals()[sys.argv[1]](made)))
    made.close()
