"""A release before it is written: a frozen value, checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kdsp_lib.errors import BadParameters, Fault, NotAuthorised
from kdsp_lib.protocol.catalogue import RECORDS
from kdsp_lib.release.count import CountTable, check_one_hierarchy, check_small_counts, threshold_of
from kdsp_lib.release.obligation import ENCRYPTED, OBLIGATIONS, RETAIN, retain_until
from kdsp_lib.release.ranking import NO_RANKING, ranked_lists, ranking_faults
from kdsp_lib.report.chart import Chart, ChartSpec
from kdsp_lib.report.pupil_list import PupilList
from kdsp_lib.report.slug import check_slug
from kdsp_lib.report.table import Table

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from: which data, of when, and whether provisional or final."""

    name: str
    vintage: str
    status: str


@dataclass(frozen=True, slots=True)
class Release:
    """All that a release is made from.

    ``tables`` are the custodian's answers in their wire form, never what a kernel says; ``counts`` the same figures as
    linked tables of counts, for an auditor; ``charts`` name tables and hold no figure. ``facts`` go into the manifest
    as they are; ``transient`` (times, hosts) has a part of its own there and changes no hash.

    Raises NotAuthorised where the decision is no permit, BadParameters with every other fault.
    """

    id: str
    title: str
    report: str
    notebook: Mapping[str, Any]
    tables: tuple[Mapping[str, Any], ...]
    decision: Mapping[str, Any]
    parameters: Mapping[str, Any]
    audience: str
    purpose: str
    scope: str
    terms: str
    """The terms of use, a line a sentence."""
    terms_version: str
    records: Mapping[str, str]
    """Lawful basis, gateway and DPIA of this type of report."""
    marking: str
    contact: str
    charts: tuple[ChartSpec, ...] = ()
    counts: tuple[Mapping[str, Any], ...] = ()
    listings: tuple[Mapping[str, Any], ...] = ()
    """Lists of pupils in their wire form: they are in no table and in no count."""
    attachments: Mapping[str, str] = field(default_factory=dict)
    """Further files, by names of their own, such as transfer files."""
    sources: tuple[Source, ...] = ()
    disclosure_note: str = ""
    coverage_note: str = ""
    revision_note: str = ""
    """Of an amendment: what it takes the place of, and what changed."""
    confinement_note: str = ""
    retain_until: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    transient: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.decision.get("decision") != "permit":
            raise NotAuthorised(
                "Only what was permitted is released.", clauses=[str(c) for c in self.decision.get("clauses", ())]
            )
        check_slug(self.id, "release")
        check_slug(self.report, "report")
        faults = [*_missing_words(self), *_obligation_faults(self), *_table_faults(self)]
        if faults:
            raise BadParameters("The release is not complete.", faults=faults)

    @property
    def obligations(self) -> tuple[str, ...]:
        """What the permit obliges to."""
        return tuple(str(text) for text in self.decision.get("obligations", ()))

    @property
    def mark(self) -> str:
        """The marking; where the permit obliges to mark it confidential, with whom it is confidential to."""
        if "mark-confidential" in self.obligations and self.audience not in self.marking:
            return f"{self.marking}: confidential to {self.audience}"
        return self.marking

    @property
    def protocol(self) -> str:
        """The title of the protocol that permits it."""
        return str(self.facts.get("protocol", {}).get("title", "protocol"))

    @property
    def policy(self) -> str:
        """The stamp of the disclosure policy, with its numbers."""
        return str(self.facts.get("disclosure_policy", {}).get("in_full", "not said"))

    def has_to_leave_encrypted(self) -> bool:
        """Whether nobody but the owner of the workspace may read the folder."""
        return ENCRYPTED in self.obligations


def parsed_tables(release: Release) -> dict[str, Table]:
    """The custodian's tables by name."""
    return {table.name: table for table in map(Table.from_wire, release.tables)}


def parsed_listings(release: Release) -> dict[str, PupilList]:
    """The custodian's lists of pupils by name."""
    return {pupils.name: pupils for pupils in map(PupilList.from_wire, release.listings)}


def parsed_charts(release: Release, tables: Mapping[str, Table]) -> dict[str, Chart]:
    """The charts by name, each over the custodian's table that it names."""
    return {spec.name: Chart(spec, tables[spec.table]) for spec in release.charts}


def parsed_counts(release: Release) -> tuple[CountTable, ...]:
    """The linked tables of counts; BadParameters where one shows a smaller count than the policy does."""
    counts = tuple(map(CountTable.from_json, release.counts))
    check_small_counts(counts, threshold_of(release.facts.get("disclosure_policy", {})))
    return counts


def _missing_words(release: Release) -> list[Fault]:
    needed = ("title", "audience", "purpose", "scope", "marking", "contact", "terms_version")
    faults = [Fault("", "is empty", name) for name in needed if not str(getattr(release, name)).strip()]
    return faults + [Fault("records", "is missing", name) for name in RECORDS if not release.records.get(name)]


def _obligation_faults(release: Release) -> list[Fault]:
    obliged = release.obligations
    faults = [
        Fault("decision", "is an obligation that a release does not know how to carry out", text[:60])
        for text in obliged
        if text not in OBLIGATIONS and not text.startswith(RETAIN)
    ]
    for name, field_name in (("terms-of-use", "terms"), ("coverage-note", "coverage_note")):
        if name in obliged and not getattr(release, field_name).strip():
            faults.append(Fault("", f"is empty, and the permit obliges to {name}", field_name))
    if release.retain_until is not None and not _DAY.fullmatch(release.retain_until):
        faults.append(Fault("", "is a day, written 2026-03-02", "retain_until"))
    limit = retain_until(obliged)
    if limit is not None and (release.retain_until is None or release.retain_until > limit):
        faults.append(Fault("", f"is later than the permit's end, {limit}", "retain_until"))
    return faults


def _table_faults(release: Release) -> list[Fault]:
    tables = [Table.from_wire(data) for data in release.tables]
    listings = [PupilList.from_wire(data) for data in release.listings]
    ranked = list(ranking_faults(tables)) if NO_RANKING in release.obligations else []
    shown: list[Table | PupilList] = [*tables, *listings]
    names = [each.name for each in shown]
    faults = [*ranked, *(Fault("tables", "two tables have this name", name) for name in sorted(_twice(names)))]
    faults += [Fault("tables", "is a draft", each.name) for each in shown if each.draft]
    if any(each.of_pupils for each in listings) and not release.has_to_leave_encrypted():
        faults.append(Fault("listings", "lists pupils, and the permit does not oblige to encrypt it"))
    if NO_RANKING in release.obligations:
        faults += ranked_lists(each for each in listings if not each.of_pupils)
    faults += [
        Fault("charts", "two charts have this name", n) for n in sorted(_twice([c.name for c in release.charts]))
    ]
    by_name = {table.name: table for table in tables}
    for spec in release.charts:
        if spec.table not in by_name:
            faults.append(
                Fault("charts", f"draws {spec.table[:60]!r}, which is no table of the release", spec.name[:60])
            )
        else:
            Chart(spec, by_name[spec.table])
    counts = parsed_counts(release)
    faults += [Fault("counts", "two tables have this name", n) for n in sorted(_twice([c.name for c in counts]))]
    return faults + check_one_hierarchy(counts)


def _twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}
