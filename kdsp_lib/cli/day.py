"""A day as a person gives it on the command line."""

from __future__ import annotations

from datetime import date

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.protocol.vocabulary import read_day


def day_given(option: str, text: str) -> date:
    """The day that was given with an option; :class:`BadParameters` that names it where that is none."""
    day = read_day(text)
    if day is None:
        raise BadParameters("A day is needed.", faults=[Fault(option, "write the day as 2026-03-02")])
    return day
