"""What is known of each school from published figures: ways to divide its pupils, one at a time.

A school's figures are margins: so many girls, so many with an EHC plan, never how many girls with a plan. Each *facet*
is one such margin: it divides the pupils of a population (those on roll, or those at the end of key stage 4) into its
leaves and those for whom the source gives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.attribute import ATTRIBUTES, PHASES, ROOT, UNKNOWN
from kdsp_lib.source.published import ABSENCE, CENSUS, DESTINATIONS, KS2, KS4

Row = Mapping[str, Any]
"""A school's figures by column; None where there is none."""
ROLL, END_OF_KS2, END_OF_KS4, WITH_PRIOR, LEAVERS = "roll", "ks2", "ks4", "ks4-with-prior", "leavers"
YES, NO = "yes", "no"
HUNDREDTHS = 100

SCHOOL_PHASES: tuple[tuple[str, str], ...] = (
    *PHASES, ("independent", "Independent"), ("non-maintained-special", "Non-maintained special"),
    (UNKNOWN, "Not known"),
)  # fmt: skip
POPULATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ROLL: (CENSUS, "nor"),
        END_OF_KS2: (KS2, "telig"),
        END_OF_KS4: (KS4, "tpup"),
        WITH_PRIOR: (KS4, "p8pup"),
        LEAVERS: (DESTINATIONS, "cohort"),
    }
)
"""Each population with the data set and the column that count it."""
WEIGHED_BY: Mapping[str, str] = MappingProxyType(
    {
        ROLL: "pupils on roll",
        END_OF_KS2: "pupils at the end of key stage 2",
        END_OF_KS4: "pupils at the end of key stage 4",
        WITH_PRIOR: "pupils at the end of key stage 4 with results at key stage 2",
        LEAVERS: "pupils who completed key stage 4",
    }
)
"""What weighs the figures of each population, in words."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One margin. ``deal`` says how many of a school's pupils are in each leaf; None where the source does not.

    ``average`` names the column of a school's own percentage or score, in hundredths, where that is all there is: an
    area's is then the average of its schools', each weighted by its pupils.
    """

    name: str
    population: str
    dataset: str
    category: str
    leaves: tuple[str, ...]
    deal: Callable[[Row], Mapping[str, int] | None]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    average: str = ""

    @property
    def codes(self) -> Mapping[str, frozenset[str]]:
        """Every code with the leaves behind it."""
        named = {code: frozenset(leaves) for code, leaves in self.groups.items()}
        return {**named, **{leaf: frozenset({leaf}) for leaf in (*self.leaves, UNKNOWN)}}


@dataclass(frozen=True, slots=True)
class Taken:
    """How a measure is taken from schools' figures: of a population, by what holds on a facet."""

    population: str
    facet: str = ""
    holds: str = ROOT


def _counted(base: str, rest: str = "", **leaves: str) -> Callable[[Row], Mapping[str, int] | None]:
    """Counts by leaf, and the rest of ``base``."""

    def deal(row: Row) -> Mapping[str, int] | None:
        values = {leaf: row.get(column) for leaf, column in leaves.items()}
        whole = row.get(base)
        if whole is None or any(value is None for value in values.values()):
            return None
        counts = {leaf: int(value) for leaf, value in values.items() if value is not None}
        return counts if not rest else {**counts, rest: int(whole) - sum(counts.values())}

    return deal


def _shared(column: str, base: str) -> Callable[[Row], Mapping[str, int] | None]:
    """A percentage of ``base`` as the whole number of pupils next to it."""

    def deal(row: Row) -> Mapping[str, int] | None:
        share, whole = row.get(column), row.get(base)
        if share is None or whole is None:
            return None
        held = (2 * int(share) * int(whole) + 100 * HUNDREDTHS) // (200 * HUNDREDTHS)
        return {YES: held, NO: int(whole) - held}

    return deal


def _given(column: str, base: str) -> Callable[[Row], Mapping[str, int] | None]:
    """All pupils of a school that has the score."""

    def deal(row: Row) -> Mapping[str, int] | None:
        return None if row.get(column) is None or row.get(base) is None else {YES: int(row[base])}

    return deal


