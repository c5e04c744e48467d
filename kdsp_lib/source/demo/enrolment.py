"""Who is registered where in the made-up year 2025/26: joiners, leavers, movers, guests and dual registrations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.place import Place

YEARS = ("N1", "N2", "R", *(str(year) for year in range(1, 15)))
"""Year groups in order; within the generator a year group is its place here, less two: R is 0."""
STAYS = date(9999, 1, 1).toordinal()
"""The leaving day of who has not left."""

_STAYING, _EARLY_LEAVER, _WINTER_JOINER, _SPRING_JOINER, _GUEST = range(5)
_PRU, _COLLEGE, _SPECIAL_FOR_ALL_AGES = 57, 58, 55


@dataclass(frozen=True, slots=True)
class Term:
    """A school term: its days, its census day and its sessions."""

    name: str
    first: int
    last: int
    census: int
    sessions: int


def _term(name: str, first: date, last: date, census: date, sessions: int) -> Term:
    return Term(name, first.toordinal(), last.toordinal(), census.toordinal(), sessions)


TERMS = (
    _term("autumn", date(2025, 9, 1), date(2025, 12, 19), date(2025, 10, 2), 138),
    _term("spring", date(2026, 1, 5), date(2026, 3, 27), date(2026, 1, 15), 122),
    _term("summer", date(2026, 4, 13), date(2026, 7, 17), date(2026, 5, 21), 120),
)


@dataclass(frozen=True, slots=True)
class Roll:
    """The pupils, each at the first establishment of the year: where, in which year group, whose twin (or -1)."""

    place: Ints
    year: Ints
    twin_of: Ints


@dataclass(frozen=True, slots=True)
class Enrolments:
    """Registrations: which pupil, where, in which year group, with which status, from when to when."""

    pupil: Ints
    place: Ints
    year: Ints
    status: NDArray[np.object_]
    entry: Ints
    leave: Ints

    def among(self, chosen: NDArray[np.bool_]) -> Enrolments:
        """The registrations chosen."""
        return Enrolments(
            self.pupil[chosen],
            self.place[chosen],
            self.year[chosen],
            self.status[chosen],
            self.entry[chosen],
            self.leave[chosen],
        )


def enrol(seed: int, authority: int, places: tuple[Place, ...]) -> tuple[Roll, Enrolments]:
    """The roll of the year, and every registration of it."""
    dice = Dice(seed, authority, 2)
    base_place, base_year = _classes(dice, places)
    base = len(base_place)
    joining = [base * share // 1000 for share in (2, 12, 10)]
    like = dice.below(base, sum(joining))
    guests = dice.below(base, 20)
    place = np.concatenate([base_place, base_place[like], base_place[guests]])
    year = np.concatenate([base_year, base_year[like], base_year[guests]])
    twin_of = _twins(dice, base_place, base_year, len(place))
    size = len(place)

    stage = np.repeat([_STAYING, _EARLY_LEAVER, _WINTER_JOINER, _SPRING_JOINER, _GUEST], [base, *joining, len(guests)])
    first_years = np.array([YEARS.index(p.years[0]) - 2 if p.years else 0 for p in places], dtype=np.int64)
    arrivals = np.array([date(2025 - back, 9, 1).toordinal() for back in range(17)], dtype=np.int64)
    entry = arrivals[year - first_years[place]]
    late = dice.permille(size) < 100
    entry = np.where(late, entry + dice.below(1 << 30, size) % (arrivals[0] - entry + 1), entry)
    entry = np.where(stage == _WINTER_JOINER, _between(dice, size, date(2025, 10, 6), date(2026, 1, 12)), entry)
    entry = np.where(stage == _SPRING_JOINER, _between(dice, size, date(2026, 1, 19), date(2026, 5, 18)), entry)
    leave = np.full(size, STAYS, dtype=np.int64)
    leave = np.where(stage == _EARLY_LEAVER, _between(dice, size, date(2025, 9, 8), date(2025, 9, 30)), leave)
    going = dice.permille(size)
    leave = np.where(
        (stage == _STAYING) & (going < 12), _between(dice, size, date(2025, 10, 6), date(2026, 1, 9)), leave
    )
    leave = np.where(
        (stage == _STAYING) & (going >= 12) & (going < 22),
        _between(dice, size, date(2026, 1, 19), date(2026, 5, 15)),
        leave,
    )
    status = np.full(size, "C", dtype=object)
    status[stage == _GUEST] = "G"
    status[np.flatnonzero(stage == _GUEST)[12:]] = "O"

    moves = _moves(dice, places, place, year, leave, stage)
    duals = _duals(dice, places, place, year, leave, stage)
    for pupil, _, _ in duals:
        status[pupil] = "M"
    september = date(2025, 9, 8).toordinal()
    return Roll(place, year, twin_of), Enrolments(
        pupil=_ints([*range(size), *(pupil for pupil, _, _ in moves), *(pupil for pupil, _, _ in duals)]),
        place=np.concatenate([place, _ints([there for _, there, _ in moves]), _ints([there for _, there, _ in duals])]),
        year=np.concatenate([year, year[_ints([p for p, _, _ in moves])], year[_ints([p for p, _, _ in duals])]]),
        status=np.array([*status, *("C" for _ in moves), *(second for _, _, second in duals)], dtype=object),
        entry=np.concatenate([entry, _ints([day for _, _, day in moves]), np.full(len(duals), september)]),
        leave=np.concatenate([leave, np.full(len(moves) + len(duals), STAYS)]),
    )


def _classes(dice: Dice, places: tuple[Place, ...]) -> tuple[Ints, Ints]:
    """A place and a year group for each pupil on roll, the year groups of a school not quite equal in size."""
    where, year, count = [], [], []
    for place in places:
        if not place.years:
            continue
        shares = [_SHARES.get(place.phase, {}).get(name, 20) for name in place.years]
        sizes = [place.pupils * share // sum(shares) for share in shares]
        for number in range(place.pupils - sum(sizes)):
            sizes[number % len(sizes)] += 1
        for number, shift in enumerate(dice.below(7, len(sizes)).tolist()):
            moved = min(shift - 3, sizes[number - 1] - 1) if shift > 3 else max(shift - 3, 1 - sizes[number])
            sizes[number] += moved
            sizes[number - 1] -= moved
        where += [place.number] * len(sizes)
        year += [YEARS.index(name) - 2 for name in place.years]
        count += sizes
    return np.repeat(_ints(where), count), np.repeat(_ints(year), count)


_SHARES = {
    "primary": {"N2": 13},
    "secondary": {"12": 9, "13": 8},
    "pru": {"7": 8, "8": 14, "9": 20, "10": 26, "11": 32},
}
"""How large a year group is beside the usual 20."""


def _twins(dice: Dice, place: Ints, year: Ints, size: int) -> Ints:
    """Neighbours on the roll, of one school and year group, that are twins: about 12 in a thousand pupils."""
    twin_of = np.full(size, -1, dtype=np.int64)
    drawn = np.flatnonzero(dice.permille(len(place)) < 6)
    for second in drawn.tolist():
        first = second - 1
        if first >= 0 and twin_of[first] < 0 and place[first] == place[second] and year[first] == year[second]:
            twin_of[second] = first
    return twin_of


def _moves(
    dice: Dice, places: tuple[Place, ...], place: Ints, year: Ints, leave: Ints, stage: Ints
) -> list[tuple[int, int, int]]:
    """Pupil, new school and first day of those who leave one school of the authority for another: half of them."""
    moves = []
    leavers = np.flatnonzero((leave < STAYS) & (stage == _STAYING))
    pause, choice = dice.below(10, len(leavers)), dice.below(1 << 30, len(leavers))
    for turn, pupil in enumerate(leavers.tolist()):
        old = places[place[pupil]]
        name = YEARS[year[pupil] + 2]
        new = [
            p.number
            for p in places
            if p.phase == old.phase and p.gender == "mixed" and name in p.years and p.number != old.number
        ]
        if turn % 2 == 0 and old.phase in ("primary", "secondary") and new:
            moves.append((pupil, new[int(choice[turn]) % len(new)], int(leave[pupil] + 1 + pause[turn])))
    return moves


def _duals(
    dice: Dice, places: tuple[Place, ...], place: Ints, year: Ints, leave: Ints, stage: Ints
) -> list[tuple[int, int, str]]:
    """Pupil, second establishment and status there of those registered at two: the first is then their main one."""
    phase = np.array([p.phase for p in places], dtype=object)[place]
    stays = (leave == STAYS) & (stage == _STAYING)
    secondary = stays & (phase == "secondary") & (year >= 8) & (year <= 11)
    mainstream = stays & ((phase == "primary") | (phase == "secondary")) & (year >= 0) & (year <= 7)
    older = np.flatnonzero(secondary)[dice.order(int(secondary.sum()))].tolist()
    younger = np.flatnonzero(mainstream)[dice.order(int(mainstream.sum()))].tolist()
    upper = [pupil for pupil in older[30:] if year[pupil] >= 10]
    return (
        [(pupil, _PRU, "S") for pupil in older[:30]]
        + [(pupil, _SPECIAL_FOR_ALL_AGES, "S") for pupil in younger[:14]]
        + [(pupil, _COLLEGE, "F") for pupil in upper[:24]]
    )


def _between(dice: Dice, size: int, first: date, last: date) -> Ints:
    return first.toordinal() + dice.below((last - first).days + 1, size)


def _ints(values: list[int]) -> Ints:
    return np.asarray(values, dtype=np.int64)
