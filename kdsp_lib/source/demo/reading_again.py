"""The made-up authority's files, read by the readers that a real authority's would be: each kind told by its file, and
held to its contract. Nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from kdsp_lib.errors import Broken
from kdsp_lib.source.demo.performance import YEAR
from kdsp_lib.source.file_kind import kind_of
from kdsp_lib.source.load import KINDS, read_file
from kdsp_lib.source.pupil_return import PupilReturn
from kdsp_lib.source.school_census.loading import KIND as RETURNS
from kdsp_lib.source.school_census.reading import read_return
from kdsp_lib.source.transfer_file.loading import KIND as TRANSFERS
from kdsp_lib.source.transfer_file.reading import read_transfer
from kdsp_lib.source.workspace import Workspace

_OF_PUPILS: Mapping[str, Callable[[Path], PupilReturn]] = MappingProxyType(
    {RETURNS: read_return, TRANSFERS: read_transfer}
)
MOST_OF_PUPILS = 20
_FAULTY = "with-faults"
_BESIDE = ".meta.csv"


def read_files(folder: Path, workspace: Workspace) -> Mapping[str, int]:
    """How many files of each kind were read, the first ``MOST_OF_PUPILS`` of returns and of transfer files.

    :class:`Broken` or BadSource where one of them does not read well.
    """
    found: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.*")):
        if not path.is_file() or path.name.endswith(_BESIDE) or any(_FAULTY in part for part in path.parts):
            continue
        kind = kind_of(path)
        if kind in _OF_PUPILS:
            if found[kind] == MOST_OF_PUPILS:
                continue
            if _OF_PUPILS[kind](path).file.faults:
                raise Broken(f"A made-up file of {kind} does not read well.")
        else:
            contract = KINDS[kind].contract
            period = f"{YEAR}-autumn" if contract.termly else YEAR if contract.yearly else None
            read_file(KINDS[kind], path, period, workspace)
        found[kind] += 1
    return found
