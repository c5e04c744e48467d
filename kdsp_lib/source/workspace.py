"""The folder that somebody works in, described by its ``kdsp.toml``."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.protocol.catalogue import CATALOGUE, RECORDS
from kdsp_lib.protocol.table import DEFAULT, protocol_names
from kdsp_lib.register.database import SCHEMES, SQLITE, sqlite_url
from kdsp_lib.source.files import write_new
from kdsp_lib.source.limits import Limits, faults_of, limits_of
from kdsp_lib.source.remote import Remote, faults_of_remote, remote_of

FILE_NAME = "kdsp.toml"
VARIABLE = "KDSP_WORKSPACE"
DEFAULTS: Mapping[str, str] = {
    "name": "",
    "requester": "",
    "register": "data/register.yaml",
    "data": "data",
    "state": "state",
    "outputs": "outputs",
    "protocol": DEFAULT,
}
_REQUIRED = ("name", "requester")
_PATHS = ("register", "data", "state", "outputs")
_TABLES = ("workspace", "limits", "state", "reports", "custodian")
_DATABASE_FILE = "kdsp.db"
_EARLIER_FILES = ("journal.db", "ledger.db")
"""Where journal and ledger stood before they shared a database; what was released by them still binds."""
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
    database: str
    """The URL of the state database: journal, ledger and the rest. No password stands in it."""
    protocol: str = DEFAULT
    """The protocol that requests are decided by."""
    limits: Limits = field(default_factory=Limits)
    records: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By report: the authority's own lawful basis, gateway or DPIA reference, in the place of the catalogue's."""
    checkpoints: Path | None = None
    """A file outside the state, to which each checkpoint is added too."""
    custodian: Remote | None = None
    """The custodian of another machine, where this workspace has none of its own: no data, no register, no state."""

    @property
    def private(self) -> tuple[Path, ...]:
        """What no notebook may read: data, state, outputs, and the token for a custodian of another machine."""
        token = self.custodian.token_file if self.custodian else None
        return (self.data, self.state, self.outputs, *(() if token is None else (token,)))


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
    remote = remote_of(root, document["custodian"]) if "custodian" in document else None
    limits = limits_of(document.get("limits", {}))
    register, data, state, outputs = (root / given[key] for key in _PATHS)
    earlier = [name for name in _EARLIER_FILES if (state / name).exists()]
    if earlier:
        raise BadParameters(
            f"{state} is of an earlier kdsp: {' and '.join(earlier)} would be passed over, and so what was released.",
            remedy="go on with the version of kdsp that made it; or begin a new workspace, where no reader of this "
            "one's releases gets figures of the same data",
        )
    database = _database_url(root, state, document.get("state", {}).get("database", ""))
    copies = document.get("state", {}).get("checkpoints")
    return Workspace(
        root=root,
        name=given["name"],
        requester=given["requester"],
        register=register,
        data=data,
        state=state,
        outputs=outputs,
        database=database,
        protocol=given["protocol"],
        limits=limits,
        records=document.get("reports", {}),
        checkpoints=None if copies is None else (root / copies).resolve(),
        custodian=remote,
    )


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
        + "# Each type of report names its lawful basis, gateway and DPIA. Put your own in the place of kdsp's:\n"
        + '# [reports.area-profile]\n# dpia = "DPIA 2026/14"\n'
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
        Fault("", f"is not known here; only {_in_brackets(_TABLES)} are: remove [{key}]", key)
        for key in document
        if key not in _TABLES
    ]
    faults += [*faults_of(document.get("limits", {})), *_faults_of_records(document.get("reports", {}))]
    faults += _faults_of_state(document.get("state", {}), document.get("workspace"))
    is_remote = "custodian" in document
    faults += faults_of_remote(document["custodian"]) if is_remote else []
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
        elif key == "protocol" and value not in protocol_names():
            faults.append(Fault("[workspace]", f"must be one of {', '.join(protocol_names())}", key))
    if is_remote:
        of_the_other = (
            *(key for key in table if key != "name"),
            *(key for key in ("state", "reports") if key in document),
        )
        text = "is of the custodian's own workspace: beside [custodian], take it out (its token says who asks)"
        faults += [Fault("", text, key) for key in of_the_other if key not in ("outputs",)]
    required = ("name",) if is_remote else _REQUIRED
    faults += [Fault("[workspace]", "is missing", key) for key in required if key not in table]
    return faults


