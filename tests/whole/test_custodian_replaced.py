"""A custodian that ends, or is replaced by an upgrade, while a notebook runs: no refusal, and no release half made."""

from __future__ import annotations

import os

import pytest
from light_notebooks import light_notebooks
from processes import WAITS, check_whole, custodians_of, ended, entries, go_on, held, started
from project_paths import PARAMETERS, copied_package

from kdsp_lib.custodian.client import connect
from kdsp_lib.custodian.session import notebook_ticket
from kdsp_lib.custodian.start import ensure_running, stop
from kdsp_lib.errors import CustodianLost

CENTRAL, EAST = (PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("central", "east"))


@pytest.fixture
def waiting(tmp_path):
    """Notebooks that wait in their first cell."""
    return light_notebooks(tmp_path / "waiting", first=WAITS)


def test_a_run_that_loses_its_custodian_is_begun_anew(workspace, waiting):
    runner = started(workspace, "--notebooks", waiting, CENTRAL)
    first = held(runner)
    assert stop(workspace)
    go_on(first)
    go_on(held(runner, besides=first))
    code, said = ended(runner)
    assert code == 0, said
    check_whole(workspace, releases_there=1)
    assert len(entries(workspace, "release")) == 1


def test_a_run_that_loses_it_again_and_again_says_so(workspace, waiting):
    runner = started(workspace, "--notebooks", waiting, CENTRAL)
    first = held(runner)
    assert stop(workspace)
    go_on(first)
    second = held(runner, besides=first)
    assert stop(workspace)
    go_on(second)
    third = held(runner, besides=second)
    assert stop(workspace)
    go_on(third)
    code, said = ended(runner)
    assert code == 75
    assert said.startswith("failed")
    assert "KDSP-503" in said
    assert "`kdsp run` again" in said
    check_whole(workspace, releases_there=0)


def test_an_upgrade_ends_what_ran_before_it_honestly(workspace, waiting, tmp_path):
    """One run began before the package changed, the other after: that one has a custodian of its own code."""
    copied_package(tmp_path)
    environment = {**os.environ, "KDSP_WORKSPACE": str(workspace.root), "PYTHONPATH": str(tmp_path)}
    options = {"env": environment, "cwd": tmp_path}  # where the copy comes before the project
    old = started(workspace, "--notebooks", waiting, CENTRAL, **options)
    scratch = held(old)
    [before] = custodians_of(workspace)

    with (tmp_path / "kdsp_lib/source/code.py").open("a") as file:
        file.write("# changed\n")
    new = started(workspace, "--notebooks", light_notebooks(tmp_path / "light"), EAST, **options)
    code, said = ended(new)
    assert code == 0, said
    go_on(scratch)
    code, said = ended(old)
    assert code == 70, said
    assert "kdsp was changed while this ran" in said
    assert "run it again" in said
    [after] = custodians_of(workspace)
    assert after != before
    check_whole(workspace, releases_there=1)


def test_tickets_of_the_custodian_before_open_nothing_and_say_why(workspace):
    """One that was used, and one that a notebook got just before the restart: each has two minutes to run."""
    used, waiting = (notebook_ticket(workspace, "none") for _ in range(2))
    connect(ensure_running(workspace), used).close()
    assert stop(workspace)
    for ticket in (used, waiting):
        with pytest.raises(CustodianLost, match="was restarted"):
            connect(ensure_running(workspace), ticket)
    connect(ensure_running(workspace), notebook_ticket(workspace, "none")).close()
