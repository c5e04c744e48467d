"""Which releases drew on a pupil or an establishment: for subject access, recall and breach. No figure is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.analyse.off_roll import ON_ROLL
from kdsp_lib.errors import BadParameters, BadSource, Fault, NotAuthorised
from kdsp_lib.protocol.catalogue import CATALOGUE
from kdsp_lib.protocol.vocabulary import is_urn
from kdsp_lib.register.confidential import ITEM, may_see
from kdsp_lib.source.pseudonym import upn_fault
from kdsp_lib.source.sample import REGISTRATIONS, is_later, is_school_level
from kdsp_lib.source.snapshot import read_snapshot

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from kdsp_lib.custodian.ledger_entry import Entry
    from kdsp_lib.protocol.instrument import Duty
    from kdsp_lib.register.held import Holding
    from kdsp_lib.source.catalogue import Catalogue

MAY_ASK: Final = ("registrar", "information-owner")
DUTY_HOLDERS: Final = ("officer", "partner")
GONE: Final = "the data it was made from are gone: whether it drew on this pupil cannot be told"
_PUPILS, _CENSUS, _FORMER, _RESULTS = "pupils", "census", "former-upns", "results"
_PLACING: Final = (_CENSUS, _RESULTS, REGISTRATIONS)
"""What says where a pupil counts."""


@dataclass(frozen=True, slots=True)
class Use:
    """A release that drew on whoever is asked about, or of which nobody can tell."""

    release: str
    report: str
    period: str
    recipient: str
    requester: str
    purpose: str
    released: str
    """The moment, in UTC."""
    establishments: tuple[str, ...]
    """Those asked about, or those on whose roll the pupil was, that its figures or its list are about."""
    unknown: str = ""
    """Why it cannot be told whether it drew on the pupil; empty where it did."""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "establishments": list(self.establishments)}


def uses_of(
    question: Mapping[str, Any], released: Iterable[Entry], catalogue: Catalogue, held: Holding, person: str, day: date
) -> list[Use]:
    """The releases that drew on the ``pupil`` or the ``establishment`` of a question, as whoever asks may know them.

    Whether somebody may ask never hangs on the pupil: one outside their rights is answered as one who does not exist.
    """
    right = right_to_ask(person, held, day)
    entries = [entry for entry in visible(released, person, held.roles(person, day)) if right.covers(entry)]
    match question.get("pupil"), question.get("establishment"):
        case str(upn), None:
            return right.narrowed(uses_of_pupil(entries, upn, catalogue))
        case None, str(urn):
            right.refuse_unless_of(urn)
            return uses_of_establishment(entries, urn)
        case _:
            raise BadParameters("Ask of a pupil or of an establishment.", remedy="kdsp where-used --help")


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody may learn of where data were used: all by their role, else by their duties, or of their own."""

    by_role: bool = False
    duties: tuple[Duty, ...] = ()
    establishment: str = ""

    def covers(self, entry: Entry) -> bool:
        """Whether they may know of a release: one that their duty would let them ask for, or one about their own."""
        purpose, categories = entry.body["request"]["purpose"], set(entry.body["request"]["categories"])
        if self.by_role or (self.establishment and self.establishment in entry.body["subjects"]):
            return True
        return any(purpose in duty.purposes and categories <= duty.categories for duty in self.duties)

    def refuse_unless_of(self, urn: str) -> None:
        """NotAuthorised where an establishment asks about another, be there such a one or not."""
        if self.establishment and urn != self.establishment:
            raise _not_allowed()

    def narrowed(self, uses: Iterable[Use]) -> list[Use]:
        """Of a pupil, to an establishment, what was drawn from its own roll alone, and no other school's name."""
        if not self.establishment:
            return list(uses)
        own = (self.establishment,)
        return [replace(use, establishments=own) for use in uses if self.establishment in use.establishments]


def right_to_ask(person: str, held: Holding, day: date) -> Right:
    """By which right somebody asks; NotAuthorised where by none. Before a journal has begun nobody has a role."""
    community = held.register.on(day)
    if set(MAY_ASK) & held.roles(person, day):
        return Right(by_role=True)
    kind, _, name = person.partition(":")
    if kind == "establishment" and name in community.standings:
        return Right(establishment=name)
    known, duties = community.people.get(person), community.duties.get(person, ())
    if kind in DUTY_HOLDERS and known is not None and known.has_signed and known.is_in_post and duties:
        return Right(duties=tuple(duties))
    raise _not_allowed()


