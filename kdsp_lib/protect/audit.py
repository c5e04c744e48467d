"""The second opinion: what each attacker can work out of a pattern, by other means than the search for it.

It shares nothing with the search but the description of the system. Plain and slow on purpose: for each hidden figure
a programme finds how far down and how far up it may lie. A table that a programme found is kept, and spares the
programmes whose question it answers too; so does one that the search offers, once it is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from kdsp_lib.protect.attack import EPSILON, Attack, Attacker, outsider
from kdsp_lib.protect.system import Bools, Floats, Ints, Statistic, System, Witnesses


@dataclass(frozen=True, slots=True)
class Findings:
    """What attackers work out, as indices of cells; all empty where the pattern is safe.

    ``exact`` and ``insider_exact``: the figure itself. ``narrow`` and ``insider_narrow``: an interval narrower than is
    required (cells that are exact are not named again). Insiders are one attacker each: what two of them find out
    together is no finding.
    """

    exact: tuple[int, ...] = ()
    narrow: tuple[int, ...] = ()
    insider_exact: tuple[int, ...] = ()
    insider_narrow: tuple[int, ...] = ()

    @property
    def is_safe(self) -> bool:
        """Whether nobody gets a figure, and no outsider gets too near to one."""
        return not (self.exact or self.narrow or self.insider_exact)

    def told(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Each kind of finding in words, with its cells."""
        yield "known to an outsider", self.exact
        yield "an outsider knows more than is allowed", self.narrow
        yield "known to an insider", self.insider_exact
        yield "an insider knows more than is required", self.insider_narrow

    def to_json(self) -> dict[str, Any]:
        """Counts and cells of each kind, and how many cells somebody works out."""
        cells = asdict(self)
        recovered = {*self.exact, *self.narrow, *self.insider_exact}
        return {"recoverable": len(recovered), **self.counts, "cells": {kind: list(of) for kind, of in cells.items()}}

    @property
    def counts(self) -> dict[str, int]:
        """How many cells of each kind."""
        return {name: len(getattr(self, name)) for name in ("exact", "narrow", "insider_exact", "insider_narrow")}


def audit_system(system: System, hidden: Bools, *, zeros_hidden: bool, witnesses: Sequence[Witnesses] = ()) -> Findings:
    """Attack a pattern with the true figures at hand.

    ``hidden`` marks the cells that are not printed; with ``zeros_hidden`` attackers must reckon with hidden zeros.
    Attacked are, in every statistic with its limits, the primary cells: by outsiders, by each controller that
    contributes, and by the single pupil of a cell; and those that were hidden before: their counts, by outsiders. What
    an insider knows from its own records, whatever is published, is no finding.

    ``witnesses``, one a statistic, are second tables that the search says there are: each is checked against what is
    published, by this audit's own sums, and spares the programmes whose question it answers. None is believed.
    """
    protected = system.must_move_in(system.statistics[0]) & ~system.structural
    printed = system.printable & (~hidden | system.must_print)
    exact = {int(cell) for cell in np.nonzero(protected & printed)[0]}
    narrow: set[int] = set()
    insider_exact: set[int] = set()
    insider_narrow: set[int] = set()
    for number, statistic in enumerate(system.statistics):
        unseen = ~printed | system.unasked_in(statistic)
        attack = Attack(system, statistic, unseen, witnesses[number].changes if witnesses else None)
        own = protected if statistic.integer else system.primary_in(statistic)
        targets = np.nonzero(own & system.printable & attack.unknown)[0]
        if not attack.moved(targets).all():
            exact.update(int(cell) for cell in np.intersect1d(targets, attack.determined))
        zero_would_show = ~printed & system.printable & ~system.unasked_in(statistic) & (statistic.values >= 1)
        floor = np.where(zero_would_show & (statistic.least >= 0) & (not zeros_hidden), 1.0, -np.inf)
        floor = np.maximum(floor, statistic.least)
        asked = _Asked.of(statistic)
        for attacker in (outsider(statistic.least), outsider(floor)):
            for cell, learnt in asked.learnt(attack, attacker, targets):
                (exact if learnt.is_exact else narrow).add(cell)
        unpublished = cache(partial(_unpublished, system, statistic))
        needing = targets[system.primary_in(statistic)[targets]]
        for attacker in _insiders(system, statistic, floor):
            for cell, learnt in asked.learnt(attack, attacker, needing):
                left = learnt.beyond(asked.interval(unpublished(), replace(attacker, least=attacker.own), cell))
                if left.is_exact:
                    insider_exact.add(cell)
                elif left.is_narrow:
                    insider_narrow.add(cell)
    return Findings(
        exact=tuple(sorted(exact)),
        narrow=tuple(sorted(narrow - exact)),
        insider_exact=tuple(sorted(insider_exact)),
        insider_narrow=tuple(sorted(insider_narrow - insider_exact)),
    )


