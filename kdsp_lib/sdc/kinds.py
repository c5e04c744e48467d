"""The kinds of pupils that there may be, and the tables over them: what everybody reckons with.

A kind is all that tables tell apart: of one place, year, sex, and so on. Whatever is printed is a sum of how many there
are of each, and of none there are fewer than 0. Kinds of whom there is nobody count: nobody outside knows that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.identity import Bools, Floats, Ints
from kdsp_lib.sdc.rounding import SumUnit
from kdsp_lib.sdc.rules import Rules

ROOT = "All"
"""The code of everybody, whatever they are by a breakdown."""
SHARED = -1
"""In the place of a controller: several may have pupils of a kind."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """How many pupils there are of each kind, whose they are (kinds by controllers), and their hashes summed.

    ``sole``: of each kind the controller that alone can have any, as everybody knows of whose schools there are where;
    `SHARED` where there are others. It knows that there are no more of these than its own.
    """

    pupils: Ints
    parts: sp.csr_matrix
    hashes: Ints
    sole: Ints | None = None

    @property
    def sole_controllers(self) -> Ints:
        """``sole``, or that others may have pupils of every kind."""
        return np.full(len(self.pupils), SHARED, np.int64) if self.sole is None else self.sole

    def __post_init__(self) -> None:
        if not np.array_equal(np.asarray(self.parts.sum(axis=1)).ravel(), self.pupils):
            raise ValueError("every pupil is one controller's")


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """Where kinds hold a sum over pupils in place of their number: what it is, and the pupils of these kinds."""

    unit: SumUnit
    people: Kinds


@dataclass(frozen=True, slots=True, eq=False)
class AskedTable:
    """A table of counts that is asked for, row by row at its finest: ``base`` and ``counted``, rows by kinds.

    ``counted`` is None where only a base is asked for. Rows of one combination of breakdowns have no pupil in common;
    `ROOT` stands for everybody. ``is_published``: others publish such figures of each school, so that one of few
    controllers is no secret; ``is_base_published``: such bases, if not what is counted of them. Of all rows, or each.
    ``is_printed``: False where nobody is shown it and it is to be kept safe all the same: what is left of a
    whole beside its parts, say.
    ``is_known``: everybody knows its figures exactly; they are reckoned with, and nothing is kept safe of them.
    """

    name: str
    place: str
    breakdowns: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    base: sp.csr_matrix
    counted: sp.csr_matrix | None = None
    is_sensitive: bool = False
    is_published: bool | Bools = False
    is_base_published: bool | Bools = False
    is_printed: bool = True
    is_headline: bool = False
    is_known: bool = False

    @property
    def published(self) -> Bools:
        """Of each row whether what is counted is published, or the base where nothing is."""
        return np.broadcast_to(np.asarray(self.is_published | np.bool_(self.is_known)), len(self.codes))

    @property
    def base_published(self) -> Bools:
        """Of each row whether its base is."""
        return np.broadcast_to(np.asarray(self.is_base_published), len(self.codes)) | self.published


def controllers_needed(table: AskedTable, rules: Rules) -> int:
    """How many controllers a figure of the table needs."""
    return rules.policy.sensitive_controllers if table.is_sensitive else rules.policy.controllers


def of_few_controllers(parts: sp.csr_matrix, needed: int | Ints, rules: Rules) -> Bools:
    """Figures of too few controllers, or mostly of one, by what each put in: figures by controllers.

    Mostly of one: a share above `DisclosurePolicy.largest_share`, or what is left beside the two largest is less than
    p % of the largest. Nothing of nobody is of too few.
    """
    parts = sp.csr_matrix(parts, dtype=np.float64)
    parts.eliminate_zeros()
    total = np.asarray(parts.sum(axis=1)).ravel()
    first, second = _two_largest(parts)
    few = np.diff(parts.indptr) < needed
    dominated = (first > rules.policy.largest_share * total) | (total - first - second < rules.policy.p_percent * first)
    return np.asarray((total > 0) & (few | dominated))


def _two_largest(parts: sp.csr_matrix) -> tuple[Floats, Floats]:
    size = parts.shape[0]
    row = np.repeat(np.arange(size), np.diff(parts.indptr))
    ordered = parts.data[np.lexsort((-parts.data, row))]
    number, start = np.diff(parts.indptr), parts.indptr[:-1]
    first, second = np.zeros(size), np.zeros(size)
    first[number > 0] = ordered[start[number > 0]]
    second[number > 1] = ordered[start[number > 1] + 1]
    return first, second
