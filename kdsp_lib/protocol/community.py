"""The community as it stood on one day: all that a decision needs to know of the register."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from kdsp_lib.protocol.instrument import (
    Appointment,
    ClusterAgreement,
    ConfidentialityAgreement,
    Duty,
    HeadsAgreement,
    LegalOrder,
    Person,
)

Standing = Literal["signatory", "withdrawn", "unsigned"]
_T = TypeVar("_T")
_DAYS: Final = 4096
"""How many days of one stretch are kept at hand."""


def _nothing() -> Mapping[str, _T]:
    return MappingProxyType({})


def _nobody() -> Mapping[tuple[str, str], Mapping[str, date]]:
    return MappingProxyType({})


def _no_sign_offs() -> Mapping[tuple[str, str], frozenset[str]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Community:
    """Who belongs, and which instruments are live, on :attr:`day`. Whatever is not live is not here.

    Every lookup is by key, so that a decision costs the same in a large authority as in a small one. Ends are the
    longest of equal instruments; what has no end ends on :data:`~kdsp_lib.protocol.vocabulary.FOREVER`.
    """

    day: date
    standings: Mapping[str, Standing] = field(default_factory=_nothing)
    """Each establishment of the register, by URN."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    """The members of each group of the register, in order of URN, signatories or not."""
    people: Mapping[str, Person] = field(default_factory=_nothing)
    appointments: Mapping[str, tuple[Appointment, ...]] = field(default_factory=_nothing)
    """The establishments that each appointee acts for, in order of URN."""
    duties: Mapping[str, tuple[Duty, ...]] = field(default_factory=_nothing)
    commissions: Mapping[str, frozenset[str]] = field(default_factory=_nothing)
    """The purposes that each establishment has commissioned work for."""
    stakeholders: Mapping[str, Mapping[str, date]] = field(default_factory=_nothing)
    """By establishment: each party it has named, and until when."""
    agreements: Mapping[str, tuple[ConfidentialityAgreement, ...]] = field(default_factory=_nothing)
    consents: Mapping[tuple[str, str], Mapping[str, date]] = field(default_factory=_nobody)
    """By establishment and item: each party to whom the head consents, and until when."""
    heads_agreements: Mapping[str, tuple[HeadsAgreement, ...]] = field(default_factory=_nothing)
    """By the party that they name."""
    cluster_agreements: Mapping[str, tuple[ClusterAgreement, ...]] = field(default_factory=_nothing)
    legal_orders: tuple[LegalOrder, ...] = ()
    sign_offs: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=_no_sign_offs)
    """By establishment (empty: the whole) and data set, with its period: the rows signed off (7), by their hash."""
    calendar: Mapping[str, bool] = field(default_factory=_nothing)
    """Each data set of the release calendar, with its period: whether its time is on this day (7)."""
    purposes: frozenset[str] = frozenset()
    """Purposes that the register names at any date, so that a request may name them."""
    predecessors: frozenset[str] = frozenset()
    """The establishments that others were before."""
    controllers: Mapping[str, str] = field(default_factory=_nothing)
    names: Mapping[str, str] = field(default_factory=_nothing)
    """What a person calls each party: shown, never decided upon."""
    parties: frozenset[str] = frozenset()
    """Whoever the register names at any date, and ``authority`` and ``public``: each can be a recipient."""
    _named_as: dict[str, frozenset[str]] = field(init=False, repr=False, default_factory=dict)
    _days: dict[date, Community] = field(init=False, repr=False, default_factory=dict)
    _signatories: tuple[str, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        groups_of: dict[str, set[str]] = {urn: {f"establishment:{urn}"} for urn in self.standings}
        for group, members in self.groups.items():
            for urn in members:
                groups_of[urn].add(group)
        for urn, standing in self.standings.items():
            if standing == "signatory":
                groups_of[urn].add("authority")
        object.__setattr__(self, "_signatories", tuple(sorted(filter(self.is_signatory, self.standings))))
        self._named_as.update({urn: frozenset(names) for urn, names in groups_of.items()})

    def at(self, day: date) -> Community:
        """The same community on another day, for whoever knows that nothing has changed."""
        community = self._days.get(day)
        if community is None:
            if len(self._days) >= _DAYS:
                self._days.clear()
            community = self._days[day] = copy(self)
            object.__setattr__(community, "day", day)
        return community

    def has_signed_off(self, establishment: str, dataset: str, rows: str) -> bool:
        """Whether the head of an establishment has signed off these very rows; empty: the owner of the whole."""
        return rows in self.sign_offs.get((establishment, dataset), frozenset())

    def is_in_time(self, dataset: str) -> bool:
        """Whether a data set may be used on the day, by the release calendar; one that is not in it, always."""
        return self.calendar.get(dataset, True)

    def is_signatory(self, urn: str) -> bool:
        return self.standings.get(urn) == "signatory"

    def members(self, group: str) -> tuple[str, ...]:
        """The members of a group on the day; of ``authority``, every signatory."""
        if group == "authority":
            return self._signatories
        return self.groups.get(group, ())

    def establishments_of(self, group: str) -> tuple[str, ...]:
        """All establishments of a place on the day, signatories or not; of ``authority``, every one of the register.

        What an establishment was before it became another is not counted beside that, unless it is a signatory still.
        """
        if group == "authority":
            return tuple(u for u in self.standings if self.is_signatory(u) or u not in self.predecessors)
        return self.members(group)

    def named_as(self, urn: str) -> frozenset[str]:
        """Every name by which a list covers this establishment: its own, its groups', ``authority`` if it signed."""
        return self._named_as[urn]

    def controller(self, urn: str) -> str:
        """Who runs an establishment: without an entry, its own governing body."""
        return self.controllers.get(urn, f"establishment:{urn}")

    def name(self, party: str) -> str:
        """What people call a party; the party itself where the register gives no name."""
        return self.names.get(party, party)
