"""Entering a release: once, and only while nothing has come out that its answers were not made safe beside."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdsp_lib.custodian import words
from kdsp_lib.custodian.earlier import View, views_of
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.ledger_entry import Entry, canonical
from kdsp_lib.custodian.open_report import OpenReport
from kdsp_lib.errors import Overtaken
from kdsp_lib.source.files import sha256_of

if TYPE_CHECKING:
    from kdsp_lib.custodian.open_report import Run

_SEEN = ("ledger_position", "public")
"""What an entry says of its moment: the very same release is the same release whatever came out since."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A release in the ledger."""

    number: int
    """Of its entry."""
    seen: Mapping[str, Any]
    """What its manifest says of all that its answers were made safe beside: what is public, and a hash of the rest."""


def body_of(run: Run, report: OpenReport, pins: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a release: who asked what of which data for whom, and what was answered."""
    opened = run.opened
    contents = {} if report.contents is None else {"contents": report.contents.for_ledger()}
    whole = {"whole_for": opened.whole_for} if opened.whole_for else {}
    narrowed = {"asked_today": opened.asked_today.to_mapping()} if opened.is_narrowed else {}
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
        "could_see": opened.readers,
        "confinement": report.confinement,
        "protocol": words.protocol(opened),
        "request": opened.request.to_mapping(),
        **narrowed,
        **whole,
        "decision": opened.decision.to_json(),
        "answers": [answer.to_json() for answer in report.told],
        "published": report.published,
        "listed": [name for listing in report.listings.values() if listing.of_pupils for name in listing.columns],
        **contents,
    }


def enter_release(
    ledger: Ledger, report: OpenReport, body: Mapping[str, Any], public: Iterable[str], secret: bytes
) -> Entered:
    """The entry of a release; the very same one is entered once.

    Overtaken where something was released since it was answered, by this custodian or by another of the same state, or
    where other figures are ``public`` now: the two might give away together what neither does alone.
    """
    opened = report.opened
    with ledger.turn() as append:
        for entry in ledger.entries(kind="release", report=opened.id):
            if _but_seen(entry.body) == _but_seen(body):
                then = views_of(ledger.as_of(int(entry.body["ledger_position"])), opened)
                return _entered(entry, then, secret)
        now = views_of(ledger, opened)
        check_not_overtaken(report, beside(now, public))
        seen = {"ledger_position": ledger.position(), "public": sorted(public)}
        return _entered(append("release", opened.id, {**body, **seen}), now, secret)


def _entered(entry: Entry, then: Iterable[View], secret: bytes) -> Entered:
    public = list(entry.body["public"])
    return Entered(entry.position, {"public": public, "beside": hash_of_beside(secret, entry.body, then)})


def hash_of_beside(secret: bytes, body: Mapping[str, Any], views: Iterable[View]) -> str:
    """Pins what the answers of a release were made safe beside, and tells a reader nothing of it.

    It is keyed, and taken together with all else of the release, so that two of them tell nothing together either: not
    whether there were other releases, how many, or that one came since.
    """
    key = hmac.new(secret, b"kdsp beside 1", hashlib.sha256).digest()
    what = canonical([_but_seen(body), sorted(canonical(view.to_json()) for view in views)])
    return hmac.new(key, what.encode(), hashlib.sha256).hexdigest()


def _but_seen(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in _SEEN}


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


def written_as(ledger: Ledger, run: Run, pins: Mapping[str, Any]) -> str:
    """The hash of the content that this very release was last written with; empty where it was not, or another was."""
    wanted, found = {**pins, **decided(run)}, ""
    for entry in ledger.entries(kind="written", report=run.opened.id):
        same = all(entry.body.get(key) == value for key, value in wanted.items())
        found = str(entry.body["content_hash"]) if same else ""
    return found


def decided(run: Run) -> dict[str, str]:
    """What tells one decision from another: it may rest on an entry that no hash for showing is told from."""
    return {"decided": sha256_of(canonical(run.opened.decision.to_json()).encode())}
