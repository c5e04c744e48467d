"""The autumn terms of the years around the made-up one: two before it, and the one after.

On roll then are the pupils of the made-up year, some years younger or older, and others of whom it knows nothing: those
who have left since, and those who are yet to come. About half of those who leave a primary school go to a secondary
school of the authority. Registrations are of the made-up year alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np

from kdsp_lib.source.demo.census import Traits, absence_of, traits_of
from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import STAYS, TERMS, YEARS, Enrolments, Roll, Term
from kdsp_lib.source.demo.place import Place
from kdsp_lib.source.demo.pupil import Givers, Pupils, pupils_of
from kdsp_lib.source.period import school_year

Columns = TypeVar("Columns", Pupils, Traits, Enrolments)
_YEAR_6, _YEAR_7 = 6, 7
_REMAINING = 530
"""In a thousand: who goes to a secondary school of the authority."""
_FILLED = 94
"""In a hundred of those of the made-up year: a year group with fewer who stayed has others besides, up to this."""
_NEWLY_ELIGIBLE = 150
"""In a thousand of those without free school meals: eligible since September 2026, by Universal Credit alone."""
_NEWLY_SUPPORTED = 12
_OTHERS = 1_000
"""Added to an authority's number for what is drawn for its other pupils: those of the year stay as they are."""
_FIRST_SERIAL = 501


@dataclass(frozen=True, slots=True)
class Autumn:
    """An autumn term so many years from the made-up one, and what was otherwise then, in thousandths."""

    shift: int
    term: Term
    fewer_meals: int = 0
    fewer_supported: int = 0
    missed: int = 970
    """Absence, of that of the made-up year."""

    @property
    def period(self) -> str:
        """The period's name."""
        return f"{school_year(2025 + self.shift)}-autumn"


def _term(first: date, last: date, census: date) -> Term:
    return replace(TERMS[0], first=first.toordinal(), last=last.toordinal(), census=census.toordinal())


AFTER = Autumn(1, _term(date(2026, 9, 1), date(2026, 12, 18), date(2026, 10, 1)))
BEFORE = Autumn(-1, _term(date(2024, 9, 2), date(2024, 12, 20), date(2024, 10, 3)), 45, 40, 1070)
LONG_BEFORE = Autumn(-2, _term(date(2023, 9, 1), date(2023, 12, 20), date(2023, 10, 5)), 80, 80, 1140)


@dataclass(frozen=True, slots=True)
class OtherYears:
    """Everybody of the made-up year and of those around it, and who was on roll where in each of these."""

    seed: int
    authority: int
    pupils: Pupils
    traits: Traits
    absence: Ints
    rolls: tuple[tuple[Autumn, Enrolments], ...]
    """Year by year. A pupil of the made-up year has the number that they have there."""

    @classmethod
    def of(
        cls,
        seed: int,
        authority: int,
        places: tuple[Place, ...],
        now: Enrolments,
        pupils: Pupils,
        traits: Traits,
        absence: Ints,
    ) -> OtherYears:
        """Those around a year, of which ``now`` are the registrations at its autumn census."""
        now = now.among(np.isin(now.status, ["C", "M"]))
        dice, wanted = Dice(seed, authority, 70), _counted(places, now) * _FILLED // 100
        primaries, secondaries = _schools_before(dice, places, now), _schools_after(dice, places, now, pupils)
        late = _both(_staying(places, now, LONG_BEFORE.shift), _elsewhere(now, LONG_BEFORE.shift, primaries))
        last = _both(_staying(places, now, BEFORE.shift), _elsewhere(now, BEFORE.shift, primaries))
        coming = _both(_staying(places, now, AFTER.shift), _elsewhere(now, AFTER.shift, secondaries))
        known = len(pupils.key)
        left = _lacking(places, wanted, last, known)
        late = _both(late, _staying(places, left, LONG_BEFORE.shift - BEFORE.shift))
        left_long_ago = _lacking(places, wanted, late, known + len(left.pupil))
        new = _lacking(places, wanted, coming, known + len(left.pupil) + len(left_long_ago.pupil))
        roll = Roll(
            np.concatenate([left.place, left_long_ago.place, new.place]),
            np.concatenate([left.year + 1, left_long_ago.year + 2, new.year - 1]),
            np.full(len(left.pupil) + len(left_long_ago.pupil) + len(new.pupil), -1, dtype=np.int64),
        )
        givers = replace(Givers.of(authority, places), first_serial=_FIRST_SERIAL)
        others = pupils_of(seed, authority + _OTHERS, places, roll, givers)
        of_others = traits_of(seed, authority + _OTHERS, places, roll, others)
        missed = absence_of(seed, authority + _OTHERS, places, roll, others, of_others)
        rolls = ((LONG_BEFORE, _both(late, left_long_ago)), (BEFORE, _both(last, left)), (AFTER, _both(coming, new)))
        return cls(
            seed, authority, _both(pupils, others), _both(traits, of_others), np.concatenate([absence, missed]), rolls
        )

    def traits_in(self, autumn: Autumn) -> Traits:
        """What the census of that autumn says of each pupil."""
        dice = Dice(self.seed, self.authority, 72 + autumn.shift)
        size, held = len(self.pupils.key), self.traits
        meals, ever, sen, basis = held.fsm[0], held.fsm6[0], held.sen[0], held.fsm_basis
        drawn = dice.permille(size)
        if autumn.shift > 0:
            new = ~meals & (drawn < _NEWLY_ELIGIBLE)
            meals = (meals & (basis != "protected")) | new
            basis = np.where(new, "expanded", basis)
            sen = np.where((sen == "N") & (dice.permille(size) < _NEWLY_SUPPORTED), "K", sen)
        else:
            had = drawn >= autumn.fewer_meals
            meals, ever = meals & had, ever & had
            sen = np.where((sen == "K") & (dice.permille(size) < autumn.fewer_supported), "N", sen)
        return replace(held, fsm=(meals,), fsm6=(ever,), sen=(sen.astype(object),), fsm_basis=basis.astype(object))


