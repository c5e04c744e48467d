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
from kdsp_lib.source.pseudonym import LETTERS, check_letter

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


def pupils_of(seed: int, authority: int, places: tuple[Place, ...], roll: Roll) -> Pupils:
    """Identity, home and family income of each pupil on ``roll``."""
    dice = Dice(seed, authority, 3)
    size = len(roll.place)
    twins = roll.twin_of
    single = np.where(twins < 0, np.arange(size), twins)
    male_chance = np.array([_MALE.get(place.gender, _MALE_BY_PHASE.get(place.phase, 508)) for place in places])
    is_male = dice.permille(size) < male_chance[roll.place]
    starts = np.array([date(2020 - year, 9, 1).toordinal() for year in range(-2, 15)], dtype=np.int64)
    born = (starts[roll.year + 2] + dice.below(365, size))[single]
    poverty = np.array([_poverty(place) for place in places], dtype=np.int64)[roll.place]
    poverty = np.where(roll.year < 0, poverty * 4 // 10, np.where(roll.year > 11, poverty // 2, poverty))
    is_poor = (dice.permille(size) < poverty)[single]
    hardship = np.array([place.deprivation for place in places], dtype=np.int64)[roll.place]
    decile = 8 - hardship * 7 // 100 - is_poor.astype(np.int64) + dice.below(5, size) - 2
    forename, surname = _names(dice, is_male, single)
    upn, temporary = _upns(dice, authority, places, roll, single)
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
    dice: Dice, authority: int, places: tuple[Place, ...], roll: Roll, single: Ints
) -> tuple[Texts, NDArray[np.bool_]]:
    """UPNs as the first school gave them: numbered one after the other within a school and a year."""
    size = len(roll.place)
    home = places[0].laestab[:3]
    away = "005" if home != "005" else "004"
    primaries = np.array([int(place.laestab[3:]) for place in places if place.phase == "primary"], dtype=np.int64)
    own = np.array([int(place.laestab[3:]) for place in places], dtype=np.int64)
    is_primary = np.array([place.phase == "primary" for place in places])
    estab = np.where(is_primary[roll.place], own[roll.place], primaries[dice.below(len(primaries), size)])
    came_from_away = (dice.permille(size) < 60)[single]
    estab = np.where(came_from_away, 5000 + 20 * authority + dice.below(20, size), estab)[single]
    temporary = (dice.permille(size) < 5) & (single == np.arange(size)) & ~_has_twin(single)
    letter = dice.below(len(LETTERS), size)
    year = 25 - np.maximum(roll.year, 0)
    group = (estab * 100 + year) * 2 + temporary
    order = np.argsort(group, kind="stable")
    serial = np.empty(size, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, group[order][1:] != group[order][:-1]])
    serial[order] = np.arange(size) - np.repeat(starts, np.diff(np.r_[starts, size])) + 1
    if int(serial.max()) > 999 or int(serial[temporary].max(initial=0)) > 99:
        raise ValueError("a school of the made-up authority has run out of UPNs")
    upns = []
    for is_away, e, y, s, is_temporary, a in zip(
        came_from_away.tolist(),
        estab.tolist(),
        year.tolist(),
        serial.tolist(),
        temporary.tolist(),
        letter.tolist(),
        strict=True,
    ):
        end = f"{s:02d}{LETTERS[a]}" if is_temporary else f"{s:03d}"
        body = f"{away if is_away else home}{e:04d}{y:02d}{end}"
        upns.append(check_letter(body) + body)
    return _texts(upns), temporary


def _has_twin(single: Ints) -> NDArray[np.bool_]:
    return np.bincount(single, minlength=len(single)) > 1


def _texts(values: Any) -> Texts:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
