"""A rerun with one thing moved at a time and all else as it was then: which of what moved makes which difference.

What can be had as it was: the notebook, from the release itself; the code and the rules, from the history of the
checkout that kdsp runs from. Each counts only where its hash is the one that the ledger pinned. What cannot be had is
as it is now in every trial.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.custodian.moved import Part
from kdsp_lib.custodian.removal import remove_folder
from kdsp_lib.custodian.start import stop
from kdsp_lib.release.notebook import FRONT_MATTER
from kdsp_lib.run.one_report import notebook_hash
from kdsp_lib.run.parameters import lies_in
from kdsp_lib.run.prepared import tags_of
from kdsp_lib.run.rerun import NOTEBOOK, manifest_in, rerun_release
from kdsp_lib.run.rerun_result import Effect, Rerun, outcome_of
from kdsp_lib.run.scratch_folder import scratch_of
from kdsp_lib.source.code import engine_hash_of, is_rule, package, rules_hash_of
from kdsp_lib.source.files import make_folder, write_atomically
from kdsp_lib.source.workspace import FILE_NAME, Workspace, read_workspace

_AROUND: Final = frozenset({"marking", "released", "conditions"})
"""Cells that a release puts around those of its notebook."""
_PUT_IN: Final = "injected-parameters"
_RERUN: Final = """
import json, sys
from pathlib import Path
from kdsp_lib.run.rerun import rerun_release
from kdsp_lib.source.workspace import read_workspace
folder, root, notebooks = map(Path, sys.argv[1:])
print(json.dumps(rerun_release(folder, read_workspace(root), notebooks=notebooks).to_json()))
"""


def rerun_by_parts(folder: Path, workspace: Workspace, *, notebooks: Path, nbval: bool = False) -> Rerun:
    """As :func:`rerun_release`; where it differs and several things moved, by trials which of them makes which."""
    found = rerun_release(folder, workspace, notebooks=notebooks, nbval=nbval)
    moved = tuple(dict.fromkeys(change.part for change in found.changes if not change.stops))
    if found.status == "reproduced" or len(moved) < 2 or _is_gone(found, notebooks) or workspace.custodian is not None:
        return found
    with scratch_of(workspace) as scratch:
        then = _Then(folder, found, notebooks, scratch)
        can_be_had = tuple(part for part in moved if then.has(part))
        if not can_be_had:
            return found
        trials: dict[Part | None, frozenset[str]] = {}
        for part in (*can_be_had, *([None] if len(can_be_had) < len(moved) else [])):
            tried = then.tried(part, workspace)
            if tried is None:
                return found
            trials[part] = tried
    return _told_apart(found, trials, tuple(part for part in moved if part not in can_be_had))


def _is_gone(found: Rerun, notebooks: Path) -> bool:
    """Whether its data or its notebook is not there, so that nothing can be tried."""
    notebook = notebooks / f"{found.pins['notebook']}.ipynb"
    return not (notebook.is_file() and lies_in(notebook, notebooks)) or any(
        change.stops and change.part == "data" for change in found.changes
    )


def _told_apart(found: Rerun, trials: Mapping[Part | None, frozenset[str]], stuck: tuple[Part, ...]) -> Rerun:
    """The result with what each of the trials makes otherwise. ``stuck``: what had moved in all of them."""
    whole, always = outcome_of(found.to_json()), trials.get(None, frozenset[str]())
    effects = [Effect(tuple(part for part in stuck if part in found.causes) or stuck, always)]
    effects += [Effect((part,), outcome - always) for part, outcome in trials.items() if part is not None]
    alone = frozenset[str]().union(*trials.values())
    effects.append(Effect(tuple(part for part in trials if part is not None), whole - alone, is_together=True))
    seen = tuple(effect for effect in effects if effect.what)
    return replace(found, effects=seen, causes=tuple(dict.fromkeys(part for each in seen for part in each.parts)))


@dataclass(frozen=True, slots=True)
class _Package:
    """The folder of a kdsp: its code may be of one time and its rules of another."""

    path: Path
    code: str
    rules: str


class _Then:
    """What there is of the time of a release, and the trials that can be made of it."""

    def __init__(self, folder: Path, found: Rerun, notebooks: Path, scratch: Path) -> None:
        self._folder, self._scratch, self._numbers = folder, scratch, count(1)
        self._notebooks_now, manifest = notebooks, manifest_in(folder)
        self._notebooks = _notebooks_of(folder, found.pins, scratch / "notebooks")
        self._package = _package_of(str(manifest.get("transient", {}).get("commit", "")), found.pins, scratch / "then")

    def has(self, part: Part) -> bool:
        """Whether that can be had as it was."""
        if part in ("code", "rules"):
            return self._package is not None
        return part == "notebook" and self._notebooks is not None

    def tried(self, moved: Part | None, workspace: Workspace) -> frozenset[str] | None:
        """What differs where only this is as it is now, of what can be had as it was; None where no trial came off."""
        notebooks = self._notebooks if self._notebooks is not None and moved != "notebook" else self._notebooks_now
        if self._package is None:
            return outcome_of(rerun_release(self._folder, workspace, notebooks=notebooks).to_json())
        made = self._scratch / f"trial{next(self._numbers)}"
        now = package()
        code, rules = (now if moved == part else self._package for part in ("code", "rules"))
        put_together(made / "kdsp_lib", code=code, rules=rules)
        with _beside(workspace, made / "workspace") as place:
            ended = subprocess.run(
                [sys.executable, "-c", _RERUN, str(self._folder), str(place.root), str(notebooks)],
                cwd=made / "workspace", capture_output=True, text=True, check=False,
                env={**os.environ, "PYTHONPATH": str(made), "KDSP_WORKSPACE": str(place.root)},
            )  # fmt: skip
        try:
            return outcome_of(json.loads(ended.stdout))
        except (ValueError, KeyError, TypeError):
            return None


def put_together(into: Path, *, code: Path, rules: Path) -> None:
    """A kdsp of the code of one and the rules of another."""
    for folder, has_rules in ((code, False), (rules, True)):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and "__pycache__" not in name.parts and is_rule(name) is has_rules:
                make_folder((into / name).parent)
                shutil.copyfile(path, into / name)


def _notebooks_of(folder: Path, pins: Mapping[str, Any], into: Path) -> Path | None:
    """A folder with the notebook that a release was made by, as it is in it; None where its hash is not the pinned."""
    try:
        cells = json.loads((folder / NOTEBOOK).read_text("utf-8"))["cells"]
        own = [_as_it_was(cell) for cell in cells if cell["id"] not in _AROUND and _PUT_IN not in tags_of(cell)]
        make_folder(into)
        made = into / f"{pins['notebook']}.ipynb"
        whole = {"cells": own, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        write_atomically(made, json.dumps(whole).encode(), mode=0o600)
        return into if notebook_hash(made) == pins["notebook_hash"] else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _as_it_was(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell of a release without what the release put into it."""
    tags = [tag for tag in tags_of(cell) if tag != FRONT_MATTER]
    outputs: dict[str, Any] = {"outputs": []} if cell["cell_type"] == "code" else {}
    return {**cell, "metadata": {"tags": tags} if tags else {}, **outputs}


