"""Opening a report: who asks, what for, about whom; the protocol decides before a byte of pupils' data is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.question import OWN, Question
from kdsp_lib.analyse.reference import Reference, has_limits
from kdsp_lib.custodian.audience import could_see
from kdsp_lib.custodian.comparator import comparators_of
from kdsp_lib.custodian.ledger import canonical
from kdsp_lib.custodian.published import Published
from kdsp_lib.custodian.receiving import receiving_of
from kdsp_lib.custodian.served import SERVED, Served, served_report
from kdsp_lib.errors import BadParameters, Fault, NotAuthorised
from kdsp_lib.protocol.catalogue import Records, report_name
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision, decide
from kdsp_lib.protocol.jsonl import HasDays
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.table import DEFAULT
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.period import EXPECTED, is_period
from kdsp_lib.source.sample import datasets_for, datasets_needed, datasets_there, further_for, is_school_level
from kdsp_lib.source.sign_off import is_signed_off

OWN_DATA_ONLY = "own-data-only"
MINIMISE_COLUMNS = "minimise-columns"
PUBLISHED_FACTS: Mapping[str, Any] = MappingProxyType(
    {"report": "published-facts", "level": "authority", "item": None, "categories": ["inspection"]}
)
"""What a view of the register is decided as: the table of levels has no place for it, and this is what comes nearest
that tells of establishments by name and of no pupil. The community may have it, in a professional manner (2, 5, 11)."""
_NO_RECORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Opened:
    """A report that the protocol permits, with all that its tables depend on."""

    id: str
    served: Served
    parameters: Mapping[str, str | None]
    requester: str
    request: Request
    decision: Decision
    community: Community
    subjects: tuple[str, ...]
    """The establishments in the figures: the signatories among the subjects, or the one that it is about."""
    datasets: tuple[DataSet, ...]
    left_out: int
    """How many establishments of its group are not in the figures, because they are no signatories."""
    comparators: Mapping[str, tuple[str, ...]]
    """The sets of establishments that may stand beside the one that it is about, by name."""
    audited: Mapping[str, Any] | None
    """Of an audit: the release that it is about, as the ledger has it."""
    records: Records
    """Lawful basis, gateway and DPIA of this type of report, as the authority records them."""
    published: Published | None = field(default=None, compare=False, repr=False)
    """What is published of the nation and others, to stand beside its figures."""

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        return self.served.name

    @property
    def period(self) -> str:
        """The period that the figures are of."""
        return str(self.parameters.get("period", ""))

    @property
    def snapshots(self) -> dict[str, str]:
        """Data sets by name, each with the hash of the snapshot it is read from."""
        return {str(dataset): dataset.snapshot for dataset in self.datasets}

    @property
    def establishments(self) -> frozenset[str]:
        """All that some figure of it may be about."""
        return frozenset(self.subjects).union(*self.comparators.values())

    @property
    def is_own_data_only(self) -> bool:
        """Whether the permit obliges to set nothing of others beside the figures, in a report that otherwise would."""
        return self.served.compares and OWN_DATA_ONLY in self.decision.obligations

    @property
    def compares_with(self) -> tuple[str, ...]:
        """What a question may compare with."""
        return (OWN,) if self.is_own_data_only else tuple(self.comparators)

    def reference(self, question: Question) -> Reference | None:
        """What is published to stand beside the figures of a question; None where that asks for nothing."""
        if question.beside is None or self.published is None:
            return None
        return self.published.beside(question.measure, question.beside, limits=has_limits(question))

    @property
    def told(self) -> frozenset[str]:
        """The establishment whose own figures its readers may know, by consent or because they are its own."""
        return frozenset(self.subjects) if self.served.about == "school" else frozenset()


Reopen = Callable[[Community], Opened]


def release_id(secret: bytes, name: str, parameters: Mapping[str, Any], requester: str) -> str:
    """A keyed hash of the request: the same request finds its folder again, and the name tells nothing."""
    key = hmac.new(secret, b"kdsp release id 1", hashlib.sha256).digest()
    what = canonical([name, dict(parameters), requester])
    return hmac.new(key, what.encode(), hashlib.sha256).hexdigest()[:24]


def check_parameters(name: object, parameters: object) -> tuple[Served, dict[str, str | None]]:
    """The report and its parameters, every value text or null. BadParameters names every fault."""
    served = served_report(name)
    if not isinstance(parameters, Mapping):
        raise BadParameters("A report is opened with its parameters by name.")
    faults = [
        Fault("", f"is not a parameter of {served.name}; it takes {', '.join(served.parameters)}", str(key)[:60])
        for key in parameters
        if key not in served.parameters
    ]
    given: dict[str, str | None] = {}
    for key in served.parameters:
        value = parameters.get(key)
        if key not in parameters:
            faults.append(Fault("", "is missing", key))
        elif not (isinstance(value, str) or (value is None and key == "group")):
            faults.append(Fault("", "must be text", key))
        else:
            given[key] = value
    period, day = given.get("period"), given.get("on")
    if period is not None and not is_period(period):
        faults.append(Fault("", EXPECTED, "period"))
    if day is not None and _day(day) is None:
        faults.append(Fault("", "write it as a day, 2026-03-02", "on"))
    if faults:
        raise BadParameters(f"{served.name} cannot be opened with these parameters.", faults=faults)
    return served, given


def open_request(
    served: Served,
    parameters: Mapping[str, str | None],
    requester: str,
    community: Community,
    catalogue: Catalogue,
    secret: bytes,
    records: Mapping[str, Mapping[str, str]] = _NO_RECORDS,
    protocol: str = DEFAULT,
    audited: Mapping[str, Any] | None = None,
) -> Opened:
    """Decide. The subjects, their standing, and how far the data may be trusted are looked up, never stated.

    Raises BadParameters for a request that names what is unknown, BadSource for a period without data. A denial comes
    back in ``decision``: whoever calls records it and refuses.
    """
    report = served.catalogued(protocol)
    request = read_request(served, parameters, requester, community, protocol, audited)
    if not served.is_about_pupils:
        return Opened(
            id=release_id(secret, report.name, parameters, requester),
            served=served,
            parameters=dict(parameters),
            requester=requester,
            request=request,
            decision=decide(request, community),
            community=community,
            subjects=(),
            datasets=(),
            left_out=sum(not community.is_signatory(urn) for urn in request.subjects) if audited else 0,
            comparators={},
            audited=audited,
            records=report.recorded_as(records.get(report.name, {})),
        )
    members = _whose(served, parameters, community)[1]
    signed = members if served.about == "school" else tuple(filter(community.is_signatory, members))
    may_be_published = served.about == "group" and request.detail == "aggregate"
    others = filter(community.is_signatory, community.standings) if served.compares else ()
    figured = frozenset(signed).union(others)

    def is_current(dataset: DataSet) -> bool:
        return dataset.is_current_on(request.on) and community.is_in_time(str(dataset))

    def has_signed(dataset: DataSet) -> bool:
        return is_signed_off(catalogue, dataset, community, figured)

    period, reads = str(parameters["period"]), served.reads
    if reads is not None:
        there = datasets_there(catalogue, period, reads.further, reads.years)
        datasets = datasets_needed(catalogue, period, reads.needed)
        datasets += tuple(dataset for dataset in there if is_current(dataset) and has_signed(dataset))
    else:
        datasets = datasets_for(catalogue, period, may_be_published=may_be_published)
    if reads is None and not is_school_level(str(dataset) for dataset in datasets):
        further = further_for(catalogue, period, request.categories)
        for together in further:
            if all(map(is_current, together)) and all(map(has_signed, together)):
                datasets += together
    if served.receives:
        request = replace(request, receiving=receiving_of(catalogue, signed[0], request.recipient, request.on))
    request = replace(
        request,
        is_current=all(map(is_current, datasets)),
        is_signed_off=all(map(has_signed, datasets)),
    )
    decision = decide(request, community)
    compares = served.compares and decision.is_permit and OWN_DATA_ONLY not in decision.obligations
    return Opened(
        id=release_id(secret, report.name, parameters, requester),
        served=served,
        parameters=dict(parameters),
        requester=requester,
        request=request,
        decision=decision,
        community=community,
        subjects=signed,
        left_out=len(members) - len(signed),
        datasets=datasets,
        comparators=comparators_of(members[0], community, _phases(catalogue)) if compares else {},
        audited=None,
        records=report.recorded_as(records.get(report.name, {})),
        published=Published(catalogue, str(parameters["period"]).partition("-")[0]),
    )


def refuse_asker(opened: Opened, without_own: Callable[[], Community | None], reopen: Reopen) -> None:
    """NotAuthorised where the protocol permits a report, and whoever asks for it may not have it made all the same.

    ``without_own``: the community of the day without what they recorded in the register themselves; None where they
    recorded nothing. ``reopen`` opens the same report by it.
    """
    served, parameters = opened.served, opened.parameters
    if opened.audited is not None:
        served, parameters = SERVED.get(str(opened.audited["name"]), served), opened.audited["parameters"]
    recipient = f"establishment:{parameters.get('school')}"
    if served.own_only and opened.request.recipient != recipient:
        raise NotAuthorised(
            f"{served.title}s go to the establishment whose pupils they are about, and to nobody else.",
            clauses=protocol_named(opened.request.protocol).clauses_of(MINIMISE_COLUMNS),
            remedy=f"recipient: {recipient}",
        )
    if opened.served.receives and not opened.request.receiving:
        raise NotAuthorised(
            f"A {opened.served.title.lower()} goes to the establishment that its pupils are confirmed to go to, and to "
            "nobody else. While that is not known it is held.",
            clauses=protocol_named(opened.request.protocol).clauses_of(MINIMISE_COLUMNS),
            remedy="recipient: the establishment that accepted them; kdsp data add transfers loads who did",
        )
    community = without_own()
    if community is None:
        return
    try:
        is_same = _rests_on(reopen(community)) == _rests_on(opened)
    except BadParameters:
        is_same = False
    if not is_same:
        raise NotAuthorised(
            "This report rests on what you recorded in the register yourself.",
            rule="nobody asks for a report that rests on an entry they recorded",
            remedy="somebody else asks for it, or somebody else records what it rests on",
        )


def _rests_on(opened: Opened) -> tuple[object, ...]:
    """All that would be otherwise in a report if an entry that it rests on were not in the register."""
    decision, community = opened.decision, opened.community
    return (
        decision.is_permit,
        decision.obligations,
        decision.permitted,
        opened.subjects,
        dict(opened.comparators),
        {urn: community.controller(urn) for urn in opened.establishments},
        could_see(opened.request.detail, opened.request.recipient, community),
    )


def read_request(
    served: Served,
    parameters: Mapping[str, str | None],
    requester: str,
    community: Community,
    protocol: str,
    audited: Mapping[str, Any] | None = None,
) -> Request:
    """The request that parameters make, the data taken for current and not yet signed off.

    BadParameters names every parameter that the register does not know, and whoever asks where it knows them not.
    """
    if served.about == "release":
        return _request_of_audit(parameters, requester, community, protocol, audited)
    group, members = _whose(served, parameters, community)
    report = served.catalogued(protocol)
    detail = report.details[0] if report.details else "establishment"
    if served.about == "group" and detail != "aggregate":  # of whom nobody else may be told, nobody is asked about
        members = tuple(filter(community.is_signatory, members))
    mapping = {
        "report": report.name,
        "detail": protocol_named(protocol).table.detail(detail),
        "item": report.item,
        "categories": sorted(served.categories or report.categories or ()),
        "subjects": list(members),
        "group": group,
        "recipient": parameters["recipient"],
        "requester": requester,
        "purpose": parameters["purpose"],
        "on": parameters["on"],
        "receiving": [],
        "promotional": False,
        "data": {"current": True, "signed_off": False},
        "suppression": served.suppression,
    }
    if served.about == "register":  # made of the register, which is current, and holds what was recorded in it
        mapping |= {**PUBLISHED_FACTS, "data": {"current": True, "signed_off": True}}
    try:
        return Request.from_mapping(mapping, community, protocol)
    except BadParameters as error:
        faults = [_of_parameter(fault, served, requester) for fault in error.faults]
        message, remedy = (
            f"{served.name} cannot be opened with these parameters.",
            "kdsp register show says who is known",
        )
        raise BadParameters(message, faults=faults, remedy=remedy) from None


def _request_of_audit(
    parameters: Mapping[str, str | None],
    requester: str,
    community: Community,
    protocol: str,
    audited: Mapping[str, Any] | None,
) -> Request:
    """The audit of a release is decided as that release would be for whoever reads the audit: it tells of its figures.

    ``audited``: that release in the ledger. Its data were fit to be shared when it was released; the audit shares none.
    """
    if audited is None:
        raise no_such_release()
    changed = {name: parameters[name] for name in ("recipient", "purpose", "on")}
    mapping = {**audited["request"], **changed, "requester": requester, "data": {"current": True, "signed_off": True}}
    return Request.from_mapping({**mapping, "suppression": "always"}, community, protocol)


def no_such_release() -> BadParameters:
    """One answer for a release that is not there and for one of which nobody may be told that it is (12)."""
    return BadParameters(
        "There is no such release in the ledger.",
        faults=[Fault("", "the name of a release's folder", "release")],
        remedy="name it as its page does: Run",
    )


def unknown_parameters(
    name: str, parameters: Mapping[str, str | None], requester: str, register: HasDays, protocol: str
) -> list[Fault]:
    """The faults of parameters that are well formed, as far as they are given, in what the register does not know."""
    if report_name(name) not in SERVED:
        return []
    served = served_report(name)
    if served.about == "release":  # only the custodian knows its ledger
        return []
    day = _day(str(parameters.get("on"))) or dt.date.min
    given = {**dict.fromkeys(served.parameters), **parameters, "on": day.isoformat()}
    try:
        read_request(served, given, requester, register.on(day), protocol)
    except BadParameters as error:
        return [fault for fault in error.faults if fault.field in (*parameters, "requester")]
    return []


def _of_parameter(fault: Fault, served: Served, requester: str) -> Fault:
    """A fault of a request as one of the parameter that it comes from."""
    if fault.field == "subjects":
        return Fault("", "the URN (six digits) of an establishment of the register", served.about)
    if fault.field == "requester":
        return Fault("kdsp.toml", f"{requester} is not in the register: name a party of it", "requester")
    return fault


def _whose(
    served: Served, parameters: Mapping[str, str | None], community: Community
) -> tuple[str | None, tuple[str, ...]]:
    """The group of the request and its subjects."""
    if served.about == "register":
        return None, tuple(sorted(community.standings))
    named = parameters[served.about]
    if served.about == "group":
        return named, community.members(named if named is not None else "authority")
    return None, (str(named),)


def _phases(catalogue: Catalogue) -> dict[str, str]:
    """The phase of each establishment of the data."""
    rows = catalogue.read(catalogue.dataset("establishments")).select(["urn", "phase"]).to_pydict()
    return dict(zip(rows["urn"], rows["phase"], strict=True))


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
