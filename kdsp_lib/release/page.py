"""The page of a release: one self-contained HTML file for reading and printing.

It follows the notebook: its words, and where it showed a table or a chart, the custodian's table or a chart drawn from
it. Tables that the notebook never showed stand in an appendix, so the page holds every figure of the release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdsp_lib.release.body import Body, NumberedFigure, NumberedTable, Part
from kdsp_lib.release.narrative import Narrative
from kdsp_lib.release.obligation import clauses_in_words, day_in_words, expiry_in_words, in_words
from kdsp_lib.release.release import Release, Source
from kdsp_lib.release.story import Words
from kdsp_lib.report.html import figure_html, pupils_html, table_html, templates
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
    destroy_by = str(release.facts.get("destroy_by", ""))
    facts = (
        Fact("Revised", (release.revision_note,)),
        Fact("For", (release.audience,)),
        Fact("Purpose", (release.purpose,)),
        Fact("Stated use", (str(release.facts.get("stated_use", "")),)),
        Fact("Permitted under", (clauses_in_words(clauses, release.protocol),)),
        Fact("Lawful basis", (release.records["lawful_basis"],)),
        Fact("Gateway", (release.records["gateway"],)),
        Fact("DPIA", (release.records["dpia"],)),
        Fact("Who is counted" if tables else "What is in it", (release.scope, release.coverage_note)),
        Fact("Data", tuple(map(_source_in_words, release.sources))),
        Fact("Withheld and rounded", (release.disclosure_note,)),
        Fact("Confinement", (release.confinement_note,)),
        Fact("Symbols", tuple(f"[{symbol}] {meaning}" for symbol, meaning in sorted(symbols.items()))),
        Fact("Expires", (day_in_words(release.retain_until),) if release.retain_until else ()),
        Fact("Destroy by", (day_in_words(destroy_by),) if destroy_by and not release.retain_until else ()),
        Fact("Terms of use", (f"version {release.terms_version}, at the end",)),
        Fact("Questions to", (release.contact,)),
        Fact("Run", (release.id,)),
    )
    kept = (Fact(fact.label, tuple(text for text in fact.texts if text)) for fact in facts)
    return tuple(fact for fact in kept if fact.texts)


def _source_in_words(source: Source) -> str:
    when = f"{source.name}: {source.vintage}" if source.vintage else source.name
    return f"{when} ({source.status})" if source.status else when


def page_html(release: Release, tables: Mapping[str, Table], body: Body) -> str:
    """The whole page."""
    narrative = Narrative(release.title)
    story = [_part_html(part, narrative) for part in body.story]
    appendix = [_part_html(part, narrative) for part in body.appendix]
    return (
        templates("kdsp_lib.release")
        .get_template("page.html")
        .render(
            release=release,
            marking_in_style=in_style(release.mark),
            facts=front_matter(release, tables),
            contents=[entry for entry in narrative.contents if entry.rank == 2],
            story=story,
            appendix=appendix,
            conditions=in_words(release.obligations),
            expiry=expiry_in_words(release.retain_until) if release.retain_until else "",
            reasons=reasons_of(release),
        )
    )


def reasons_of(release: Release) -> tuple[str, ...]:
    """Why it may be shared, each reason once."""
    return tuple(dict.fromkeys(str(r["text"]) for r in release.decision.get("reasons", ()) if r.get("text")))


def in_style(text: str) -> Markup:
    """A text as it may stand between quotes in a style sheet: every character but letters and digits is escaped."""
    from markupsafe import Markup

    safe = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x} " for c in text)
    return Markup(safe)  # noqa: S704 - letters, digits, backslashes and spaces alone


def _part_html(part: Part, narrative: Narrative) -> Markup:
    from markupsafe import Markup

    if isinstance(part, Words):
        return Markup(narrative.render(part.source))  # noqa: S704 - checked by narrative
    if isinstance(part, NumberedTable):
        return table_html(part.table, label=part.label, notes=part.notes)
    if isinstance(part, NumberedFigure):
        return figure_html(part.chart, drawing=part.drawing, label=part.label, data=part.data)
    return pupils_html(part, whole_days=True)
