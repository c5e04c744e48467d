"""Readers of rounded tables, written apart from the product, who bound what they want to know by linear programmes.

A reader takes each printed count to lie within 4 of what is printed, each sum of sessions within 159, and knows each
pupil of its own schools. The unknowns are how many pupils of the others there are of each kind: of each year, sex, free
meals, special needs and absence at once, in schools that no place and no phase tells apart.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

import numpy as np
from independent_attacker import TOGETHER, Programme
from small_workspace import School
from uneven_authority import BANDS, FACTS, Pupil

UNIT, SESSIONS, LEFT, SMALL = 5, 160, 5, range(1, 6)
P_PERCENT, SHARE = 0.1, 0.85
NEAR = 1e-5
ENROLLED = frozenset(BANDS[1:])
PERSISTENT = frozenset(BANDS[4:])
HOLDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "fsm6": ("fsm6", frozenset({"yes"})),
    "sen": ("sen", frozenset({"support", "plan"})),
    "sen-support": ("sen", frozenset({"support"})),
    "ehc-plan": ("sen", frozenset({"plan"})),
    "persistent-absence": ("absence-band", PERSISTENT),
    "severe-absence": ("absence-band", frozenset({"severe"})),
}
OF_ENROLMENTS = frozenset(
    {"absence", "authorised-absence", "unauthorised-absence", "sessions-missed", "persistent-absence",
     "severe-absence", "own-absence"}
)  # fmt: skip
SENSITIVE = frozenset({"sen", "sen-support", "ehc-plan"})
ON_ROLL = frozenset({"phase", "year-group", "sex"})
"""The department tells how many are on roll of each school by these, and with each characteristic, and no more."""
Where = tuple[tuple[str, frozenset[str]], ...]
Facts = tuple[frozenset[str], ...]
EVERYBODY: Facts = tuple(map(frozenset, FACTS.values()))


@dataclass(frozen=True)
class Told:
    """A table: of which schools, what was asked, and what was printed by the codes of each row: base and counted.

    ``exact``: figures are told as they are. ``sums``: by name the sums of sessions of each row.
    """

    members: frozenset[str]
    kind: str
    measure: str
    by: tuple[str, ...]
    rows: Mapping[tuple[str, ...], tuple[str, str]]
    where: Where = ()
    exact: bool = False
    sums: Mapping[str, Mapping[tuple[str, ...], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """Whose number a text is: of which schools, and by which facts. ``free``: published of each school."""

    schools: frozenset[str]
    facts: Facts
    text: str
    name: tuple[Any, ...]
    exact: bool
    free: bool
    sensitive: bool
    sums: Mapping[str, int]

    @property
    def is_number(self) -> bool:
        return self.text.isdecimal()

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest number that may be printed so."""
        off = 0 if self.exact else UNIT - 1
        return max(int(self.text) - off, 0), int(self.text) + off


def told_by_edition(edition: Any) -> list[Told]:
    """Every table of an edition as it is printed, but for those of languages, which all are English."""
    found = []
    for (form, place), table in edition.tables.items():
        asked = json.loads(form)
        if asked["measure"] != "eal":
            rows = {row.codes: (str(row.base), "" if row.counted is None else str(row.counted)) for row in table.rows}
            sums = {name: dict(of[form, place]) for name, of in edition.totals.items() if (form, place) in of}
            members = frozenset(edition.members[place])
            by = tuple(table.breakdowns)
            found.append(Told(members, asked["kind"], asked["measure"], by, rows, sums=sums))
    return found


def figures_of(told: Told, phase_of: Mapping[str, str]) -> Iterator[Figure]:
    """The figures of a table, and what the counted leave of their base, of which nothing is printed."""
    whole = EVERYBODY
    for name, values in told.where:
        whole = narrowed(whole, name, values)
    if told.measure in OF_ENROLMENTS:
        whole = narrowed(whole, "absence-band", ENROLLED)
    for codes, texts in told.rows.items():
        schools, facts = told.members, whole
        for by, code in zip(told.by, codes, strict=True):
            together = TOGETHER.get((by, code), frozenset({code}))
            if code != "All" and by == "phase":
                schools = frozenset(urn for urn in schools if phase_of[urn] in together)
            elif code != "All":
                facts = narrowed(facts, by, together)
        if texts[0] != "z":
            yield from _row(told, codes, texts, schools, facts)


def _row(
    told: Told, codes: tuple[str, ...], texts: tuple[str, str], schools: frozenset[str], facts: Facts
) -> Iterator[Figure]:
    split = {by for by, code in zip(told.by, codes, strict=True) if code != "All"}
    is_whole, is_sensitive = not told.where, told.measure in SENSITIVE or "sen" in told.by
    sums = {name: of[codes] for name, of in told.sums.items() if isinstance(of.get(codes), int)}
    name = (told.members, told.kind, told.measure, told.by, told.where, codes)
    base = Figure(
        schools, facts, texts[0], (*name, "base"), told.exact,
        is_whole and is_published_base(told.kind, split), is_sensitive, sums,
    )  # fmt: skip
    if told.measure not in HOLDS:
        yield base
        return
    attribute, held = HOLDS[told.measure]
    inside = narrowed(facts, attribute, held)
    is_free = is_whole and split <= {"phase"}
    if told.kind == "count":
        yield replace(base, facts=inside, free=is_free)
        return
    outside = narrowed(facts, attribute, frozenset(FACTS[attribute]) - held)
    yield base
    yield replace(base, facts=inside, text=texts[1], name=(*name, "counted"), free=is_free, sums={})
    yield replace(base, facts=outside, text="", name=(*name, "rest"), free=False, sums={})


