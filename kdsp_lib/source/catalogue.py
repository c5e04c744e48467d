"""The catalogue: which data sets a workspace has, of which period, in which snapshot, and how far to be trusted.

It is ``data/catalogue.json``. A load adds an entry; the entry that it replaces stays, no longer *current*, so that
an earlier release can be made again from the snapshot it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.source.files import one_writer, write_atomically
from kdsp_lib.source.period import is_period
from kdsp_lib.source.snapshot import read_snapshot, snapshot_path, stream_snapshot
from kdsp_lib.source.workspace import Workspace

FILE_NAME = "catalogue.json"
FORMAT = 1
_OPTIONAL = frozenset({"not_before", "use_by", "status", "set_aside", "aside_list"})
STATUSES = ("provisional", "revised", "final")


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set of the catalogue. ``current`` and ``signed_off`` are what clause 7 asks for."""

    dataset: str
    period: str | None
    snapshot: str
    rows: int
    current: bool
    signed_off: bool
    categories: tuple[str, ...]
    vintage: str
    loaded_on: str
    not_before: str | None = None
    """The day from which it may be used, where its owner releases it to a calendar."""
    use_by: str | None = None
    """The first day on which it is no longer current, though nothing has replaced it."""
    status: str | None = None
    """Whether its figures may still be corrected, where whoever made them says so."""
    set_aside: int | None = None
    """How many records were set aside because they break a rule."""
    aside_list: str | None = None
    """The hash of the list of these."""

    @property
    def edition(self) -> str:
        """Which edition it is, for a reader: how much was set aside in words, since a count would tell of a few."""
        if not self.set_aside:
            return self.vintage
        total = self.rows + self.set_aside
        least = next((n for n in (1_000, 100, 10) if self.set_aside * n < total), None)
        return f"{self.vintage}; {f'fewer than 1 in {least:,}' if least else 'some'} rows set aside"

    def is_current_on(self, day: date) -> bool:
        """Whether it may be used on a day (7): released by then, and not past its time."""
        on = day.isoformat()
        return (self.not_before is None or self.not_before <= on) and (self.use_by is None or on < self.use_by)

    def to_json(self) -> dict[str, Any]:
        """As the catalogue keeps it: a day that is not set is left out."""
        said = {**asdict(self), "categories": list(self.categories)}
        return {key: value for key, value in said.items() if key not in _OPTIONAL or value is not None}

    def __str__(self) -> str:
        return self.dataset if self.period is None else f"{self.dataset} {self.period}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The data sets of one workspace, in the order they were loaded."""

    data: Path
    datasets: tuple[DataSet, ...] = ()

    @classmethod
    def load(cls, workspace: Workspace) -> Self:
        """The catalogue of ``workspace``, or :class:`BadSource` with every fault of it."""
        path = workspace.data / FILE_NAME
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise BadSource(
                f"This workspace has no data yet: there is no {path}.",
                remedy="load some with: kdsp data add   (or make an authority up: kdsp demo --into FOLDER)",
            ) from None
        except (OSError, ValueError):
            raise BadSource(f"{path} cannot be read as JSON.", remedy="restore it from your backup") from None
        datasets, faults = _read(document)
        if faults:
            raise BadSource(f"{path} is not a catalogue of kdsp.", faults=faults, remedy="restore it from your backup")
        return cls(workspace.data, datasets)

    @classmethod
    def load_or_empty(cls, workspace: Workspace) -> Self:
        """As :meth:`load`, but a workspace without a catalogue has an empty one."""
        if not (workspace.data / FILE_NAME).exists():
            return cls(workspace.data)
        return cls.load(workspace)

    def dataset(self, name: str, period: str | None = None) -> DataSet:
        """The current data set of that name and period. Where there is none, the error names what there is."""
        found = [entry for entry in self.current if (entry.dataset, entry.period) == (name, period)]
        if len(found) == 1:
            return found[0]
        wanted = name if period is None else f"{name} for {period}"
        raise BadSource(
            f"There is no data set {wanted}.",
            faults=[Fault("there is", str(entry)) for entry in sorted(self.current, key=str)],
            remedy="ask for a period that is there, or load it with: kdsp data add",
        )

    @property
    def current(self) -> tuple[DataSet, ...]:
        """The data sets that nothing has replaced."""
        return tuple(entry for entry in self.datasets if entry.current)

    def pinned(self, snapshots: Iterable[str]) -> Catalogue:
        """The catalogue as a release saw it: those snapshots are the current ones, and no others are there."""
        wanted = set(snapshots)
        kept = {
            (entry.dataset, entry.period): replace(entry, current=True)
            for entry in self.datasets
            if entry.snapshot in wanted
        }
        missing = sorted(wanted - {entry.snapshot for entry in kept.values()})
        if missing:
            raise BadSource(
                "Data that this was made from is no longer in the catalogue.",
                faults=[Fault("snapshot", digest[:12]) for digest in missing],
            )
        return Catalogue(self.data, tuple(kept.values()))

    def path(self, dataset: DataSet) -> Path:
        """Where the snapshot of a data set lies. Read it with :meth:`read`, which checks its hash."""
        return snapshot_path(self.data, dataset.snapshot)

    def read(self, dataset: DataSet) -> Any:
        """The rows of a data set as an Arrow table, after its hash was checked."""
        return read_snapshot(self.data, dataset.snapshot)

    def stream(self, dataset: DataSet, coded: Collection[str]) -> Any:
        """The rows of a data set in pieces, after its hash was checked; ``coded`` columns have few values."""
        return stream_snapshot(self.data, dataset.snapshot, coded)

    def with_dataset(self, added: DataSet) -> Catalogue:
        """This catalogue with one data set more, which replaces the current one of its name and period."""
        kept = tuple(
            replace(entry, current=False) if (entry.dataset, entry.period) == (added.dataset, added.period) else entry
            for entry in self.datasets
        )
        return Catalogue(self.data, (*kept, added))

    def write(self) -> None:
        """Keep this as the catalogue of its workspace; its writer holds the lock of the folder."""
        write_atomically(self.data / FILE_NAME, self.to_bytes(), mode=0o600)

    def to_bytes(self) -> bytes:
        """The catalogue as it is kept: JSON, one data set a line."""
        lines = ",\n".join(
            "  " + json.dumps(entry.to_json(), ensure_ascii=False, sort_keys=True) for entry in self.datasets
        )
        body = f"\n{lines}\n " if lines else ""
        return f'{{"format": {FORMAT},\n "datasets": [{body}]}}\n'.encode()


