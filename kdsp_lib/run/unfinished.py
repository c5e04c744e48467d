"""The last batch of a workspace that did not end, or of which reports failed: what it was given, so that it can go on.

It says what to run, not what was done: that is in the ledger.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kdsp_lib.errors import BadParameters
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.workspace import Workspace

FILE: Final = "unfinished-batch.json"


@contextmanager
def kept(workspace: Workspace, paths: Iterable[Path], notebooks: Path, ended: Mapping[int, Outcome]) -> Iterator[None]:
    """Keep what a batch was given, until it has ended by itself and no report of those that ``ended`` failed."""
    given = {"parameters": [str(path.resolve()) for path in paths], "notebooks": str(notebooks.resolve())}
    with contextlib.suppress(OSError):  # a batch that cannot be resumed so can be run again
        write_atomically(workspace.state / FILE, json.dumps(given).encode(), mode=0o600)
    yield
    if any(outcome.status == "failed" for outcome in ended.values()):
        return
    with contextlib.suppress(OSError):
        (workspace.state / FILE).unlink(missing_ok=True)


def unfinished(workspace: Workspace) -> tuple[list[Path], Path]:
    """The parameters and the folder of notebooks of the batch that did not end; BadParameters where none is known."""
    try:
        given = json.loads((workspace.state / FILE).read_bytes())
        return [Path(path) for path in given["parameters"]], Path(given["notebooks"])
    except FileNotFoundError:
        raise BadParameters(
            "No batch of this workspace was stopped, and none has reports that failed.", remedy="kdsp run PARAMETERS..."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise BadParameters(
            "What the last batch was given cannot be read.", remedy="kdsp run PARAMETERS..., with the same ones"
        ) from None
