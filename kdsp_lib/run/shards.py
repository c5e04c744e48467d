"""Shards of a batch, for machines that know nothing of each other: the tasks of a Slurm array, the pods of a Job.

Reports that have to wait for each other are in one shard, in their order; no shard waits for another. The plan depends
on what is released already, so shards are made once, before any of them runs: a folder each, of parameter files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.together import Together
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.run.order import waits
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.run.plan import places_of
from kdsp_lib.source.files import make_folder, sha256_of, write_atomically
from kdsp_lib.source.workspace import Workspace

LIST: Final = "shards.json"
MOST: Final = 10_000
_SLURM, _KUBERNETES = "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"
_SLURM_COUNT: Final = "SLURM_ARRAY_TASK_COUNT"


def shards_of(waiting: Sequence[frozenset[int]], of: int) -> list[list[int]]:
    """Reports by their numbers, dealt to ``of`` shards: what waits for each other together, the largest first.

    ``waiting``: for each report the earlier ones that it waits for. The same shards for the same batch, each time.
    """
    together = Together()
    for number, before in enumerate(waiting):
        together.join(map(str, (number, *before)))
    groups: dict[str, list[int]] = {}
    for number in range(len(waiting)):
        groups.setdefault(together.of(str(number)), []).append(number)
    shards: list[list[int]] = [[] for _ in range(of)]
    for group in sorted(groups.values(), key=lambda each: (-len(each), each)):
        min(shards, key=len).extend(group)
    return [sorted(shard) for shard in shards]


def write_shards(reports: Sequence[ParameterFile], workspace: Workspace, of: int, into: Path) -> list[Path]:
    """Write the shards of a batch into a new folder, one folder each, of a file a report; the folders in order."""
    if not 0 < of <= MOST:
        raise BadParameters(f"A batch is split into 1 to {MOST} shards.", remedy="--of 16")
    if into.exists():
        raise BadParameters(
            f"{into} is there already, and is left as it is.",
            remedy="its shards may run already; remove it, or name another folder",
        )
    shards = shards_of(waits(places_of(reports, workspace)), of)
    names = [f"{number:0{len(str(of - 1))}}" for number in range(of)]
    files = {
        f"{name}/{place:05}/{reports[number].notebook.stem}/{_name(reports[number])}": _text(reports[number].values)
        for name, shard in zip(names, shards, strict=True)
        for place, number in enumerate(shard)
    }
    for path, text in files.items():
        write_atomically(into / path, text)
    for name in names:
        make_folder(into / name, mode=0o755)
    told = {"of": of, "shards": names, "files": {path: sha256_of(text) for path, text in files.items()}}
    write_atomically(into / LIST, json.dumps(told, indent=1).encode())  # last: without it, there are no shards
    return [into / name for name in names]


def shard_of_task(folder: Path, environment: Mapping[str, str]) -> Path:
    """The shard of this task of a Slurm array, or of this pod of an indexed Job, among those that were made.

    BadParameters where a shard would be run by nobody, or is not whole.
    """
    told = _read(folder)
    of, number = told["of"], _number(environment)
    faults = []
    count = environment.get(_SLURM_COUNT, "")
    if _SLURM in environment and count and count != str(of):
        faults.append(
            Fault(_SLURM_COUNT, f"the array has {count} tasks, and there are {of} shards: --array=0-{of - 1}")
        )
    if not 0 <= number < of:
        faults.append(Fault(_SLURM if _SLURM in environment else _KUBERNETES, f"is not a number from 0 to {of - 1}"))
    if faults:
        raise BadParameters("The tasks are not those of the shards.", faults=faults)
    shard = folder / str(told["shards"][number])
    mine = {path: digest for path, digest in told["files"].items() if path.startswith(f"{shard.name}/")}
    there = {path.relative_to(folder).as_posix() for path in shard.rglob("*") if path.is_file()}
    changed = [path for path in sorted(mine) if path in there and sha256_of((folder / path).read_bytes()) != mine[path]]
    faults = [Fault("", "is missing", path) for path in sorted(set(mine) - there)]
    faults += [Fault("", "was added", path) for path in sorted(there - set(mine))]
    faults += [Fault("", "was changed", path) for path in changed]
    if faults:
        raise BadParameters(f"{shard} is not as it was made.", faults=faults, remedy="copy it again, or make it anew")
    return shard


def is_shards(folder: Path) -> bool:
    """Whether shards were made in a folder."""
    return (folder / LIST).is_file()


def _read(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / LIST).read_text("utf-8"))
        if len(told["shards"]) == told["of"] and isinstance(told["files"], dict):
            return told
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise BadParameters(f"{folder / LIST} is not as it was made.", remedy="copy it again, or make the shards anew")


def _number(environment: Mapping[str, str]) -> int:
    for name in (_SLURM, _KUBERNETES):
        if name in environment:
            return int(environment[name]) if environment[name].isdecimal() else -1
    raise BadParameters(
        "This is no task of a Slurm array and no pod of an indexed Job.",
        remedy=f"they have {_SLURM} or {_KUBERNETES}; elsewhere, run a shard by its folder: kdsp run SHARDS/0",
    )


def _name(report: ParameterFile) -> str:
    which = re.sub(r"[^a-z0-9]+", "-", report.which.lower()).strip("-")[:80]
    return f"{report.path.stem}-{which}.yaml" if which else f"{report.path.stem}.yaml"


def _text(values: Mapping[str, str | None]) -> bytes:
    """A parameter file: JSON's texts are YAML's too."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()).encode()
