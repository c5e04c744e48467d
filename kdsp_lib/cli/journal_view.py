"""The journal as whoever runs the command sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from kdsp_lib.register.confidential import View
    from kdsp_lib.register.journal import Event


def seen(events: Sequence[Event], viewer: str = "") -> View:
    """The journal as somebody sees it; by default whose account this is."""

    from kdsp_lib.register.confidential import view_of
    from kdsp_lib.register.permission import roles_of
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.workspace import find_workspace

    viewer = viewer or person_here(find_workspace())
    return view_of(events, viewer, roles_of(viewer, events, today()))


def today() -> date:
    """The day on which acts are recorded, and from which they count where no other is given."""
    import datetime as dt

    return dt.datetime.now(dt.UTC).date()
