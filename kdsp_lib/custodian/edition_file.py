"""The editions of a workspace, in its state: sealed, each in a file, in the order in which they were made.

They are sealed with a key made of the secret that their figures are drawn by. Whoever loses that has the same figures
no more: what is made then is a revised edition.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.edition import Edition, Proof
from kdsp_lib.custodian.secret import read_private
from kdsp_lib.errors import Broken
from kdsp_lib.sdc.memory import Memory
from kdsp_lib.sdc.printed import PrintedRow, PrintedTable
from kdsp_lib.source.files import one_writer, write_atomically
from kdsp_lib.source.made_up import made_up_snapshots
from kdsp_lib.source.workspace import Workspace

FOLDER: Final = "editions"
_NONCE: Final = 12
_REMEDY: Final = "restore it with the editions from a backup; without it, remove both: figures are then drawn anew"


def rounding_secret(state: Path) -> bytes:
    """The secret that aggregates are rounded by, made once. It goes with the state into backups."""
    return read_private(state / "rounding.key", _REMEDY)


MADE_UP: Final = hashlib.sha256(b"kdsp: figures of made-up pupils").digest()
"""What the figures of a made-up authority are drawn by, so that everybody who makes it sees the same."""


class Editions:
    """Those of one workspace. Whoever changes one holds their folder, on this machine."""

    def __init__(self, workspace: Workspace) -> None:
        self._state, self._folder, self._data = workspace.state, workspace.state / FOLDER, workspace.data
        self._read: dict[Path, tuple[tuple[int, int], Edition]] = {}
        self._lock = threading.RLock()

    def secret_for(self, snapshots: Iterable[str]) -> bytes:
        """What figures of these snapshots are drawn by: the workspace's secret, unless all of them were made up."""
        wanted = set(snapshots)
        is_made_up = bool(wanted) and wanted <= made_up_snapshots(self._data)
        return MADE_UP if is_made_up else rounding_secret(self._state)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold them: what is read meanwhile is what will be written over."""
        with self._lock, one_writer(self._folder):
            yield

    def of(self, period: str) -> list[Edition]:
        """The editions of a period, in order. Broken where one cannot be read."""
        found = [self._edition(path) for path in sorted(self._folder.glob(f"{_prefix(period)}-*"))]
        return [edition for edition in found if edition.period == period]

    def every(self) -> list[Edition]:
        """All of them."""
        if not self._folder.is_dir():
            return []
        return [self._edition(path) for path in sorted(self._folder.glob("[0-9]*-*"))]

    def keep(self, edition: Edition) -> None:
        """Write one in the place of what it was."""
        path = self._folder / f"{_prefix(edition.period)}-{edition.number:03}"
        content = json.dumps(_to_json(edition), separators=(",", ":"), sort_keys=True).encode()
        nonce = secrets.token_bytes(_NONCE)
        write_atomically(path, nonce + self._cipher().encrypt(nonce, content, path.name.encode()), mode=0o600)

    def _edition(self, path: Path) -> Edition:
        there = path.stat()
        known = (there.st_mtime_ns, there.st_ino)
        with self._lock:
            if path not in self._read or self._read[path][0] != known:
                self._read[path] = known, self._opened(path)
            return self._read[path][1]

    def _opened(self, path: Path) -> Edition:
        from cryptography.exceptions import InvalidTag

        content = path.read_bytes()
        try:
            opened = self._cipher().decrypt(content[:_NONCE], content[_NONCE:], path.name.encode())
            return _from_json(json.loads(opened))
        except (InvalidTag, ValueError, KeyError, TypeError) as cause:
            raise Broken(f"The edition {path.name} of the state cannot be read.", remedy=_REMEDY) from cause

    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(hmac.new(rounding_secret(self._state), b"kdsp editions 1", hashlib.sha256).digest())


def _prefix(period: str) -> str:
    return period.replace("/", "-")


def _to_json(edition: Edition) -> dict[str, Any]:
    return {
        "period": edition.period,
        "number": edition.number,
        "policy": edition.policy,
        "snapshots": dict(edition.snapshots),
        "standard": {place: list(urns) for place, urns in edition.standard.items()},
        "members": {place: list(urns) for place, urns in edition.members.items()},
        "tables": [_table_to_json(table) for table in edition.tables.values()],
        "totals": {
            name: [[*placed, _rows(of)] for placed, of in each.items()] for name, each in edition.totals.items()
        },
        "memory": _memory_to_json(edition.memory),
        "memories": {name: _memory_to_json(memory) for name, memory in edition.memories.items()},
        "proof": asdict(edition.proof),
    }


def _from_json(data: Mapping[str, Any]) -> Edition:
    tables = [_table_from_json(each) for each in data["tables"]]
    return Edition(
        data["period"],
        data["number"],
        data["policy"],
        data["snapshots"],
        {place: tuple(urns) for place, urns in data["standard"].items()},
        {place: tuple(urns) for place, urns in data["members"].items()},
        {(table.name, table.place): table for table in tables},
        {
            name: {(form, place): {tuple(codes): figure for codes, figure in rows} for form, place, rows in each}
            for name, each in data["totals"].items()
        },
        _memory_from_json(data["memory"]),
        {name: _memory_from_json(memory) for name, memory in data["memories"].items()},
        Proof(**data["proof"]),
    )


def _rows(of: Mapping[tuple[str, ...], Any]) -> list[Any]:
    return [[list(codes), figure] for codes, figure in of.items()]


def _table_to_json(table: PrintedTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "place": table.place,
        "breakdowns": list(table.breakdowns),
        "rows": [[list(row.codes), row.base, row.counted] for row in table.rows],
        "unit": table.unit,
        "labels": dict(table.labels or {}),
        "notes": list(table.notes),
    }


def _table_from_json(data: Mapping[str, Any]) -> PrintedTable:
    return PrintedTable(
        data["name"],
        data["place"],
        tuple(data["breakdowns"]),
        tuple(PrintedRow(tuple(codes), base, counted) for codes, base, counted in data["rows"]),
        data["unit"],
        labels=data["labels"],
        notes=tuple(data["notes"]),
    )


def _memory_to_json(memory: Memory) -> dict[str, Any]:
    return {
        "salts": dict(memory.salts),
        "printed": [
            [form, place, list(codes), part, value] for (form, place, codes, part), value in memory.printed.items()
        ],
        "withheld": sorted([form, place, list(codes), part] for form, place, codes, part in memory.withheld),
        "levels": [[*placed, [dict(each) for each in levels]] for placed, levels in memory.levels.items()],
        "same_pupils": dict(memory.same_pupils),
    }


def _memory_from_json(data: Mapping[str, Any]) -> Memory:
    return Memory(
        data["salts"],
        {(form, place, tuple(codes), part): value for form, place, codes, part, value in data["printed"]},
        frozenset((form, place, tuple(codes), part) for form, place, codes, part in data["withheld"]),
        {(form, place): tuple(levels) for form, place, levels in data["levels"]},
        data["same_pupils"],
    )
