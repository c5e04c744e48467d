"""Where a question lies among schools' published figures: which rows of its table they can fill, and from what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from kdsp_lib.analyse.atoms import scope_name, scopes
from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.axis import Axis, make_axis, translated
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.layout import SCOPE, Asked
from kdsp_lib.analyse.school_facet import FACETS, KNOWN, POINTS, POPULATIONS, SCHOOL_PHASES, TAKEN, Facet, Taken
from kdsp_lib.analyse.school_record import SchoolRecords

POPULATION, PHASE = "population", "phase"
MARGINS = frozenset({"sex", "fsm6", "fsm", "sen", "eal"})
"""The breakdowns other than the phase that some figure is split by."""


@dataclass(frozen=True)
class Edition:
    """Records with the questions that were, or are, answered from them."""

    records: SchoolRecords
    asked: tuple[Asked, ...]
    past: bool = False
    """Whether they were made from other data than what is asked now."""


@dataclass(frozen=True, slots=True)
class Part:
    """A cell in words: pupils of a population (or points), of a phase, of some leaves of at most one facet."""

    asked: Asked
    population: str
    phase: str
    facet: Facet | None = None
    leaves: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filled:
    """A row that the figures can fill: the parts that are its base, what is counted, and the rest of the base."""

    codes: tuple[str, ...]
    base: Part | None
    counted: Part
    rest: Part | None


def taken(one: Asked) -> Taken | None:
    """How a question is answered; None where published figures do not say."""
    found = TAKEN.get(one.question.measure)
    if found is not None and one.question.kind == "count" and found.facet and FACETS[found.facet].average:
        return None
    return found


def lacking(one: Asked) -> tuple[str, ...]:
    """The breakdowns of a question that are answered by a total alone."""
    how = taken(one)
    names = [name for name in one.question.by if name != PHASE]
    if how is None or how.facet or how.population != "roll":
        return tuple(names)
    return tuple(name for name in names if name not in MARGINS or len(names) > 1)


def levels_of(one: Asked, records: SchoolRecords) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The levels of each breakdown, with their labels: of the phase those that some subject is of."""
    phases = {records.phases[urn] for urn in one.subjects}
    levels = []
    for attribute in one.by:
        if attribute.name == PHASE:
            levels.append(tuple((code, label) for code, label in SCHOOL_PHASES if code in phases))
            continue
        unknown = any(
            records.leaves[attribute.name].get(urn, {}).get(UNKNOWN, 0)
            for urn in one.subjects
            if attribute.name in MARGINS
        )
        is_split = attribute.name in MARGINS and not taken_by_total(one, attribute.name)
        levels.append((*attribute.leaves, *(((UNKNOWN, "Not known"),) if unknown and is_split else ())))
    return tuple(levels)


def taken_by_total(one: Asked, breakdown: str) -> bool:
    """Whether no row of a breakdown can be filled."""
    how = taken(one)
    return breakdown not in MARGINS or how is None or bool(how.facet)


def filled(one: Asked, records: SchoolRecords) -> Iterator[Filled]:
    """The rows of a table that the figures fill, but for those left out; of all others the source says nothing."""
    how = taken(one)
    if how is None:
        return
    names = one.question.by
    for codes in product(*((*(code for code, _ in levels), ROOT) for levels in levels_of(one, records))):
        split = {name: code for name, code in zip(names, codes, strict=True) if code != ROOT and name != PHASE}
        if len(split) + bool(how.facet) > 1 or any(taken_by_total(one, name) for name in split):
            continue
        if frozenset(name for name, code in zip(names, codes, strict=True) if code != ROOT) in one.left_out:
            continue
        phase = codes[names.index(PHASE)] if PHASE in names else ROOT
        yield _filled(one, how, records, codes, phase, split)


def is_rate_alone(one: Asked, records: SchoolRecords) -> bool:
    """Whether rates are printed without their bases: where some subject lacks the figure.

    The roll of those that have it would give away the roll of the few that have not. A rate alone tells no roll.
    """
    how = taken(one)
    if how is None or not how.facet or one.question.kind != "rate" or not FACETS[how.facet].is_of_roll:
        return False
    return _lacks(how.facet, one, records, ROOT)


def _lacks(facet: str, one: Asked, records: SchoolRecords, phase: str) -> bool:
    """Whether some subject of a phase lacks the figure."""
    missing = records.missing[facet]
    return any(urn in missing for urn in one.subjects if phase in (ROOT, records.phases[urn]))


