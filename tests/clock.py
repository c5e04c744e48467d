"""The clock by which links of a chain are dated, set by a test."""

from __future__ import annotations

# Each holds the clock by name. One that was first imported while a test has set it would keep that test's for good.
import kdsp_lib.custodian.attempts
import kdsp_lib.register.accounts
import kdsp_lib.register.recording
import kdsp_lib.register.signed_act  # noqa: F401
from kdsp_lib.register import chain


def set_clock(monkeypatch, says):
    """From here on, until the test ends, links are dated by ``says()``."""
    monkeypatch.setattr(chain, "moment_now", says)
