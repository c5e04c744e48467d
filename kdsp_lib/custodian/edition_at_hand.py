"""The edition that a report's aggregates are taken from: the one of its data, made at the first report of a period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kdsp_lib.analyse.edition_tables import PlacedTable
from kdsp_lib.custodian.edition import COMPARED, Edition, edition_policy, grown, hash_of_rules, standard_tables
from kdsp_lib.custodian.edition_file import Editions
from kdsp_lib.custodian.opening import phases_of
from kdsp_lib.protocol.vocabulary import kind_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.tables import SourceTables

Open = Callable[[Mapping[str, str], str], "SourceTables"]
"""Opens the data of these snapshots, for a period."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What an edition is made of: the data of a period, and the members of the day of a report and of today."""

    period: str
    snapshots: Mapping[str, str]
    community: Community
    today: Community

    @classmethod
    def of(cls, opened: Opened) -> Basis:
        """That of a report."""
        return cls(opened.period, opened.snapshots, opened.community, opened.today)


def standard_places(basis: Basis, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """The authority, each collaborative, and the establishments of each phase: signatories on both days.

    Those of a phase of whom some establishment would be compared with too few others are none. Those of a phase in one
    collaborative are no standard place: what they leave of it is mostly of one or two bodies.
    """
    community = basis.community

    def members(group: str) -> tuple[str, ...]:
        return tuple(
            sorted(
                urn for urn in community.members(group) if community.is_signatory(urn) and basis.today.is_signatory(urn)
            )
        )

    areas = sorted(group for group in community.groups if kind_of(group) == "collaborative")
    places = {group: found for group in ("authority", *areas) if (found := members(group))}
    phases, fewest = phases_of(catalogue), edition_policy().controllers
    compared: dict[str, tuple[str, ...]] = {}
    urns = places.get("authority", ())
    for phase in sorted({phases[urn] for urn in urns if phases.get(urn)}):
        alike = tuple(urn for urn in urns if phases.get(urn) == phase)
        if len({community.controller(urn) for urn in alike}) > fewest:
            compared[f"{COMPARED}{phase}"] = alike
    return {**places, **compared}


class EditionsAtHand:
    """Those of one workspace."""

    def __init__(self, editions: Editions, open_tables: Open) -> None:
        self.editions, self._open = editions, open_tables

    def made(self, basis: Basis, catalogue: Catalogue) -> bool:
        """Have the standard edition of these data; whether it had to be made for that."""
        there = self._found(basis, standard_places(basis, catalogue))
        return self.of(basis, catalogue, ()) != there

    def has(self, basis: Basis, catalogue: Catalogue, asked: Sequence[PlacedTable]) -> bool:
        """Whether the edition of these data has all that is asked, once what is standard has been made."""
        return self._has_all(self.of(basis, catalogue, ()), basis, asked)

    def of(self, basis: Basis, catalogue: Catalogue, asked: Sequence[PlacedTable]) -> Edition:
        """The edition of a report's data with all tables that are ``asked`` of it, made or grown where need be.

        The place of a table is named by the edition: see :meth:`Edition.place_of`. Raises Disclosive where a table that
        is not standard cannot be made safe beside the others.
        """
        standard = standard_places(basis, catalogue)
        edition = self._found(basis, standard)
        if edition is not None and self._has_all(edition, basis, asked):
            return edition
        with self.editions.changing():
            edition = self._found(basis, standard) or self._begun(basis, standard)
            if self._has_all(edition, basis, asked):
                return edition
            edition = replace(edition, snapshots={**edition.snapshots, **basis.snapshots})
            tables = self._open(edition.snapshots, edition.period)
            urns = {urn for place in edition.members.values() for urn in place}
            urns |= {urn for each in asked for urn in each.members}
            runs = {urn: basis.community.controller(urn) for urn in sorted(urns)}
            secret = self.editions.secret_for(edition.snapshots.values())
            # What is standard comes first, so that nobody's own question costs a figure of it.
            for wanted in (standard_tables(standard, tables), placed_in(edition, asked)):
                edition = grown(edition, tables, wanted, runs, secret)
            self.editions.keep(edition)
            return edition

    def _found(self, basis: Basis, standard: Mapping[str, tuple[str, ...]]) -> Edition | None:
        rules = hash_of_rules()
        found = [each for each in self.editions.of(basis.period) if each.is_of(basis.snapshots, standard, rules)]
        return found[-1] if found else None

    def _begun(self, basis: Basis, standard: Mapping[str, tuple[str, ...]]) -> Edition:
        """A new one, which remembers what the last of the period printed."""
        there = self.editions.of(basis.period)
        begun = Edition(basis.period, 1, hash_of_rules(), basis.snapshots, standard, standard)
        if not there:
            return begun
        last = there[-1]
        return replace(begun, number=last.number + 1, memory=last.memory, memories=last.memories)

    def _has_all(self, edition: Edition, basis: Basis, asked: Sequence[PlacedTable]) -> bool:
        there = all((each.name, each.place) in edition.tables for each in placed_in(edition, asked))
        return there and bool(edition.tables) and basis.snapshots.keys() <= edition.snapshots.keys()


def placed_in(edition: Edition, asked: Iterable[PlacedTable]) -> list[PlacedTable]:
    """Tables by the edition's own names of their places."""
    return [replace(each, place=edition.place_of(each.members)) for each in asked]
