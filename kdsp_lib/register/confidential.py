"""Entries on the School Improvement Partnership Framework: seen by that head and by its lead alone (12).

To everybody else the register looks the same with and without them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kdsp_lib.register.register import Register


def may_see(section: str, entry: Mapping[str, Any], viewer: str, roles: Collection[str]) -> bool:
    """Whether somebody may see an entry of the register."""
    is_confidential = section == "consents" and entry.get("item") == "ksip"
    return not is_confidential or "ksip-lead" in roles or viewer == f"establishment:{entry['establishment']}"


def seen_by(register: Register, viewer: str, roles: Collection[str]) -> Register:
    """The register as somebody sees it. It is for showing: decisions rest on all of it."""
    seen = {
        section: tuple(entry for entry in entries if may_see(section, entry, viewer, roles))
        for section, entries in register.sections.items()
    }
    return Register(
        {section: entries for section, entries in seen.items() if entries or not register.sections[section]}
    )
