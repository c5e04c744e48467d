"""The access log keeps who asked what kind of question, when and how it ended; a changed entry shows."""

import around
import pytest

from kdsp_lib.custodian.access_log import AccessLog
from kdsp_lib.errors import BadSource


def test_each_question_is_kept_in_order(state):
    log = AccessLog(state)
    assert log.entries() == []
    log.append("officer:a1", "open", "r1", "answered")
    log.append("", "hello", "", "KDSP-401")
    assert [(each.person, each.action, each.report, each.outcome) for each in log.entries()] == [
        ("officer:a1", "open", "r1", "answered"),
        ("", "hello", "", "KDSP-401"),
    ]


def test_one_that_was_changed_is_found(state):
    log = AccessLog(state)
    log.append("officer:a1", "open", "r1", "answered")
    around.tamper(state, "access_log", "UPDATE access_log SET person = 'officer:b2' WHERE number = 1")
    with pytest.raises(BadSource, match="access log was changed: entry 1 "):
        log.entries()