def _package_of(commit: str, pins: Mapping[str, Any], into: Path) -> Path | None:
    """The kdsp of a commit of the checkout that this one runs from; None where it is not the very one pinned."""
    checkout = package().parent
    if not re.fullmatch("[0-9a-f]{40,64}", commit) or not (checkout / ".git").exists():
        return None
    try:
        packed = subprocess.run(
            ["git", "-C", str(checkout), "archive", "--format=tar", commit, package().name],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(into, filter="data")
    except (OSError, subprocess.CalledProcessError, tarfile.TarError):
        return None
    found = into / package().name
    return found if (engine_hash_of(found), rules_hash_of(found)) == (pins["code"], pins["rules"]) else None


@contextmanager
def _beside(workspace: Workspace, root: Path) -> Iterator[Workspace]:
    """The same workspace by another name: the custodian of a trial serves nobody else, and ends with it."""
    make_folder(root)
    for name in (FILE_NAME, *_first_parts(workspace)):
        (root / name).symlink_to(workspace.root / name)
    place = read_workspace(root)
    try:
        yield place
    finally:
        stop(place)
        remove_folder(socket_folder(place.root))


def _first_parts(workspace: Workspace) -> Iterable[str]:
    """What of a workspace's folder holds something of it."""
    inside = (workspace.register, workspace.data, workspace.state, workspace.outputs)
    return sorted({path.relative_to(workspace.root).parts[0] for path in inside})
