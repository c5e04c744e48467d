"""Reports as a worker of a cluster makes them: on its own machine, with its own token; what it made goes back as bytes.

A worker has a workspace of its own (``kdsp.toml`` with ``[custodian]``), and nothing in it is written by a report. It
makes one report at a time, as a worker of ``kdsp run -j`` does.
"""

from __future__ import annotations

import platform
import secrets
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.release.write import BuiltRelease
from kdsp_lib.report.slug import check_slug
from kdsp_lib.run.one_report import Made, begun_anew, make, outcome_of_any, running
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.run.worker import told_of
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.workspace import Workspace, find_workspace

_ONE_AT_A_TIME: Final = threading.Lock()
"""A worker with several threads makes one report after the other: what a run needs is its process's."""


@dataclass(frozen=True, slots=True)
class Job:
    """A report as a worker is sent it. Nothing in it is of a pupil; nothing in it lets anybody in."""

    path: str
    notebook: str
    """Its name, which says the report's folder too."""
    text: bytes
    """The notebook itself: a worker has none."""
    values: Mapping[str, str | None]
    report: str
    which: str
    person: str
    """Whose reports these are: a worker with the token of another makes none of them."""
    anew: bool
    """Whether it is to be made though it was written before: it does not stand where it was."""
    require_confinement: bool


def job_of(given: ParameterFile, person: str, *, anew: bool, required: bool) -> Job:
    """A checked report as a job."""
    text = given.notebook.read_bytes()
    values = dict(given.values)
    return Job(str(given.path), given.notebook.name, text, values, given.report, given.which, person, anew, required)


def make_reports(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Make each report; what it ended in, as plain data: an ``outcome``, or what was ``made``."""
    with _ONE_AT_A_TIME:
        return [_made(job) for job in jobs]


def _made(job: Job) -> dict[str, Any]:
    def run() -> Made:
        workspace = _workspace()
        with tempfile.TemporaryDirectory(prefix="kdsp-") as folder:
            notebook = Path(folder) / Path(job.notebook).name
            write_atomically(notebook, job.text, mode=0o600)
            given = ParameterFile(Path(job.path), notebook, job.values, job.report, job.which)
            return begun_anew(lambda: _once(job, given, workspace))

    made = outcome_of_any(Path(job.path), job.which, run)
    return told_of(made) if isinstance(made, Outcome) else {"made": asdict(made)}


def _once(job: Job, given: ParameterFile, workspace: Workspace) -> Made:
    with running(workspace, secrets.token_hex(8)) as runner:
        person = runner.connection.person
        if person != job.person:
            raise BadParameters(
                f"The worker on {platform.node()} has the token of {person}, and these are reports of {job.person}.",
                remedy="give it a token of that person, or run them as the other",
            )
        return make(given, workspace, runner, stands=lambda _made: not job.anew, required=job.require_confinement)


def _workspace() -> Workspace:
    try:
        return find_workspace()
    except BadParameters as error:
        raise BadParameters(
            f"The worker on {platform.node()} has no workspace: {error.message}",
            faults=error.faults,
            remedy="start it in a folder with a kdsp.toml that names the custodian (docs/how-to/run-on-a-cluster.md)",
        ) from None


def made_of(data: Mapping[str, Any]) -> Made:
    """What a worker sent back of what it made. Broken where it is not that."""
    try:
        built = data["built"]
        kept = (
            None if built is None else BuiltRelease(str(built["id"]), dict(built["files"]), bool(built["is_private"]))
        )
        return Made(str(data["run"]), check_slug(data["release"], "release"), str(data["content_hash"]), kept)
    except (KeyError, TypeError, ValueError, BadParameters) as error:
        raise Broken("A worker of the cluster sent back what is no release.", remedy="run it again") from error
