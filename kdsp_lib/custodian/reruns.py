"""The reruns of one custodian: whoever reruns a release begins one, and its notebook asks at the desk made for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.ledger_entry import Entry
from kdsp_lib.custodian.moved import Change
from kdsp_lib.custodian.rerunning import CHANGEABLE, RerunDesk, entry_of, refuse_reviewer
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters, BadSource, KdspError
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.snapshot import verified_bytes

_KEPT: Final = 20
_PINS: Final = ("notebook", "notebook_hash", "parameters", "code", "rules", "version", "lock", "known_at")


class Reruns:
    """Those that are open, by the run of their sessions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._desks: dict[tuple[str, str], RerunDesk | None] = {}
        """By the person and the name of the run; None where it is over: its notebook is answered by nobody else."""
        self._lock = threading.Lock()

    def desk_of(self, session: Session) -> Desk:
        """Where a notebook's session asks: at the desk of its rerun, or at everybody's."""
        return self._rerun(session) if (session.person, session.run) in self._desks else self._desk

    def begin(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say first what a release rests on that moved; then decide again, unless what is gone stops it."""
        entry = self._entry(session, question)
        desk = RerunDesk(self._desk.workspace, entry, workers=self._desk.workers)
        changes, refused, marking = list(changes_of(desk, entry)), None, ""
        try:
            if not any(change.stops for change in changes):
                marking = refuse_reviewer(desk.workspace, entry, session.person, self._desk.today())
                desk.begin(session, {})
                changes += desk.changes_since(desk.runs.of(session).opened)
        except KdspError as error:
            refused = error.to_json()
        self._keep(session, desk)
        pins = {name: entry.body[name] for name in _PINS}
        told = [change.to_json() for change in changes]
        return {"pins": pins, "changes": told, "refused": refused, "marking": marking}

    def outcome(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the notebook was last refused."""
        return self._rerun(session).outcome(session, question)

    def remade(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """All that the files are made of once more, and where figures moved."""
        return self._rerun(session).remade(session, question)

    def compare(self, session: Session, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """Today's difference, with one thing ``with`` as it is now: an answer to whoever reviews."""
        changed = question.get("with")
        if changed not in CHANGEABLE:
            raise BadParameters("A release is compared with one thing as it is now.", remedy=f"{', '.join(CHANGEABLE)}")
        entry = self._entry(session, question)
        marking = refuse_reviewer(self._desk.workspace, entry, session.person, self._desk.today())
        desk = RerunDesk(self._desk.workspace, entry, str(changed), self._desk.workers)
        try:
            changes = [change.to_json() for change in changes_of(desk, entry) if change.part != changed]
            cells, looked_at = desk.compared()
        finally:
            desk.close()
        told = [cell.to_json() for cell in cells]
        return {"cells": told, "looked_at": looked_at, "changes": changes, "marking": marking}

    def close(self) -> None:
        """Close all that are open."""
        for desk in filter(None, self._desks.values()):
            desk.close()

    def _entry(self, session: Session, question: Mapping[str, Any]) -> Entry:
        session.about = str(question.get("release"))[:64]
        return entry_of(self._desk, session.about, question.get("content_hash"))

    def _rerun(self, session: Session) -> RerunDesk:
        desk = self._desks.get((session.person, session.run))
        if desk is None:
            raise BadParameters("This rerun was not begun, or is over.", remedy="kdsp rerun RELEASE")
        return desk

    def _keep(self, session: Session, desk: RerunDesk) -> None:
        with self._lock:
            is_open = [name for name, each in self._desks.items() if each is not None]
            for name in (*is_open[: max(0, len(is_open) - _KEPT)], (session.person, session.run)):
                old, self._desks[name] = self._desks.get(name), None
                if old is not None:
                    old.close()
            self._desks[session.person, session.run] = desk


def changes_of(desk: RerunDesk, entry: Entry) -> Iterator[Change]:
    """What of the data and the register cannot be had as it was."""
    catalogue, body = Catalogue.load_or_empty(desk.workspace), entry.body
    known = {dataset.snapshot: str(dataset) for dataset in catalogue.datasets}
    named = {snapshot: name for name, snapshot in body["snapshots"].items()}
    for snapshot in dict.fromkeys([*body["snapshots"].values(), *body["published"], *body["public"]]):
        name = named.get(snapshot) or known.get(snapshot) or "published figures"
        if snapshot not in known:
            yield Change("data", f"{name}: snapshot {snapshot[:12]} is no longer in the catalogue", stops=True)
            continue
        try:
            verified_bytes(catalogue.data, snapshot)
        except BadSource as error:
            yield Change("data", f"{name}: {error.message} {error.remedy[:1].upper()}{error.remedy[1:]}.", stops=True)
    if desk.register_then() is None:
        yield Change("register", "the register as it was known then cannot be had: today's is asked in its place")
