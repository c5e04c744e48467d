"""`kdsp lab` before it serves: what it refuses, and what it sets whatever a person's own settings say."""

from __future__ import annotations

from pathlib import Path

from kdsp_lib.cli.lab_commands import settings


def test_a_notebook_that_is_not_there_is_named_with_those_that_are(kdsp):
    kdsp("init", ".")
    assert "There are no notebooks" in kdsp("lab").err
    Path("notebooks").mkdir()
    Path("notebooks/area_profile.ipynb").touch()
    for name in ("other", "../kdsp.toml", "notebooks/../../area"):
        ended = kdsp("lab", name)
        assert ended.code == 10
        assert "area_profile" in ended.err


def test_it_needs_a_workspace(kdsp):
    assert kdsp("lab").code == 10


def test_it_shows_the_notebooks_alone_to_this_machine_alone():
    chosen = settings(Path("/w/notebooks"), "/lab", 8888, browser=False)
    assert chosen["ServerApp.root_dir"] == "/w/notebooks"
    assert chosen["ServerApp.ip"] == "127.0.0.1"
    assert chosen["KernelManager.transport"] == "ipc"
    assert chosen["MultiKernelManager.default_kernel_name"] == "kdsp"


def test_each_time_it_has_another_token():
    tokens = {settings(Path("/w"), "/lab", 0, browser=True)["IdentityProvider.token"] for _ in range(9)}
    assert len(tokens) == 9
    assert min(map(len, tokens)) >= 32
