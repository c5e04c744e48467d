"""What a reader sees of a table made from schools' published figures, and of one that the data at hand cannot fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.cube import Cube, CubeRow, Flags
from kdsp_lib.analyse.figures import Figures, statistics, title
from kdsp_lib.analyse.layout import Asked
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.analyse.rounding import divided
from kdsp_lib.analyse.school_facet import FACETS, HUNDREDTHS, POPULATIONS, TAKEN, WEIGHED_BY, Facet
from kdsp_lib.analyse.school_layout import PHASE, filled, is_rate_alone, lacking, levels_of, taken
from kdsp_lib.analyse.school_record import SchoolRecords
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE, NOT_AVAILABLE
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Dimension, Level, Statistic
from kdsp_lib.source.contract import contract_of


def school_figures(cube: Cube, name: str, hidden: Flags, records: SchoolRecords) -> Figures:
    """What a reader sees of a table, once it is settled which cells are hidden."""
    table = cube.tables[name]
    one = table.asked
    wide = len(_statistics(one, records))
    known = {row.codes: [HIDDEN] * wide for row in filled(replace(one, left_out=frozenset()), records)}
    known |= {row.codes: _values(cube, one, row, hidden, records) for row in table.rows}
    levels = levels_of(one, records)
    cells = [
        Cell(codes, tuple(known.get(codes, [NOT_AVAILABLE] * wide)))
        for codes in product(*((*(code for code, _ in each), ROOT) for each in levels))
    ]
    return _figures(one.question, levels, _statistics(one, records), cells, source(one, records))


def empty_figures(question: Question) -> Figures:
    """What a reader sees of a table that the data at hand has nothing for."""
    one = Asked("", question, ())
    levels = tuple(attribute.leaves for attribute in one.by)
    wide = len(_statistics(one, None))
    cells = [
        Cell(codes, (NOT_AVAILABLE,) * wide)
        for codes in product(*((*(code for code, _ in each), ROOT) for each in levels))
    ]
    return _figures(question, levels, _statistics(one, None), cells, one.measure.source)


def _figures(
    question: Question,
    levels: Sequence[Sequence[tuple[str, str]]],
    shown: Sequence[Statistic],
    cells: Sequence[Cell],
    source: str,
) -> Figures:
    one = Asked("", question, ())
    dims = tuple(
        Dimension(
            "band" if one.is_spread else attribute.name,
            attribute.label,
            tuple(Level(code, label) for code, label in each),
        )
        for attribute, each in zip(one.by, levels, strict=True)
    )
    return Figures(title(question), dims, tuple(shown), tuple(cells), source)


def _statistics(one: Asked, records: SchoolRecords | None) -> list[Statistic]:
    """As of pupils' records; but where all there is are percentages or scores of schools, nobody is counted."""
    shown = statistics(one.question)
    facet = facet_of(one)
    if records is not None and is_rate_alone(one, records):
        return shown[:1]
    if facet is None or not facet.average or one.question.kind == "count":
        return shown
    base = Statistic("base", f"{one.measure.base_label} (weights)", 0)
    return [shown[0], base]


def facet_of(one: Asked) -> Facet | None:
    """The facet that a question's measure is taken from; None for pupils themselves."""
    how = taken(one)
    return FACETS[how.facet] if how is not None and how.facet else FACETS.get(one.measure.name)


def _values(cube: Cube, one: Asked, row: CubeRow, hidden: Flags, records: SchoolRecords) -> list[str]:
    wide = len(_statistics(one, records))
    if all(cube.structural[cell] for cell in row.cells):
        return [NOT_AVAILABLE] * wide
    facet = facet_of(one)
    if facet is not None and is_rate_alone(one, records):
        withheld = any(hidden[cell] for cell in row.cells)
        return [HIDDEN if withheld else _share(one, row, facet, records, cube.policy)]
    if row.base == NONE:
        return [HIDDEN if hidden[row.counted] else str(cube.printed[row.counted])]
    if hidden[row.base]:
        return [HIDDEN] * wide
    base = int(cube.printed[row.base])
    if any(hidden[cell] for cell in row.cells):
        return [*[HIDDEN] * (wide - 1), str(base)]
    if not base:
        return [*[NOT_APPLICABLE] * (wide - 1), str(base)]
    if facet is not None and facet.average:
        above, below = _sums(one, row, facet, records)
        places = cube.policy.places_of(base) if one.question.kind == "rate" else one.measure.places
        return [divided(above, below * HUNDREDTHS, places), str(base)]
    counted = int(cube.printed[row.counted])
    return [divided(counted, base, cube.policy.places_of(base), times=100), str(counted), str(base)]