def is_published_base(kind: str, split: set[str]) -> bool:
    """Of those on roll the department tells how many there are by year and sex, and with one characteristic."""
    if kind == "count":
        return split <= ON_ROLL
    return split <= ON_ROLL or (len(split - {"phase"}) == 1 and split - {"phase"} <= {"fsm6", "sen"})


def narrowed(facts: Facts, name: str, values: frozenset[str]) -> Facts:
    return tuple(of & values if each == name else of for each, of in zip(FACTS, facts, strict=True))


def is_of(facts: Sequence[str], wanted: Facts) -> bool:
    """Whether a pupil's facts are among these."""
    return all(fact in values for fact, values in zip(facts, wanted, strict=True))


def counted_of(figure: Figure, pupils: Sequence[Pupil]) -> frozenset[str]:
    """The pupils that a figure counts, by their keys."""
    return frozenset(p.key for p in pupils if p.school in figure.schools and is_of(p.facts, figure.facts))


@dataclass(frozen=True)
class Leak:
    """What a reader works out: of how many, between which ends."""

    what: str
    true: int
    low: float
    high: float
    schools: frozenset[str]
    facts: Facts

    def __str__(self) -> str:
        words = [
            f"{name} {'/'.join(sorted(values))}"
            for name, values in zip(FACTS, self.facts, strict=True)
            if values < frozenset(FACTS[name])
        ]
        where = ", ".join(sorted(self.schools))
        return (
            f"{self.what}: {self.true} lies in [{self.low:g}, {self.high:g}]: {' and '.join(words) or 'all'} at {where}"
        )


Target = tuple[frozenset[str], Facts]


