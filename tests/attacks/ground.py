"""The ground an attack is tried on: a workspace with canaries, a neighbour process, and what is checked afterwards."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import socket
import sqlite3
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neighbour import MASK
from ways import Way

import kdsp_lib

HERE = Path(__file__).parent
SHORT, LATE, LONG = 1, 5, 15
"""Seconds that a way waits for what has to come: where it must not, where some must, and where all must."""
ARRIVES_WITHIN = 120


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way got. It worked if it got anything; what arrived or changed counts though the kernel died of it."""

    reported: bool
    claimed: bool
    arrived: bool
    changed: bool
    died: bool
    error: str

    @property
    def worked(self) -> bool:
        return self.reported or self.claimed or self.arrived or self.changed


class Ground:
    """A workspace at a folder, with a neighbour beside it. Use it for one kernel, then ask for the outcomes.

    With ``authority`` it is a made-up authority's, so that whole reports can be run in it.
    """

    def __init__(self, folder: Path, specification: Path, *, authority: bool = False) -> None:
        self.canary = "canary" + secrets.token_hex(12)
        self.root = folder / "workspace"
        if authority:
            from kdsp_lib.source.demo.authority import make_authority

            make_authority(self.root)
        self.beside = self.root / "beside"
        self._specification = specification
        self._held = ctypes.create_string_buffer(self.canary.encode())
        self._make_workspace()
        self.inherited = os.open(self.root / "data/pupils.csv", os.O_RDONLY)
        self._neighbour = subprocess.Popen(
            [sys.executable, str(HERE / "neighbour.py"), str(self.beside), self._masked()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HELD": self.canary},
        )
        assert self._neighbour.stdout
        self.neighbour: dict[str, Any] = json.loads(self._neighbour.stdout.readline())

    def _masked(self) -> str:
        return bytes(byte ^ MASK for byte in self.canary.encode()).hex()

    def _make_workspace(self) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        for name in ("data", "state", "outputs/another", "beside", "notebooks"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        if not (self.root / "kdsp.toml").exists():
            (self.root / "kdsp.toml").write_text('[workspace]\nname = "Attacked"\nrequester = "officer:a1"\n')
        for name in ("data/pupils.csv", "state/journal", "outputs/another/report.html"):
            (self.root / name).write_text(f"name\n{self.canary}\n")
            (self.root / name).chmod(0o600)
        (self.root / "data/canary_module.py").write_text(f"VALUE = {self.canary!r}\n")
        (self.root / "beside/other-kernel.json").write_text(json.dumps({"key": self.canary}))
        (self.root / f"notebooks/{self.canary}.ipynb").write_text("{}")
        parquet.write_table(pa.table({"name": [self.canary]}), self.root / "data/pupils.parquet")
        with sqlite3.connect(self.root / "data/pupils.db") as database:
            database.execute("create table t (name text)")
            database.execute("insert into t values (?)", (self.canary,))
        database.close()

    def facts(self) -> dict[str, Any]:
        """What the attacker is told: every place and number, so that no way fails for want of knowing where."""
        from kdsp_lib.custodian.address import socket_folder
        from kdsp_lib.custodian.start import facts
        from kdsp_lib.source.workspace import read_workspace

        data = self.root / "data"
        custodian = facts(read_workspace(self.root)) or {"pid": self.neighbour["pid"]}
        return {
            **self.neighbour,
            "inherited": self.inherited,
            "data": str(data),
            "secret": str(data / "pupils.csv"),
            "module": str(data / "canary_module.py"),
            "table": str(data / "pupils.parquet"),
            "database": str(data / "pupils.db"),
            "state": str(self.root / "state/journal"),
            "outputs": str(self.root / "outputs"),
            "other": str(self.root / "outputs/another/report.html"),
            "connection": str(self.beside / "other-kernel.json"),
            "notebooks": str(self.root / "notebooks"),
            "parent_address": ctypes.addressof(self._held),
            "custodian": str(socket_folder(self.root) / "custodian.sock"),
            "custodian_pid": custodian["pid"],
            "site": sysconfig.get_path("purelib"),
            "package": str(Path(kdsp_lib.__file__).parent),
            "specification": str(self._specification),
            "home": str(Path.home()),
        }

    def first_cell(self, ways: Iterable[Way], patience: int = SHORT) -> str:
        """The first cell of a kernel that tries these ways in turn. Their targets are made now.

        ``patience``: the seconds that a way waits for what has to come if it works.
        """
        cells = {}
        for way in ways:
            cells[way.slug] = way.cell
            target = self.root / "outputs" / way.slug
            target.mkdir()
            (target / "report.html").write_text(f"<p>{self.canary}</p>")
            (target / "report.html").chmod(0o600)
            _clear(way, self.facts())
        told = base64.b64encode(json.dumps({**self.facts(), "ways": cells, "patience": patience}).encode()).decode()
        return (HERE / "first_cell.py").read_text().replace("@FACTS@", told)

    def before(self, ways: Iterable[Way]) -> dict[str, object]:
        """How things outside the scratch stand; give it to :meth:`outcomes` after the cell has run."""
        return {way.slug: (_look(self.root / "outputs" / way.slug), _trace(way, self.facts())) for way in ways}

    def outcomes(self, ways: Iterable[Way], printed: str, before: Mapping[str, object]) -> dict[str, Outcome]:
        """What each way got, judged from outside."""
        ways, found = tuple(ways), printed.rpartition("SHOWN")[2].partition("!")[0]
        dead = {"reported": "", "claimed": False, "error": "the kernel died"}
        shown = json.loads(base64.b64decode(found)) if found else {way.slug: dead for way in ways}
        after = self.before(ways)
        self._settle()
        arrived = (self.beside / "arrivals").read_text("latin-1")
        for way in ways:
            _clear(way, self.facts())
        return {
            way.slug: Outcome(
                reported=self.canary in shown[way.slug]["reported"],
                claimed=shown[way.slug]["claimed"],
                arrived=(way.arrives or f"{way.slug}") in arrived if way.arrives or way.slug in arrived else False,
                changed=after[way.slug] != before[way.slug],
                died=not found,
                error=shown[way.slug]["error"] or shown[way.slug]["reported"][:200],
            )
            for way in ways
        }

    def _settle(self) -> None:
        """Come back once the neighbour has noted what was sent before: it goes round, and these come last."""
        for number in range(5):
            fence = f"fence-{secrets.token_hex(8)}-{number}"
            with socket.create_connection(("127.0.0.1", self.neighbour["tcp"])) as connection:
                connection.sendall(fence.encode())
                assert connection.recv(16), "the neighbour notes before it answers"

    def wait_for_arrival(self, way: Way) -> None:
        """Come back once the neighbour was sent what this way sends."""
        end = time.monotonic() + ARRIVES_WITHIN
        while (way.arrives or way.slug) not in (self.beside / "arrivals").read_text("latin-1"):
            assert time.monotonic() < end, f"{way.slug} never arrived"
            time.sleep(0.05)

    def close(self) -> None:
        """End the neighbour and the custodian."""
        from kdsp_lib.custodian.start import stop
        from kdsp_lib.source.workspace import read_workspace

        os.close(self.inherited)
        assert self._neighbour.stdin
        self._neighbour.stdin.close()
        try:
            self._neighbour.wait(ARRIVES_WITHIN)
        finally:
            self._neighbour.kill()
        stop(read_workspace(self.root))


def _look(folder: Path) -> object:
    if not folder.exists():
        return None
    found = []
    for path in sorted([folder, *folder.rglob("*")]):
        about = path.lstat()
        text = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
        notes = os.listxattr(path, follow_symlinks=False)
        times = about.st_mtime_ns if text else 0
        found.append((str(path), about.st_mode, about.st_uid, about.st_nlink, times, text, tuple(notes)))
    return found


def _trace(way: Way, facts: Mapping[str, Any]) -> object:
    if not way.leaves:
        return None
    path = Path(way.leaves.removesuffix(" longer").format(**facts))
    return path.stat().st_size if path.exists() and way.leaves.endswith(" longer") else path.exists()


def _clear(way: Way, facts: Mapping[str, Any]) -> None:
    path = Path(way.leaves.format(**facts)) if way.leaves else None
    if path and "kdsp" in path.name and "attack" in path.name and path.exists():
        path.rmdir() if path.is_dir() else path.unlink()
