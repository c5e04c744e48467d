"""Opening a report: who asks, what for, about whom; the protocol decides before a byte of pupils' data is read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.reference import Reference, limits_of
from kdsp_lib.custodian.audience import Parties, could_see_on_any
from kdsp_lib.custodian.comparator import NAMES, comparators_of
from kdsp_lib.custodian.ledger_entry import canonical
from kdsp_lib.custodian.policy_profile import AGGREGATE, policy_for
from kdsp_lib.custodian.published import Published
from kdsp_lib.custodian.receiving import receiving_of
from kdsp_lib.custodian.requesting import PROMOTIONAL, SUPPRESSION, asked_of_today, read_request, whose
from kdsp_lib.custodian.served import Served, served_report
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.model.answer import Whole
from kdsp_lib.model.policy import ROUNDING, DisclosurePolicy
from kdsp_lib.model.question import OWN, Question
from kdsp_lib.model.table import Statistic
from kdsp_lib.protocol.catalogue import Records, report_name
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision, decide, holding_on_both
from kdsp_lib.protocol.request import SUPPRESSIONS, Request
from kdsp_lib.protocol.table import DEFAULT
from kdsp_lib.protocol.vocabulary import kind_of, read_day
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.period import EXPECTED, is_period
from kdsp_lib.source.sample import datasets_for, datasets_needed, datasets_there, further_for, is_school_level
from kdsp_lib.source.sign_off import is_signed_off

OWN_DATA_ONLY = "own-data-only"
MINIMISE_COLUMNS = "minimise-columns"
SUPPRESS_SMALL_COUNTS = "suppress-small-counts"
_WHOLE_FOR: Mapping[str, Whole] = MappingProxyType(
    {"establishment": "school", "appointee": "school", "officer": "officers", "partner": "officers"}
)
"""Whom figures told whole are for, by the kind of recipient: the establishment itself, or those with a duty."""
_STATED: Mapping[object, bool] = MappingProxyType({False: False, True: True, "false": False, "true": True})
"""How a use is stated: in a notebook as a truth value, in a parameter file as text."""
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
    """A permit holds on the day of the request and today; it says what either obliges to."""
    community: Community
    """Of the day of the request, by which its content is formed."""
    today: Community
    asked_today: Request
    """The same asked of the register of today."""
    has_ended: bool
    """Whether the day of the request would permit, and today does not: the denial is of today."""
    is_narrowed: bool
    """Whether the permit binds to more, or is for fewer, than that of the day of the request alone."""
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

    def reference(self, question: Question, own: Sequence[Statistic] = ()) -> Reference | None:
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
    def settled_by(self) -> tuple[Request, Community]:
        """The request that a denial is of, and the community that it is put to."""
        return (self.asked_today, self.today) if self.has_ended else (self.request, self.community)

    @property
    def readers(self) -> Parties:
        """Whoever could see it; None for everybody."""
        communities = (self.community, self.today)
        return could_see_on_any(self.request.detail, self.request.recipient, communities)

    @property
    def whole_for(self) -> Whole | None:
        """Whom the establishment's figures are told whole: the protocol permits small counts of its pupils (3)."""
        obliged, kind = self.decision.obligations, kind_of(self.request.recipient)
        is_whole = self.served.may_be_whole and self.decision.is_permit and SUPPRESS_SMALL_COUNTS not in obliged
        return _WHOLE_FOR.get(kind) if is_whole else None

    @property
    def policy(self) -> DisclosurePolicy:
        """The numbers of disclosure control for whom it goes to."""
        policy = self._policy_of_reader
        if self.is_published:
            return replace(policy, round_to=0)
        return replace(policy, round_to=max(policy.round_to, ROUNDING.round_to)) if self.is_aggregate else policy

    @property
    def _policy_of_reader(self) -> DisclosurePolicy:
        school = self.parameters["school"] if self.served.about == "school" else None
        reader = f"establishment:{school}" if self.whole_for == "school" else self.request.recipient
        return policy_for(reader, self.request.level, school)

    @property
    def is_aggregate(self) -> bool:
        """Whether it is of the period's edition: of pupils' records about a group, for readers who have no names."""
        is_of_records = self.served.is_about_pupils and not self.is_published
        return is_of_records and self.served.about == "group" and self._policy_of_reader.name in AGGREGATE

    @property
    def is_published(self) -> bool:
        """Whether it is made from schools' published figures, which are public."""
        return is_school_level(self.snapshots)

    @property
    def is_beside_others(self) -> bool:
        """Whether its figures are made safe beside what its readers hold: those by name, and lists.

        Aggregates were made safe once for all, an establishment's own figures, told whole, are its own, and published
        ones are everybody's.
        """
        return not (self.is_aggregate or self.whole_for is not None or self.is_published)

    @property
    def told(self) -> frozenset[str]:
        """The establishment whose own figures its readers may know by consent.

        To whom they are told whole nothing is told that they might not see anyway: each establishment knows its own
        pupils one by one, and against that everything is made safe whatever was released.
        """
        is_told = self.served.about == "school" and self.whole_for is None
        return frozenset(self.subjects) if is_told else frozenset()


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
    for key in served.required:
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
    stated = parameters.get(PROMOTIONAL, False)
    if isinstance(stated, bool | str) and stated in _STATED:
        given |= {PROMOTIONAL: "true"} if _STATED[stated] else {}
    else:
        faults.append(Fault("", "true or false", PROMOTIONAL))
    suppression = parameters.get(SUPPRESSION)
    if suppression in SUPPRESSIONS:
        given |= {SUPPRESSION: suppression}
    elif suppression is not None:
        faults.append(Fault("", f"one of {', '.join(SUPPRESSIONS)}; or left out", SUPPRESSION))
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
    *,
    today: Community,
) -> Opened:
    """Decide, by the community of the day of the request and by that of ``today``: a permission holds by both.

    The subjects, their standing, and how far the data may be trusted are looked up, never stated. Whoever has left the
    protocol since is in no figure. Raises BadParameters for a request that names what is unknown, BadSource for a
    period without data. A denial comes back in ``decision``: whoever calls records it and refuses.
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
        today=today,
        records=report.recorded_as(records.get(report.name, {})),
    )
    if not served.is_about_pupils:
        both = _decided(request, community, asked_of_today(served, parameters, request, today, audited), today)
        return opened(
            **both,
            subjects=(),
            datasets=(),
            in_place=len(request.subjects) if audited else 0,
            left_out=sum(not community.is_signatory(urn) for urn in request.subjects) if audited else 0,
            comparators={},
            audited=audited,
        )

    def is_in(urn: str) -> bool:
        return community.is_signatory(urn) and today.is_signatory(urn)

    group, members = whose(served, parameters, community)
    signed = members if served.about == "school" else tuple(filter(is_in, members))
    in_place = 0 if served.about == "school" else len(community.establishments_of(group or "authority"))
    may_be_published = served.about == "group" and request.detail == "aggregate"
    others = filter(is_in, community.standings) if served.compares else ()
    figured = frozenset(signed).union(others)

    def is_current(dataset: DataSet, on: Community) -> bool:
        return dataset.is_current_on(on.day) and on.is_in_time(str(dataset))

    def has_signed(dataset: DataSet, on: Community) -> bool:
        return is_signed_off(catalogue, dataset, on, figured)

    def may_be_used(dataset: DataSet) -> bool:
        return all(is_current(dataset, on) and has_signed(dataset, on) for on in (community, today))

    period, reads = str(parameters["period"]), served.reads
    if reads is not None:
        there = datasets_there(catalogue, period, reads.further, reads.years)
        datasets = datasets_needed(catalogue, period, reads.needed)
        datasets += tuple(filter(may_be_used, there))
    else:
        datasets = datasets_for(catalogue, period, may_be_published=may_be_published)
    if reads is None and not is_school_level(str(dataset) for dataset in datasets):
        for together in further_for(catalogue, period, request.categories):
            if all(map(may_be_used, together)):
                datasets += together
    if served.receives:
        request = replace(request, receiving=receiving_of(catalogue, signed[0], request.recipient, request.on))

    def on_its_data(asked: Request, on: Community) -> Request:
        return replace(
            asked,
            is_current=all(is_current(dataset, on) for dataset in datasets),
            is_signed_off=all(has_signed(dataset, on) for dataset in datasets),
        )

    request, asked_today = (
        on_its_data(request, community),
        on_its_data(asked_of_today(served, parameters, request, today), today),
    )
    both = _decided(request, community, asked_today, today)
    decision = both["decision"]
    in_time = tuple(d for d in catalogue.datasets if is_current(d, community) and is_current(d, today))
    phase = phases_of(catalogue).get(members[0], "") if served.about == "school" and "tables" in served.answers else ""
    comparators: dict[str, tuple[str, ...]] = {}
    if served.compares and decision.is_permit and OWN_DATA_ONLY not in decision.obligations:
        fewest = policy_for(request.recipient, request.level, members[0]).controllers
        comparators = comparators_of(members[0], community, phases_of(catalogue), is_in, fewest)
    return opened(
        **both,
        subjects=signed,
        in_place=in_place,
        left_out=max(in_place - len(signed), 0),
        datasets=datasets,
        comparators=comparators,
        audited=None,
        published=Published(replace(catalogue, datasets=in_time), period, phase),
    )


def _decided(request: Request, community: Community, asked_today: Request, today: Community) -> dict[str, Any]:
    """The denial of the day of the request, else that of today, else the permit of both."""
    then = decide(request, community)
    decision = then
    if then.is_permit and today.day != community.day:
        now = decide(asked_today, today)
        decision = holding_on_both(then, now) if now.is_permit else now
    return {
        "request": request,
        "asked_today": asked_today,
        "decision": decision,
        "has_ended": then.is_permit and not decision.is_permit,
        "is_narrowed": decision.to_json() != then.to_json(),
    }


def phases_of(catalogue: Catalogue) -> dict[str, str]:
    """The phase of each establishment of the data."""
    rows = catalogue.read(catalogue.dataset("establishments")).select(["urn", "phase"]).to_pydict()
    return dict(zip(rows["urn"], rows["phase"], strict=True))
