"""A release made again from its manifest and compared with itself, byte for byte. Nothing that is made is kept."""

from __future__ import annotations

import json
import platform
import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.client import Connection
from kdsp_lib.custodian.moved import Change, Moved, Part
from kdsp_lib.custodian.session import rerunner_ticket
from kdsp_lib.custodian.start import ensure_running
from kdsp_lib.errors import BadParameters, BadSource, Fault, KdspError, Refusal
from kdsp_lib.run.by_nbval import failed_cells, refuse_without_nbval
from kdsp_lib.run.checks.draft import read_notebook
from kdsp_lib.run.notebook import CellFailed, execute
from kdsp_lib.run.one_report import notebook_hash, release_of
from kdsp_lib.run.parameters import lies_in, notebook_parameters
from kdsp_lib.run.rerun_cells import Otherwise, cells_otherwise, has_same_code
from kdsp_lib.run.rerun_comparison import Compared, compare
from kdsp_lib.run.rerun_result import Difference, Rerun, causes_of
from kdsp_lib.source.code import engine_hash, rules_hash
from kdsp_lib.source.environment import libraries, lock_hash, own_version
from kdsp_lib.source.workspace import Workspace

NOTEBOOK: Final = "report.ipynb"


def rerun_release(folder: Path, workspace: Workspace, *, notebooks: Path, nbval: bool = False) -> Rerun:
    """Make the release in a folder again, from what its manifest pins, and compare every file.

    It says first what cannot be had as it was. ``nbval``: compare its notebook cell by cell too, and hold it to what is
    stored in it by nbval. BadSource where there is no manifest, or no entry of it in the ledger.
    """
    if nbval:
        refuse_without_nbval()
    manifest = manifest_in(folder)
    run = secrets.token_hex(8)
    with _rerunner(workspace, run) as runner:
        begun = runner.ask("rerun", _named(manifest))
        ended = partial(_ended, manifest, begun["pins"], marking=str(begun["marking"]))
        notebook = notebooks / f"{begun['pins']['notebook']}.ipynb"
        changes = [
            *map(Change.from_json, begun["changes"]),
            *_changes_of_code(begun["pins"], manifest),
            *_changes_of_python(manifest),
            *_changes_of_notebook(begun["pins"], notebook, notebooks),
            *_changes_of_release(folder),
        ]
        if begun["refused"]:
            changes.append(_refusal(KdspError.from_json(begun["refused"]), changes))
        if any(change.stops for change in changes):
            return ended(changes, None)
        try:
            made = _made_again(manifest, begun["pins"]["parameters"], notebook, workspace, run, runner)
        except KdspError as error:
            return ended([*changes, _refusal(error, changes)], None)
        shown = _held_to(folder, made[0][NOTEBOOK], manifest, workspace) if nbval else None
        return ended(changes, compare(folder, manifest, *made), shown)


def difference(folder: Path, workspace: Workspace, changed: Part) -> Difference:
    """What the release's questions get today with one thing as it is now, cell by cell: an answer to the reviewer."""
    manifest = manifest_in(folder)
    with _rerunner(workspace, secrets.token_hex(8)) as runner:
        found = runner.ask("rerun-compare", {**_named(manifest), "with": changed})
    cells = tuple(map(Moved.from_json, found["cells"]))
    changes = tuple(map(Change.from_json, found["changes"]))
    release, title, marking = str(manifest["release"]), str(manifest["title"]), str(found["marking"])
    return Difference(release, title, changed, cells, found["looked_at"], changes, marking)


def manifest_in(folder: Path) -> dict[str, Any]:
    """The manifest of a release, whole or not; BadSource where it cannot be read."""
    from kdsp_lib.release.manifest import MANIFEST
    from kdsp_lib.release.read import load_manifest

    try:
        manifest = load_manifest(folder)
        if not {"release", "title", "files"} <= manifest.keys() or not isinstance(manifest["files"], dict):
            raise ValueError(MANIFEST)
    except (OSError, ValueError):
        raise BadSource(
            f"{folder.name} is no release that can be made again.",
            faults=[Fault("", "is missing or cannot be read", MANIFEST)],
        ) from None
    return manifest


def _rerunner(workspace: Workspace, run: str) -> Connection:
    return Connection(ensure_running(workspace), rerunner_ticket(workspace, run))


def _named(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"release": str(manifest["release"]), "content_hash": str(manifest.get("content_hash"))}


def _made_again(
    manifest: Mapping[str, Any],
    parameters: Mapping[str, str | None],
    notebook: Path,
    workspace: Workspace,
    run: str,
    runner: Connection,
) -> tuple[dict[str, bytes], dict[str, Any], bool, tuple[Moved, ...]]:
    """Every file and the manifest in memory, whether figures moved, and where; raises why there is none."""
    from kdsp_lib.release.manifest import manifest_of
    from kdsp_lib.release.texts import texts_of
    from kdsp_lib.release.write import files_of

    given = {name: parameters[name] for name in notebook_parameters(notebook) if name in parameters}
    try:
        executed = execute(notebook, given, workspace, run)
    except CellFailed as failed:
        reason = runner.ask("rerun-outcome", {})["error"]
        raise failed if reason is None else KdspError.from_json(reason) from None
    answer = runner.ask("rerun-remade", {"texts": texts_of(executed), "notebook_hash": notebook_hash(notebook)})
    release = release_of(answer["release"], executed, dict(manifest.get("transient", {})))
    files, left_out = files_of(release)
    again = manifest_of(release, files, left_out=left_out)
    return files, again, answer["is_otherwise"], tuple(map(Moved.from_json, answer["moved"]))


