"""Make a workspace with a made-up authority in it: the register, the data sets and their catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.catalogue import FILE_NAME as CATALOGUE_FILE
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.demo.agreed import SERIES_YEARS, tables_agreed
from kdsp_lib.source.demo.earlier_result import FIRST, LAST
from kdsp_lib.source.demo.ksip import ksip_text
from kdsp_lib.source.demo.moving import moving_of
from kdsp_lib.source.demo.nation import write_nation
from kdsp_lib.source.demo.place import places_of
from kdsp_lib.source.demo.register import head_key, register_text
from kdsp_lib.source.demo.school_measure import school_measures_of
from kdsp_lib.source.files import make_folder, one_writer, sha256_of, write_atomically
from kdsp_lib.source.ksip_status import FILE as KSIP_FILE
from kdsp_lib.source.made_up import RECORD_FILE
from kdsp_lib.source.period import school_year
from kdsp_lib.source.snapshot import Snapshot, verified_bytes, write_snapshot
from kdsp_lib.source.workspace import FILE_NAME as WORKSPACE_FILE
from kdsp_lib.source.workspace import Workspace, init_workspace, read_workspace

GENERATOR = 16
"""Raised whenever the same seed gives other bytes than before."""
SEED = 20_260_302
MOST_WITH_REGISTER = 40
"""More authorities are a nation: tables for benchmarks, without a register."""
MOST_AUTHORITIES = 150
HEAD_KEY_FILE = "elderhaven.pem"
"""By which the tutorial signs as a made-up head."""
Progress = Callable[[str], None]

_ATTENDANCE = {"autumn": "2026-02-02", "spring": "2026-06-08", "summer": "2026-10-19"}
_LOADED: Mapping[str | None, str] = {
    None: "2025-09-08",
    "census 2023/24-autumn": "2023-10-23",
    "census 2024/25-autumn": "2024-10-21",
    "census 2025/26-autumn": "2025-10-20",
    "census 2025/26-spring": "2026-02-02",
    "census 2025/26-summer": "2026-06-08",
    "census 2026/27-autumn": "2026-10-19",
    "attendance 2023/24-autumn": "2024-02-05",
    "attendance 2024/25-autumn": "2025-02-03",
    "attendance 2026/27-autumn": "2027-02-08",
    **{f"attendance 2025/26-{term}": day for term, day in _ATTENDANCE.items()},
    "suspensions 2025/26-autumn": "2026-06-08",
    "suspensions 2025/26-spring": "2026-10-19",
    "suspensions 2025/26-summer": "2027-02-01",
    **{f"attendance-reasons 2025/26-{term}": day for term, day in _ATTENDANCE.items()},
    "results 2025/26": "2026-09-14",
    "pupil-premium 2025/26": "2026-05-11",
    **{f"authority-measures {year}": f"{int(year[:4]) + 1}-12-10" for year in SERIES_YEARS},
    **{f"authority-measures {year}-autumn": f"{int(year[:4]) + 1}-05-14" for year in SERIES_YEARS},
    **{f"authority-measures {year}-spring": f"{int(year[:4]) + 1}-10-15" for year in SERIES_YEARS},
    **{f"authority-measures {year}-summer": f"{int(year[:4]) + 2}-03-18" for year in SERIES_YEARS},
    "school-measures 2025/26": "2026-11-30",
    "ofsted-inspections": "2026-03-09",
    "transfers": "2026-07-20",
    **{f"results {school_year(year)}": f"{year + 1}-09-15" for year in range(FIRST, LAST + 1)},
}
"""When each data set would have come in: attendance comes a term in arrears, suspensions two."""


def make_authority(into: Path, seed: int = SEED, authorities: int = 1, progress: Progress | None = None) -> Workspace:
    """Make ``into`` a workspace of made-up ``authorities``, from a seed that decides every byte of it.

    Where the same one is there already, nothing is written. Where other data is there, or the made-up data was
    changed, :class:`BadSource` says so and nothing is written: kdsp never writes over data that it did not make up.
    """
    if not 1 <= authorities <= MOST_AUTHORITIES:
        raise BadParameters(f"The number of made-up authorities is from 1 to {MOST_AUTHORITIES}.")
    if seed < 0:
        raise BadParameters("A seed is a whole number from 0.")
    is_new = not (into / WORKSPACE_FILE).exists()
    if is_new and (into / "data").exists():
        raise _occupied(into / "data")
    workspace = (
        init_workspace(into, name="Made-up authority", requester="officer:a1") if is_new else read_workspace(into)
    )
    say = progress or (lambda _: None)
    wanted = {"generator": GENERATOR, "seed": seed, "authorities": authorities}
    make_folder(workspace.data)
    _check_free(workspace, wanted)
    if _is_complete(workspace):
        say("the made-up authority is there already")
        return workspace
    with one_writer(workspace.data):
        _make(workspace, wanted, say)
    return workspace


def is_made_up(workspace: Workspace) -> bool:
    """Whether the workspace's data is a made-up authority's, and still as it was made."""
    return _is_complete(workspace)


def _make(workspace: Workspace, wanted: dict[str, int], say: Progress) -> None:
    record = workspace.data / RECORD_FILE
    write_atomically(record, _json({**wanted, "complete": False}))
    catalogue, files = Catalogue(workspace.data), {}
    is_nation = wanted["authorities"] > MOST_WITH_REGISTER
    authorities = [] if is_nation else [places_of(wanted["seed"], number) for number in range(wanted["authorities"])]
    parts = (
        write_nation(workspace.data, wanted["seed"], wanted["authorities"], say)
        if is_nation
        else _written(workspace.data, wanted["seed"], authorities)
    )
    for name, period, snapshot in parts:
        dataset = _described(name, period, snapshot.sha256, snapshot.rows)
        catalogue = catalogue.with_dataset(dataset)
        say(f"{dataset}: {snapshot.rows:,} rows")
    if not is_nation:
        register = register_text(authorities).encode()
        write_atomically(workspace.register, register)
        files["register"] = sha256_of(register)
        write_atomically(workspace.data / HEAD_KEY_FILE, head_key(), mode=0o600)
        write_atomically(workspace.data / KSIP_FILE, ksip_text().encode(), mode=0o600)
    write_atomically(workspace.data / CATALOGUE_FILE, catalogue.to_bytes(), mode=0o600)
    files["catalogue"] = sha256_of(catalogue.to_bytes())
    snapshots = sorted(entry.snapshot for entry in catalogue.datasets)
    write_atomically(record, _json({**wanted, "complete": True, "files": files, "snapshots": snapshots}))


def _written(data: Path, seed: int, authorities: list[Any]) -> Iterator[tuple[str, str | None, Snapshot]]:
    import pyarrow as pa

    from kdsp_lib.source.demo.table import tables_of

    streams = [tables_of(seed, number, places) for number, places in enumerate(authorities)]
    made: dict[tuple[str, str | None], pa.Table] = {}
    for parts in zip(*streams, strict=True):
        name, period, _ = parts[0]
        made[name, period] = pa.concat_tables([table for _, _, table in parts])
        yield name, period, write_snapshot(made[name, period], data)
    for name, period, rows in (*tables_agreed(), school_measures_of(made), *moving_of(seed, made)):
        yield name, period, write_snapshot(pa.Table.from_pylist(rows, arrow_schema(contract_of(name))), data)


def _described(name: str, period: str | None, sha256: str, rows: int) -> DataSet:
    contract = contract_of(name)
    year, _, term = (period or "").partition("-")
    of = "" if period is None else f", {f'{term} {year}'.strip()}"
    return DataSet(
        dataset=name,
        period=period,
        snapshot=sha256,
        rows=rows,
        current=True,
        signed_off=True,
        categories=contract.categories,
        vintage=f"made-up {contract.title}{of}",
        loaded_on=_LOADED[f"{name} {period}"] if period is not None else _LOADED.get(name, _LOADED[None]),
    )


def _check_free(workspace: Workspace, wanted: dict[str, int]) -> None:
    """Refuse a workspace that holds anything but this very demo, whole or half made."""
    record = _record(workspace)
    if record is None:
        if any(workspace.data.iterdir()) or workspace.register.exists():
            raise _occupied(workspace.data)
        return
    if {key: record.get(key) for key in wanted} != wanted:
        raise BadSource(
            "This workspace holds another made-up authority (another seed, number or version).",
            remedy=f"make the new one in another folder, or move {workspace.data} away first",
        )
    if record.get("complete") is True and not _is_untouched(workspace, record):
        raise BadSource(
            "The made-up authority here has been changed since it was made: its register or its catalogue is another.",
            remedy=f"keep working with it, make a fresh one in another folder, or move {workspace.data} away first",
        )


def _occupied(data: Path) -> BadSource:
    return BadSource(
        f"{data} holds data that is not a made-up authority's; it is left as it is.",
        remedy="make the made-up authority in another folder: kdsp demo --into FOLDER",
    )


def _record(workspace: Workspace) -> dict[str, Any] | None:
    try:
        record = json.loads((workspace.data / RECORD_FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise _occupied(workspace.data) from None
    if not isinstance(record, dict):
        raise _occupied(workspace.data)
    return record


def _is_untouched(workspace: Workspace, record: dict[str, Any]) -> bool:
    files = {"register": workspace.register, "catalogue": workspace.data / CATALOGUE_FILE}
    noted = record.get("files", {"catalogue": ""})
    return all(
        files[name].is_file() and sha256_of(files[name].read_bytes()) == digest for name, digest in noted.items()
    )


def _is_complete(workspace: Workspace) -> bool:
    record = _record(workspace)
    if record is None or record.get("complete") is not True or not _is_untouched(workspace, record):
        return False
    try:
        for sha256 in record["snapshots"]:
            verified_bytes(workspace.data, sha256)
    except BadSource:
        return False
    return True


def _json(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
