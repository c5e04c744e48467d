"""The launcher of the `kdsp` kernel: `python -P -m kdsp_lib.custodian.kernel -f CONNECTION_FILE`.

It finds the workspace, sees that a custodian runs, mints a ticket, and then becomes another program: a fresh
interpreter (kdsp_lib.custodian.confined), so that neither the secret nor anything else read here is in its memory. The
ticket goes through a pipe; the environment is made anew, for a notebook may read it.
"""

from __future__ import annotations

import json
import os
import site
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import kdsp_lib
from kdsp_lib.custodian import confinement
from kdsp_lib.custodian.scratch import make_scratch
from kdsp_lib.custodian.session import notebook_ticket
from kdsp_lib.custodian.start import ensure_running
from kdsp_lib.errors import BadParameters, Broken, KdspError
from kdsp_lib.source.limits import Limits
from kdsp_lib.source.workspace import VARIABLE, find_workspace

KEPT_VARIABLES = ("PATH", "JPY_PARENT_PID", "JPY_SESSION_NAME", confinement.REQUIRE)
FIXED_VARIABLES: Mapping[str, str] = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "LANG": "C.UTF-8",
    "LOGNAME": "notebook",
    "USER": "notebook",
    "TZ": "UTC",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONSAFEPATH": "1",
}
"""Arrow's own memory pool would start a thread, and a process that forks has none."""


def main(arguments: Sequence[str]) -> int:
    """Become the confined kernel; or say why not, and return an exit code."""
    try:
        connection_file = _connection_file(arguments)
        given = prepare(connection_file, Path.cwd())
    except KdspError as error:
        print(error.shown(), file=sys.stderr)
        return error.exit_code
    return _become_confined(given)


def _become_confined(given: Mapping[str, Any]) -> NoReturn:
    descriptor = _pass_on(given)
    command = [sys.executable, "-P", "-s", "-m", "kdsp_lib.custodian.confined", str(descriptor)]
    os.execve(sys.executable, command, environment(Path(given["scratch"]), os.environ))  # noqa: S606


def prepare(connection_file: Path, folder: Path) -> dict[str, Any]:
    """What the confined part needs, of a kernel that is started in a folder.

    Without a workspace or a custodian it starts too: `open_report` then says why. BadParameters where full confinement
    is required and absent.
    """
    confinement.refuse_unless_enough(confinement.obtainable(), required=confinement.is_required())
    given: dict[str, Any] = {
        "connection_file": str(connection_file),
        "private": [],
        "memory_mib": Limits().memory_mib,
    }
    root = Path("/")
    try:
        workspace = find_workspace(None if VARIABLE in os.environ else folder)
        root = workspace.root
        given["memory_mib"] = workspace.limits.memory_mib
        given["private"] = [str(path) for path in workspace.private]
        given["socket"] = str(ensure_running(workspace))
        given["ticket"] = notebook_ticket(workspace, confinement.obtainable())
    except KdspError as error:
        given["problem"] = error.to_json()
    except OSError as error:
        given["problem"] = Broken(
            f"The custodian cannot be reached: {error.strerror}.",
            remedy="see that the workspace's state can be written",
        ).to_json()
    given["scratch"] = str(make_scratch(root))
    return given


def environment(scratch: Path, before: Mapping[str, str]) -> dict[str, str]:
    """The kernel's whole environment: nothing of the caller's but what is named, and all folders in the scratch."""
    package_home = str(Path(kdsp_lib.__file__).parents[1])
    return {
        **{name: before[name] for name in KEPT_VARIABLES if name in before},
        **FIXED_VARIABLES,
        **({} if package_home in _found_without_help() else {"PYTHONPATH": package_home}),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        "JUPYTER_DATA_DIR": str(scratch / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_RUNTIME_DIR": str(scratch / "jupyter"),
    }


def _found_without_help() -> set[str]:
    """Where a fresh interpreter looks without PYTHONPATH: its site folders, and what their .pth files add."""
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {*site.getsitepackages(), *(path for path in sys.path if path not in named)}


def _connection_file(arguments: Sequence[str]) -> Path:
    if len(arguments) != 2 or arguments[0] != "-f" or not Path(arguments[1]).is_file():
        raise BadParameters(
            "The kernel needs the connection file that a Jupyter client writes.",
            remedy="start it by its name, kdsp: from JupyterLab, papermill, nbclient or pytest --nbval",
        )
    return Path(arguments[1]).resolve()


def _pass_on(given: Mapping[str, Any]) -> int:
    """A pipe's end from which the next program reads this once."""
    reading, writing = os.pipe()
    os.write(writing, json.dumps(given).encode())
    os.close(writing)
    os.set_inheritable(reading, True)
    return reading


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