def _held_to(folder: Path, made: bytes, manifest: Mapping[str, Any], workspace: Workspace) -> tuple[Otherwise, ...]:
    """The notebook in a release's folder beside the one made again, cell by cell; then what only nbval finds in it.

    Code that is not what was released is told, and not run.
    """
    again = json.loads(made)
    try:
        stored = read_notebook(folder / NOTEBOOK)
    except BadParameters as error:
        return (Otherwise(0, error.message),)
    found = cells_otherwise(stored, again)
    if not has_same_code(stored, again):
        return (*found, Otherwise(0, "its code is not what was released, so nbval did not run it"))
    run = secrets.token_hex(8)
    with _rerunner(workspace, run) as runner:
        runner.ask("rerun", _named(manifest))
        failed = failed_cells(stored, workspace, run)
    told = {each.cell for each in found}
    return (*found, *(Otherwise(cell, "nbval does not find what it shows") for cell in failed if cell not in told))


def _ended(
    manifest: Mapping[str, Any],
    pins: Mapping[str, Any],
    changes: list[Change],
    compared: Compared | None,
    shown: tuple[Otherwise, ...] | None = None,
    *,
    marking: str,
) -> Rerun:
    release, title = str(manifest["release"]), str(manifest["title"])
    if compared is None:
        parts = tuple(dict.fromkeys(change.part for change in changes if change.stops))
        return Rerun(release, title, "cannot", tuple(changes), causes=parts, pins=pins, marking=marking)
    if not (compared.files or compared.figures or shown):
        return Rerun(release, title, "reproduced", tuple(changes), same=compared.same, shown=shown, marking=marking)
    causes = causes_of(compared.edited, compared.otherwise, changes, figures=compared.figures)
    return Rerun(
        release, title, "differs", tuple(changes), compared.files, compared.figures, compared.cells, causes,
        compared.same, shown, pins=pins, marking=marking,
    )  # fmt: skip


def _refusal(error: KdspError, changes: Iterable[Change]) -> Change:
    """Why nothing can be made again: of what moved, that which such an answer hangs on; else today's register."""
    moved = {change.part for change in changes}
    refused = isinstance(error, Refusal)
    hangs_on: tuple[Part, ...] = ("rules", "register") if refused else ("notebook", "rules", "code")
    part = next((part for part in hangs_on if part in moved), hangs_on[-1])
    return Change(part, _in_a_line(error), stops=True)


def _in_a_line(error: KdspError) -> str:
    return " ".join(line.strip() for line in error.shown().splitlines())


def _changes_of_code(pins: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[Change]:
    commit = manifest.get("transient", {}).get("commit")
    how = f"check out commit {commit} for that" if commit else f"install kdsp {pins['version']} for that"
    if pins["code"] != engine_hash():
        was = f"it was made by kdsp {pins['version']} (code {pins['code'][:12]})"
        yield Change("code", f"{was}; this is {own_version()} ({engine_hash()[:12]}). What follows is by this; {how}.")
    if pins["rules"] != rules_hash():
        yield Change(
            "rules",
            f"the protocol's policies or the disclosure profile were {pins['rules'][:12]}, and are {rules_hash()[:12]}",
        )
    if pins["lock"] != lock_hash():
        was, now = manifest.get("libraries", {}), libraries()
        moved = [
            f"{name} {was.get(name, 'none')}, now {now.get(name, 'none')}"
            for name in sorted({*was, *now})
            if was.get(name) != now.get(name)
        ]
        yield Change("environment", f"libraries: {'; '.join(moved) or 'others than the manifest names'}")


def _changes_of_python(manifest: Mapping[str, Any]) -> Iterator[Change]:
    """No file hangs on it, as far as is known: so it is no pin, and is said like one."""
    was, now = str(manifest.get("transient", {}).get("python", "")), platform.python_version()
    if was and was != now:
        yield Change("environment", f"Python {was} made it, and this is {now}")


def _changes_of_notebook(pins: Mapping[str, Any], notebook: Path, notebooks: Path) -> Iterator[Change]:
    if not (notebook.is_file() and lies_in(notebook, notebooks)):
        yield Change("notebook", f"there is no {notebook.name} in {notebooks.name}/", stops=True)
    elif notebook_hash(notebook) != pins["notebook_hash"]:
        yield Change("notebook", f"{notebook.name} was changed since: a cell, a sentence or a tag")


def _changes_of_release(folder: Path) -> Iterator[Change]:
    from kdsp_lib.release.read import verify_release

    for fault in verify_release(folder):
        yield Change("release", f"{fault.field} {fault.text} since it was written")