def _counted(places: tuple[Place, ...], enrolments: Enrolments) -> Ints:
    """How many are in each year group of each place."""
    found = np.zeros((len(places), len(YEARS)), dtype=np.int64)
    np.add.at(found, (enrolments.place, enrolments.year + 2), 1)
    return found


def _staying(places: tuple[Place, ...], now: Enrolments, shift: int) -> Enrolments:
    """Who is at the same place so many years from now, where it has that year group and they had come by then."""
    taught = np.array([[name in place.years for name in YEARS] for place in places])
    then = now.year + shift
    inside = (then >= -2) & (then <= len(YEARS) - 3)
    there = inside & taught[now.place, np.where(inside, then, 0) + 2]
    first_of_september = np.array([date(2025 + min(shift, 0), 9, 30).toordinal()])
    chosen = there & (now.entry <= first_of_september) & (now.leave == STAYS)
    return _enrolled(now.pupil[chosen], now.place[chosen], then[chosen])


def _schools_before(dice: Dice, places: tuple[Place, ...], now: Enrolments) -> Ints:
    """The primary school of each registration at a secondary school; -1 for the others."""
    upper = np.array([place.phase == "secondary" for place in places])[now.place]
    came_from = dice.pick([place.pupils if place.phase == "primary" else 0 for place in places], len(now.pupil))
    return np.where(upper & (now.year >= _YEAR_7), came_from, -1)


def _schools_after(dice: Dice, places: tuple[Place, ...], now: Enrolments, pupils: Pupils) -> Ints:
    """The secondary school of each registration at a primary school, of those that take girls or boys; -1: none."""
    lower = np.array([place.phase == "primary" for place in places])[now.place]
    size = len(now.pupil)
    goes = {
        kind: dice.pick(
            [p.pupils if p.phase == "secondary" and p.gender in ("mixed", kind) else 0 for p in places], size
        )
        for kind in ("girls", "boys")
    }
    to = np.where(pupils.is_male[now.pupil], goes["boys"], goes["girls"])
    return np.where(lower & (now.leave == STAYS) & (dice.permille(size) < _REMAINING), to, -1)


def _elsewhere(now: Enrolments, shift: int, schools: Ints) -> Enrolments:
    """Who is on the other side of the move from Year 6 to Year 7 so many years from now."""
    then = now.year + shift
    chosen = (schools >= 0) & np.where(shift < 0, then <= _YEAR_6, then >= _YEAR_7)
    return _enrolled(now.pupil[chosen], schools[chosen], then[chosen])


def _lacking(places: tuple[Place, ...], wanted: Ints, held: Enrolments, first: int) -> Enrolments:
    """As many more as each year group lacks, numbered from ``first``."""
    lacking = np.maximum(wanted - _counted(places, held), 0).ravel()
    place, year = np.divmod(np.repeat(np.arange(len(lacking)), lacking), len(YEARS))
    return _enrolled(first + np.arange(len(place)), place, year - 2)


def _enrolled(pupil: Ints, place: Ints, year: Ints) -> Enrolments:
    size = len(pupil)
    long_ago = np.full(size, date(2010, 9, 1).toordinal(), dtype=np.int64)
    return Enrolments(
        pupil, place, year, np.full(size, "C", dtype=object), long_ago, np.full(size, STAYS, dtype=np.int64)
    )


def _both(first: Columns, second: Columns) -> Columns:
    """What two hold, one after the other."""
    pairs = [(getattr(first, each.name), getattr(second, each.name)) for each in fields(first)]
    return type(first)(*(_end_to_end(*pair) for pair in pairs))


def _end_to_end(first: Any, second: Any) -> Any:
    if isinstance(first, tuple):
        return tuple(np.concatenate(pair) for pair in zip(first, second, strict=True))
    return np.concatenate([first, second])
