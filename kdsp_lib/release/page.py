"""The page of a release: one self-contained HTML file for reading and printing.

It follows the notebook: its words, and where it showed a table or a chart, the custodian's table or a chart drawn from
it. Tables that the notebook never showed stand in an appendix, so the page holds every figure of the release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdsp_lib.release.narrative import Narrative
from kdsp_lib.release.obligation import clauses_in_words, day_in_words, expiry_in_words, in_words
from kdsp_lib.release.release import Release, Source
from kdsp_lib.release.story import Item, ShownChart, ShownPupils, ShownTable, Words, look_up, order_of_tables, story_of
from kdsp_lib.report.chart import Chart
from kdsp_lib.report.html import figure_html, pupils_html, table_html, templates
from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.report.table import Table

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what a reader needs to know of the whole report."""

    label: str
    texts: tuple[str, ...]


def front_matter(release: Release, tables: Mapping[str, Table]) -> tuple[Fact, ...]:
    """Whom it is for, under which clauses, from which data, what is withheld, how long to keep it."""
    clauses = [str(clause) for clause in release.decision.get("clauses", ())]
    symbols = {symbol: meaning for table in tables.values() for symbol, meaning in table.symbols.items()}
    facts = (
        Fact("For", (release.audience,)),
        Fact("Purpose", (release.purpose,)),
        Fact("Permitted under", (clauses_in_words(clauses, release.protocol),)),
        Fact("Lawful basis", (release.records["lawful_basis"],)),
        Fact("Gateway", (release.records["gateway"],)),
        Fact("DPIA", (release.records["dpia"],)),
        Fact("Who is counted", (release.scope, release.coverage_note)),
        Fact("Data", tuple(map(_source_in_words, release.sources))),
        Fact("Withheld and rounded", (release.disclosure_note,)),
        Fact("Confinement", (release.confinement_note,)),
        Fact("Symbols", tuple(f"[{symbol}] {meaning}" for symbol, meaning in sorted(symbols.items()))),
        Fact("Expires", (day_in_words(release.retain_until),) if release.retain_until else ()),
        Fact("Terms of use", (f"version {release.terms_version}, at the end",)),
        Fact("Questions to", (release.contact,)),
        Fact("Run", (release.id,)),
    )
    kept = (Fact(fact.label, tuple(text for text in fact.texts if text)) for fact in facts)
    return tuple(fact for fact in kept if fact.texts)


def _source_in_words(source: Source) -> str:
    when = f"{source.name}: {source.vintage}" if source.vintage else source.name
    return f"{when} ({source.status})" if source.status else when


def page_html(
    release: Release, tables: Mapping[str, Table], charts: Mapping[str, Chart], listings: Mapping[str, PupilList]
) -> str:
    """The whole page."""
    body = _Body(release, tables, charts, listings)
    story = body.tell()
    appendix = body.rest()
    return (
        templates("kdsp_lib.release")
        .get_template("page.html")
        .render(
            release=release,
            marking_in_style=in_style(release.mark),
            facts=front_matter(release, tables),
            contents=[entry for entry in body.narrative.contents if entry.rank == 2],
            story=story,
            appendix=appendix,
            conditions=in_words(release.obligations),
            expiry=expiry_in_words(release.retain_until) if release.retain_until else "",
            reasons=tuple(dict.fromkeys(str(r["text"]) for r in release.decision.get("reasons", ()) if r.get("text"))),
        )
    )


def in_style(text: str) -> Markup:
    """A text as it may stand between quotes in a style sheet: every character but letters and digits is escaped."""
    from markupsafe import Markup

    safe = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x} " for c in text)
    return Markup(safe)  # noqa: S704 - letters, digits, backslashes and spaces alone


class _Body:
    """The parts of the page in order, with tables and figures numbered as they come."""

    def __init__(
        self,
        release: Release,
        tables: Mapping[str, Table],
        charts: Mapping[str, Chart],
        listings: Mapping[str, PupilList],
    ) -> None:
        self.narrative = Narrative(release.title)
        self._listings = listings
        self._items = story_of(release.notebook)
        self._tables, self._charts = tables, charts
        self._order = order_of_tables(release.notebook, tables)
        self._shown: set[Item] = set()
        self._figures = 0

    def tell(self) -> list[Markup]:
        """The notebook's words, tables and charts."""
        from markupsafe import Markup

        parts: list[Markup] = []
        for item in self._items:
            if isinstance(item, Words):
                parts.append(Markup(self.narrative.render(item.source)))  # noqa: S704 - checked by narrative
            elif isinstance(item, ShownTable):
                parts += self._table(item)
            elif isinstance(item, ShownChart):
                parts += self._figure(item)
            elif isinstance(item, ShownPupils):
                parts += self._list(item)
        return parts

    def rest(self) -> list[Markup]:
        """Figures, tables and lists that the notebook never showed."""
        parts: list[Markup] = []
        for name in self._charts:
            parts += self._figure(ShownChart(name))
        for name in self._order:
            parts += self._table(ShownTable(name))
        for name in self._listings:
            parts += self._list(ShownPupils(name))
        return parts

    def _list(self, item: ShownPupils) -> list[Markup]:
        pupils = look_up({ShownPupils(name): pupils for name, pupils in self._listings.items()}, item)
        return [pupils_html(pupils)] if self._is_new(item) else []

    def _table(self, item: ShownTable) -> list[Markup]:
        table = look_up({ShownTable(name): table for name, table in self._tables.items()}, item)
        return [table_html(table, label=self._label(item.name))] if self._is_new(item) else []

    def _figure(self, item: ShownChart) -> list[Markup]:
        chart = look_up({ShownChart(name): chart for name, chart in self._charts.items()}, item)
        if not self._is_new(item):
            return []
        self._figures += 1
        return [figure_html(chart, label=f"Figure {self._figures}", data=self._label(chart.table.name))]

    def _is_new(self, item: Item) -> bool:
        known = item in self._shown
        self._shown.add(item)
        return not known

    def _label(self, name: str) -> str:
        return f"Table {self._order.index(name) + 1}"
