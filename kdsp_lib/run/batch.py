"""Reports, one or thousands: read, planned, run by several processes at once; each ends in a release or in nothing.

The number of workers changes no byte: what hangs together is run in the order of the parameter files (``order.py``).
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.run.batch_file import read_any
from kdsp_lib.run.one_report import outcome_of, run_checked
from kdsp_lib.run.order import waits
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.run.plan import places_of
from kdsp_lib.run.register_check import RegisterCheck
from kdsp_lib.run.workers import Workers
from kdsp_lib.source.workspace import Workspace

if TYPE_CHECKING:
    from kdsp_lib.run.cluster import ClusterWorkers

Progress = Callable[[int, Outcome], None]
"""Told of each end, with the report's place in the batch."""
_TRIES: Final = 2


def run_reports(paths: Iterable[Path], workspace: Workspace, *, notebooks: Path, workers: int = 0) -> list[Outcome]:
    """Run every parameter file and batch file, as :func:`run_batch`."""
    return run_batch(read_reports(paths, workspace, notebooks), workspace, workers=workers)


def run_batch(
    reports: Sequence[ParameterFile | Outcome],
    workspace: Workspace,
    *,
    workers: int = 0,
    scheduler: str = "",
    progress: Progress = lambda _number, _outcome: None,
) -> list[Outcome]:
    """Run reports as :func:`read_reports` gives them; refusals and failures are outcomes, none stops the others.

    By so many ``workers`` of this machine (0, and where there is one report: by this process), or by those of a
    cluster, where a ``scheduler`` is named. Outcomes are in the order of the reports. One that is in it twice is run
    once.
    """
    batch = _Batch(reports, progress)
    for place, item in enumerate(reports):
        if isinstance(item, Outcome):
            batch.end(place, item)
    if not batch.left:
        return batch.outcomes
    if len(batch.left) == 1 and not scheduler:
        [only] = batch.left
        batch.end(only, run_checked(batch.report(only), workspace))
        return batch.outcomes
    failed = batch.plan(workspace)
    if failed is not None:
        for each in sorted(batch.left):
            report = batch.report(each)
            batch.end(each, replace(failed, parameters=report.path, which=report.which))
    elif scheduler:
        from kdsp_lib.run.cluster import ClusterWorkers

        _run_at_once(batch, ClusterWorkers(workspace, scheduler))
    elif not workers:
        while (number := batch.next()) is not None:
            batch.end(number, run_checked(batch.report(number), workspace))
    else:
        _run_at_once(batch, Workers(workspace, min(workers, len(batch.left))))
    return batch.outcomes


def read_reports(paths: Iterable[Path], workspace: Workspace, notebooks: Path) -> list[ParameterFile | Outcome]:
    """The reports of all files, in order; in the place of a file with faults, the outcome that says so."""
    found: list[ParameterFile | Outcome] = []
    check = RegisterCheck(workspace)
    for path in paths:
        read = outcome_of(path, "", partial(read_any, path, notebooks, check))
        found += [read] if isinstance(read, Outcome) else read
    return found


def workers_for(reports: int) -> int:
    """How many workers a batch has where nobody says: a core each."""
    return min(reports, len(os.sched_getaffinity(0)))


class _Batch:
    """The reports of a batch: which are done, which may be begun."""

    def __init__(self, items: Sequence[ParameterFile | Outcome], progress: Progress) -> None:
        self.items = items
        self._progress = progress
        self._ended: dict[int, Outcome] = {}
        self.left = {number for number, item in enumerate(items) if isinstance(item, ParameterFile)}
        self._ready: list[int] = []
        self._waits: dict[int, set[int]] = {}
        self._waited_for: dict[int, list[int]] = {}
        self._again: dict[int, list[int]] = {}

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of those that have ended, in the order of the files."""
        return [self._ended[number] for number in sorted(self._ended)]

    def report(self, number: int) -> ParameterFile:
        """The report of a place."""
        item = self.items[number]
        assert isinstance(item, ParameterFile)
        return item

    def plan(self, workspace: Workspace) -> Outcome | None:
        """Learn what waits for what; the outcome of all where nobody can say."""
        numbers = sorted(self.left)
        reports = [self.report(number) for number in numbers]
        places = outcome_of(reports[0].path, "", lambda: places_of(reports, workspace))
        if isinstance(places, Outcome):
            return places
        last: dict[str, tuple[int, Path]] = {}
        for number, place, report in zip(numbers, places, reports, strict=True):
            first, notebook = last.get(place.release, (number, report.notebook))
            if place.release and first != number and notebook == report.notebook:
                self._again.setdefault(first, []).append(number)
            else:
                last[place.release] = (number, report.notebook)
        repeated = {number for again in self._again.values() for number in again}
        for number, before in zip(numbers, waits(places), strict=True):
            self._waits[number] = {numbers[each] for each in before}
            for each in self._waits[number]:
                self._waited_for.setdefault(each, []).append(number)
            if not self._waits[number] and number not in repeated:
                heapq.heappush(self._ready, number)
        return None

    def next(self) -> int | None:
        """The first that may be begun; None while all that is left waits."""
        return heapq.heappop(self._ready) if self._ready else None

    def end(self, number: int, outcome: Outcome) -> None:
        """Keep what became of one, and let what waits for it be begun."""
        self._ended[number] = outcome
        self.left.discard(number)
        self._progress(number, outcome)
        for again in self._again.pop(number, ()):
            report = self.report(again)
            status = "unchanged" if outcome.status == "released" else outcome.status
            said = replace(outcome, parameters=report.path, which=report.which, status=status)
            self.end(again, replace(said, to_review=(), left_out=(), changed=None))
        for other in self._waited_for.pop(number, ()):
            self._waits[other].discard(number)
            if not self._waits[other] and other in self.left:
                heapq.heappush(self._ready, other)


def _run_at_once(batch: _Batch, those: Workers | ClusterWorkers) -> None:
    tries: dict[int, int] = {}
    with those as workers:
        while batch.left:
            while workers.has_room and (number := batch.next()) is not None:
                workers.give(number, batch.report(number))
            for heard in workers.heard():
                if heard.outcome is not None:
                    batch.end(heard.number, heard.outcome)
                    continue
                report = batch.report(heard.number)
                tries[heard.number] = tries.get(heard.number, 0) + 1
                if tries[heard.number] < _TRIES:
                    workers.give(heard.number, report)
                else:
                    batch.end(
                        heard.number, Outcome(report.path, "failed", report.which, error=_ended_with_its_worker())
                    )


def _ended_with_its_worker() -> Broken:
    return Broken(
        "The process that ran it ended, twice.",
        remedy="see that there is memory for so many at once (-j fewer); then run it again. Nothing is half written",
    )


def check_paths(paths: Iterable[Path]) -> list[Path]:
    """Parameter files in order; a folder stands for its YAML files. Raises BadParameters for what is not there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*.yaml") if p.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise BadParameters(f"There is no parameter file {path}.")
    return found
