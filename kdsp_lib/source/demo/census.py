"""What the made-up censuses and attendance returns say: traits that hang together as those of real pupils do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.enrolment import Enrolments, Roll
from kdsp_lib.source.demo.place import Place
from kdsp_lib.source.demo.pupil import Pupils

Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]

MAIN_ETHNICITY = "WBRI"
_ETHNICITIES: dict[str, tuple[int, int]] = {
    "WIRI": (4, 20), "WIRT": (5, 50), "WROM": (4, 900), "WOTH": (30, 800), "MWBC": (8, 30), "MWBA": (9, 150),
    "MWAS": (6, 150), "MOTH": (9, 200), "AIND": (5, 650), "APKN": (4, 650), "ABAN": (4, 750), "AOTH": (5, 700),
    "BCRB": (2, 50), "BAFR": (12, 550), "BOTH": (3, 450), "CHNE": (3, 700), "OOTH": (5, 850), "REFU": (3, 100),
    "NOBT": (4, 100),
}  # fmt: skip
"""Main code: how many in a thousand pupils, and how many in a thousand of those have another first language."""
_MINORITY = (25, 50, 85, 150, 290)
_SEN_TYPES: dict[str, tuple[int, ...]] = {
    "early": (9, 8, 0, 0, 18, 45, 2, 2, 1, 3, 9, 2, 1),
    "late": (22, 14, 0, 0, 32, 10, 2, 2, 1, 3, 10, 3, 1),
    "special": (1, 14, 24, 10, 16, 8, 2, 1, 2, 4, 17, 1, 0),
}
SEN_TYPES = ("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "OTH", "NSA")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a census says of each pupil; ``fsm`` and ``sen`` have a row for each of the three terms."""

    ethnicity: Texts
    language: Texts
    fsm: tuple[Flags, ...]
    fsm6: tuple[Flags, ...]
    fsm_basis: Texts
    sen: tuple[Texts, ...]
    sen_type: Texts
    is_looked_after: Flags
    is_young_carer: Flags
    is_service_child: Flags


def traits_of(seed: int, authority: int, places: tuple[Place, ...], roll: Roll, pupils: Pupils) -> Traits:
    """The traits of each pupil on ``roll``."""
    dice = Dice(seed, authority, 4)
    size = len(roll.place)
    phase = np.array([place.phase for place in places], dtype=object)[roll.place]
    ethnicity, language = _origins(dice, places, roll)
    fsm, fsm6 = _free_meals(dice, pupils, size)
    basis = _texts(("targeted", "protected", "unknown"))[dice.pick((845, 150, 5), size)]
    sen, sen_type = _needs(dice, phase, roll, pupils)
    rarely = np.where(phase == "pru", 60, np.where(phase == "special", 40, 11))
    return Traits(
        ethnicity=ethnicity,
        language=language,
        fsm=fsm,
        fsm6=fsm6,
        fsm_basis=basis,
        sen=sen,
        sen_type=sen_type,
        is_looked_after=dice.permille(size) < rarely,
        is_young_carer=dice.permille(size) < np.where(phase == "secondary", 15, 6),
        is_service_child=dice.permille(size) < 4,
    )


def _origins(dice: Dice, places: tuple[Place, ...], roll: Roll) -> tuple[Texts, Texts]:
    size = len(roll.place)
    single = np.where(roll.twin_of < 0, np.arange(size), roll.twin_of)
    others = _texts(tuple(_ETHNICITIES))
    drawn = dice.pick([share for share, _ in _ETHNICITIES.values()], size)
    share = np.array([_MINORITY[place.diversity] for place in places])[roll.place]
    is_minority = dice.permille(size) < share
    ethnicity = np.where(is_minority, others[drawn], MAIN_ETHNICITY)
    elsewhere = np.where(is_minority, np.array([chance for _, chance in _ETHNICITIES.values()])[drawn], 8)
    language = np.where(dice.permille(size) < elsewhere, "eal", "english").astype(object)
    language = np.where(dice.permille(size) < 4, "unclassified", language)
    return ethnicity[single], language[single]


def _free_meals(dice: Dice, pupils: Pupils, size: int) -> tuple[tuple[Flags, ...], tuple[Flags, ...]]:
    """Free school meals in each term, and whether ever in six years: which includes the term itself."""
    earlier = dice.permille(size) < 90
    now = pupils.is_poor
    ever = now | earlier
    fsm, fsm6 = [now], [ever]
    for _ in range(2):
        drawn = dice.permille(size)
        now = np.where(now, drawn >= 8, drawn < 7)
        ever = ever | now
        fsm.append(now)
        fsm6.append(ever)
    return tuple(fsm), tuple(fsm6)