def _margin(name: str, deal: Callable[[Row], Mapping[str, int] | None]) -> Facet:
    """A margin that is an attribute of pupils too, with the same leaves."""
    attribute = ATTRIBUTES[name]
    leaves = tuple(leaf for leaf, _ in attribute.leaves)
    return Facet(name, ROLL, CENSUS, attribute.category, leaves, deal, attribute.groups)


def _absence(name: str, column: str) -> Facet:
    return Facet(name, ROLL, ABSENCE, "attendance", (YES, NO), _shared(column, "nor"), average=column)


def _share(name: str, column: str, population: str = END_OF_KS4) -> Facet:
    dataset, pupils = POPULATIONS[population]
    return Facet(name, population, dataset, "attainment", (YES, NO), _shared(column, pupils), average=column)


def _score(name: str, column: str, population: str = END_OF_KS4) -> Facet:
    dataset, pupils = POPULATIONS[population]
    given = _given(column, pupils)
    return Facet(name, population, dataset, "attainment", (YES,), given, average=column)


def _standards(name: str, column: str, higher: str) -> tuple[Facet, Facet]:
    """The expected and the higher standard of a subject at key stage 2."""
    return (
        _share(f"ks2-{name}", f"pt{column}_exp", END_OF_KS2),
        _share(f"ks2-{name}-{higher}", f"pt{column}_high", END_OF_KS2),
    )


_ALL = (
    _margin("sex", _counted("nor", F="norg", M="norb")),
    _margin("fsm6", _counted("norfsmever", NO, yes="numfsmever")),
    _margin("fsm", _counted("nor", NO, yes="numfsm")),
    _margin("sen", _counted("nor", "none", plan="tsenelse", support="tsenelk")),
    _margin("eal", _counted("nor", eal="numeal", english="numengfl", unclassified="numuncfl")),
    _absence("absence", "perctot"),
    _absence("persistent-absence", "ppersabs10"),
    _score("attainment-8", "att8scr"),
    _share("english-maths-4", "ptl2basics_94"),
    _share("english-maths-5", "ptl2basics_95"),
    _share("ebacc-entry", "ptebacc_e"),
    _share("ebacc-4", "ptebacc_94"),
    _share("ebacc-5", "ptebacc_95"),
    _score("ebacc-aps", "ebaccaps"),
    _score("progress-8", "p8mea", WITH_PRIOR),
    *_standards("rwm", "rwm", "higher"),
    *_standards("reading", "read", "higher"),
    *_standards("writing", "writta", "greater-depth"),
    *_standards("maths", "mat", "higher"),
    *_standards("gps", "gps", "higher"),
    *(
        _score(f"ks2-{name}-progress", f"{column}prog", END_OF_KS2)
        for name, column in (("reading", "read"), ("writing", "writ"), ("maths", "mat"))
    ),
    _share("destination-sustained", "overall_destper", LEAVERS),
    _share("destination-education", "educationper", LEAVERS),
    _share("destination-apprenticeship", "apprenper", LEAVERS),
    _share("destination-not-sustained", "not_sustainedper", LEAVERS),
)
FACETS: Mapping[str, Facet] = MappingProxyType({facet.name: facet for facet in _ALL})

TAKEN: Mapping[str, Taken] = MappingProxyType(
    {
        "pupils": Taken(ROLL),
        "fsm6": Taken(ROLL, "fsm6", YES),
        "fsm": Taken(ROLL, "fsm", YES),
        "sen": Taken(ROLL, "sen", "any"),
        "sen-support": Taken(ROLL, "sen", "support"),
        "ehc-plan": Taken(ROLL, "sen", "plan"),
        "eal": Taken(ROLL, "eal", "eal"),
        **{name: Taken(ROLL, name, YES) for name in ("absence", "persistent-absence")},
        **{name: Taken(facet.population, name, YES) for name, facet in FACETS.items() if facet.population != ROLL},
    }
)
"""The measures that published figures of schools have. Of all others they say nothing."""
