"""The establishments of a made-up authority: how many, of which phase, whose, and in which groups.

The collaboratives are made to show what the protection does. *East* has three secondary and three special schools,
each of another controller, so that these phases can be shown. *West* has two secondary schools and *Central* one:
theirs cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kdsp_lib.source.demo.dice import Dice
from kdsp_lib.source.demo.name import place_name

FIRST_URN = 990_001
PER_AUTHORITY = 61
AREAS = ("east", "west", "central")
CLUSTERS = ("meadow", "ridge", "orchard", "quarry", "mill", "harbour")

_PRIMARIES = 47
_SECONDARY_SIZES = (942, 1018, 1127, 960, 1060, 685)
_SPECIAL_SIZES = (160, 88, 272, 160)
_TRUSTS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("Lodestar", (0, 1, 2, 47)),
    ("Seven Springs", (3, 4, 48)),
    ("Greenfinch", (18, 19, 20, 50)),
    ("Tern and Tide", (33, 34, 52)),
    ("Copperbeech", (5, 21, 35)),
    ("Harvest Moon", (22, 23)),
    ("Brightwater", (53,)),
)
"""Multi-academy trusts and their schools, by number within the authority. One trust is one controller."""


@dataclass(frozen=True, slots=True)
class Place:
    """One made-up establishment."""

    number: int
    urn: str
    laestab: str
    name: str
    phase: str
    trust: str | None
    gender: str
    ages: tuple[int, int]
    years: tuple[str, ...]
    pupils: int
    deprivation: int
    diversity: int
    ward: str
    opened: date
    area: str | None
    cluster: str | None

    @property
    def type_group(self) -> str:
        if self.trust is not None:
            return "Academies"
        return {
            "special": "Special schools",
            "college": "Colleges",
            "childrens-centre": "Children's centres",
        }.get(self.phase, "Local authority maintained schools")

    @property
    def capacity(self) -> int:
        return -(-self.pupils * 21 // 20) if self.pupils else 0


@dataclass(frozen=True, slots=True)
class _Kind:
    phase: str
    called: str
    ages: tuple[int, int]
    years: tuple[str, ...]
    pupils: int
    estab: int
    area: str | None
    cluster: str | None
    gender: str = "mixed"


def places_of(seed: int, authority: int) -> tuple[Place, ...]:
    """The 61 establishments of the ``authority``-th made-up authority (from 0)."""
    dice = Dice(seed, authority, 1)
    kinds = _kinds(dice)
    ladder = dice.order(len(kinds)).tolist()
    diversity = dice.below(5, len(kinds)).tolist()
    opened = dice.below(12_000, len(kinds)).tolist()
    code = f"{authority % 5 + 1:03d}"
    owners = {number: f"{name} Trust" for name, numbers in _TRUSTS for number in numbers}
    suffix = f" {authority + 1}" if authority else ""
    places = []
    for number, kind in enumerate(kinds):
        name = place_name(number + authority * PER_AUTHORITY)
        trust = owners.get(number)
        places.append(
            Place(
                number=number,
                urn=str(FIRST_URN + authority * PER_AUTHORITY + number),
                laestab=f"{code}{kind.estab + _estab_step(kind.phase) * (authority // 5):04d}",
                name=f"{name} {kind.called}" if trust is None else f"{name} {kind.called.replace('School', 'Academy')}",
                phase=kind.phase,
                trust=None if trust is None else trust + suffix,
                gender=kind.gender,
                ages=kind.ages,
                years=kind.years,
                pupils=kind.pupils,
                deprivation=ladder[number] * 100 // (len(kinds) - 1),
                diversity=diversity[number],
                ward=f"{place_name(180 + number % 15)} ward",
                opened=date.fromordinal(date(1985, 9, 1).toordinal() + opened[number]),
                area=kind.area,
                cluster=kind.cluster,
            )
        )
    return tuple(places)


def _kinds(dice: Dice) -> list[_Kind]:
    steps = [step * (step + 400) for step in range(_PRIMARIES)]
    sizes = [161 + 327 * step // steps[-1] for step in steps]
    kinds = []
    for number, size in enumerate(sizes[place] for place in dice.order(_PRIMARIES).tolist()):
        area, cluster = _home_of_primary(number)
        with_nursery = number % 2 == 0
        years = (("N2",) if with_nursery else ()) + ("R", "1", "2", "3", "4", "5", "6")
        kinds.append(
            _Kind(
                "primary", "Primary School", (3 if with_nursery else 4, 11), years, size, 2000 + number, area, cluster
            )
        )
    homes = (
        ("east", "meadow"),
        ("east", "ridge"),
        ("east", "ridge"),
        ("west", "orchard"),
        ("west", "quarry"),
        ("central", "mill"),
    )
    for number, (size, (area, cluster)) in enumerate(zip(_SECONDARY_SIZES, homes, strict=True)):
        sixth_form = number == 5
        years = ("7", "8", "9", "10", "11") + (("12", "13") if sixth_form else ())
        gender = {3: "girls", 4: "boys"}.get(number, "mixed")
        kinds.append(
            _Kind(
                "secondary", "School", (11, 18 if sixth_form else 16), years, size, 4000 + number, area, cluster, gender
            )
        )
    schooling = (
        ((4, 11), ("R", "1", "2", "3", "4", "5", "6")),
        ((11, 16), ("7", "8", "9", "10", "11")),
        ((4, 16), ("R", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")),
        ((11, 16), ("7", "8", "9", "10", "11")),
    )
    areas = (("east", "meadow"), ("east", "ridge"), ("west", "quarry"), ("east", "ridge"))
    for number, (size, (ages, years), (area, cluster)) in enumerate(zip(_SPECIAL_SIZES, schooling, areas, strict=True)):
        kinds.append(_Kind("special", "Special School", ages, years, size, 7000 + number, area, cluster))
    kinds += [
        _Kind("pru", "Pupil Referral Unit", (11, 16), ("7", "8", "9", "10", "11"), 50, 1100, "central", "mill"),
        _Kind("college", "College", (14, 19), (), 0, 8000, None, None),
        _Kind("nursery", "Nursery School", (2, 5), ("N1", "N2"), 58, 1000, "west", "orchard"),
        _Kind("childrens-centre", "Children's Centre", (0, 5), (), 0, 9000, "west", "orchard"),
    ]
    return kinds


def _home_of_primary(number: int) -> tuple[str | None, str | None]:
    if number < 18:
        return "east", "meadow" if number < 9 else "ridge"
    if number < 33:
        return "west", "orchard" if number < 26 else "quarry"
    if number < 45:
        return "central", "mill" if number < 43 else "harbour"
    return None, "harbour"


def estab_of_part(place: Place, authority: int, part: int) -> int:
    """The number that an establishment of ``authority`` has as part (from 0) of several with one authority's number."""
    return int(place.laestab[3:]) + _estab_step(place.phase) * (part - authority // 5)


def _estab_step(phase: str) -> int:
    return {"primary": 100, "secondary": 10, "special": 10}.get(phase, 1)
