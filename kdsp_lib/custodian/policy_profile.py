"""Which profile of the disclosure policy a report is made by: its reader settles it, and nobody states it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from kdsp_lib.errors import BadSource, Broken, Fault
from kdsp_lib.model.policy import DisclosurePolicy, read_policies
from kdsp_lib.protocol.vocabulary import CATEGORIES, kind_of

FILE = "disclosure.toml"
AGGREGATE = ("collaborative", "authority", "external", "public")
"""The profiles whose reports about a group tell aggregates alone: one edition serves the readers of all."""
_BY_LEVEL = {"cluster": "cluster", "collaborative": "collaborative", "authority": "authority", "school": "cluster"}
"""What a school's report shows to others than itself, a head agreed to tell them: as within a cluster."""


@lru_cache(maxsize=1)
def policies() -> Mapping[str, DisclosurePolicy]:
    """The disclosure policy of this installation. Raises `BadSource` with every fault of it."""
    text = resources.files("kdsp_lib.custodian").joinpath(FILE).read_text("utf-8")
    return checked(read_policies(tomllib.loads(text), FILE))


def checked(found: Mapping[str, DisclosurePolicy]) -> Mapping[str, DisclosurePolicy]:
    """The same; `BadSource` where one names a category that the protocol does not know."""
    named = {name: sorted(policy.sensitive_categories.difference(CATEGORIES)) for name, policy in found.items()}
    faults = [
        Fault(
            f"{FILE} {name}", f"there is no category {each}; there are {', '.join(CATEGORIES)}", "sensitive_categories"
        )
        for name, unknown in named.items()
        for each in unknown
    ]
    if faults:
        raise BadSource(f"{FILE} is no disclosure policy.", faults=faults)
    return found


def policy_for(recipient: str, level: str, school: str | None) -> DisclosurePolicy:
    """The policy for whom a report goes to, by who that is, then by its level. What is not known is refused.

    ``school``: the establishment that it is about, where it is about one.
    """
    if kind_of(recipient) in ("public", "external"):
        return policies()[kind_of(recipient)]
    if school is not None and recipient == f"establishment:{school}":
        return policies()["own_school"]
    name = _BY_LEVEL.get(level)
    if name is None:
        raise Broken("There is no disclosure policy for a report of this level.", remedy="please report this")
    return policies()[name]