def _not_allowed() -> NotAuthorised:
    roles = " or an ".join(role.replace("-", " ") for role in MAY_ASK)
    return NotAuthorised(
        "You may not ask where these data were used.",
        rule=f"a {roles} asks, an officer or partner of releases within a duty, and an establishment about itself",
        remedy="ask one of these; a registrar gives that permission: kdsp register permit",
    )


def visible(entries: Iterable[Entry], viewer: str, roles: Collection[str]) -> list[Entry]:
    """Without reports on the partnership framework, which that head and its lead alone know of."""

    def is_seen(entry: Entry) -> bool:
        report = CATALOGUE.get(str(entry.body["name"]))
        item = ITEM if report is None else report.item
        consent = {"item": item, "establishment": entry.body["parameters"].get("school")}
        return may_see("consents", consent, viewer, roles)

    return list(filter(is_seen, entries))


def uses_of_establishment(entries: Iterable[Entry], urn: str) -> list[Use]:
    """The releases whose figures or list are about an establishment, beside others too."""
    if not is_urn(urn):
        raise BadParameters("That is no establishment.", faults=[Fault("--establishment", "a URN has six digits")])
    return [_use(entry, (urn,)) for entry in entries if urn in entry.body["subjects"]]


def uses_of_pupil(entries: Iterable[Entry], upn: str, catalogue: Catalogue) -> list[Use]:
    """The releases in whose population a pupil was, found again in the snapshots that each was made from.

    By the UPN of then, or a former one that the data know. BadParameters, without the UPN, where it is none.
    """
    wrong = upn_fault(upn)
    if wrong is not None:
        raise BadParameters("That is no pupil.", faults=[Fault("--pupil", f"the UPN {wrong}")])
    former, rolls, uses = _keys_by_former_upn(catalogue, upn), dict[tuple[str, ...], frozenset[str] | None](), []
    for entry in entries:
        snapshots = dict(entry.body["snapshots"])
        if is_school_level(snapshots):
            continue
        key = tuple(sorted(snapshots.values()))
        if key not in rolls:
            rolls[key] = _on_rolls_of(catalogue.data, snapshots, str(entry.body["period"]), upn, former)
        roll = rolls[key]
        if roll is None:
            uses.append(_use(entry, (), GONE))
        elif found := tuple(sorted(roll.intersection(entry.body["subjects"]))):
            uses.append(_use(entry, found))
    return uses


def _use(entry: Entry, establishments: tuple[str, ...], unknown: str = "") -> Use:
    body = entry.body
    purpose = str(body["parameters"].get("purpose", ""))
    about = (entry.report, str(body["name"]), str(body["period"]), str(body["recipient"]), str(body["requester"]))
    return Use(*about, purpose, entry.recorded, establishments, unknown)


def _on_rolls_of(
    data: Path, snapshots: Mapping[str, str], period: str, upn: str, former: frozenset[str]
) -> frozenset[str] | None:
    """The establishments on whose roll the pupil was, in the data of a release; None where these are gone.

    Who was on none of its census day is in it by their results: at any where they were registered.
    """
    import pyarrow.compute as pc

    try:
        pupils = [read_snapshot(data, digest) for name, digest in snapshots.items() if _of(name) == _PUPILS]
        tables = {name: read_snapshot(data, digest) for name, digest in snapshots.items() if _of(name) in _PLACING}
    except BadSource:
        return None
    keys = set(former)
    for table in pupils:
        keys.update(table.filter(pc.field("upn") == upn).column("pupil_key").to_pylist())
    if not keys:
        return frozenset()
    is_theirs = pc.field("pupil_key").isin(sorted(keys))
    is_counted = is_theirs & pc.field("enrol_status").isin(ON_ROLL)

    def places(*names: str) -> frozenset[str]:
        return frozenset(urn for name in names for urn in tables[name].filter(is_counted).column("urn").to_pylist())

    rolls = [name for name in tables if _of(name) == _CENSUS and not is_later(name, period)]
    found = places(*rolls)
    results = f"{_RESULTS} {period}"
    if found or results not in tables or not tables[results].filter(is_theirs).num_rows:
        return found
    return places(*(name for name in tables if name not in rolls and _of(name) != _RESULTS))


def _keys_by_former_upn(catalogue: Catalogue, upn: str) -> frozenset[str]:
    import pyarrow.compute as pc

    tables = [catalogue.read(entry) for entry in catalogue.current if entry.dataset == _FORMER]
    found = [table.filter(pc.field("upn") == upn).column("pupil_key").to_pylist() for table in tables]
    return frozenset(key for keys in found for key in keys)


def _of(name: str) -> str:
    return name.partition(" ")[0]
