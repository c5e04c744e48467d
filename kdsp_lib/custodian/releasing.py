"""Entering a release: once, and only while nothing has come out that its answers were not made safe beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kdsp_lib.custodian import words
from kdsp_lib.custodian.audience import could_see
from kdsp_lib.custodian.earlier import View, views_of
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.open_report import OpenReport
from kdsp_lib.errors import Overtaken

if TYPE_CHECKING:
    from kdsp_lib.custodian.open_report import Run


def body_of(run: Run, report: OpenReport, pins: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a release: who asked what of which data for whom, and what was answered."""
    opened = run.opened
    contents = {} if report.contents is None else {"contents": report.contents.for_ledger()}
    return {
        **pins,
        "name": opened.name,
        "notebook": run.notebook,
        "parameters": dict(opened.parameters),
        "requester": opened.requester,
        "period": opened.period,
        "subjects": sorted(opened.establishments),
        "told": sorted(opened.told),
        "recipient": opened.request.recipient,
        "could_see": could_see(opened.request.detail, opened.request.recipient, opened.community),
        "confinement": report.confinement,
        "protocol": words.protocol(opened),
        "request": opened.request.to_mapping(),
        "decision": opened.decision.to_json(),
        "answers": [answer.to_json() for answer in report.told],
        "listed": [name for listing in report.listings.values() if listing.of_pupils for name in listing.columns],
        **contents,
    }


def enter_release(ledger: Ledger, report: OpenReport, body: Mapping[str, Any], public: Iterable[str]) -> int:
    """The position of the ledger that a release was answered at; the very same release is entered once.

    Overtaken where something was released since it was answered, by this custodian or by another of the same state, or
    where other figures are ``public`` now: the two might give away together what neither does alone.
    """
    opened = report.opened
    with ledger.turn() as append:
        for entry in ledger.entries(kind="release", report=opened.id):
            if {**entry.body, "ledger_position": None} == {**body, "ledger_position": None}:
                return int(entry.body["ledger_position"])
        check_not_overtaken(report, beside(views_of(ledger, opened), public))
        position = ledger.position()
        append("release", opened.id, {**body, "ledger_position": position})
        return position


def beside(views: Iterable[View], public: Iterable[str]) -> tuple[object, ...]:
    """What an answer is made safe beside: what each reader holds, and the ``public`` figures, by their snapshots."""
    return (*(view.key for view in views), *public)


def check_not_overtaken(report: OpenReport, now: tuple[object, ...]) -> None:
    """Overtaken where what there is ``now`` is no longer what its answers were made safe beside."""
    if report.beside is not None and report.beside != now:
        raise Overtaken(
            "Something was released meanwhile, or published by others, that somebody could see beside this.",
            remedy="run it again: it is then made safe beside that too",
        )
