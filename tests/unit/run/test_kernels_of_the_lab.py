"""A notebook names its kernel, and may name any: JupyterLab's own list keeps the others from being offered alone."""

from __future__ import annotations

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from kdsp_lib.cli.lab_commands import settings
from kdsp_lib.custodian.kernelspec import install
from kdsp_lib.run.lab.kernels import ConfinedAlone


@pytest.fixture(autouse=True)
def known(tmp_path, monkeypatch):
    install(tmp_path)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))


def test_jupyters_own_list_starts_another_that_is_named():
    """The control."""
    assert KernelSpecManager(allowed_kernelspecs={"kdsp"}).get_kernel_spec("python3")


@pytest.mark.parametrize("name", ["python3", "KDSP", "", "../kdsp", "python"])
def test_no_other_kernel_is_known(name):
    with pytest.raises(NoSuchKernel):
        ConfinedAlone().get_kernel_spec(name)
    assert set(ConfinedAlone().find_kernel_specs()) == set(ConfinedAlone().get_all_specs()) == {"kdsp"}


def test_the_confined_one_is(tmp_path):
    assert "kdsp_lib.custodian.kernel" in ConfinedAlone().get_kernel_spec("kdsp").argv
    given = settings(tmp_path, "/lab", 0, browser=False)
    assert given["ServerApp.kernel_spec_manager_class"].endswith(".ConfinedAlone")
