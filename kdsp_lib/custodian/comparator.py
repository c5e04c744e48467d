"""Comparators of a report about one establishment: establishments of its phase, many enough to tell of none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.vocabulary import kind_of

NAMES: Mapping[str, str] = {"collaborative": "in its collaborative", "authority": "in the authority"}
"""Where the others are."""
_ALIKE: Mapping[str, str] = {
    "primary": "primary schools",
    "secondary": "secondary schools",
    "all-through": "all-through schools",
    "special": "special schools",
    "nursery": "nursery schools",
    "pru": "pupil referral units",
    "college": "colleges",
    "childrens-centre": "children's centres",
}
"""Establishments of a phase, as people say it."""


def alike(phase: str) -> str:
    """Those that an establishment of a phase may be compared with."""
    return _ALIKE.get(phase, "establishments of its phase")


def comparators_of(
    urn: str, community: Community, phases: Mapping[str, str], may_be_shown: Callable[[str], bool], fewest: int
) -> dict[str, tuple[str, ...]]:
    """The sets of signatories that the establishment may be compared with, itself among them, by name.

    ``may_be_shown``: whether one is a signatory, then and now. A set that would tell of fewer other
    controllers than ``fewest`` is none, nor is a collaborative where it is in several. A phase that the data does not
    know has no comparators.
    """
    areas = [g for g in community.groups if kind_of(g) == "collaborative" and urn in community.groups[g]]
    places = {"authority": "authority"} | ({"collaborative": areas[0]} if len(areas) == 1 else {})
    found = {}
    for name in NAMES:
        members = community.members(places[name]) if name in places else ()
        of_its_phase = tuple(m for m in members if may_be_shown(m) and phases.get(m) == phases.get(urn) is not None)
        others = {community.controller(m) for m in of_its_phase} - {community.controller(urn)}
        if urn in of_its_phase and len(others) >= fewest:
            found[name] = of_its_phase
    return found
