"""The pupils of a made-up authority and where they are registered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import Roll
from kdsp_lib.source.demo.name import BOYS, GIRLS, ODDITIES, SURNAMES
from kdsp_lib.source.demo.place import Place
from kdsp_lib.source.pseudonym import LETTERS, upns_of

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Pupils:
    """Everybody who was a pupil in the year, one entry a pupil in every column."""

    key: Texts
    upn: Texts
    temporary: NDArray[np.bool_]
    surname: Texts
    forename: Texts
    born: Ints
    is_male: NDArray[np.bool_]
    postcode: Texts
    idaci_decile: Ints
    is_poor: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Givers:
    """Who gives UPNs: the number of the authority and of its establishments, and those that pupils come from."""

    home: int
    own: tuple[int, ...]
    """By place; those that are no primary school give none."""
    away: int
    first_away: int
    """The first of twenty establishments of the other authority."""
    first_serial: int = 1
    """The number of the first pupil within a school and a year; a temporary number has one digit less."""

    @classmethod
    def of(cls, authority: int, places: tuple[Place, ...]) -> Givers:
        """The establishments of a made-up authority, under their own numbers."""
        home = int(places[0].laestab[:3])
        own = tuple(int(place.laestab[3:]) for place in places)
        return cls(home, own, 5 if home != 5 else 4, 5000 + 20 * authority)


def pupils_of(seed: int, authority: int, places: tuple[Place, ...], roll: Roll, givers: Givers | None = None) -> Pupils:
    """Identity, home and family income of each pupil on ``roll``. ``givers``: where UPNs bear other numbers."""
    dice = Dice(seed, authority, 3)
    size = len(roll.place)
    twins = roll.twin_of
    single = np.where(twins < 0, np.arange(size), twins)
    male_chance = np.array([_MALE.get(place.gender, _MALE_BY_PHASE.get(place.phase, 508)) for place in places])
    is_male = dice.permille(size) < male_chance[roll.place]
    starts = np.array([date(2020 - year, 9, 1).toordinal() for year in range(-3, 16)], dtype=np.int64)
    born = (starts[roll.year + 3] + dice.below(365, size))[single]
    poverty = np.array([_poverty(place) for place in places], dtype=np.int64)[roll.place]
    poverty = np.where(roll.year < 0, poverty * 4 // 10, np.where(roll.year > 11, poverty // 2, poverty))
    is_poor = (dice.permille(size) < poverty)[single]
    hardship = np.array([place.deprivation for place in places], dtype=np.int64)[roll.place]
    decile = 8 - hardship * 7 // 100 - is_poor.astype(np.int64) + dice.below(5, size) - 2
    forename, surname = _names(dice, is_male, single)
    upn, temporary = _upns(dice, givers or Givers.of(authority, places), places, roll, single)
    return Pupils(
        key=_texts(dice.keys(size)),
        upn=upn,
        temporary=temporary,
        surname=surname,
        forename=forename,
        born=born,
        is_male=is_male,
        postcode=_postcodes(dice, places, roll)[single],
        idaci_decile=np.clip(decile, 1, 10)[single],
        is_poor=is_poor,
    )


_MALE = {"girls": 0, "boys": 1000}
_MALE_BY_PHASE = {"special": 700, "pru": 740}


def _poverty(place: Place) -> int:
    """The share of pupils eligible for free school meals, in thousandths: 40 % over the authority."""
    match place.phase:
        case "primary":
            return 20 + 800 * place.deprivation // 100
        case "secondary":
            return 250 + 300 * place.deprivation // 100
        case "special":
            return 500
        case _:
            return 640


def _names(dice: Dice, is_male: NDArray[np.bool_], single: Ints) -> tuple[Texts, Texts]:
    size = len(is_male)
    first = dice.below(len(GIRLS), size)
    first = np.where(single != np.arange(size), (first[single] + 1 + first % (len(GIRLS) - 1)) % len(GIRLS), first)
    forename = np.where(is_male, _texts(BOYS)[first], _texts(GIRLS)[first])
    surname = _texts(SURNAMES)[dice.below(len(SURNAMES), size)][single]
    unlike = np.flatnonzero(single == np.arange(size))
    for (last, given), number in zip(ODDITIES * 2, dice.order(len(unlike)).tolist(), strict=False):
        surname[unlike[number]], forename[unlike[number]] = last, given
    return forename, surname


def _postcodes(dice: Dice, places: tuple[Place, ...], roll: Roll) -> Texts:
    size = len(roll.place)
    district = 1 + (np.array([place.number for place in places])[roll.place] + dice.below(3, size)) % 30
    sector, first, last = dice.below(9, size) + 1, dice.below(20, size), dice.below(20, size)
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    rows = zip(district.tolist(), sector.tolist(), first.tolist(), last.tolist(), strict=True)
    return _texts([f"ZZ{d} {s}{letters[a]}{letters[b]}" for d, s, a, b in rows])


def _upns(
    dice: Dice, givers: Givers, places: tuple[Place, ...], roll: Roll, single: Ints
) -> tuple[Texts, NDArray[np.bool_]]:
    """UPNs as the first school gave them: numbered one after the other within a school and a year."""
    size = len(roll.place)
    own = np.array(givers.own, dtype=np.int64)
    is_primary = np.array([place.phase == "primary" for place in places])
    primaries = own[is_primary]
    estab = np.where(is_primary[roll.place], own[roll.place], primaries[dice.below(len(primaries), size)])
    came_from_away = (dice.permille(size) < 60)[single]
    estab = np.where(came_from_away, givers.first_away + dice.below(20, size), estab)[single]
    temporary = (dice.permille(size) < 5) & (single == np.arange(size)) & ~_has_twin(single)
    letter = dice.below(len(LETTERS), size)
    year = 25 - np.maximum(roll.year, 0)
    group = (estab * 100 + year) * 2 + temporary
    order = np.argsort(group, kind="stable")
    serial = np.empty(size, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, group[order][1:] != group[order][:-1]])
    serial[order] = np.arange(size) - np.repeat(starts, np.diff(np.r_[starts, size]))
    serial += np.where(temporary, 1 + givers.first_serial // 10, givers.first_serial)
    if int(serial.max(initial=0)) > 999 or int(serial[temporary].max(initial=0)) > 99:
        raise ValueError("a school of the made-up authority has run out of UPNs")
    end = np.where(temporary, 10 + letter, serial % 10)
    middle = np.where(temporary, serial, serial // 10)
    code = np.where(came_from_away, givers.away, givers.home)
    bodies = np.stack(
        [
            code // 100, code // 10 % 10, code % 10, estab // 1000, estab // 100 % 10, estab // 10 % 10, estab % 10,
            year // 10, year % 10, middle // 10, middle % 10, end,
        ],
        axis=1,
    )  # fmt: skip
    return _texts(upns_of(bodies)), temporary


def _has_twin(single: Ints) -> NDArray[np.bool_]:
    return np.bincount(single, minlength=len(single)) > 1


def _texts(values: Any) -> Texts:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
