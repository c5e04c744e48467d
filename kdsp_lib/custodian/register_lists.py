"""The register as the community may read it on a day: who belongs, who leads, what is agreed, what ends soon.

What clause 12 keeps confidential gives nothing away here: whoever asks, the lists are made of the register without the
entries on the partnership framework, and of consents only those to be identified (6) are told. A consent to a report
about one establishment would tell that there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.analyse.school_facet import SCHOOL_PHASES
from kdsp_lib.custodian import words
from kdsp_lib.custodian.listing import listing_in_words
from kdsp_lib.model.listing import Listing
from kdsp_lib.protocol.vocabulary import FOREVER, kind_of
from kdsp_lib.register.confidential import ITEM, seen_by
from kdsp_lib.register.standing import is_live

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.register.register import Register

NOBODY: Final = "public"
"""As whom the register is read, whoever asks: as somebody who may see no more than everybody."""
SOON: Final = dt.timedelta(days=30)
_STANDINGS: Final = {"signatory": "Signed", "withdrawn": "Withdrawn", "unsigned": "Not signed"}
_KINDS: Final = {"officer": "Officer", "partner": "Partner", "appointee": "Appointed by heads"}
_NONE: Final = "none"
_PHASES: Final = dict(SCHOOL_PHASES)
_IN_THEIR_OWN_ORDER: Final = ("ending",)
_Row = tuple[str, ...]
_Entry = Mapping[str, Any]


def lists_of_register(register: Register, opened: Opened) -> tuple[Listing, ...]:
    """All lists, each there even where it is empty: that one is missing would tell something."""
    return _Reading(seen_by(register, NOBODY, ()), opened).lists()


class _Reading:
    """The register that everybody may see, on one day."""

    def __init__(self, register: Register, opened: Opened) -> None:
        self._register, self._day = register, opened.request.on
        self._community: Community = register.on(self._day)
        self._scope = words.scope(opened)

    def lists(self) -> tuple[Listing, ...]:
        return (
            self._list(
                "members", "Establishments that have signed",
                ("Establishment", "URN", "Phase", "Signed on"), self._establishments("signatory"),
            ),
            self._list(
                "outside", "Establishments that have not signed, or have withdrawn",
                ("Establishment", "URN", "Standing", "Since"), self._outside(),
                "They receive no shared data. What is their own they still have.",
            ),
            self._list(
                "people", "Officers, partners and appointees who have signed",
                ("Name", "As", "Signed on", "Acts for"), self._people(), self._not_signed(),
            ),
            self._list(
                "groups", "Collaboratives, clusters and networks",
                ("Group", "Kind", "Area lead", "Members", "Of these signed"), self._groups(),
            ),
            self._list(
                "agreements", "Confidentiality agreements in force",
                ("With", "Collaborative", "Purpose", "Activity", "Issued by", "From", "Last day"), self._agreements(),
                "An area lead issues one before data that identify an establishment leave the community.",
            ),
            self._list(
                "agreed", "Agreements of heads and of clusters in force",
                ("Between", "For", "What may be shared", "From", "Last day"), self._agreed(),
            ),
            self._list(
                "consents", "Consents of heads to be identified in area data",
                ("Establishment", "To", "From", "Last day"), self._consents(),
                "Consents to reports about one establishment are confidential and stand in no list.",
            ),
            self._list(
                "ending", "What ends within thirty days",
                ("Last day", "What", "Whose"), self._ending(),
            ),
        )  # fmt: skip

    def _list(self, name: str, title: str, columns: _Row, rows: Iterable[_Row], note: str = "") -> Listing:
        """A list with its columns by their words, in alphabetical order: nothing is told by an order (6)."""
        found = tuple(dict.fromkeys(rows))
        if name not in _IN_THEIR_OWN_ORDER:
            found = tuple(sorted(found, key=lambda row: [text.casefold() for text in row]))
        told = (tuple(text or _NONE for text in row) for row in found)
        return listing_in_words(name, title, self._scope, columns, told, *filter(None, (note,)))

    def _establishments(self, standing: str) -> Iterator[_Row]:
        for entry in self._entries("establishments"):
            urn = str(entry["urn"])
            if self._community.standings[urn] == standing:
                yield str(entry["name"]), urn, _PHASES[str(entry["phase"])], self._since(urn)

    def _outside(self) -> Iterator[_Row]:
        for standing in ("unsigned", "withdrawn"):
            for name, urn, _, since in self._establishments(standing):
                yield name, urn, _STANDINGS[standing], since

    def _since(self, urn: str) -> str:
        """Since when an establishment's standing is as it is; empty where it never signed."""
        acts = [
            entry["from"]
            for section in ("signatures", "withdrawals")
            for entry in self._entries(section)
            if entry.get("establishment") == urn and entry["from"] <= self._day
        ]
        return _day(max(acts)) if acts else ""

    def _signed(self) -> Iterator[str]:
        """Officers, partners and appointees in post who have signed: nobody else is named."""
        for party, person in self._community.people.items():
            if kind_of(party) in _KINDS and person.is_in_post and person.has_signed:
                yield party

    def _people(self) -> Iterator[_Row]:
        for party in self._signed():
            acts = [e["from"] for e in self._entries("signatures") if e.get("person") == party]
            signed = min(day for day in acts if day <= self._day)
            named = [f"establishment:{each.establishment}" for each in self._community.appointments.get(party, ())]
            yield self._name(party), _KINDS[kind_of(party)], _day(signed), self._names(named)

    def _not_signed(self) -> str:
        people = self._community.people.items()
        number = sum(kind_of(p) in _KINDS and one.is_in_post and not one.has_signed for p, one in people)
        if not number:
            return ""
        return f"In post and not signed: {number}. Until they sign they receive nothing and ask for nothing."

    def _groups(self) -> Iterator[_Row]:
        for group, members in self._community.groups.items():
            leads = [str(e["person"]) for e in self._live("area_leads") if e["collaborative"] == group]
            signed = sum(map(self._community.is_signatory, members))
            kind = kind_of(group).capitalize()
            lead = self._names(leads) or ("nobody" if kind == "Collaborative" else "")
            yield self._name(group), kind, lead, str(len(members)), str(signed)

    def _agreements(self) -> Iterator[_Row]:
        for entry in self._live("agreements"):
            if entry.get("signed_on", FOREVER) <= self._day:
                parties = [self._name(str(entry[key])) for key in ("party", "collaborative")]
                what = words.purpose(str(entry["purpose"])), str(entry["activity"])
                yield *parties, *what, self._name(str(entry["issued_by"])), *_term(entry)

    def _agreed(self) -> Iterator[_Row]:
        for entry in self._live("heads_agreements"):
            between = self._names(_parties("establishments", entry["establishments"]))
            shared = ", ".join(words.purpose(each) for each in entry["categories"])
            detail = "of pupils" if entry["detail"] == "individual" else "figures of establishments"
            yield between, self._names(entry["recipients"]), f"{shared} ({detail})", *_term(entry)
        for entry in self._live("cluster_agreements"):
            recipients = self._names(entry["recipients"])
            yield self._name(entry["cluster"]), recipients, "Reports of the cluster", *_term(entry)

    def _consents(self) -> Iterator[_Row]:
        for entry in self._live("consents"):
            whose = self._names(_parties("establishment", entry["establishment"]))
            yield whose, self._name(entry["recipient"]), *_term(entry)

    def _ending(self) -> Iterator[_Row]:
        """What of these lists ends by then, the earliest first, unless the same goes on."""
        found = []
        for section, what in _ENDING.items():
            entries = self._entries(section)
            for entry in entries:
                end = entry.get("to", FOREVER)
                goes_on = any(_said(other) == _said(entry) and is_live(other, end) for other in entries)
                if is_live(entry, self._day) and end <= self._day + SOON and not goes_on:
                    found.append((end, what, self._whose(section, entry)))
        for end, what, whose in sorted(set(found)):
            yield _day(end - dt.timedelta(days=1)), what, whose

    def _whose(self, section: str, entry: _Entry) -> str:
        return self._names(party for key in _NAMED[section] for party in _parties(key, entry[key]))

    def _live(self, section: str) -> Iterator[_Entry]:
        return (entry for entry in self._entries(section) if is_live(entry, self._day))

    def _entries(self, section: str) -> tuple[_Entry, ...]:
        """The entries of a section that may be told of at all (12)."""
        return tuple(entry for entry in self._register.entries(section) if _is_open(section, entry))

    def _name(self, party: str) -> str:
        """What a party is called; who has not signed is not named."""
        person = self._community.people.get(party)
        if kind_of(party) in _KINDS and (person is None or not person.has_signed):
            return "somebody who has not signed"
        return "all signatories" if party == "authority" else self._community.name(party)

    def _names(self, parties: Iterable[str]) -> str:
        return "; ".join(dict.fromkeys(map(self._name, parties)))


