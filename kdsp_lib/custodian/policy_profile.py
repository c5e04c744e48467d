"""Which profile of the disclosure policy a report is made by: its reader settles it, and nobody states it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from kdsp_lib.errors import Broken
from kdsp_lib.protect.profile import Profile, read_profiles
from kdsp_lib.protocol.vocabulary import kind_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened

FILE = "disclosure.toml"
_BY_LEVEL = {"cluster": "cluster", "collaborative": "collaborative", "authority": "authority", "school": "cluster"}
"""What a school's report shows to others than itself, a head agreed to tell them: as within a cluster."""


@lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """The disclosure policy of this installation. Raises `BadSource` with every fault of it."""
    text = resources.files("kdsp_lib.custodian").joinpath(FILE).read_text("utf-8")
    return read_profiles(tomllib.loads(text), FILE)


def profile_of(opened: Opened) -> Profile:
    """The profile for whom a report goes to, by who that is, then by its level. What is not known is refused."""
    recipient = opened.request.recipient
    if kind_of(recipient) in ("public", "external"):
        return profiles()[kind_of(recipient)]
    if opened.served.about == "school" and recipient == f"establishment:{opened.parameters['school']}":
        return profiles()["own_school"]
    name = _BY_LEVEL.get(opened.request.level)
    if name is None:
        raise Broken("There is no disclosure policy for a report of this level.", remedy="please report this")
    return profiles()[name]
