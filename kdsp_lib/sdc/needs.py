"""What has to stay in doubt, of which populations and to whom.

Readers are the outsider (column 0) and each controller, which knows its own pupils of every kind (columns 1 and on).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kdsp_lib.sdc.identity import Bools, Floats
from kdsp_lib.sdc.kinds import SHARED, Kinds, Summed
from kdsp_lib.sdc.rules import Rules

Table = npt.NDArray[np.int32]
"""Populations by readers."""
OUTSIDER = 0
NEAR = 1e-6
"""By so little a programme may be off."""


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """``span``: from the least to the greatest possible value; ``side``: as far as that above the truth, and below.

    Below nobody can be expected to think of fewer than none of the others' pupils.
    """

    span: Table
    above: Table
    below: Table


def needs_of(kinds: Kinds, populations: sp.csr_matrix, few: Bools, known: Bools, rules: Rules) -> Needs:
    """What the rules ask of each population (a row by kinds).

    A small count is one of `Rounding.values_left` values to the outsider, and of two at least to each controller, also
    where it is small without that controller's own pupils. ``few``: of too few controllers; nobody knows these within
    p % on either side. ``known``: what everybody knows already; nothing is asked of it.
    """
    count = np.asarray(populations @ kinds.pupils)
    own = np.asarray((populations @ kinds.parts).todense())
    others = count[:, None] - own
    small = (count > 0) & (count < rules.policy.threshold)
    span = np.zeros((len(count), 1 + own.shape[1]), np.int32)
    span[:, 1:] = small[:, None] | ((others > 0) & (others < rules.policy.threshold))
    span[small, OUTSIDER] = rules.rounding.doubt
    span[:, 1:][_alone(kinds, populations)] = 0
    above, below = np.zeros_like(span), np.zeros_like(span)
    doubt = np.ceil(rules.policy.p_percent * count[few]).astype(np.int32)
    above[few, OUTSIDER] = doubt
    below[few, OUTSIDER] = np.minimum(doubt, count[few])
    inside = own[few] > 0
    theirs = np.ceil(rules.policy.p_percent * others[few]).astype(np.int32)
    above[few, 1:] = np.where(inside, theirs, 0)
    below[few, 1:] = np.where(inside, np.minimum(theirs, others[few]), 0)
    for needed in (span, above, below):
        needed[known] = 0
    return Needs(span, above, below)


def _alone(kinds: Kinds, populations: sp.csr_matrix) -> Bools:
    """Where nobody but a controller can have pupils of a population, as everybody knows: populations by controllers."""
    sole = kinds.sole_controllers
    of_sole = np.flatnonzero(sole != SHARED)
    shape = kinds.parts.shape
    only = sp.csr_matrix((np.ones(len(of_sole), np.int64), (of_sole, sole[of_sole])), shape=shape)
    return np.asarray((populations @ only).todense() == np.diff(populations.indptr)[:, None])


def needs_of_sums(needs: Needs, summed: Summed, populations: sp.csr_matrix, known: Bools, rules: Rules) -> Needs:
    """The same of sums, where it is pupils who are few: of these nobody outside knows one pupil's largest part."""
    of_people = needs_of(summed.people, populations, np.zeros(len(known), bool), known, rules)
    span = np.minimum(of_people.span, 1)
    span[:, OUTSIDER] *= summed.unit.largest
    return Needs(span, needs.above, needs.below)


@dataclass(slots=True, eq=False)
class Reach:
    """How far each population is known to go up and down, to each reader, by the witnesses found.

    ``up`` and ``down``: in whole pupils; ``above`` and ``below``: by any witness.
    """

    up: Table
    down: Table
    above: Floats
    below: Floats

    @classmethod
    def nowhere(cls, needs: Needs) -> Reach:
        """Nothing is known to move."""
        shape = needs.span.shape
        return cls(np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape), np.zeros(shape))

    def unmet(self, needs: Needs) -> Bools:
        """Where more is needed: populations by readers."""
        return np.asarray(
            (self.up + self.down < needs.span) | (self.above < needs.above - NEAR) | (self.below < needs.below - NEAR)
        )

    def spans(self, population: int, reader: int) -> int:
        """From the least to the greatest value of a population, in whole pupils."""
        return int(self.up[population, reader] + self.down[population, reader])

    def add(self, moved: Floats, readers: Bools, *, in_whole: bool) -> None:
        """A witness moves populations by so much, as far as these readers can tell."""
        which = np.flatnonzero(moved)
        up, down = np.maximum(moved[which], 0), np.maximum(-moved[which], 0)
        at = np.ix_(which, np.flatnonzero(readers))
        self.above[at] = np.maximum(self.above[at], up[:, None])
        self.below[at] = np.maximum(self.below[at], down[:, None])
        if in_whole:
            self.up[at] = np.maximum(self.up[at], up[:, None].astype(np.int32))
            self.down[at] = np.maximum(self.down[at], down[:, None].astype(np.int32))
