"""An edition: the aggregates of a period, protected once and together, and kept for every report that asks for them.

It is made of one state of the data and of the members of each place. What is printed in it never changes; it grows by
the tables that somebody asks for beside it, which give way to what is there. Data that was corrected, or other members,
make another edition, which prints what the last one did wherever that is still true.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from kdsp_lib.analyse.edition_tables import (
    CountedTables,
    PlacedTable,
    count_tables_of,
    form_named,
    form_of,
    sums_of,
)
from kdsp_lib.analyse.ladders import ladders
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.custodian.lacking import unsaid
from kdsp_lib.custodian.policy_profile import AGGREGATE, policies
from kdsp_lib.model.policy import ROUNDING, DisclosurePolicy, Rounding, strictest
from kdsp_lib.model.question import Question
from kdsp_lib.sdc.edition import Edition as ProtectedTables
from kdsp_lib.sdc.edition import protect_tables
from kdsp_lib.sdc.memory import Memory, Method
from kdsp_lib.sdc.printed import HIDDEN, Figure, PrintedTable
from kdsp_lib.sdc.rounding import SumUnit
from kdsp_lib.sdc.rules import Rules
from kdsp_lib.sdc.sums import protect_sums
from kdsp_lib.source.files import sha256_of
from kdsp_lib.source.period import terms_of

if TYPE_CHECKING:
    from kdsp_lib.source.tables import SourceTables

Placed = tuple[str, str]
"""The name of a form, and a place."""
Totals = Mapping[Placed, Mapping[tuple[str, ...], Figure]]


@dataclass(frozen=True, slots=True)
class Proof:
    """What it took to prove an edition, since it was begun."""

    programmes: int = 0
    witnesses: int = 0
    drawn_anew: int = 0

    def and_(self, other: Proof) -> Proof:
        """Both together."""
        return Proof(
            self.programmes + other.programmes,
            self.witnesses + other.witnesses,
            self.drawn_anew + other.drawn_anew,
        )


@dataclass(frozen=True, slots=True)
class Edition:
    """The printed tables by form and place, the totals of sums beside them, and what is remembered for the next.

    ``members``: the establishments of each place; ``standard``: the places that it was made for.
    """

    period: str
    number: int
    """Its place among the editions of the period."""
    policy: str
    """The hash of the rules that it was made by."""
    snapshots: Mapping[str, str]
    standard: Mapping[str, tuple[str, ...]]
    members: Mapping[str, tuple[str, ...]]
    tables: Mapping[Placed, PrintedTable] = field(default_factory=dict)
    totals: Mapping[str, Totals] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    memories: Mapping[str, Memory] = field(default_factory=dict)
    """Of each sum."""
    proof: Proof = field(default_factory=Proof)

    @property
    def name(self) -> str:
        """How a release names it."""
        return f"{self.period}, edition {self.number}"

    def is_of(self, snapshots: Mapping[str, str], standard: Mapping[str, tuple[str, ...]], policy: str) -> bool:
        """Whether it is of these data, members and rules: it may have further data beside them, and lack some."""
        agrees = all(self.snapshots.get(name, digest) == digest for name, digest in snapshots.items())
        return agrees and self.standard == dict(standard) and self.policy == policy

    def place_of(self, members: Sequence[str]) -> str:
        """The place of these establishments; a name of its own where there is none yet."""
        wanted = tuple(sorted(members))
        for place, there in self.members.items():
            if there == wanted:
                return place
        return f"establishments {sha256_of(' '.join(wanted).encode())[:12]}"

    def table(self, form: str, place: str) -> PrintedTable | None:
        """The table of a form at a place, without totals."""
        return self.tables.get((form, place))


def edition_policy() -> DisclosurePolicy:
    """What aggregates are protected by: of each number the strictest of their profiles, for one edition serves all."""
    return strictest([policies()[name] for name in AGGREGATE])


def rules_of(policy: DisclosurePolicy) -> Rules:
    """The policy with how its aggregates are rounded."""
    round_to = max(ROUNDING.round_to, policy.round_to)
    return Rules(policy, Rounding(round_to=round_to, sensitive_round_to=round_to))


def hash_of_rules() -> str:
    """The hash of every number that aggregates are protected by: another one makes another edition."""
    rules = asdict(rules_of(edition_policy()))
    text = json.dumps(rules, sort_keys=True, default=lambda value: sorted(map(str, value)))
    return sha256_of(text.encode())


@lru_cache(maxsize=1)
def standard_forms() -> Mapping[str, tuple[Question, ...]]:
    """The forms of every edition, for ``groups`` and for what schools are ``compared`` with."""
    text = resources.files("kdsp_lib.custodian").joinpath("standard.toml").read_text("utf-8")
    return {
        part: tuple(form_of(Question(each["kind"], each["measure"], tuple(by))) for each in listed for by in each["by"])
        for part, listed in tomllib.loads(text).items()
    }


def standard_tables(standard: Mapping[str, tuple[str, ...]], tables: SourceTables) -> list[PlacedTable]:
    """The tables of an edition that these data have something to say to."""
    forms = {part: [form for form in listed if not unsaid(form, tables)] for part, listed in standard_forms().items()}
    return [
        PlacedTable(place, members, form)
        for place, members in standard.items()
        for form in forms["compared" if is_compared(place) else "groups"]
    ]


COMPARED = "phase:"
"""How the name of a place begins whose establishments a school is compared with."""


def is_compared(place: str) -> bool:
    """Whether a place is the establishments of a phase."""
    return place.startswith(COMPARED)


def grown(
    edition: Edition,
    tables: SourceTables,
    more: Iterable[PlacedTable],
    controllers: Mapping[str, str],
    secret: bytes,
) -> Edition:
    """The edition with further tables, all proved together; those that it has stay as they are.

    ``tables``: all the data of the edition. Raises `Disclosive` where the further ones cannot be made safe beside it.
    """
    new = [each for each in dict.fromkeys(more) if (each.name, each.place) not in edition.tables]
    if not new:
        return edition
    there = [PlacedTable(place, edition.members[place], form_named(form)) for form, place in edition.tables]
    policy = edition_policy()
    counted = count_tables_of(tables, [*there, *new], controllers, policy, secret)
    out = [table for table in counted.asked if (table.name, table.place) in edition.tables]
    rest = [table for table in counted.asked if (table.name, table.place) not in edition.tables]
    method = Method(secret, rules_of(policy), ladders())
    made = protect_tables(counted.kinds, rest, method, edition.memory, out)
    printed = {(table.name, table.place): table for table in made.tables}
    proof = Proof(made.findings.programmes, made.findings.witnesses, made.drawn_anew)
    found = replace(
        edition,
        members={**edition.members, **{each.place: tuple(sorted(each.members)) for each in new}},
        tables={**edition.tables, **printed},
        memory=made.memory,
        proof=edition.proof.and_(proof),
    )
    whole = replace(made, tables=tuple(found.tables.values()))
    return _with_totals(found, whole, counted, {(each.name, each.place) for each in new}, method, tables.period)


def _with_totals(
    edition: Edition, whole: ProtectedTables, counted: CountedTables, new: set[Placed], method: Method, period: str
) -> Edition:
    """The edition with the sums that its new tables need. ``whole``: all its tables, as they were protected."""
    totals, memories = dict(edition.totals), dict(edition.memories)
    for name in sorted(counted.sums):
        of_sum = [table for table in counted.asked if table.is_printed and name in sums_of(form_named(table.name))]
        fresh = [table for table in of_sum if (table.name, table.place) in new]
        if not fresh:
            continue
        most = SUMS[name].most(len(terms_of(period)))
        made = protect_sums(
            whole,
            fresh,
            counted.kinds,
            method,
            counted.sums[name],
            SumUnit(name, most, most),
            edition.memories.get(name),
            [table for table in of_sum if table not in fresh],
        )
        memories[name] = made.memory
        of_rows = {
            (t.name, t.place): {row.codes: row.total for row in t.rows if row.total is not None} for t in made.tables
        }
        totals[name] = {**edition.totals.get(name, {}), **of_rows}
    return replace(edition, totals=totals, memories=memories)


def label_of(form: Question) -> str:
    """A form in words."""
    return MEASURES[form.measure].label + (f" by {' and '.join(form.by)}" if form.by else "")


@dataclass(frozen=True, slots=True)
class Line:
    """A table of an edition in numbers, over all its places."""

    table: str
    places: int
    figures: int
    together: int
    """So many of its rows stand for groups that were taken together."""
    withheld: int


def lines_of(edition: Edition) -> list[Line]:
    """The tables of an edition in numbers, by their names in words."""
    found: dict[str, list[PrintedTable]] = {}
    for (form, _), table in edition.tables.items():
        found.setdefault(form, []).append(table)
    return sorted((_line(form_named(form), tables) for form, tables in found.items()), key=lambda line: line.table)


def _line(form: Question, tables: Sequence[PrintedTable]) -> Line:
    rows = [(row, table.labels or {}) for table in tables for row in table.rows]
    figures = [figure for row, _ in rows for figure in (row.base, row.counted) if figure is not None]
    together = sum(any(code in labels for code in row.codes) for row, labels in rows)
    return Line(label_of(form), len(tables), len(figures), together, figures.count(HIDDEN))
