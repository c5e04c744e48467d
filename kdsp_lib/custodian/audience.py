"""Who could see a release: everybody, or those whom the protocol counts as one with its recipient."""

from __future__ import annotations

from collections.abc import Iterable

from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.vocabulary import is_group, kind_of

Parties = list[str] | None
"""Parties in order; None stands for the whole community."""


def could_see_on_any(detail: str, recipient: str, communities: Iterable[Community]) -> Parties:
    """Whoever could see it by the community of any of some days: one that joined a group since is given it today."""
    found = [could_see(detail, recipient, community) for community in communities]
    parties = [each for each in found if each is not None]
    return sorted(set[str]().union(*parties)) if len(parties) == len(found) else None


def could_see(detail: str, recipient: str, community: Community) -> Parties:
    """Everybody at aggregate detail (principle 4), for it may be passed on.

    Otherwise the recipient; the members of a group; whoever runs one of these establishments too; and all appointees of
    these. Who made it is not among them: whoever makes reports reads the pupils' data by duty (principle 3).
    """
    if detail == "aggregate" or recipient == "public":
        return None
    urns = _establishments(recipient, community)
    controllers = {community.controller(urn) for urn in urns}
    together = {urn for urn in community.standings if community.controller(urn) in controllers}
    appointed = {
        person
        for person, appointments in community.appointments.items()
        if any(appointment.establishment in together for appointment in appointments)
    }
    return sorted({recipient, *appointed, *(f"establishment:{urn}" for urn in together)})


def _establishments(recipient: str, community: Community) -> frozenset[str]:
    if is_group(recipient):
        return frozenset(community.members(recipient))
    if kind_of(recipient) == "appointee":
        return frozenset(each.establishment for each in community.appointments.get(recipient, ()))
    return frozenset({recipient.removeprefix("establishment:")} & set(community.standings))