def _needs(dice: Dice, phase: Texts, roll: Roll, pupils: Pupils) -> tuple[tuple[Texts, ...], Texts]:
    """SEN provision in each term, and the need. Plans and support go with poverty and with being a boy."""
    size = len(phase)
    poor, male = pupils.is_poor.astype(np.int64), pupils.is_male.astype(np.int64)
    plan = 18 + 20 * poor + 26 * male
    support = 92 + 84 * poor + 56 * male
    young = roll.year < 1
    support = np.where(roll.year < 0, support // 3, np.where(young, support * 7 // 10, support))
    plan = np.where(young, plan // 2, plan)
    plan = np.where(phase == "special", 975, np.where(phase == "pru", 250, plan))
    support = np.where(phase == "special", 25, np.where(phase == "pru", 640, support))
    drawn = dice.permille(size)
    provision = np.where(drawn < plan, "E", np.where(drawn < plan + support, "K", "N")).astype(object)
    sen = [provision]
    for _ in range(2):
        drawn = dice.permille(size)
        supported = np.where((provision == "K") & (drawn < 6), "E", provision)
        provision = np.where((provision == "N") & (drawn < 5), "K", supported)
        sen.append(provision)
    kinds = np.where(phase == "special", 2, np.where(roll.year > 3, 1, 0))
    types = np.stack([_texts(SEN_TYPES)[dice.pick(_SEN_TYPES[name], size)] for name in ("early", "late", "special")])
    return tuple(sen), types[kinds, np.arange(size)]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of each enrolment in a term."""

    possible: Ints
    authorised: Ints
    unauthorised: Ints
    late: Ints


_PRIMARY_LADDER = (5, 9, 13, 17, 20, 24, 28, 32, 36, 40, 45, 50, 56, 63, 72, 84, 98, 116, 145, 200, 320)
_SECONDARY_LADDER = (5, 11, 16, 22, 28, 34, 40, 46, 54, 60, 67, 75, 83, 91, 104, 124, 150, 200, 280, 420, 700)
"""Absence in thousandths of the sessions, by twentieths of the pupils from the most present to the least."""


def absence_of(
    seed: int, authority: int, places: tuple[Place, ...], roll: Roll, pupils: Pupils, traits: Traits
) -> Ints:
    """How much of their schooling each pupil misses, in thousandths: more with poverty, special needs and age."""
    dice = Dice(seed, authority, 5)
    size = len(roll.place)
    phase = np.array([place.phase for place in places], dtype=object)[roll.place]
    upper = (phase == "secondary") | (phase == "pru") | (phase == "special")
    rank = dice.permille(size)
    shift = (
        np.where(pupils.is_poor, 95, -75)
        + np.where(traits.sen[0] == "K", 50, 0)
        + np.where(traits.sen[0] == "E", 80, 0)
    )
    shift = shift - np.where(traits.is_looked_after, 90, 0)
    shift = shift + np.where(upper, 22 * (roll.year - 9), np.where(roll.year == 0, 40, 0))
    shift = shift + np.where(phase == "pru", 330, np.where(phase == "special", -60, 0))
    rank = np.clip(rank + shift, 0, 999)
    step, rest = rank // 50, rank % 50
    ladders = np.array([_PRIMARY_LADDER, _SECONDARY_LADDER], dtype=np.int64)
    row = upper.astype(np.int64)
    low, high = ladders[row, step], ladders[row, step + 1]
    missed: Ints = low + (high - low) * rest // 50
    return missed


def sessions_of(dice: Dice, places: tuple[Place, ...], enrolled: Enrolments, absence: Ints, possible: Ints) -> Sessions:
    """The sessions that enrolments missed out of the ``possible`` ones, and how."""
    size = len(possible)
    phase = np.array([place.phase for place in places], dtype=object)[enrolled.place]
    rate = np.minimum(absence[enrolled.pupil] * (650 + dice.below(701, size)) // 1000, 1000)
    missed = np.minimum((possible * rate + dice.permille(size)) // 1000, possible)
    without_leave = np.where(phase == "primary", 260, 380) + dice.below(300, size) - 150
    unauthorised = np.minimum((missed * without_leave + dice.permille(size)) // 1000, missed)
    late = (possible - missed) * (dice.below(60, size) * dice.below(60, size) // 60) // 1000
    return Sessions(possible, missed - unauthorised, unauthorised, late)


def _texts(values: tuple[str, ...]) -> Texts:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