def _unpublished(system: System, statistic: Statistic) -> Attack:
    """What can be worked out where nothing is published."""
    return Attack(system, replace(statistic, limits=None), np.ones(system.size, bool))


@dataclass(frozen=True, slots=True)
class _Interval:
    """What stays possible of a figure (``least`` to ``most``), and what of it has to (``low`` to ``high``).

    A figure is as good as known where less than ``inexact`` stays possible.
    """

    least: float
    most: float
    low: float
    high: float
    inexact: float

    @property
    def is_exact(self) -> bool:
        return self.most - self.least < self.inexact - EPSILON

    @property
    def is_narrow(self) -> bool:
        return self.least > self.low + EPSILON or self.most < self.high - EPSILON

    def beyond(self, anyway: _Interval) -> _Interval:
        """The same, where no more has to stay possible than was so ``anyway``, before anything was published."""
        return replace(
            self,
            low=max(self.low, anyway.least),
            high=min(self.high, anyway.most),
            inexact=0.0 if anyway.is_exact else self.inexact,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What has to stay possible of each figure: no more than ``most``, and two figures as far apart as ``inexact``."""

    values: Floats
    lower: Floats
    upper: Floats
    most: Floats
    inexact: Floats

    @classmethod
    def of(cls, statistic: Statistic) -> _Asked:
        """A required interval is for cells that are primary for this statistic; of the rest, none may be known."""
        lower, upper = statistic.lower * statistic.primary, statistic.upper * statistic.primary
        return cls(statistic.values, lower, upper, statistic.most, statistic.inexact)

    def learnt(self, attack: Attack, attacker: Attacker, cells: Ints) -> Iterator[tuple[int, _Interval]]:
        """The cells of which an attacker learns the figure, or more than is allowed."""
        for cell in cells.tolist():
            if attacker.knows[cell]:
                continue
            found = self.interval(attack, attacker, cell)
            if found.is_exact or found.is_narrow:
                yield cell, found

    def interval(self, attack: Attack, attacker: Attacker, cell: int) -> _Interval:
        """What stays possible of a cell, as far as it has to."""
        value, inexact = float(self.values[cell]), float(self.inexact[cell])
        low = max(value - float(self.lower[cell]), min(float(attacker.least[cell]), value))
        high = min(value + float(self.upper[cell]), float(self.most[cell]))
        return _Interval(*attack.interval(cell, low, high, attacker, inexact), low, high, inexact)


def _insiders(system: System, statistic: Statistic, floor: Floats) -> Iterator[Attacker]:
    """Each controller with all of its own parts, and each pupil who is the only one of some cells.

    Where figures may be below zero, what others put in may be: one's own part tells nothing of the rest.
    """
    if statistic.contributions is not None:
        parts = statistic.contributions.tocsc()
        alone = np.bincount(parts.indices[parts.data != 0], minlength=system.size) == 1
        for owner in range(parts.shape[1]):
            start, end = parts.indptr[owner : owner + 2]
            own = np.zeros(system.size)
            own[parts.indices[start:end]] = parts.data[start:end]
            if own.any():
                whole = np.where(
                    statistic.signed,
                    alone & (own != 0) & (np.abs(own - statistic.values) < EPSILON),
                    (own > 0) & (own >= statistic.values - EPSILON),
                )
                put_in = np.where(statistic.signed, -np.inf, own)
                yield Attacker(np.maximum(floor, put_in), whole, np.maximum(statistic.least, put_in))
    for pupil in np.unique(system.singles[system.singles >= 0]):
        yield Attacker(floor, system.singles == pupil, statistic.least)