def _filled(
    one: Asked, how: Taken, records: SchoolRecords, codes: tuple[str, ...], phase: str, split: Mapping[str, str]
) -> Filled:
    if not how.facet:
        for name, code in split.items():
            facet = FACETS[name]
            return Filled(codes, None, Part(one, how.population, phase, facet, facet.codes[code]), None)
        return Filled(codes, None, Part(one, how.population, phase), None)
    facet = FACETS[how.facet]
    known, holds = facet.codes[KNOWN], facet.codes[how.holds]
    base = Part(one, how.population, phase, facet, known)
    if how.points:
        return Filled(codes, base, Part(one, f"{POINTS}{facet.name}", phase), None)
    counted = Part(one, how.population, phase, facet, holds)
    if one.question.kind == "count" or (facet.is_of_roll and _lacks(facet.name, one, records, phase)):
        return Filled(codes, None, counted, None)
    return Filled(codes, base, counted, Part(one, how.population, phase, facet, known - holds))


@dataclass(frozen=True)
class SchoolAxes:
    """The axes of everything that is asked, and where a part lies on them."""

    axes: tuple[Axis, ...]
    asked: tuple[Asked, ...]
    tags: Mapping[tuple[int, str], str]
    """For each edition and population or facet, what tells it from those of other editions."""

    def key(self, edition: int, part: Part) -> Key:
        """The key of a part; parts that mean the same have the same one."""
        codes = {
            SCOPE: scope_name([one.subjects for one in self.asked], part.asked.subjects),
            POPULATION: part.population + self.tags[edition, part.population],
            PHASE: part.phase,
        }
        found = []
        for axis in self.axes:
            code = codes.get(axis.name, ROOT)
            if part.facet is not None and axis.name == part.facet.name + self.tags[edition, part.facet.name]:
                code = translated(axis, part.leaves & frozenset(axis.leaves))
            found.append(code if code in axis.codes else ROOT)
        return tuple(found)


def make_school_axes(editions: Sequence[Edition], parts: Sequence[tuple[int, Part]]) -> SchoolAxes:
    """Axes for these parts of editions: scope, population, phase, and one for each facet and edition of it."""
    asked = tuple(one for edition in editions for one in edition.asked)
    tags = _tags(editions)
    sets = [one.subjects for one in asked]
    place = scopes(sets)
    used = {scope_name(sets, each): frozenset(place[urn] for urn in each) for each in sets}
    used.pop(ROOT, None)
    axes = [make_axis(SCOPE, "Establishments", tuple(sorted(set(place.values()))), used)]
    populations = tuple(dict.fromkeys(part.population + tags[k, part.population] for k, part in parts))
    axes.append(_plain(POPULATION, populations))
    phases = {records.phases[urn] for records in (e.records for e in editions) for urn in records.urns}
    axes.append(_plain(PHASE, tuple(code for code, _ in SCHOOL_PHASES if code in phases)))
    for name, (facet, codes, has_unknown) in sorted(_facets(editions, parts, tags).items()):
        leaves = (*facet.leaves, *((UNKNOWN,) if has_unknown else ()))
        axes.append(
            make_axis(
                name,
                facet.name,
                leaves,
                {code: members & frozenset(leaves) for code, members in codes.items()},
                outcomes=facet.sensitive,
                base=KNOWN,
                categories=frozenset({facet.category}),
            )
        )
    return SchoolAxes(tuple(axes), asked, tags)


def _plain(name: str, leaves: tuple[str, ...]) -> Axis:
    return make_axis(name, name, leaves, {leaf: frozenset({leaf}) for leaf in leaves})


def _facets(
    editions: Sequence[Edition], parts: Sequence[tuple[int, Part]], tags: Mapping[tuple[int, str], str]
) -> dict[str, tuple[Facet, dict[str, frozenset[str]], bool]]:
    """By the name of its axis each facet that is spoken of, the codes used of it, and whether some are not known."""
    found: dict[str, tuple[Facet, dict[str, frozenset[str]], bool]] = {}
    for k, part in parts:
        if part.facet is None:
            continue
        name = part.facet.name + tags[k, part.facet.name]
        unknown = any(leaves.get(UNKNOWN, 0) for leaves in editions[k].records.leaves[part.facet.name].values())
        _, codes, known = found.get(name, (part.facet, {KNOWN: part.facet.codes[KNOWN]}, False))
        found[name] = (part.facet, codes, known or unknown)
        named = {members: code for code, members in part.facet.codes.items()}
        codes[named.get(part.leaves, "not-" + "-".join(sorted(part.facet.codes[KNOWN] - part.leaves)))] = part.leaves
    return found


def _tags(editions: Sequence[Edition]) -> dict[tuple[int, str], str]:
    """Nothing for what is made from the data of now; else a number."""
    tags: dict[tuple[int, str], str] = {}
    for name, facet, population in _names():
        seen: dict[str, str] = {}
        for k, edition in enumerate(editions):
            made_from = edition.records.edition(facet, population)
            tags[k, name] = seen.setdefault(made_from, f" @{len(seen)}" if seen else "")
    return tags


def _names() -> Iterator[tuple[str, Facet | None, str]]:
    yield from ((population, None, population) for population in POPULATIONS)
    for facet in FACETS.values():
        yield facet.name, facet, facet.population
        yield f"{POINTS}{facet.name}", facet, facet.population
