"""One report, from its parameters to a release, or to nothing at all and a reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kdsp_lib.custodian.client import Connection
from kdsp_lib.custodian.confinement import is_required, obtainable, refuse_unless_enough
from kdsp_lib.custodian.session import runner_ticket
from kdsp_lib.custodian.start import ensure_running
from kdsp_lib.errors import Broken, CustodianLost, KdspError, Mistake, Overtaken, Refusal
from kdsp_lib.run.notebook import CellFailed, execute
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile, read_parameters
from kdsp_lib.run.register_check import RegisterCheck
from kdsp_lib.source.environment import commit
from kdsp_lib.source.workspace import Workspace

if TYPE_CHECKING:
    from kdsp_lib.release.release import Release
    from kdsp_lib.release.write import BuiltRelease


def run_report(path: Path, workspace: Workspace, *, notebooks: Path) -> Outcome:
    """Run one parameter file to a release folder, or to an outcome that says why there is none."""
    check = RegisterCheck(workspace)
    return outcome_of(path, "", lambda: run_checked(read_parameters(path, notebooks, check), workspace))


def run_checked(given: ParameterFile, workspace: Workspace) -> Outcome:
    """Run the parameters of one report."""
    return outcome_of(given.path, given.which, lambda: begun_anew(lambda: _released(given, workspace)))


Ended = TypeVar("Ended")
_TO_END: Final = 5.0
"""So many seconds the custodian is waited for by a run that is stopped."""
_LOST: Final = 2
"""So many custodians may be lost beneath one report."""


def begun_anew(run: Callable[[], Ended]) -> Ended:
    """A run that another overtakes is begun anew once: what it asks is answered as before.

    One that loses its custodian up to twice: at once it may reach the same one again, which has not quite ended.
    """
    lost = 0
    while True:
        try:
            return run()
        except (CustodianLost, Overtaken) as error:
            lost += 1 if isinstance(error, CustodianLost) else _LOST
            if lost > _LOST:
                raise


def outcome_of_any(path: Path, which: str, run: Callable[[], Ended]) -> Ended | Outcome:
    """As :func:`outcome_of`, where a batch goes on whatever happens: what nobody foresaw is a fault of ours."""
    try:
        return outcome_of(path, which, run)
    except Exception as error:  # noqa: BLE001 - whatever it is, the batch goes on
        broken = Broken("Something in kdsp went wrong.", remedy="try again; if it stays, report the reference")
        broken.__cause__ = error
        return Outcome(path, "failed", which, error=broken)


def outcome_of(path: Path, which: str, run: Callable[[], Ended]) -> Ended | Outcome:
    """What a run ends in; refusals and failures as outcomes, so that one never stops the others."""
    try:
        return run()
    except Refusal as error:
        return Outcome(path, "refused", which, error=error)
    except Mistake as error:
        return Outcome(path, "mistake", which, error=error)
    except (Broken, CustodianLost, Overtaken) as error:
        return Outcome(path, "failed", which, error=error)
    except OSError as error:
        return Outcome(path, "failed", which, error=_refused_by_the_machine(error))


def _refused_by_the_machine(error: OSError) -> Broken:
    where = f" {error.filename}:" if error.filename else ""
    broken = Broken(
        f"The machine would not go on:{where} {error.strerror or type(error).__name__}.",
        remedy="make room there, or allow writing; then run it again. Nothing is half written",
    )
    broken.__cause__ = error
    return broken


def _released(given: ParameterFile, workspace: Workspace) -> Outcome:
    from kdsp_lib.release.folder import refuse_unless_writable

    refuse_unless_writable(workspace.outputs)
    with running(workspace, secrets.token_hex(8)) as runner:
        made = make(given, workspace, runner, stands=lambda made: stands(made, workspace))
        return finish(given, made, workspace, runner)


@dataclass(frozen=True, slots=True)
class Made:
    """What a run has made: a release as bytes; or that one stands already, by the hash of its content."""

    run: str
    release: str
    content_hash: str
    """Of what was written before, by the ledger; empty where nothing was."""
    built: BuiltRelease | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner's session for one run towards a release."""

    run: str
    connection: Connection


@contextmanager
def running(workspace: Workspace, run: str) -> Iterator[Runner]:
    """The session of a run, for as long as this machine has to do with it.

    Where it is stopped or fails, the custodian is asked to end the run with all its sessions, and what is worked at for
    them: of another machine it sees no process end.
    """
    with Connection(ensure_running(workspace), runner_ticket(workspace, run)) as connection:
        try:
            yield Runner(run, connection)
        except BaseException:
            with suppress(KdspError):
                connection.ask("end", {}, seconds=_TO_END)
            raise


