"""Opening a report: who asks, what for, about whom; the protocol decides before a byte of pupils' data is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.custodian.ledger import canonical
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.protocol.catalogue import CATALOGUE, CataloguedReport, report_name
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.decision import Decision, decide
from kdsp_lib.protocol.request import Request
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.period import EXPECTED, is_period, terms_of
from kdsp_lib.source.tables import datasets_of

PARAMETERS = ("group", "recipient", "purpose", "period", "on")
TABLES = ("establishments", "pupils", "census", "attendance")
"""The tables that questions are answered from."""
_REPORTS_SERVED = ("area-profile",)


@dataclass(frozen=True, slots=True)
class Opened:
    """A report that the protocol permits, with all that its tables depend on."""

    id: str
    name: str
    parameters: Mapping[str, str | None]
    requester: str
    request: Request
    decision: Decision
    community: Community
    subjects: tuple[str, ...]
    """The establishments in the figures: the signatories among the subjects."""
    datasets: tuple[DataSet, ...]

    @property
    def period(self) -> str:
        """The period that the figures are of."""
        return str(self.parameters["period"])

    @property
    def snapshots(self) -> dict[str, str]:
        """Data sets by name, each with the hash of the snapshot it is read from."""
        return {str(dataset): dataset.snapshot for dataset in self.datasets}


def release_id(secret: bytes, name: str, parameters: Mapping[str, Any], requester: str) -> str:
    """A keyed hash of the request: the same request finds its folder again, and the name tells nothing."""
    key = hmac.new(secret, b"kdsp release id 1", hashlib.sha256).digest()
    what = canonical([name, dict(parameters), requester])
    return hmac.new(key, what.encode(), hashlib.sha256).hexdigest()[:24]


def check_parameters(name: object, parameters: object) -> tuple[CataloguedReport, dict[str, str | None]]:
    """The catalogued report and its parameters, every value text or null. BadParameters names every fault."""
    report = CATALOGUE.get(report_name(name)) if isinstance(name, str) else None
    if report is None or report.name not in _REPORTS_SERVED:
        raise BadParameters(
            f"There is no report {str(name)[:60]!r} to open.", remedy=f"one of {', '.join(_REPORTS_SERVED)}"
        )
    if not isinstance(parameters, Mapping):
        raise BadParameters("A report is opened with its parameters by name.")
    faults = [
        Fault("", f"is not a parameter of {report.name}; it takes {', '.join(PARAMETERS)}", str(key)[:60])
        for key in parameters
        if key not in PARAMETERS
    ]
    given: dict[str, str | None] = {}
    for key in PARAMETERS:
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
        raise BadParameters(f"{report.name} cannot be opened with these parameters.", faults=faults)
    return report, given


def open_request(
    report: CataloguedReport,
    parameters: Mapping[str, str | None],
    requester: str,
    community: Community,
    catalogue: Catalogue,
    secret: bytes,
) -> Opened:
    """Decide. The subjects, their standing, and how far the data may be trusted are looked up, never stated.

    Raises BadParameters for a request that names what is unknown, BadSource for a period without data. A denial comes
    back in ``decision``: whoever calls records it and refuses.
    """
    group = parameters["group"]
    if group is not None and not community.knows(group):
        raise BadParameters(f"The register has no group {group[:80]!r}.", remedy="see `kdsp register show`")
    subjects = community.members(group if group is not None else "authority")
    datasets = _datasets(catalogue, str(parameters["period"]))
    request = Request.from_mapping(
        {
            "report": report.name,
            "level": "authority" if group is None else "collaborative",
            "detail": report.details[0],
            "item": report.item,
            "categories": sorted(report.categories or ()),
            "subjects": list(subjects),
            "group": group,
            "recipient": parameters["recipient"],
            "requester": requester,
            "purpose": parameters["purpose"],
            "on": parameters["on"],
            "receiving": [],
            "promotional": False,
            "data": {"current": True, "signed_off": all(dataset.signed_off for dataset in datasets)},
        },
        community,
    )
    return Opened(
        id=release_id(secret, report.name, parameters, requester),
        name=report.name,
        parameters=dict(parameters),
        requester=requester,
        request=request,
        decision=decide(request, community),
        community=community,
        subjects=tuple(urn for urn in subjects if community.is_signatory(urn)),
        datasets=datasets,
    )


def _datasets(catalogue: Catalogue, period: str) -> tuple[DataSet, ...]:
    terms = terms_of(period)
    return tuple(dataset for name in TABLES for dataset in datasets_of(catalogue, name, terms))


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
