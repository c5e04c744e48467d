"""Entering a release: once, and only while nothing has come out that its answers were not made safe beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdsp_lib.custodian.earlier import View, views_of
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.open_report import OpenReport
from kdsp_lib.errors import Overtaken


def enter_release(ledger: Ledger, report: OpenReport, body: Mapping[str, Any]) -> int:
    """The position of the ledger that a release was answered at; the very same release is entered once.

    Overtaken where something was released since it was answered, by this custodian or by another of the same state: the
    two might give away together what neither does alone.
    """
    opened = report.opened
    with ledger.turn() as append:
        for entry in ledger.entries(kind="release", report=opened.id):
            if {**entry.body, "ledger_position": None} == {**body, "ledger_position": None}:
                return int(entry.body["ledger_position"])
        check_not_overtaken(report, views_of(ledger, opened))
        position = ledger.position()
        append("release", opened.id, {**body, "ledger_position": position})
        return position


def check_not_overtaken(report: OpenReport, views: tuple[View, ...]) -> None:
    """Overtaken where the views of its readers are no longer those that its answers were made safe in."""
    if report.beside is not None and report.beside != tuple(view.key for view in views):
        raise Overtaken(
            "Something was released meanwhile that somebody could see beside this.",
            remedy="run it again: it is then made safe beside that too",
        )
