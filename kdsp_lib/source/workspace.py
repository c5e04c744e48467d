"""The folder that somebody works in, described by its ``kdsp.toml``."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.source.files import write_new
from kdsp_lib.source.limits import Limits, faults_of, limits_of

FILE_NAME = "kdsp.toml"
VARIABLE = "KDSP_WORKSPACE"
DEFAULTS: Mapping[str, str] = {
    "name": "",
    "requester": "",
    "register": "data/register.yaml",
    "data": "data",
    "state": "state",
    "outputs": "outputs",
}
_REQUIRED = ("name", "requester")
_PATHS = ("register", "data", "state", "outputs")
_TABLES = ("workspace", "limits")
_PERSON = re.compile(r"(officer|partner|appointee|establishment):[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the data, the state and the outputs are, who asks on this machine, and how much a run may take."""

    root: Path
    name: str
    requester: str
    register: Path
    data: Path
    state: Path
    outputs: Path
    limits: Limits = field(default_factory=Limits)


def find_workspace(start: Path | None = None) -> Workspace:
    """The workspace of ``KDSP_WORKSPACE``, or else the nearest one at or above ``start`` (the current folder).

    Where there is none, or its ``kdsp.toml`` has faults, :class:`BadParameters` names all of them.
    """
    named = os.environ.get(VARIABLE, "") if start is None else ""
    if named:
        root = Path(named).expanduser().absolute()
        if not (root / FILE_NAME).is_file():
            raise BadParameters(
                f"{VARIABLE} names a folder without a {FILE_NAME}: {root}",
                remedy=f"unset {VARIABLE}, name a workspace, or make one there with: kdsp init {root}",
            )
        return read_workspace(root)
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return read_workspace(folder)
    raise BadParameters(
        f"There is no workspace here: neither {here} nor a folder above it holds a {FILE_NAME}.",
        remedy="make one with: kdsp init   (or a made-up authority to try things on: kdsp demo --into FOLDER)",
    )


def read_workspace(root: Path) -> Workspace:
    """The workspace that ``root/kdsp.toml`` describes, or :class:`BadParameters` with every fault of it."""
    root = root.absolute()
    path = root / FILE_NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadParameters(f"{path} cannot be read: {error.strerror}.", remedy="kdsp init makes one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadParameters(
            f"{path} is not TOML.", faults=[Fault("", str(error))], remedy="mend it, or move it away and: kdsp init"
        ) from None
    faults = _faults_of(document)
    if faults:
        count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise BadParameters(f"{path} has {count}.", faults=faults, remedy="kdsp init shows what one looks like")
    given: dict[str, str] = {**DEFAULTS, **document["workspace"]}
    limits = limits_of(document.get("limits", {}))
    register, data, state, outputs = (root / given[key] for key in _PATHS)
    return Workspace(root, given["name"], given["requester"], register, data, state, outputs, limits)


def init_workspace(path: Path, *, name: str = "Our authority", requester: str = "officer:a1") -> Workspace:
    """Make ``path`` a workspace by writing its ``kdsp.toml``; never over one that is there."""
    faults = _faults_of({"workspace": {"name": name, "requester": requester}})
    if faults:
        raise BadParameters("That is no workspace.", faults=faults)
    text = (
        "# A workspace of kdsp. Paths are relative to this folder.\n"
        "[workspace]\n"
        f"name = {_quoted(name)}\n"
        f"requester = {_quoted(requester)}   # who asks on this machine: a person of the register\n"
        + "".join(f"{key} = {_quoted(DEFAULTS[key])}\n" for key in _PATHS)
    )
    try:
        write_new(path.absolute() / FILE_NAME, text.encode())
    except FileExistsError:
        raise BadParameters(
            f"{path.absolute() / FILE_NAME} is there already, and is left as it is.",
            remedy="edit it, or make the workspace in another folder",
        ) from None
    except OSError as error:
        raise BadParameters(f"{path} cannot be made a workspace: {error.strerror}.") from None
    return read_workspace(path)


def _faults_of(document: Mapping[str, Any]) -> list[Fault]:
    faults = [
        Fault("", f"is not known here; only [workspace] and [limits] are: remove [{key}]", key)
        for key in document
        if key not in _TABLES
    ]
    faults += faults_of(document.get("limits", {}))
    table = document.get("workspace")
    if not isinstance(table, dict):
        return [*faults, Fault("", "is missing: the settings stand under [workspace]", "workspace")]
    for key, value in table.items():
        if key not in DEFAULTS:
            faults.append(Fault("[workspace]", f"is not a setting; these are: {', '.join(DEFAULTS)}", key))
        elif not isinstance(value, str) or not value.strip():
            faults.append(Fault("[workspace]", "must be text in quotes, and not empty", key))
        elif key in _PATHS and not _lies_within(value):
            faults.append(Fault("[workspace]", "must be a path inside the workspace, relative to it", key))
        elif key == "requester" and not _PERSON.fullmatch(value):
            faults.append(Fault("[workspace]", "must be a party of the register, such as officer:a1", key))
    faults += [Fault("[workspace]", "is missing", key) for key in _REQUIRED if key not in table]
    return faults


def _lies_within(path: str) -> bool:
    parts = Path(path).parts
    return not Path(path).is_absolute() and ".." not in parts and bool(parts)


def _quoted(text: str) -> str:
    """The text as a TOML string: JSON's escapes are TOML's too, but for DEL, which JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
