"""``kdsp lab``: JupyterLab over the workspace's notebooks, on this machine alone, in the confined kernel alone."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from kdsp_lib.errors import BadParameters


def lab(
    notebook: Annotated[
        str | None, typer.Argument(metavar="[NOTEBOOK]", help="The notebook to open, by its name.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it listens; 0 for any free one.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
) -> int:
    """Open the notebooks in JupyterLab.

    What a notebook shows there is a draft, not to be passed on; kdsp run makes the release.
    """
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.custodian.address import private_folder, socket_folder
    from kdsp_lib.custodian.start import ensure_running
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    folder = notebooks_of(workspace).resolve()
    page = _page(folder, notebook)
    _check_kernel()
    ensure_running(workspace)
    os.environ["KDSP_WORKSPACE"] = str(workspace.root)
    os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", "kdsp")
    os.environ["JUPYTER_RUNTIME_DIR"] = str(private_folder(socket_folder(workspace.root) / "lab"))
    _warm_up()
    os.umask(0o077)  # a notebook that is saved here may show a list of pupils
    return _serve(settings(folder, page, port, browser=browser))


def settings(folder: Path, page: str, port: int, *, browser: bool) -> dict[str, str]:
    """What is set whatever the person's own settings say.

    It listens to this machine, and asks for a token that no list of processes shows. Data and state are outside the
    folder it shows; no kernel but the confined one starts, and no terminal; it asks the network for nothing. It
    talks to kernels over sockets in the runtime's folder, which :func:`lab` makes private: over TCP, anybody on the
    machine could listen to what they put out.
    """
    return {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port),
        "ServerApp.allow_remote_access": "False",
        "IdentityProvider.token": secrets.token_hex(24),
        "ServerApp.root_dir": str(folder),
        "ServerApp.base_url": "/",
        "ServerApp.contents_manager_class": "kdsp_lib.run.lab.contents.NotebooksAlone",
        "ServerApp.kernel_websocket_connection_class": "kdsp_lib.run.lab.messages.InertConnection",
        "ContentsManager.allow_hidden": "False",
        "ServerApp.terminals_enabled": "False",
        "ServerApp.allow_root": "True",
        "KernelManager.transport": "ipc",
        "MultiKernelManager.default_kernel_name": "kdsp",
        "ServerApp.kernel_spec_manager_class": "kdsp_lib.run.lab.kernels.ConfinedAlone",
        "LabApp.default_url": page,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.app_settings_dir": str(Path(__file__).with_name("lab_settings")),
        "LabApp.extension_manager": "readonly",
        "ServerApp.open_browser": str(browser),
        "ServerApp.log_level": "WARN",
        "LabApp.log_level": "WARN",
    }


def _page(folder: Path, notebook: str | None) -> str:
    there = sorted(path.stem for path in folder.glob("*.ipynb"))
    if not there:
        raise BadParameters(f"There are no notebooks in {folder}.", remedy="run it in a folder that has notebooks/")
    if notebook is None:
        return "/lab"
    name = Path(notebook).name.removesuffix(".ipynb")
    if name not in there:
        raise BadParameters(f"There is no notebook {notebook[:80]!r}.", remedy=f"one of {', '.join(there)}")
    return f"/lab/tree/{quote(name)}.ipynb"


def _check_kernel() -> None:
    from jupyter_client.kernelspec import find_kernel_specs

    if "kdsp" not in find_kernel_specs():
        raise BadParameters("Jupyter does not know the kdsp kernel.", remedy="kdsp kernel install")


def _warm_up() -> None:
    """Import what kernels use while JupyterLab starts."""
    from kdsp_lib.run.provisioner import warm_up

    if sys.platform.startswith("linux"):
        warm_up()


def _serve(chosen: dict[str, str]) -> int:
    """Serve until it is stopped. In this very process, so that the token is on no command line."""
    from jupyterlab.labapp import LabApp

    from kdsp_lib.run.lab.server import harden

    server = LabApp.initialize_server(argv=[f"--{name}={value}" for name, value in chosen.items()])
    harden(server)
    where = f"http://127.0.0.1:{server.port}{chosen['LabApp.default_url']}"
    print(f"JupyterLab is at {where}?token={chosen['IdentityProvider.token']}", flush=True)
    print("Stop it with Ctrl-C.", flush=True)
    server.start()
    return 0
