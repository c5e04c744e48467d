"""What whoever reads rounded figures can work out: a printed count is a multiple of 5, near the true one."""

from __future__ import annotations

UNIT = 5
VALUES_LEFT = 5
"""So many values of a small count are left open at least."""


def is_rounded(printed: int | str, truth: int) -> bool:
    """Whether a count is printed as a neighbouring multiple: a true multiple stays as it is."""
    return int(printed) % UNIT == 0 and abs(int(printed) - truth) < UNIT


def possible(printed: int | str) -> range:
    """The counts that may be printed so."""
    return range(max(0, int(printed) - UNIT + 1), int(printed) + UNIT)


def left_of(whole: int | str, *parts: int | str, exactly: int = 0) -> range:
    """What a subtraction of printed figures may leave; ``exactly``: what is known of the whole to the pupil."""
    least = possible(whole)[0] - sum(possible(part)[-1] for part in parts) - exactly
    most = possible(whole)[-1] - sum(possible(part)[0] for part in parts) - exactly
    return range(max(0, least), most + 1)


def is_open(found: range, truth: int) -> bool:
    """Whether a count is among enough others that it may be."""
    return truth in found and len(found) >= VALUES_LEFT


def is_in_doubt(found: range, truth: int, part: float = 0.1) -> bool:
    """Whether a count may be more, and less, than it is by as large a part of it: the p % rule."""
    return found[0] <= truth * (1 - part) and truth * (1 + part) <= found[-1]
