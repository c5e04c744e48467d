"""Elimination over a prime field: what follows from rows of whole numbers, and in which combination of them."""

from __future__ import annotations

import numpy as np

from kdsp_lib.analyse.membership import Ints

LARGEST_FACTOR = 12
_PRIME = (1 << 31) - 1


def reduced(patterns: Ints) -> tuple[Ints, Ints]:
    """The reduced rows over the prime field, and the combination of the given rows that makes each."""
    matrix, top = _eliminated(patterns)
    width = patterns.shape[1]
    return matrix[:top, :width], matrix[:top, width:]


def null_rows(patterns: Ints) -> Ints:
    """Combinations of the given rows that leave nothing, from which all others that do so follow."""
    matrix, top = _eliminated(patterns)
    return np.asarray(matrix[top:, patterns.shape[1] :], dtype=np.int64)


def modulo(numbers: Ints) -> Ints:
    """Whole numbers as those of the prime field."""
    return np.asarray(numbers % _PRIME, dtype=np.int64)


def combined(times: Ints, rows: Ints) -> Ints:
    """``times @ rows`` over the prime field."""
    return np.asarray((times[:, None] * rows % _PRIME).sum(axis=0) % _PRIME, dtype=np.int64)


def whole_numbers(by: Ints) -> Ints | None:
    """A combination over the prime field in small whole numbers; None where there is none."""
    for factor in range(1, LARGEST_FACTOR + 1):
        times = by * factor % _PRIME
        signed = np.where(times > _PRIME // 2, times - _PRIME, times)
        if np.abs(signed).max() <= LARGEST_FACTOR:
            return signed
    return None


def _eliminated(patterns: Ints) -> tuple[Ints, int]:
    """The rows, each with the combination that makes it, and how many of them are not nothing: those come first."""
    count, width = patterns.shape
    matrix = np.concatenate([modulo(patterns), np.eye(count, dtype=np.int64)], axis=1)
    top = 0
    for column in range(width):
        below = np.flatnonzero(matrix[top:, column])
        if not len(below):
            continue
        pivot = top + int(below[0])
        matrix[[top, pivot]] = matrix[[pivot, top]]
        matrix[top] = matrix[top] * pow(int(matrix[top, column]), -1, _PRIME) % _PRIME
        others = np.flatnonzero(matrix[:, column])
        others = others[others != top]
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[top] % _PRIME) % _PRIME
        top += 1
        if top == count:
            break
    return matrix, top


class Span:
    """All that follows from some rows over the prime field, and what others say beyond that."""

    def __init__(self, width: int) -> None:
        self._rows: list[Ints] = []
        self._pivots: list[int] = []
        self._width = width

    def beyond(self, rows: Ints) -> Ints:
        """What each of these rows says beyond the span, its first number 1; nothing but 0 where it follows."""
        rest = np.asarray(rows, dtype=np.int64).reshape(-1, self._width) % _PRIME
        for row, pivot in zip(self._rows, self._pivots, strict=True):
            rest = (rest - rest[:, [pivot]] * row) % _PRIME
        first = np.argmax(rest != 0, axis=1)
        heads = rest[np.arange(len(rest)), first].tolist()
        factors = np.array([pow(head, -1, _PRIME) if head else 0 for head in heads], dtype=np.int64)
        return np.asarray(rest * factors[:, None] % _PRIME, dtype=np.int64)

    def add(self, row: Ints) -> None:
        """One more row, as `beyond` gives it."""
        pivot = int(np.argmax(row != 0))
        self._rows = [(each - each[pivot] * row) % _PRIME for each in self._rows]
        self._rows.append(row)
        self._pivots.append(pivot)
