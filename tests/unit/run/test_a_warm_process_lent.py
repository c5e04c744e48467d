"""One warm process serves all workers of a batch, and what it forks for one of them ends with that one alone."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from contextlib import contextmanager

import pytest

from kdsp_lib.run.warm import Forking, WarmProcess
from kdsp_lib.run.zygote import REPORTS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks of a warm process are for Linux")
SOON, NOT_YET = 30_000, 100
"""Milliseconds."""


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    process = WarmProcess(tmp_path_factory.mktemp("workspace"), REPORTS)
    yield process
    process.close()


def borrowed(warm):
    ours, theirs = socket.socketpair()
    with theirs:
        warm.lend(theirs)
    return Forking(ours)


@contextmanager
def waiting_fork(forking):
    """A fork that waits for what it is given, by a descriptor of it."""
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    _pid, process = forking._ask_for_fork(theirs_in, theirs_out)
    yield process
    for descriptor in (theirs_in, ours_out, ours_in, theirs_out, process):
        os.close(descriptor)


def ends(process, within):
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(within))


def test_what_is_forked_for_one_ends_with_it_alone(warm):
    one, other = borrowed(warm), borrowed(warm)
    with waiting_fork(one) as ones, waiting_fork(other) as others:
        one.close()
        assert ends(ones, SOON)
        assert not ends(others, NOT_YET)
        other._end(None)
        assert ends(others, SOON)
        assert other.is_usable()


def test_one_that_is_killed_is_used_no_more(warm):
    one = borrowed(warm)
    with waiting_fork(one) as process:
        assert one.is_usable()
        os.kill(warm.pid, signal.SIGKILL)
        warm._process.wait()
        assert not one.is_usable()
        assert not ends(process, NOT_YET)  # the report in hand comes to its end
        signal.pidfd_send_signal(process, signal.SIGKILL)
