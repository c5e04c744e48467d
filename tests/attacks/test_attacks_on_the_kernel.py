"""Every way in `ways_*.py`, tried from the first cell of a kernel that plain papermill started.

The confined kernel withstands all, started by its launcher or forked as JupyterLab and nbval have it forked. The
control runs the same cell in a stock kernel, where it works: so a way that is only misspelt does not pass for one that
was stopped.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from ground import LONG, SHORT, Ground, Outcome
from running import RunCells
from ways import Way, all_ways
from ways_to_ask import LISTENING

WAYS = all_ways()
TOGETHER = tuple(way for way in WAYS if not way.alone)
ALONE = tuple(way for way in WAYS if way.alone)
CONTROLS = tuple(way for way in WAYS if way.control != "not tried")
FORKED, LAUNCHED = "kdsp", "local-provisioner"


def _try(ways: tuple[Way, ...], ground: Ground, run_cells: RunCells, kernel: str) -> dict[str, Outcome]:
    secret = {"DATABASE_PASSWORD": ground.canary}
    run_cells(["print('the custodian is started by the first kernel')"], kernel=kernel, root=ground.root)
    cell = ground.first_cell(ways, patience=LONG if kernel == "python3" else SHORT)
    before = ground.before(ways)
    printed = run_cells([cell], kernel=kernel, root=ground.root, left_open=ground.inherited, **secret)[0]
    return ground.outcomes(ways, printed, before)


@pytest.fixture(scope="module", params=[LAUNCHED, FORKED], ids=["launched", "forked"])
def provisioner(request: pytest.FixtureRequest) -> Iterator[str]:
    """What starts kernels that name no provisioner."""
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", request.param)
        yield request.param


@pytest.fixture(scope="module")
def confined(
    tmp_path_factory: pytest.TempPathFactory, run_cells: RunCells, kernel_specification: Path, provisioner: str
) -> Iterator[dict[str, Outcome]]:
    ground = Ground(tmp_path_factory.mktemp("confined"), kernel_specification)
    yield _try(TOGETHER, ground, run_cells, "kdsp")
    ground.close()


@pytest.fixture(scope="module")
def stock(
    tmp_path_factory: pytest.TempPathFactory, run_cells: RunCells, kernel_specification: Path
) -> Iterator[dict[str, Outcome]]:
    ground = Ground(tmp_path_factory.mktemp("stock"), kernel_specification)
    yield _try(tuple(way for way in CONTROLS if not way.alone), ground, run_cells, "python3")
    ground.close()


@pytest.mark.needs_confinement
@pytest.mark.parametrize("way", TOGETHER, ids=lambda way: way.slug)
def test_a_confined_kernel_withstands(way: Way, confined: dict[str, Outcome]) -> None:
    outcome = confined[way.slug]
    assert not outcome.worked, outcome


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, id=way.slug, marks=[pytest.mark.needs_root] if way.control == "as root" else [])
        for way in CONTROLS
        if not way.alone
    ],
)
def test_a_stock_kernel_does_not(way: Way, stock: dict[str, Outcome]) -> None:
    outcome = stock[way.slug]
    assert outcome.worked, outcome


@pytest.mark.needs_confinement
@pytest.mark.parametrize("way", ALONE, ids=lambda way: way.slug)
def test_a_confined_kernel_withstands_alone_if_only_by_dying(
    way: Way, ground: Ground, run_cells: RunCells, provisioner: str
) -> None:
    outcome = _try((way,), ground, run_cells, "kdsp")[way.slug]
    assert not outcome.worked, outcome


@pytest.mark.parametrize("way", ALONE, ids=lambda way: way.slug)
def test_a_stock_kernel_does_not_though_it_dies(way: Way, ground: Ground, run_cells: RunCells) -> None:
    """Its child lives on, and may be slow to send: what it sends is waited for. Newer Linux refuses it to everybody."""
    if not listening_sockets_turn_round():
        pytest.skip("this Linux connects no socket that has listened, whoever asks")
    _try((way,), ground, run_cells, "python3")
    ground.wait_for_arrival(way)


def listening_sockets_turn_round() -> bool:
    """Whether the system lets any process, confined or not, do what both ways do: not so Linux 6.18."""
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_server(("127.0.0.1", 0)) as listening:
        listening.shutdown(socket.SHUT_RD)
        try:
            listening.connect(other.getsockname())
        except OSError:
            return False
        return True


def test_plain_papermill_has_a_kernel_listen_where_everybody_can_connect(ground: Ground, run_cells: RunCells) -> None:
    """As the threat model says: the client chooses, and papermill and JupyterLab choose so unless they are told."""
    assert _try((LISTENING,), ground, run_cells, "kdsp")[LISTENING.slug].claimed


def test_there_are_enough_ways_and_each_has_a_name_of_its_own() -> None:
    assert len({way.slug for way in WAYS}) == len(WAYS) >= 40
