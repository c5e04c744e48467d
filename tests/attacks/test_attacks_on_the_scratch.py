"""A cell fills or spoils its scratch: that costs its own kernel alone, and the next one begins as ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ground import Ground
from running import RunCells

from kdsp_lib.custodian.address import socket_folder

NESTS = """
import os
for number in range(1500):
    os.mkdir(f"folder-{number:04d}")
    os.chdir(f"folder-{number:04d}")
print(number)
"""
FILLS = """
import errno, os
try:
    with open("large", "wb") as file:
        for _ in range(700):
            file.write(bytes(1024 * 1024))
except OSError as error:
    print(error.errno in (errno.EFBIG, errno.ENOSPC))
os.remove("large")
"""
FILLS_WITH_MANY = """
import errno, os
try:
    for number in range(5):
        with open(f"part-{number}", "wb") as file:
            for _ in range(150):
                file.write(bytes(1024 * 1024))
except OSError as error:
    print(error.errno == errno.ENOSPC)
for number in range(5):
    if os.path.exists(f"part-{number}"):
        os.remove(f"part-{number}")
"""
COUNTS = """
import errno, os
try:
    for number in range(20_000):
        os.mkdir(f"{number}", 0)
except OSError as error:
    print(error.errno == errno.ENOSPC)
"""


@pytest.fixture(params=["local-provisioner", "kdsp"], ids=["launched", "forked"])
def provisioner(request: pytest.FixtureRequest) -> Iterator[None]:
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", request.param)
        yield


@pytest.mark.needs_confinement
def test_whatever_a_cell_does_to_it_the_next_kernel_begins(
    ground: Ground, run_cells: RunCells, provisioner: None
) -> None:
    cells = [NESTS, FILLS, FILLS_WITH_MANY, COUNTS]
    nested, large, many, counted = run_cells(cells, kernel="kdsp", root=ground.root)
    assert large == "True\n"
    assert (many, counted) in {("True\n", "True\n"), ("", "")}, "by a disk of its own, or by neither"
    assert nested == "1499\n"
    for _ in range(2):
        assert run_cells(["print('as ever')"], kernel="kdsp", root=ground.root) == ["as ever\n"]
    left = [path for path in (socket_folder(ground.root) / "scratch").rglob("*") if not path.is_dir()]
    assert left == []
