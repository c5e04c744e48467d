"""Opening a report: who asks, what for, about whom; the protocol decides before a byte of pupils' data is read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.question import OWN, Question
from kdsp_lib.analyse.reference import Reference, limits_of
from kdsp_lib.custodian.audience import could_see
from kdsp_lib.custodian.comparator import NAMES, comparators_of
from kdsp_lib.custodian.ledger import canonical
from kdsp_lib.custodian.published import Published
from kdsp_lib.custodian.receiving import receiving_of
from kdsp_lib.custodian.requesting import no_such_release, read_request, whose
from kdsp_lib.custodian.served import SERVED, Served, served_report
from kdsp_lib.errors import BadParameters, Fault, NotAuthorised
from kdsp_lib.protocol.catalogue import Records, report_name
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision, decide
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.table import DEFAULT
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register.confidential import ITEM
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.period import EXPECTED, is_period
from kdsp_lib.source.sample import datasets_for, datasets_needed, datasets_there, further_for, is_school_level
from kdsp_lib.source.sign_off import is_signed_off

OWN_DATA_ONLY = "own-data-only"
MINIMISE_COLUMNS = "minimise-columns"
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
    in_place: int
    """How many establishments its place has, signatories or not; 0 where it is of no place."""
    left_out: int
    """How many establishments of its place are not in the figures, because they are no signatories."""
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
        """What a question may compare with; with nothing but itself where a comparator of such reports is lacking."""
        lacks = self.served.compares and not NAMES.keys() <= self.comparators.keys()
        return (*self.comparators, *((OWN,) if lacks else ()))

    def reference(self, question: Question, own: Sequence[Mapping[str, Any]] = ()) -> Reference | None:
        """What is published to stand beside the figures of a question; None where that asks for nothing.

        ``own``: the statistics of these figures, by which its note tells of limits.
        """
        if question.beside is None or self.published is None:
            return None
        return self.published.beside(question.measure, question.beside, limits=limits_of(question, own))

    def published_beside(self, questions: Iterable[Question]) -> tuple[str, ...]:
        """The snapshots of all that is published to stand beside the figures of some questions."""
        beside = filter(None, map(self.reference, questions))
        return tuple(sorted({each.snapshot for each in beside if each.snapshot}))

    @property
    def told(self) -> frozenset[str]:
        """The establishment whose own figures its readers may know, by consent or because they are its own."""
        return frozenset(self.subjects) if self.served.about == "school" else frozenset()


Reopen = Callable[[Community], Opened]


def release_id(secret: bytes, name: str, parameters: Mapping[str, Any], requester: str, notebook: str = "") -> str:
    """A keyed hash of the request: the same request finds its folder again, and the name tells nothing.

    ``notebook``: the one that asks. That of the report's own name, and none, is no part of it; another has a folder of
    its own, for what it shows of the same report is another release.
    """
    key = hmac.new(secret, b"kdsp release id 1", hashlib.sha256).digest()
    other = [] if report_name(notebook) in ("", report_name(name)) else [report_name(notebook)]
    what = canonical([name, dict(parameters), requester, *other])
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
        value = str(value) if type(value) is int else value  # a URN without quotes, as `papermill -p school 990007`
        if key not in parameters:
            faults.append(Fault("", "is missing", key))
        elif not (isinstance(value, str) or (value is None and key == "group")):
            faults.append(Fault("", "must be text", key))
        else:
            given[key] = value
    period, day = given.get("period"), given.get("on")
    if period is not None and not is_period(period):
        faults.append(Fault("", EXPECTED, "period"))
    if day is not None and read_day(day) is None:
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
    notebook: str = "",
) -> Opened:
    """Decide. The subjects, their standing, and how far the data may be trusted are looked up, never stated.

    Raises BadParameters for a request that names what is unknown, BadSource for a period without data. A denial comes
    back in ``decision``: whoever calls records it and refuses.
    """
    report = served.catalogued(protocol)
    request = read_request(served, parameters, requester, community, protocol, audited)
    opened = partial(
        Opened,
        id=release_id(secret, report.name, parameters, requester, notebook),
        served=served,
        parameters=dict(parameters),
        requester=requester,
        community=community,
        records=report.recorded_as(records.get(report.name, {})),
    )
    if not served.is_about_pupils:
        return opened(
            request=request,
            decision=decide(request, community),
            subjects=(),
            datasets=(),
            in_place=len(request.subjects) if audited else 0,
            left_out=sum(not community.is_signatory(urn) for urn in request.subjects) if audited else 0,
            comparators={},
            audited=audited,
        )
    group, members = whose(served, parameters, community)
    signed = members if served.about == "school" else tuple(filter(community.is_signatory, members))
    in_place = 0 if served.about == "school" else len(community.establishments_of(group or "authority"))
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
    in_time = tuple(filter(is_current, catalogue.datasets))
    is_of_school = served.about == "school" and "tables" in served.answers
    phase = _phases(catalogue).get(members[0], "") if is_of_school else ""
    compares = served.compares and decision.is_permit and OWN_DATA_ONLY not in decision.obligations
    return opened(
        request=request,
        decision=decision,
        subjects=signed,
        in_place=in_place,
        left_out=max(in_place - len(signed), 0),
        datasets=datasets,
        comparators=comparators_of(members[0], community, _phases(catalogue)) if compares else {},
        audited=None,
        published=Published(replace(catalogue, datasets=in_time), period, phase),
    )


def refuse_to_tell(opened: Opened) -> None:
    """BadParameters, as for one that is not there, where a denial would tell of a release on the framework (12)."""
    if opened.audited is not None and opened.audited["request"]["item"] == ITEM and not opened.decision.is_permit:
        raise no_such_release()


def refuse_asker(opened: Opened, without_own: Callable[[], Iterable[Community]], reopen: Reopen) -> None:
    """NotAuthorised where the protocol permits a report, and whoever asks for it may not have it made all the same.

    ``without_own``: the community of the day without what they had a hand in; none where they recorded nothing.
    ``reopen`` opens the same report by it.
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
    for community in without_own():
        try:
            is_same = _rests_on(reopen(community)) == _rests_on(opened)
        except BadParameters:
            is_same = False
        if not is_same:
            raise NotAuthorised(
                "This report rests on what you recorded in the register yourself, or had a hand in.",
                rule="nobody asks for a report that rests on an entry they recorded, changed or let be recorded",
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


def _phases(catalogue: Catalogue) -> dict[str, str]:
    """The phase of each establishment of the data."""
    rows = catalogue.read(catalogue.dataset("establishments")).select(["urn", "phase"]).to_pydict()
    return dict(zip(rows["urn"], rows["phase"], strict=True))
