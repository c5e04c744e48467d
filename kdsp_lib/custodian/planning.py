"""What a runner is told before a batch: which release each report is, and what its answers may hang on.

Nothing is decided and no data are read. What is told errs on the side of more: reports that it does not set apart may
be run at once, and each is answered as if it had come in its turn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.custodian.audience import could_see_on_any
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.opening import check_parameters, release_id
from kdsp_lib.custodian.requesting import read_request, whose
from kdsp_lib.custodian.together import MOST_AT_ONCE, Together
from kdsp_lib.errors import BadParameters, KdspError
from kdsp_lib.protocol.community import Community


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and by what their requests are decided."""

    person: str
    community_on: Callable[[dt.date], Community]
    secret: bytes
    protocol: str
    today: dt.date


def planned(asked: object, asking: Asking, ledger: Ledger) -> dict[str, Any]:
    """What each of the ``asked`` reports (name and parameters) is and hangs on, in their order.

    ``linked``: the establishments that its figures may be about, each by one that stands for all that releases which
    are out already put together with it. ``compared``: those of reports whose ``linked`` is null.
    """
    if not isinstance(asked, list) or len(asked) > MOST_AT_ONCE:
        raise BadParameters("A plan is of a list of reports.", remedy=f"at most {MOST_AT_ONCE} at once")
    together = Together()
    for outline in ledger.outlines():
        together.join(outline.subjects)
    every = set[str]()
    found = [_one(each, asking, together, every) for each in asked]
    return {"planned": found, "compared": sorted({together.of(urn) for urn in every})}


def _one(asked: object, asking: Asking, together: Together, every: set[str]) -> dict[str, Any]:
    """One report; what is asked wrongly is told when it is begun."""
    try:
        one: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {}
        served, given = check_parameters(one.get("report"), one.get("parameters"))
        release = release_id(asking.secret, served.name, given, asking.person, str(one.get("notebook") or ""))
        if served.about == "release":  # it tells of whatever is out
            return {"release": release, "alone": True, "subjects": [], "linked": [], "readers": None}
        community = asking.community_on(dt.date.fromisoformat(str(given["on"])))
        request = read_request(served, given, asking.person, community, asking.protocol)
    except KdspError:
        return {"release": "", "alone": False, "subjects": [], "linked": [], "readers": []}
    subjects = whose(served, given, community)[1] if served.is_about_pupils else ()
    binds = "tables" in served.answers or ("pupils" in served.answers and request.detail != "individual")
    compares = binds and served.compares
    if compares:
        every.update(community.standings)
    linked = None if compares else sorted({together.of(urn) for urn in subjects}) if binds else []
    communities = (community, asking.community_on(asking.today))
    readers = could_see_on_any(request.detail, request.recipient, communities)
    return {"release": release, "alone": False, "subjects": list(subjects), "linked": linked, "readers": readers}
