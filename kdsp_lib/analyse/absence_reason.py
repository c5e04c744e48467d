"""For what each enrolment missed most of its sessions, by the codes of the registers.

Codes are those of the Regulations of 2024; those that were withdrawn then (H, F and J) stay where earlier registers had
them. Sessions are summed for each enrolment by itself, so that each is for one main reason, and nobody in two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

NAME: Final = "absence-reason"
DATASET: Final = "attendance-reasons"
NO_SESSIONS, NO_ABSENCE, NOT_RECORDED = "no-sessions", "none", "not-recorded"
REASONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "illness": ("Illness", ("I",)),
        "appointment": ("Medical or dental appointment", ("M",)),
        "suspended": ("Suspended or excluded", ("E",)),
        "other-authorised": (
            "Other authorised absence",
            ("C", "C1", "C2", "F", "H", "J", "J1", "R", "S", "T"),
        ),
        "holiday": ("Holiday that was not agreed", ("G",)),
        "late": ("Late after registers closed", ("U",)),
        "other-unauthorised": ("Other unauthorised absence", ("N", "O")),
    }
)
"""By leaf its words and codes. Of two reasons with as many sessions, the one that stands first here is the main one."""
AUTHORISED: Final = ("illness", "appointment", "suspended", "other-authorised")
UNAUTHORISED: Final = tuple(leaf for leaf in REASONS if leaf not in AUTHORISED)
LEAVES: Final = (
    (NO_SESSIONS, "No possible sessions"),
    (NO_ABSENCE, "No absence"),
    *((leaf, label) for leaf, (label, _) in REASONS.items()),
    (NOT_RECORDED, "Reason not recorded"),
)


def sessions_by_reason(table: Any, _period: str) -> Any:
    """The sessions of each pupil and establishment, a column a reason, from sessions by code."""
    return table.group_by("pupil_key", "urn").aggregate(
        **{
            column_of(leaf): table.sessions.sum(where=table.code.isin(codes)).fill_null(0).cast("int64")
            for leaf, (_, codes) in REASONS.items()
        }
    )


def main_reason(t: Any) -> Any:
    """The leaf of each enrolment. Attendance says whether it missed any session; the codes only for what."""
    import ibis

    possible, absent = t.possible.fill_null(0), (t.authorised + t.unauthorised).fill_null(0)
    sessions = {leaf: t[column_of(leaf)].fill_null(0) for leaf in REASONS}
    most = ibis.greatest(*sessions.values())
    found: Any = ibis.literal(NOT_RECORDED)
    for leaf, missed in reversed(sessions.items()):
        found = ((missed == most) & (missed > 0)).ifelse(leaf, found)
    return (possible > 0).ifelse((absent > 0).ifelse(found, NO_ABSENCE), NO_SESSIONS)


def without_reason(kind: str, leaves: tuple[str, ...]) -> Callable[[Any], Any]:
    """The sessions of a kind (``authorised``, ``unauthorised``) for which no code says why."""

    def left(t: Any) -> Any:
        rest = t[kind].fill_null(0) - sum((t[column_of(leaf)].fill_null(0) for leaf in leaves), start=0)
        return (rest > 0).ifelse(rest, 0)

    return left


def column_of(leaf: str) -> str:
    """The column of the sessions missed for a reason."""
    return f"missed_{leaf.replace('-', '_')}"
