"""The body of a report: what its notebook told, in its order, with tables and figures numbered as they come.

Page and PDF are both made from it, so neither shows what the other does not. Whatever the notebook never showed stands
in the appendix: the body holds every figure of the release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from kdsp_lib.release.release import Release
from kdsp_lib.release.story import (
    Item,
    ShownChart,
    ShownPupils,
    ShownReport,
    ShownTable,
    Words,
    look_up,
    order_of_tables,
    story_of,
)
from kdsp_lib.report.chart import Chart
from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.report.table import Table


@dataclass(frozen=True, slots=True)
class NumberedTable:
    """A table with the number it has in all outputs, ``Table 2``, and what is to be said under it.

    What holds for the whole report stands at its head, and what was said under an earlier table is referred to.
    """

    label: str
    table: Table
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberedFigure:
    """A chart with its number, that of the table that holds its figures, and its drawing without a heading."""

    label: str
    chart: Chart
    data: str
    drawing: str


Part = Words | NumberedTable | NumberedFigure | PupilList


@dataclass(frozen=True, slots=True)
class Body:
    """The parts that the notebook showed, and the rest."""

    story: tuple[Part, ...]
    appendix: tuple[Part, ...]


def body_of(
    release: Release, tables: Mapping[str, Table], charts: Mapping[str, Chart], listings: Mapping[str, PupilList]
) -> Body:
    """The body of a release; BadParameters where its notebook shows what is not in it."""
    order = order_of_tables(release.notebook, tables)
    labels = {name: f"Table {number}" for number, name in enumerate(order, start=1)}
    things: dict[Item, Table | Chart | PupilList] = {
        **{ShownChart(name): charts[name] for name in charts},
        **{ShownTable(name): tables[name] for name in order if name in tables},
        **{ShownPupils(name): listings[name] for name in listings},
    }
    seen: set[Item] = set()
    figures = count(1)
    said: dict[str, str] = {}

    def parts(items: Iterable[Item]) -> Iterator[Part]:
        for item in items:
            if isinstance(item, Words):
                yield item
            elif not isinstance(item, ShownReport):
                thing = look_up(things, item)
                if item not in seen:
                    seen.add(item)
                    yield _numbered(thing, labels, figures, lambda table: _notes(table, release, labels, said))

    return Body(tuple(parts(story_of(release.notebook))), tuple(parts(things)))


def _notes(table: Table, release: Release, labels: Mapping[str, str], said: dict[str, str]) -> tuple[str, ...]:
    """The notes of a table that nobody has read yet, and where the others stand; ``said`` is kept up."""
    own: list[str] = []
    earlier: list[str] = []
    for note in table.notes:
        if note in release.disclosure_note or note in release.coverage_note:
            continue
        if note in said:
            earlier.append(said[note])
        else:
            said[note] = labels[table.name]
            own.append(note)
    if earlier:
        own.append(f"What is noted under {' and '.join(dict.fromkeys(earlier))} holds here too.")
    return tuple(own)


def _numbered(
    thing: Table | Chart | PupilList,
    labels: Mapping[str, str],
    figures: Iterator[int],
    notes_of: Callable[[Table], tuple[str, ...]],
) -> Part:
    if isinstance(thing, Table):
        return NumberedTable(labels[thing.name], thing, notes_of(thing))
    if isinstance(thing, Chart):
        return NumberedFigure(f"Figure {next(figures)}", thing, labels[thing.table.name], thing.svg(heading=False))
    return thing
