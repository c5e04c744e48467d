"""What a report is made from beside snapshots and the register, pinned: a rerun says that it changed, and no more."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.custodian.earlier import audited_release
from kdsp_lib.custodian.ledger_entry import canonical
from kdsp_lib.custodian.partnership import recorded_of
from kdsp_lib.source.files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.source.workspace import Workspace


def also_read(opened: Opened, ledger: Ledger, workspace: Workspace, secret: bytes) -> dict[str, str]:
    """By name in words, a hash of what a permitted report reads that is neither; empty for most reports.

    It is keyed, and taken together with the report itself, so that it tells a reader nothing, and two of them nothing
    together: not even whether the record of another establishment is the same.
    """
    key = hmac.new(secret, b"kdsp also read 1", hashlib.sha256).digest()
    readers = _READ.get(opened.name, {})
    found = {name: canonical([opened.id, read(opened, ledger, workspace)]) for name, read in readers.items()}
    return {name: hmac.new(key, what.encode(), hashlib.sha256).hexdigest() for name, what in found.items()}


def _recorded(opened: Opened, _ledger: Ledger, workspace: Workspace) -> Any:
    """Of the partnership's store what its report tells, and nothing of others."""
    found = recorded_of(opened, workspace.data)
    return None if found is None else {name: repr(value) for name, value in asdict(found).items()}


def _files(opened: Opened, ledger: Ledger, workspace: Workspace) -> Any:
    """The files of the release that it is about, as they lie in their folder."""
    entry = audited_release(ledger, opened.parameters)
    folder = None if entry is None else workspace.outputs / entry.report
    if folder is None or folder.is_symlink():
        return []
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted([path.relative_to(folder).as_posix(), sha256_of(path.read_bytes())] for path in files)


_FILES: Final = {"files of the release that it is about": _files}
_READ: Final[Mapping[str, Mapping[str, Callable[[Opened, Ledger, Workspace], Any]]]] = {
    "ksip-report": {"record of the School Improvement Partnership": _recorded},
    "disclosure-audit": _FILES,
    "rerun-review": _FILES,
}