class Reader:
    """Who has read tables. ``own``: the schools each of whose pupils it knows."""

    def __init__(
        self,
        told: Sequence[Told],
        schools: Mapping[str, School],
        pupils: Sequence[Pupil],
        own: frozenset[str] = frozenset(),
    ) -> None:
        self.own, self.schools, self.pupils = own, schools, pupils
        phases = {urn: school.phase for urn, school in schools.items()}
        self.figures = [figure for table in told for figure in figures_of(table, phases)]
        self.places = sorted({figure.schools for figure in self.figures}, key=sorted)
        groups: dict[Any, list[str]] = {}
        for urn in schools:
            groups.setdefault((urn in own, *(urn in place for place in self.places)), []).append(urn)
        self.groups = [frozenset(urns) for urns in groups.values()]
        domain = [*product(*FACTS.values())]
        self.group = np.repeat(np.arange(len(self.groups)), len(domain))
        self.values = np.array(domain * len(self.groups))
        self.is_own = np.array([group <= own for group in self.groups])[self.group]
        place = {facts: k for k, facts in enumerate(domain)}
        of_group = {urn: k for k, group in enumerate(self.groups) for urn in group}
        self.column = np.array([of_group[p.school] * len(domain) + place[p.facts] for p in pupils])
        self.count = np.bincount(self.column, minlength=len(self.group)).astype(float)
        self._masks: dict[Target, np.ndarray] = {}

    def mask(self, target: Target) -> np.ndarray:
        """The kinds of some schools' pupils with some facts."""
        if target not in self._masks:
            schools, facts = target
            found = np.array([group <= schools for group in self.groups])[self.group]
            for k, (name, values) in enumerate(zip(FACTS, facts, strict=True)):
                if len(values) < len(FACTS[name]):
                    found = found & np.isin(self.values[:, k], list(values))
            self._masks[target] = found
        return self._masks[target]

    def targets(self, finest: int = 10) -> list[Target]:
        """What readers ask after: all that is told of, in each place, in what places leave of each other and share; and
        some kinds of whom there are few.
        """
        areas = {*self.places, *self.groups}
        for one, other in combinations(self.places, 2):
            areas |= {one - other, other - one, one & other}
        asked = {figure.facts for figure in self.figures}
        found = [(area, facts) for area in sorted(filter(None, areas), key=sorted) for facts in sorted(asked, key=str)]
        few = np.flatnonzero((self.count >= 1) & (self.count <= SMALL[-1]))
        for k in few[:: max(1, len(few) // finest)] if finest else ():
            found.append((self.groups[self.group[k]], tuple(frozenset({value}) for value in self.values[k])))
        seen = {}
        for target in found:
            seen.setdefault(self.mask(target).tobytes(), target)
        return list(seen.values())

    def programme(self, *, published: bool = False) -> Programme:
        """All that the reader knows of counts; or of those that the department publishes alone."""
        programme = Programme(len(self.group))
        programme.fix(np.flatnonzero(self.is_own), self.count)
        seen = set()
        for figure in self.figures:
            mask = self.mask((figure.schools, figure.facts))
            if figure.is_number and (figure.free or not published):
                low, high = figure.bounds
                assert low <= self.count[mask].sum() <= high, f"printed {figure.text} of {self.count[mask].sum()}"
                if mask.any() and (mask.tobytes(), low, high) not in seen:
                    seen.add((mask.tobytes(), low, high))
                    programme.between(mask, low, high)
        return programme

    def small(self, finest: int = 10) -> list[Target]:
        """Those that are 1 to 5 pupils, or of which others have so many."""
        found = []
        for target in self.targets(finest):
            mask = self.mask(target)
            others = mask & ~self.is_own
            if others.any() and (self.count[mask].sum() in SMALL or self.count[others].sum() in SMALL):
                found.append(target)
        return found

    def small_counts(self, left: int, finest: int = 10) -> list[Leak]:
        """Counts of 1 to 5, or of which others have 1 to 5, that are known to be one of fewer than ``left`` values."""
        wanted = self.small(finest)
        masks = {k: self.mask(target) & ~self.is_own for k, target in enumerate(wanted)}

        def is_leak(_: int, low: float, high: float) -> bool:
            return math.floor(high + NEAR) - math.ceil(low - NEAR) + 1 < left

        return self._leaks("a small count", self.programme(), wanted, masks, is_leak)

    def of_few_controllers(self) -> list[Leak]:
        """Counts of too few bodies, or mostly of one, that are known within p % above or below, and are not published.

        What published figures tell by themselves is no secret; nor is a figure of the same pupils as one of these.
        """
        there = self.count > 0
        free = {(self.mask((f.schools, f.facts)) & there).tobytes() for f in self.figures if f.free}
        needed: dict[bytes, tuple[Target, int]] = {}
        for figure in self.figures:
            mask = self.mask((figure.schools, figure.facts))
            if figure.name[-1] != "rest" and (mask & there).tobytes() not in free:
                before = needed.get(mask.tobytes(), (None, 0))[1]
                target = figure.schools, figure.facts
                needed[mask.tobytes()] = target, max(before, 4 if figure.sensitive else 3)
        wanted, masks = [], {}
        for target, controllers in needed.values():
            mask = self.mask(target)
            parts: dict[str, int] = {}
            for pupil, column in zip(self.pupils, self.column, strict=True):
                if mask[column]:
                    name = self.schools[pupil.school].controller
                    parts[name] = parts.get(name, 0) + 1
            total = sum(parts.values())
            if total > SMALL[-1] and (len(parts) < controllers or max(parts.values()) > SHARE * total):
                masks[len(wanted)] = mask
                wanted.append(target)
        true = {k: float(self.count[mask].sum()) for k, mask in masks.items()}

        def is_leak(k: int, low: float, high: float) -> bool:
            return low > (1 - P_PERCENT) * true[k] + NEAR or high < (1 + P_PERCENT) * true[k] - NEAR

        found = self._leaks("of few", self.programme(), wanted, masks, is_leak)
        if not found:
            return []
        told = {(leak.schools, leak.facts) for leak in found}
        alone = {k: mask for k, mask in masks.items() if wanted[k] in told}
        public = self._leaks("of few", self.programme(published=True), wanted, alone, is_leak)
        return [leak for leak in found if (leak.schools, leak.facts) not in {(p.schools, p.facts) for p in public}]

    def sessions(self, name: str, nearest: float) -> list[Leak]:
        """Sums of sessions over 1 to 5 pupils of others that are known more nearly than to ``nearest`` sessions."""
        values = [pupil.sessions[name] for pupil in self.pupils]
        summed = np.bincount(self.column, weights=values, minlength=len(self.group))
        programme = Programme(len(self.group))
        programme.fix(np.flatnonzero(self.is_own), summed)
        for figure in self.figures:
            if name in figure.sums:
                mask, printed = self.mask((figure.schools, figure.facts)), figure.sums[name]
                assert printed % SESSIONS == 0
                assert abs(printed - summed[mask].sum()) < SESSIONS
                programme.between(mask, max(printed - SESSIONS + 1, 0), printed + SESSIONS - 1)
        wanted, masks = [], {}
        for target in self.targets():
            enrolled = target[0], narrowed(target[1], "absence-band", ENROLLED)
            others = self.mask(enrolled) & ~self.is_own
            if self.count[others].sum() in SMALL:
                masks[len(wanted)] = others
                wanted.append(enrolled)

        def is_leak(_: int, low: float, high: float) -> bool:
            return high - low < nearest - NEAR

        return self._leaks(f"{name} of few pupils", programme, wanted, masks, is_leak, summed)

    def _leaks(
        self,
        what: str,
        programme: Programme,
        wanted: Sequence[Target],
        masks: Mapping[int, np.ndarray],
        is_leak: Callable[[int, float, float], bool],
        true: np.ndarray | None = None,
    ) -> list[Leak]:
        of = self.count if true is None else true
        found = programme.bounds(masks, of, is_leak)
        return [Leak(what, int(of[masks[k]].sum()), *ends, *wanted[k]) for k, ends in found.items()]