_ENDING: Final[Mapping[str, str]] = {
    "agreements": "Confidentiality agreement",
    "heads_agreements": "Agreement of heads",
    "cluster_agreements": "Agreement of a cluster",
    "consents": "Consent to be identified",
    "appointments": "Appointment by a head",
    "area_leads": "Area lead",
}
_NAMED: Final[Mapping[str, Sequence[str]]] = {
    "agreements": ("party", "collaborative"),
    "heads_agreements": ("establishments", "recipients"),
    "cluster_agreements": ("cluster", "recipients"),
    "consents": ("establishment", "recipient"),
    "appointments": ("establishment", "person"),
    "area_leads": ("collaborative", "person"),
}


def _is_open(section: str, entry: _Entry) -> bool:
    """Whether an entry may be told of at all (12)."""
    if section == "consents":
        return bool(entry["item"] == "identify")
    return section != "heads_agreements" or ITEM not in entry["categories"]


def _parties(field: str, named: Any) -> Iterator[str]:
    """The parties that a field names, one or several; an establishment by its URN."""
    for each in (named,) if isinstance(named, str) else named:
        yield f"establishment:{each}" if field.startswith("establishment") else str(each)


def _said(entry: _Entry) -> Mapping[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("from", "to")}


def _term(entry: _Entry) -> tuple[str, str]:
    end = entry.get("to", FOREVER)
    return _day(entry["from"]), "no end" if end == FOREVER else _day(end - dt.timedelta(days=1))


def _day(day: dt.date) -> str:
    return words.day(day.isoformat())
