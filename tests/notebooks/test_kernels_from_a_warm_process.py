"""The kdsp kernel forked from a warm process, as JupyterLab and nbval have it: a kernel like any other, sooner there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from executed_notebook import NOTEBOOKS, Shown
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kdsp_lib.custodian.address import socket_folder
from kdsp_lib.errors import BadParameters
from kdsp_lib.run.provisioner import ForkedKernel, _begun, _given

SECONDS = 120


@pytest.fixture(autouse=True)
def forked(authority, monkeypatch):
    monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", "kdsp")
    monkeypatch.setenv("KDSP_WORKSPACE", str(authority.root))


@pytest.fixture
def kernel():
    manager, client = start_new_kernel(kernel_name="kdsp", startup_timeout=SECONDS)
    yield manager, client
    client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def printed(client, source: str) -> str:
    """What a cell prints, or the name of the error it ends with."""
    shown = []
    reply = client.execute_interactive(
        source,
        timeout=SECONDS,
        output_hook=lambda message: shown.append(message["content"]) if message["msg_type"] == "stream" else None,
    )["content"]
    return reply["ename"] if reply["status"] == "error" else "".join(each["text"] for each in shown)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def process_of(manager) -> ForkedKernel:
    found = manager.provisioner.process
    assert isinstance(found, ForkedKernel)
    return found


def test_several_live_beside_each_other_forked_by_one_process(kernel):
    manager, client = kernel
    other_manager, other = start_new_kernel(kernel_name="kdsp", startup_timeout=SECONDS)
    parents = {parent_of(process_of(each).pid) for each in (manager, other_manager)}
    assert len(parents) == 1
    assert "kdsp_lib.run.zygote" in Path(f"/proc/{parents.pop()}/cmdline").read_text()
    assert printed(client, "x = 'the first'") == ""
    assert printed(other, "x") == "NameError"
    other.stop_channels()
    other_manager.shutdown_kernel()
    assert printed(client, "print(x)") == "the first\n"


def test_it_is_confined_and_asks_the_custodian(kernel):
    _, client = kernel
    assert printed(client, "open('/etc/passwd')") == "PermissionError"
    assert printed(client, "import socket; socket.socket()") == "PermissionError"
    assert printed(client, "from kdsp_lib.custodian.session import current; print(type(current()).__name__)") == (
        "Connection\n"
    )


def test_it_can_be_interrupted_and_begun_anew(kernel):
    manager, client = kernel
    before = process_of(manager).pid
    request = client.execute("print('began', flush=True)\nwhile True: pass")
    while client.get_iopub_msg(timeout=SECONDS)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=SECONDS))["parent_header"].get("msg_id") != request:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    printed(client, "x = 1")
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=SECONDS)
    assert process_of(manager).pid != before
    assert printed(client, "x") == "NameError"


def test_nothing_of_it_is_left_when_it_ends(authority, kernel):
    manager, client = kernel
    process = process_of(manager)
    printed(client, "import os; print(os.getcwd())")
    scratch = manager.provisioner._scratch
    printed(client, "import pathlib; pathlib.Path('made').write_text('by a cell')")
    assert (Path(f"/proc/{process.pid}/root/{scratch}") / "made").exists()
    client.stop_channels()
    manager.shutdown_kernel()
    assert process.poll() == 0
    assert scratch.parent == socket_folder(authority.root) / "scratch"
    assert not scratch.exists()


def test_a_kernel_that_is_killed_is_seen_to_have_ended(kernel):
    manager, client = kernel
    assert manager.is_alive()
    assert manager.provisioner.pid == process_of(manager).pid
    client.execute("import os; os.kill(os.getpid(), 9)")
    process_of(manager).wait()
    assert not manager.is_alive()


def test_what_keeps_it_from_beginning_is_told(tmp_path):
    """Data where every notebook may read: the launcher says the same."""
    connection = tmp_path / "connection.json"
    ports = {f"{channel}_port": number for number, channel in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)}
    connection.write_text(json.dumps({"transport": "ipc", "ip": str(tmp_path / "kernel"), **ports}))
    given = _given(connection, {}) | {"private": ["/usr/lib/data"]}
    with pytest.raises(BadParameters, match="which every notebook may read"):
        _begun(given)


def test_one_that_must_not_begin_ends_as_its_launcher_does(monkeypatch, capfd):
    monkeypatch.setattr("kdsp_lib.custodian.confinement.obtainable", lambda **_: "partial")
    monkeypatch.setenv("KDSP_REQUIRE_CONFINEMENT", "1")
    manager = KernelManager(kernel_name="kdsp")
    manager.start_kernel()
    assert manager.provisioner.process.wait() == BadParameters.exit_code
    assert not manager.is_alive()
    assert "full confinement is required" in capfd.readouterr().err
    manager.shutdown_kernel(now=True)


def test_other_kernels_are_started_as_ever():
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=SECONDS)
    assert isinstance(manager.provisioner, LocalProvisioner)
    assert not isinstance(manager.provisioner.process, ForkedKernel)
    assert parent_of(manager.provisioner.process.pid) == os.getpid()
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_notebook_shows_the_same(tmp_path):
    import papermill

    made = tmp_path / "made.ipynb"
    papermill.execute_notebook(
        str(NOTEBOOKS / "pupil_report.ipynb"), str(made), kernel_name="kdsp", progress_bar=False, log_output=False
    )
    assert Shown(made).bundles == Shown(NOTEBOOKS / "pupil_report.ipynb").bundles


def test_nbval_has_them_forked(monkeypatch):
    """The plug-in chooses for nbval, unless somebody chose."""
    from kdsp_lib.run.checks import plugin

    class Asked:
        def __init__(self, *names: str) -> None:
            self._names = names
            self.args: list[str] = []
            self.option = SimpleNamespace(nbval_kernel_name=None)

        def getoption(self, name: str, default: bool | None) -> bool | None:
            return name in self._names or default

    variable = "JUPYTER_DEFAULT_PROVISIONER_NAME"
    monkeypatch.setenv(variable, "what it is put back to after the test")
    monkeypatch.delenv(variable)
    plugin.pytest_configure(Asked())
    assert variable not in os.environ
    asked = Asked("nbval")
    plugin.pytest_configure(asked)
    assert os.environ[variable] == "kdsp"
    assert asked.option.nbval_kernel_name == "kdsp"
    monkeypatch.setenv(variable, "another")
    plugin.pytest_configure(Asked("nbval_lax"))
    assert os.environ[variable] == "another"
