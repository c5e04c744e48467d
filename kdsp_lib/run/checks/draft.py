"""A notebook as it runs on its own parameters: a draft of a release, looked at and never written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, KdspError
from kdsp_lib.release.release import Release
from kdsp_lib.release.texts import texts_of
from kdsp_lib.run.one_report import execute_or_say_why, notebook_hash, release_of, running
from kdsp_lib.run.parameters import notebook_parameters, report_opened_by
from kdsp_lib.source.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a run of a notebook came to."""

    executed: Mapping[str, Any]
    """The notebook with its outputs."""
    answer: Mapping[str, Any] | None
    """What its release would hold, as the custodian says; None where that refuses it."""
    refused: KdspError | None
    """Why its text would be refused."""

    def release(self) -> Release:
        """The release that it would be, to look at: nobody enters it, and it is written nowhere.

        What its tables say of being a draft is left out, for a release of drafts is refused.
        """
        if self.answer is None:
            raise self.refused or BadParameters("This notebook asked for nothing.")
        kinds = ("tables", "listings")
        as_released = {kind: [{**each, "draft": False} for each in self.answer[kind]] for kind in kinds}
        return release_of({**self.answer, **as_released}, self.executed, {})


def draft_of(notebook: Path, workspace: Workspace) -> Drafted:
    """Run a notebook as it stands in a confined kernel, as a draft. KdspError where it does not run to its end."""
    begun = {
        "notebook": notebook.stem,
        "report": report_opened_by(notebook),
        "notebook_hash": notebook_hash(notebook),
        "parameters": notebook_parameters(notebook),
        "require_confinement": False,
        "draft": True,
    }
    with running(workspace, secrets.token_hex(8)) as runner:
        runner.connection.ask("begin", begun)
        executed = execute_or_say_why(notebook, {}, workspace, runner)
        try:
            return Drafted(executed, runner.connection.ask("release", {"texts": texts_of(executed)}), None)
        except KdspError as error:
            return Drafted(executed, None, error)


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as it is stored; BadParameters where it is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
        if all(isinstance(cell["cell_type"], str) and "source" in cell for cell in found["cells"]):
            return dict(found)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise BadParameters(f"{path.name} is no notebook.", remedy="save it from JupyterLab, as notebook format 4")