def record(workspace: Workspace, added: DataSet) -> Catalogue:
    """Add one data set to the workspace's catalogue, while nobody else writes it."""
    with one_writer(workspace.data):
        catalogue = Catalogue.load_or_empty(workspace).with_dataset(added)
        catalogue.write()
    return catalogue


def _read(document: Any) -> tuple[tuple[DataSet, ...], list[Fault]]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return (), [Fault("", f"must be {FORMAT}", "format")]
    entries = document.get("datasets")
    if not isinstance(entries, list):
        return (), [Fault("", "must be a list", "datasets")]
    datasets: list[DataSet] = []
    faults: list[Fault] = []
    for number, entry in enumerate(entries, start=1):
        found = _faults_of(f"data set {number}", entry)
        faults += found
        if not found:
            datasets.append(DataSet(**{**entry, "categories": tuple(entry["categories"])}))
    current = [(entry.dataset, entry.period) for entry in datasets if entry.current]
    faults += [
        Fault("datasets", f"{name} {period or ''} is current more than once")
        for name, period in sorted(set(current), key=str)
        if current.count((name, period)) > 1
    ]
    return tuple(datasets), faults


def _faults_of(place: str, entry: Any) -> list[Fault]:
    if not isinstance(entry, dict):
        return [Fault(place, "must be a mapping")]
    known = {field.name for field in fields(DataSet)}
    faults = [Fault(place, "is missing", key) for key in sorted(known - _OPTIONAL - entry.keys())]
    faults += [Fault(place, "is not known", str(key)) for key in sorted(entry.keys() - known, key=str)]
    return faults or [
        Fault(place, text, key) for key, text in _SHAPES.items() if key in entry and not _has_shape(key, entry)
    ]


_SHAPES: Mapping[str, str] = {
    "dataset": "must be the name of a data set",
    "period": "must be a period such as 2025/26-autumn, or null",
    "snapshot": "must be a SHA-256",
    "rows": "must be a whole number",
    "current": "must be true or false",
    "signed_off": "must be true or false",
    "categories": "must be a list of categories",
    "vintage": "must be text",
    "loaded_on": "must be a date such as 2025-10-20",
    "not_before": "must be a date such as 2025-10-20",
    "use_by": "must be a date such as 2025-10-20",
    "set_aside": "must be a whole number",
    "aside_list": "must be a SHA-256",
    "status": f"must be one of {', '.join(STATUSES)}",
}


def _has_shape(key: str, entry: Mapping[str, Any]) -> bool:
    value = entry[key]
    match key:
        case "current" | "signed_off":
            return isinstance(value, bool)
        case "rows" | "set_aside":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "categories":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "period":
            return value is None or (isinstance(value, str) and is_period(value))
        case "loaded_on" | "not_before" | "use_by":
            return read_day(value) is not None
        case "status":
            return value in STATUSES
        case "snapshot" | "aside_list":
            return isinstance(value, str) and len(value) == 64
        case _:
            return isinstance(value, str) and bool(value)
