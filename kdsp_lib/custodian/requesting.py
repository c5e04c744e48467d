"""The request that parameters of a report make, and its faults as those of parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from kdsp_lib.custodian.served import SERVED, Served, served_report
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.protocol.catalogue import report_name
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.jsonl import HasDays
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import kind_of, read_day

PROMOTIONAL: Final = "promotional"
"""A request states its use (6). It is among the parameters of a report where it is meant to promote, and not elsewhere:
so what was asked before a request stated it is the same request."""
SUPPRESSION: Final = "suppression"
WHEN_REQUIRED: Final = "when-required"
PUBLISHED_FACTS: Mapping[str, Any] = MappingProxyType(
    {"report": "published-facts", "level": "authority", "item": None, "categories": ["inspection"]}
)
"""What a view of the register is decided as: the table of levels has no place for it, and this is what comes nearest
that tells of establishments by name and of no pupil. The community may have it, in a professional manner (2, 5, 11)."""


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
    group, _ = whose(served, parameters, community)
    report = served.catalogued(protocol)
    detail = report.details[0] if report.details else "establishment"
    mapping = {
        "report": report.name,
        "detail": protocol_named(protocol).table.detail(detail),
        "item": report.item,
        "categories": sorted(served.categories or report.categories or ()),
        "subjects": list(subjects_of(served, parameters, community, detail)),
        "group": group,
        "recipient": parameters["recipient"],
        "requester": requester,
        "purpose": parameters["purpose"],
        "on": parameters["on"],
        "receiving": [],
        "promotional": PROMOTIONAL in parameters,
        "data": {"current": True, "signed_off": False},
        "suppression": _suppression(served, parameters),
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


def _suppression(served: Served, parameters: Mapping[str, str | None]) -> str:
    """How small counts are asked for: as the parameters say; else an establishment asks for its own figures whole.

    Whether it may have them so is decided like all else: an appointee is decided for whom it acts for.
    """
    if not served.may_be_whole:
        return served.suppression
    recipient, own = str(parameters["recipient"]), f"establishment:{parameters['school']}"
    is_own = recipient == own or kind_of(recipient) == "appointee"
    return parameters.get(SUPPRESSION) or (WHEN_REQUIRED if is_own else served.suppression)


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
    if PROMOTIONAL in parameters:
        mapping[PROMOTIONAL] = True
    return Request.from_mapping({**mapping, "suppression": "always"}, community, protocol)


def asked_of_today(
    served: Served,
    parameters: Mapping[str, str | None],
    then: Request,
    today: Community,
    audited: Mapping[str, Any] | None = None,
) -> Request:
    """The same report, recipient and purpose, asked by the register of today.

    Whom a group is made of is looked up anew: one that has left the group keeps nobody from the others' figures.
    """
    asked = {**then.to_mapping(), "on": today.day.isoformat()}
    about, named = served, parameters
    if audited is not None and audited["name"] in SERVED:
        about, named = SERVED[str(audited["name"])], audited["parameters"]
    if about.about in ("group", "register"):
        asked["subjects"] = list(subjects_of(about, named, today, then.detail))
    return Request.from_mapping(asked, today, then.protocol)


def subjects_of(
    served: Served, parameters: Mapping[str, str | None], community: Community, detail: str
) -> tuple[str, ...]:
    """Whom a report is about: where others than the signatories of a group may not be told of, nobody else."""
    members = whose(served, parameters, community)[1]
    if served.about == "group" and detail != "aggregate":
        return tuple(filter(community.is_signatory, members))
    return members


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
    day = read_day(str(parameters.get("on"))) or dt.date.min
    given = {**dict.fromkeys(served.required), **parameters, "on": day.isoformat()}
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


def whose(
    served: Served, parameters: Mapping[str, str | None], community: Community
) -> tuple[str | None, tuple[str, ...]]:
    """The group of the request and its subjects."""
    if served.about == "register":
        return None, tuple(sorted(community.standings))
    named = parameters[served.about]
    if served.about == "group":
        return named, community.members(named if named is not None else "authority")
    return None, (str(named),)