def make(
    given: ParameterFile,
    workspace: Workspace,
    runner: Runner,
    *,
    stands: Callable[[Made], bool],
    required: bool = False,
) -> Made:
    """Run a notebook and make the files of its release, unless what is written already ``stands``.

    ``required``: from a fully confined kernel alone, whatever this process was asked.
    """
    from kdsp_lib.release.texts import texts_of
    from kdsp_lib.release.write import build

    required = required or is_required()
    refuse_unless_enough(obtainable(), required=required)
    begun = runner.connection.ask(
        "begin",
        {
            "notebook": given.notebook.stem,
            "report": given.report,
            "notebook_hash": notebook_hash(given.notebook),
            "parameters": dict(given.values),
            "require_confinement": required,
        },
    )
    there = Made(runner.run, begun["release"], begun["content_hash"])
    if there.content_hash and stands(there):
        return there
    started = dt.datetime.now(dt.UTC)
    executed = execute_or_say_why(given.notebook, given.values, workspace, runner)
    answer = runner.connection.ask("release", {"texts": texts_of(executed)})
    transient = {
        "started": started.isoformat(timespec="seconds"),
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "commit": commit(),
    }
    return replace(there, built=build(release_of(answer, executed, transient)))


def finish(given: ParameterFile, made: Made, workspace: Workspace, runner: Runner) -> Outcome:
    """Put a release in its folder, and say so to the custodian: nobody else writes one."""
    from kdsp_lib.release.write import write_built

    if made.built is None:
        return Outcome(given.path, "unchanged", given.which, folder=workspace.outputs / made.release)
    written = write_built(made.built, workspace.outputs)
    hashes = {"content_hash": written.content_hash, "manifest_hash": written.manifest_hash}
    runner.connection.ask("written", hashes)
    to_review, left_out = _to_review(written.manifest), _left_out(written.manifest)
    changed = tuple(written.manifest["amends"]["changed"]) if "amends" in written.manifest else None
    return Outcome(given.path, "released", given.which, written.folder, None, to_review, left_out, changed)


def stands(made: Made, workspace: Workspace) -> bool:
    """Whether what was written before is there, whole, and confined as it has to be."""
    return _is_whole(workspace.outputs / made.release, made.content_hash)


def _to_review(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{each['place']} states {', '.join(each['figures'])}, which no table prints" for each in manifest["to_review"]
    )


def _left_out(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"cell {each['cell']} ({each['line']})" for each in manifest["cells_left_out"])


def execute_or_say_why(
    notebook: Path, values: Mapping[str, str | None], workspace: Workspace, runner: Runner
) -> dict[str, Any]:
    """Execute a notebook of a run; what the custodian refused it is raised in the place of a cell that failed."""
    try:
        return execute(notebook, values, workspace, runner.run)
    except CellFailed as failed:
        reason = runner.connection.ask("outcome", {})["error"]
        if reason is not None and reason.get("error") == failed.kind:
            raise KdspError.from_json(reason) from None
        raise


def notebook_hash(notebook: Path) -> str:
    """SHA-256 over what a notebook does: its cells' kinds, sources and tags, not its stored outputs."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    what = [[c["cell_type"], "".join(c["source"]), c["metadata"].get("tags", [])] for c in cells]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def release_of(answer: Mapping[str, Any], executed: Mapping[str, Any], transient: Mapping[str, str]) -> Release:
    """The custodian's answer and the executed notebook as one release: figures from one, their order from the other."""
    from kdsp_lib.release.release import Release, Source
    from kdsp_lib.release.story import charts_shown

    made: dict[str, Any] = dict(answer)
    made["sources"] = tuple(Source(**source) for source in made["sources"])
    made["tables"] = tuple(made["tables"])
    made["counts"] = tuple(made["counts"])
    made["listings"] = tuple(made["listings"])
    return Release(**made, notebook=executed, charts=charts_shown(executed), transient=dict(transient))


def _is_whole(folder: Path, content_hash: str) -> bool:
    from kdsp_lib.release.read import manifest_if_sound

    found = manifest_if_sound(folder) if folder.is_dir() else None
    if found is None or found["content_hash"] != content_hash:
        return False
    return not is_required() or found["confinement"] == "full"