def _share(one: Asked, row: CubeRow, facet: Facet, records: SchoolRecords, policy: DisclosurePolicy) -> str:
    """A percentage whose base is not printed: of too few pupils, or of all or none of them, it tells too much."""
    above, below = _sums(one, row, facet, records)
    if not below:
        return NOT_APPLICABLE
    if below < policy.threshold or (facet.sensitive and above in (0, below * HUNDREDTHS * 100)):
        return HIDDEN
    return divided(above, below * HUNDREDTHS, policy.places_of(below))


def _sums(one: Asked, row: CubeRow, facet: Facet, records: SchoolRecords) -> tuple[int, int]:
    """Schools' own figures, each times its pupils, and these pupils: an average is the ratio of these sums."""
    names = one.question.by
    phase = row.codes[names.index(PHASE)] if PHASE in names else ROOT
    urns = [urn for urn in one.subjects if phase in (ROOT, records.phases[urn])]
    if facet.average:
        parts = [records.averages[facet.name][urn] for urn in urns if urn in records.averages[facet.name]]
        return sum(part.above for part in parts), sum(part.below for part in parts)
    leaves = [records.leaves[facet.name].get(urn, {}) for urn in urns]
    how = TAKEN[one.question.measure]
    held = sum(each.get(leaf, 0) for each in leaves for leaf in facet.codes[how.holds])
    return 100 * HUNDREDTHS * held, sum(each.get(leaf, 0) for each in leaves for leaf in facet.leaves)


def main_dataset(one: Asked) -> str:
    """The data set that the figures of a table stand in; empty where published figures do not say them."""
    how = taken(one)
    if how is None:
        return ""
    return FACETS[how.facet].dataset if how.facet else POPULATIONS[how.population][0]


def source(one: Asked, records: SchoolRecords) -> str:
    """Where a table's figures come from, each with its own year, and how schools' own figures were put together."""
    how = taken(one)
    if how is None:
        return one.measure.source
    dataset, _ = POPULATIONS[how.population]
    facet = FACETS[how.facet] if how.facet else None
    main = main_dataset(one)
    text = f"{contract_of(main).title}, {records.years.get(main, 'not loaded')}"
    if facet is None or not facet.average:
        return text
    if facet.dataset == dataset:
        return f"{text}; each school's figure is weighted by its {WEIGHED_BY[how.population]}"
    return f"{text}; each school's percentage is weighted by its pupils on roll in {records.years.get(dataset, '')}"


def reasons(one: Asked, records: SchoolRecords) -> Iterator[str]:
    """Why rows of a table are not available, and how many schools its figures leave out."""
    how = taken(one)
    label = MEASURES[one.question.measure].label
    if how is None:
        yield f"The published figures of schools do not say this ({label}): it is [x]."
        return
    names = [attribute.label.lower() for attribute in one.by if attribute.name in lacking(one)]
    if names:
        yield f"The source does not divide these figures by {' and '.join(names)}: such rows are [x]."
    facet = FACETS[how.facet] if how.facet else None
    dataset = main_dataset(one)
    if dataset not in records.years:
        yield f"No data set {dataset} of this year or before is loaded: the figures are [x]."
        return
    if is_rate_alone(one, records):
        yield "Rates alone are given: the roll of the schools that have the figure would tell that of those without."
    if facet is not None:
        yield from _left_out([records.missing[facet.name].get(urn, "") for urn in one.subjects])


_WHY: Mapping[str, str] = {
    "c": "withheld by the source",
    "low": "given by the source only as close to zero",
    "u": "given by the source as unreliable",
    "x": "not in the source",
    "z": "not applicable, by the source (nobody entered, or none of the age)",
}


def _left_out(missing: Sequence[str]) -> Iterator[str]:
    counts = {symbol: missing.count(symbol) for symbol in _WHY if symbol in missing}
    if counts:
        told = "; ".join(f"{count} {_WHY[symbol]}" for symbol, count in counts.items())
        yield f"Schools left out of these figures, because theirs are missing: {told}."