def _faults_of_state(table: object, workspace: object) -> list[Fault]:
    if not isinstance(table, dict):
        return [Fault("", "must be a table", "[state]")]
    known = ("database", "checkpoints")
    faults = [
        Fault("[state]", f"is not a setting; these are: {', '.join(known)}", key) for key in table if key not in known
    ]
    state = str(workspace.get("state", DEFAULTS["state"]) if isinstance(workspace, dict) else DEFAULTS["state"])
    wrong = _wrong_with_url(table["database"], state) if "database" in table else ""
    faults += [Fault("[state]", wrong, "database")] if wrong else []
    copies = table.get("checkpoints", "checkpoints")
    if not isinstance(copies, str) or not copies.strip() or Path(os.path.normpath(copies)).is_relative_to(state):
        faults.append(Fault("[state]", "must be the path of a file that is not in the state folder", "checkpoints"))
    return faults


def _wrong_with_url(url: object, state: str) -> str:
    """What is wrong with the URL of a state database; empty where nothing is."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        _ = parts.port
    except ValueError:
        return "is not a URL; write it as postgresql://USER@HOST/DATABASE"
    given = {key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if parts.scheme not in SCHEMES or parts.fragment:
        return "must be a URL in quotes, such as postgresql://USER@HOST/DATABASE; without it, SQLite is used"
    if parts.password is not None or any("password" in key for key in given):
        return "holds a password: take it out, and give it in PGPASSWORD or ~/.pgpass"
    if parts.scheme == SQLITE:
        path = unquote(parts.path).removeprefix("/")
        inside = _lies_within(path) and path.endswith(".db") and Path(path).parent.is_relative_to(Path(state))
        return "" if inside and not parts.netloc and not given else f"must be sqlite:///{state}/NAME.db"
    return ""


def _database_url(root: Path, state: Path, given: str) -> str:
    """The URL that the file gives, SQLite's path made whole; SQLite in the state folder where it gives none."""
    if not given:
        return sqlite_url(state / _DATABASE_FILE)
    parts = urlsplit(given)
    return sqlite_url(root / unquote(parts.path).removeprefix("/")) if parts.scheme == SQLITE else given


def _in_brackets(names: Iterable[str]) -> str:
    return ", ".join(f"[{name}]" for name in names)


def _faults_of_records(table: Any) -> Iterator[Fault]:
    """All that is wrong with ``[reports.NAME]``: an unknown report or record, a text that says nothing."""
    if not isinstance(table, dict):
        yield Fault("", "must be tables, such as [reports.area-profile]", "[reports]")
        return
    for name, own in table.items():
        place = f"[reports.{name}]"
        if name not in CATALOGUE or not isinstance(own, dict):
            yield Fault(place, f"is not a table of a report; these are: {', '.join(CATALOGUE)}")
            continue
        for key, value in own.items():
            if key not in RECORDS:
                yield Fault(place, f"is not a record; these are: {', '.join(RECORDS)}", key)
            elif not isinstance(value, str) or not value.strip():
                yield Fault(place, "must be text in quotes, and not empty", key)


def _lies_within(path: str) -> bool:
    parts = Path(path).parts
    return not Path(path).is_absolute() and ".." not in parts and bool(parts)


def _quoted(text: str) -> str:
    """The text as a TOML string: JSON's escapes are TOML's too, but for DEL, which JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
