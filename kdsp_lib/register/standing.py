"""From dated entries to the community of one day: what is live, who has signed, who leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeVar, cast

from kdsp_lib.protocol.catalogue import report_name
from kdsp_lib.protocol.community import Community, Standing
from kdsp_lib.protocol.instrument import (
    Appointment,
    ClusterAgreement,
    ConfidentialityAgreement,
    Duty,
    HeadsAgreement,
    LegalOrder,
    Person,
)
from kdsp_lib.protocol.vocabulary import FOREVER
from kdsp_lib.register.checking import Entry

Sections = Mapping[str, tuple[Entry, ...]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class AtAnyDate:
    """What a register names whatever the day."""

    names: Mapping[str, str]
    """What a person calls each party."""
    parties: frozenset[str]
    purposes: frozenset[str]

    @classmethod
    def of(cls, sections: Sections) -> AtAnyDate:
        names = dict(_names(sections))
        parties = frozenset((*names, "authority", "public"))
        return cls(MappingProxyType(names), parties, frozenset(_purposes(sections)))


def community_on(sections: Sections, day: date, at_any_date: AtAnyDate) -> Community:
    """Who belongs and what is live on a day: ``from <= day``, and no ``to`` or ``day < to``."""
    live = {name: [entry for entry in entries if is_live(entry, day)] for name, entries in sections.items()}

    def of(section: str) -> list[Entry]:
        return live.get(section, [])

    return Community(
        day=day,
        standings=MappingProxyType(_standings(sections, day)),
        groups=MappingProxyType(_groups(sections.get("groups", ()), of("memberships"))),
        people=MappingProxyType(_people(sections, day)),
        appointments=_appointments(of("appointments")),
        duties=_gathered((_text(e, "person"), _duty(e)) for e in of("duties")),
        commissions=_gathered_sets((_text(e, "establishment"), _text(e, "purpose")) for e in of("commissions")),
        stakeholders=_longest((_text(e, "establishment"), _text(e, "party"), _end(e)) for e in of("stakeholders")),
        agreements=_gathered((_text(e, "party"), _agreement(e, sections)) for e in of("agreements")),
        consents=_longest(
            ((_text(e, "establishment"), _text(e, "item")), _text(e, "recipient"), _end(e)) for e in of("consents")
        ),
        heads_agreements=_gathered(
            (party, agreement) for agreement in map(_heads, of("heads_agreements")) for party in agreement.recipients
        ),
        cluster_agreements=_gathered((_text(e, "cluster"), _cluster(e)) for e in of("cluster_agreements")),
        legal_orders=tuple(dict.fromkeys(_order(e) for e in of("legal_orders"))),
        sign_offs=_gathered_sets(
            ((str(e.get("establishment", "")), _dataset(e)), _text(e, "rows")) for e in of("sign_offs")
        ),
        calendar=MappingProxyType(
            {
                **{_dataset(e): False for e in sections.get("release_calendar", ())},
                **{_dataset(e): True for e in of("release_calendar")},
            }
        ),
        purposes=at_any_date.purposes,
        parties=at_any_date.parties,
        predecessors=frozenset().union(
            *(_set(e, "predecessors") for e in sections.get("establishments", ()) if "predecessors" in e)
        ),
        controllers=MappingProxyType({_text(e, "establishment"): _text(e, "controller") for e in of("controllers")}),
        names=at_any_date.names,
    )


def is_live(entry: Entry, day: date) -> bool:
    """Whether an entry holds on a day. An entry without ``from`` always did."""
    start, end = entry.get("from"), entry.get("to")
    return (start is None or cast(date, start) <= day) and (end is None or day < cast(date, end))


def _text(entry: Entry, key: str) -> str:
    return cast(str, entry[key])


def _set(entry: Entry, key: str) -> frozenset[str]:
    return frozenset(cast("tuple[str, ...]", entry[key]))


def _end(entry: Entry) -> date:
    return cast(date, entry.get("to", FOREVER))


def _standings(sections: Sections, day: date) -> dict[str, Standing]:
    latest: dict[str, tuple[date, bool]] = {}
    for section, is_withdrawal in (("signatures", False), ("withdrawals", True)):
        for entry in sections.get(section, ()):
            if "establishment" in entry and is_live(entry, day):
                urn, event = _text(entry, "establishment"), (cast(date, entry["from"]), is_withdrawal)
                latest[urn] = max(event, latest.get(urn, event))
    standings: dict[str, Standing] = {}
    for entry in sections.get("establishments", ()):
        urn = _text(entry, "urn")
        standings[urn] = "unsigned" if urn not in latest else "withdrawn" if latest[urn][1] else "signatory"
    return standings


def _people(sections: Sections, day: date) -> dict[str, Person]:
    signed = {e["person"] for e in sections.get("signatures", ()) if "person" in e and is_live(e, day)}
    people = sections.get("people", ())
    in_post = {entry["id"] for entry in people if is_live(entry, day)}
    return {
        _text(entry, "id"): Person(has_signed=entry["id"] in signed, is_in_post=entry["id"] in in_post)
        for entry in people
    }


def _groups(groups: Iterable[Entry], memberships: Iterable[Entry]) -> dict[str, tuple[str, ...]]:
    members: dict[str, set[str]] = {_text(entry, "id"): set() for entry in groups}
    for entry in memberships:
        members[_text(entry, "group")].add(_text(entry, "establishment"))
    return {group: tuple(sorted(urns)) for group, urns in members.items()}


def _appointments(entries: Iterable[Entry]) -> Mapping[str, tuple[Appointment, ...]]:
    ends = _longest((_text(e, "person"), _text(e, "establishment"), _end(e)) for e in entries)
    return {
        person: tuple(Appointment(urn, end) for urn, end in sorted(establishments.items()))
        for person, establishments in ends.items()
    }


def _duty(entry: Entry) -> Duty:
    return Duty(_set(entry, "categories"), _set(entry, "purposes"), _end(entry))


def _heads(entry: Entry) -> HeadsAgreement:
    return HeadsAgreement(
        _set(entry, "establishments"),
        _set(entry, "recipients"),
        _set(entry, "categories"),
        _text(entry, "detail"),
        _end(entry),
    )


def _cluster(entry: Entry) -> ClusterAgreement:
    return ClusterAgreement(_set(entry, "recipients"), _set(entry, "agreed_by"), _end(entry))


def _agreement(entry: Entry, sections: Sections) -> ConfidentialityAgreement:
    issued_on = cast(date, entry["issued_on"])
    was_lead = any(
        lead["collaborative"] == entry["collaborative"]
        and lead["person"] == entry["issued_by"]
        and is_live(lead, issued_on)
        for lead in sections.get("area_leads", ())
    )
    return ConfidentialityAgreement(
        _text(entry, "collaborative"),
        _text(entry, "purpose"),
        cast("date | None", entry.get("signed_on")),
        was_lead,
        _end(entry),
    )


def _order(entry: Entry) -> LegalOrder:
    report = entry.get("report")
    return LegalOrder(
        effect=cast('Literal["require", "prohibit"]', entry["effect"]),
        citation=_text(entry, "citation"),
        report=None if report is None else report_name(cast(str, report)),
        categories=_set(entry, "categories") if "categories" in entry else None,
        subject=cast("str | None", entry.get("subject")),
        recipient=cast("str | None", entry.get("recipient")),
        until=_end(entry),
    )


def _purposes(sections: Sections) -> Iterator[str]:
    for entry in sections.get("duties", ()):
        yield from cast("tuple[str, ...]", entry["purposes"])
    for section in ("commissions", "agreements"):
        for entry in sections.get(section, ()):
            yield _text(entry, "purpose")


def _names(sections: Sections) -> Iterator[tuple[str, str]]:
    for entry in sections.get("establishments", ()):
        yield f"establishment:{entry['urn']}", _text(entry, "name")
    for section in ("groups", "people"):
        for entry in sections.get(section, ()):
            yield _text(entry, "id"), _text(entry, "name")


def _gathered(pairs: Iterable[tuple[str, _T]]) -> Mapping[str, tuple[_T, ...]]:
    gathered: dict[str, dict[_T, None]] = defaultdict(dict)
    for key, value in pairs:
        gathered[key][value] = None
    return {key: tuple(values) for key, values in gathered.items()}


def _dataset(entry: Entry) -> str:
    """A data set with its period, as people name it."""
    return f"{entry['dataset']} {entry['period']}" if "period" in entry else _text(entry, "dataset")


_K = TypeVar("_K")


def _gathered_sets(pairs: Iterable[tuple[_K, str]]) -> Mapping[_K, frozenset[str]]:
    found: dict[_K, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return MappingProxyType({key: frozenset(values) for key, values in found.items()})


def _longest(triples: Iterable[tuple[_K, str, date]]) -> Mapping[_K, Mapping[str, date]]:
    ends: dict[_K, dict[str, date]] = defaultdict(dict)
    for key, party, end in triples:
        ends[key][party] = max(end, ends[key].get(party, end))
    return dict(ends)
