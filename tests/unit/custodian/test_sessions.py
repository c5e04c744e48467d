"""Sessions of one custodian, and of the one before it."""

from __future__ import annotations

import os
import time

import pytest

from kdsp_lib.custodian.sessions import Sessions
from kdsp_lib.custodian.ticket import mint
from kdsp_lib.errors import CustodianLost, KdspError, NotAuthorised

SECRET = b"s" * 32


def ticket_for(sessions, nonce="1"):
    given = {"person": "officer:a1", "scope": "notebook", "run": "", "confinement": "full", "nonce": nonce}
    return mint(SECRET, **given, expires=time.time() + 60, start=sessions.start)


def opened(sessions, nonce="1"):
    return sessions.open(ticket_for(sessions, nonce), os.getpid(), os.getuid())


def test_a_ticket_that_an_earlier_custodian_took_opens_nothing_at_the_next():
    """Which tickets were used is forgotten when a custodian ends."""
    earlier = Sessions(SECRET)
    ticket = ticket_for(earlier)
    earlier.open(ticket, os.getpid(), os.getuid())
    with pytest.raises(NotAuthorised, match="used before"):
        earlier.open(ticket, os.getpid(), os.getuid())
    with pytest.raises(CustodianLost, match="restarted"):
        Sessions(SECRET).open(ticket, os.getpid(), os.getuid())


def test_whoever_got_a_ticket_just_before_a_restart_is_told_so():
    waiting = ticket_for(Sessions(SECRET))
    with pytest.raises(CustodianLost) as lost:
        Sessions(SECRET).open(waiting, os.getpid(), os.getuid())
    assert "restart the kernel" in lost.value.remedy


def test_a_session_of_an_earlier_custodian_is_told_that_it_is_over():
    earlier = opened(Sessions(SECRET))
    later = Sessions(SECRET)
    mine = opened(later)
    with pytest.raises(CustodianLost) as lost:
        later.named(earlier.id, "notebook")
    assert lost.value.exit_code == 75
    assert "restart" in lost.value.remedy
    assert later.named(mine.id, "notebook") is mine


def test_it_crosses_to_whoever_asked_as_what_it_is():
    assert type(KdspError.from_json(CustodianLost("It is gone.").to_json())) is CustodianLost


def test_the_mark_of_a_custodian_lets_nobody_in():
    sessions = Sessions(SECRET)
    mark = opened(sessions).id.partition(".")[0]
    for forged in (mark, f"{mark}.", f"{mark}.{'A' * 32}", "0" * 16, None, ["x"]):
        with pytest.raises(NotAuthorised):
            sessions.named(forged, "notebook")
    with pytest.raises(CustodianLost):
        sessions.named(f"{'0' * 16}.{'A' * 32}", "notebook")
