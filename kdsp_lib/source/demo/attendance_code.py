"""The attendance codes behind the made-up sessions: what each enrolment's absence of a term was for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.census import Sessions
from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import Enrolments, Term

Columns = Mapping[str, Any]


def codes_of(
    dice: Dice, term: Term, attending: Enrolments, sessions: Sessions, suspended: Enrolments, how: Mapping[str, Any]
) -> Iterator[Columns]:
    """A code at a time, which enrolments (by their place among ``attending``) have how many sessions of it.

    The codes of an enrolment add up to its sessions: those with leave, those without, and the late ones. Who was
    suspended missed these sessions as suspended (E); what a dual registration attends elsewhere is not possible (D).
    """
    size = len(sessions.possible)
    left = sessions.authorised
    for code, missed in (
        ("E", np.minimum(_suspended_sessions(attending, suspended, how), left)),
        ("C", _some(dice, size, 60, 4)),
        ("M", sessions.authorised * (80 + dice.below(240, size)) // 1000),
        ("R", _some(dice, size, 12, 2)),
    ):
        taken = np.minimum(missed, left)
        left = left - taken
        yield _of(code, taken)
    yield _of("I", left)
    left = sessions.unauthorised
    for code, missed in (
        ("G", _some(dice, size, 350, 10)),
        ("U", sessions.unauthorised * dice.below(250, size) // 1000),
    ):
        taken = np.minimum(missed, left)
        left = left - taken
        yield _of(code, taken)
    yield _of("O", left)
    yield _of("L", sessions.late)
    held = np.minimum(attending.leave - 1, term.last) - np.maximum(attending.entry, term.first) + 1
    whole = term.sessions * held // (term.last - term.first + 1)
    yield _of("D", np.where(np.isin(attending.status, ["M", "S"]), np.maximum(whole - sessions.possible, 0), 0))


def _of(code: str, sessions: Ints) -> Columns:
    some = np.flatnonzero(sessions)
    return {"enrolment": some, "code": code, "sessions": sessions[some]}


def _some(dice: Dice, size: int, permille: int, most: int) -> Ints:
    """Few have any, and these up to ``most``."""
    return np.where(dice.permille(size) < permille, 1 + dice.below(most, size), 0)


def _suspended_sessions(attending: Enrolments, suspended: Enrolments, how: Mapping[str, Any]) -> Ints:
    """The sessions of each enrolment's suspensions of the term."""
    number = _number(attending)
    order = np.argsort(number, kind="stable")
    wanted = _number(suspended)
    spot = np.minimum(np.searchsorted(number[order], wanted), len(order) - 1)
    found = order[spot]
    there = number[found] == wanted
    lasted = np.array([0 if lost is None else lost for lost in how["sessions"]], dtype=np.int64)
    missed = np.zeros(len(number), dtype=np.int64)
    np.add.at(missed, found[there], lasted[there])
    return missed


def _number(enrolments: Enrolments) -> NDArray[np.int64]:
    """One number for a pupil at an establishment from a day on."""
    return (enrolments.pupil * 1000 + enrolments.place) * 800_000 + enrolments.entry
