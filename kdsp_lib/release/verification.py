"""Verifying a release: whole and unchanged, in the ledger, permitted as it was decided, and not expired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.ledger_entry import Entry
from kdsp_lib.errors import BadParameters, BadSource, Broken, Fault, NotAuthorised
from kdsp_lib.protocol.decision import Decision, decide, holding_on_both
from kdsp_lib.protocol.request import Request
from kdsp_lib.register.database import Database
from kdsp_lib.register.held import held_register
from kdsp_lib.register.register import Register
from kdsp_lib.release.manifest import MANIFEST
from kdsp_lib.release.obligation import day_in_words
from kdsp_lib.release.read import load_manifest, verify_release
from kdsp_lib.release.standing import standing_faults
from kdsp_lib.source.files import sha256_of
from kdsp_lib.source.workspace import Workspace

_DECIDED = ("decision", "clauses", "obligations", "recipients")


@dataclass(frozen=True, slots=True)
class Verified:
    """A release that holds in every respect."""

    release: str
    title: str
    files: int
    entries: int
    """How many entries the ledger's chain has."""
    on: str
    known_at: str
    """The moment as of which the register was asked; empty where a register without a journal was."""
    retain_until: str | None
    is_replaced: bool
    """Whether a later release of the same report stands in the ledger."""
    identifiable: str = ""
    """Whom an establishment's own figures are told whole: ``school`` or ``officers``; empty where they are not."""


class State:
    """What a workspace knows of its releases: the ledger, checked once, and the register as it was known."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._workspace, self._database = workspace, database
        self._ledger = Ledger(database)
        self._registers: dict[str, Register] = {}

    @cached_property
    def entries(self) -> int:
        """How long the ledger is once its chain is checked; BadSource where it does not hold, or is none."""
        if entries := self._ledger.verify():
            return entries
        raise BadSource("There is no ledger in this workspace.")

    def entered(self, manifest: Mapping[str, Any]) -> tuple[Entry | None, list[Entry]]:
        """The entry of this release, and those of its being written."""
        report = str(manifest.get("release"))
        written = self._ledger.entries(kind="written", report=report)
        return self._ledger.released_as(report, manifest.get("content_hash")), written

    def register(self, known_at: str) -> Register:
        """The register as it was known."""
        if known_at not in self._registers:
            self._registers[known_at] = held_register(self._workspace.register, self._database, known_at)
        return self._registers[known_at]


def verify(folder: Path, workspace: Workspace, today: dt.date) -> Verified:
    """Check a release against its manifest, its place, the ledger, the register and the day.

    BadSource with all that is changed, missing, added, open to too many or not in the ledger; NotAuthorised where
    nothing is, but the decision does not come out as it was made, or the release has expired.
    """
    with Database(workspace.database) as database:
        return verified(folder, State(workspace, database), today)


def verified(folder: Path, state: State, today: dt.date) -> Verified:
    """As :func:`verify`, where several are checked."""
    faults = list(verify_release(folder))
    manifest: Mapping[str, Any] = {}
    entries, released, written = 0, None, list[Entry]()
    if not any(fault.field == "manifest.json" for fault in faults):
        manifest = load_manifest(folder)
        try:
            entries, (released, written) = state.entries, state.entered(manifest)
        except (BadSource, Broken) as error:
            faults.append(Fault("ledger", error.message))
        else:
            faults += _ledger_faults(folder, manifest, released, written)
        faults += standing_faults(folder, manifest)
    no_longer = [] if released is None else list(_decision_faults(released, state))
    no_longer += _expiry_faults(manifest, today)
    if faults:
        raise BadSource(
            f"The release {folder.name} cannot be relied on.",
            faults=[*faults, *no_longer],
            remedy="mend its name, place or modes where these are named; else make it again with `kdsp run`, or "
            "restore it and the workspace's state from a backup",
        )
    if no_longer:
        raise NotAuthorised(
            f"The release {folder.name} may no longer be used.",
            faults=no_longer,
            clauses=manifest["decision"]["clauses"],
            remedy="destroy it and tell whoever holds a copy; ask for it anew if it is still needed",
        )
    return Verified(
        release=str(manifest["release"]),
        title=str(manifest["title"]),
        files=len(manifest["files"]) + 1,
        entries=entries,
        on=str(manifest["on"]),
        known_at=str(manifest["known_at"]),
        retain_until=manifest["retain_until"],
        is_replaced=written[-1].body["content_hash"] != manifest["content_hash"],
        identifiable=str(manifest.get("identifiable", {}).get("for", "")),
    )


def _ledger_faults(
    folder: Path, manifest: Mapping[str, Any], released: Entry | None, written: list[Entry]
) -> Iterator[Fault]:
    same = [entry for entry in written if entry.body["content_hash"] == manifest.get("content_hash")]
    if not same:
        yield Fault("ledger", "has no entry that this very release was written: it was made or edited elsewhere")
    elif released is None:
        yield Fault("ledger", "has no such release")
    as_it_stands = sha256_of((folder / MANIFEST).read_bytes())
    if same and all(entry.body.get("manifest_hash") != as_it_stands for entry in same):
        yield Fault("", "was changed in its part for times and hosts, or in its spelling", MANIFEST)


def _decision_faults(released: Entry, state: State) -> Iterator[Fault]:
    """The decision once more, from the register as it was known then."""
    body = released.body
    try:
        register = state.register(str(body["known_at"]))
        protocol = str(body["protocol"]["name"])
        again = _decided(body["request"], register, protocol)
        if "asked_today" in body:
            again = holding_on_both(again, _decided(body["asked_today"], register, protocol))
    except (BadSource, BadParameters) as error:
        yield Fault("decision", f"cannot be made again: {error.message}")
        return
    if _settled(again) == {key: body["decision"][key] for key in _DECIDED}:
        return
    if again.is_permit:
        yield Fault("decision", "comes out otherwise from the register: another clause, obligation or recipient")
    else:
        yield Fault("decision", f"comes out as a refusal from the register, under {', '.join(again.clauses)}")


def _decided(request: Mapping[str, Any], register: Register, protocol: str) -> Decision:
    community = register.on(dt.date.fromisoformat(str(request["on"])))
    return decide(Request.from_mapping(request, community, protocol), community)


def _settled(decision: Decision) -> dict[str, Any]:
    return {key: value for key, value in decision.to_json().items() if key in _DECIDED}


def _expiry_faults(manifest: Mapping[str, Any], today: dt.date) -> Iterator[Fault]:
    end = manifest.get("retain_until")
    if end and today.isoformat() >= end:
        yield Fault("expiry", f"it expired on {day_in_words(end)}: a permit that it rests on ended that day")
