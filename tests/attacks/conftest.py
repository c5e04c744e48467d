"""Kernels to attack: the confined one and, as the control, the stock one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ground import Ground
from running import RunCells, leave_open


@pytest.fixture(scope="session")
def kernel_specification(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `kdsp` kernel, made known to Jupyter for these tests alone."""
    from kdsp_lib.custodian.kernelspec import install

    prefix = tmp_path_factory.mktemp("prefix")
    folder = install(prefix)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        yield folder


@pytest.fixture(scope="session")
def run_cells(kernel_specification: Path) -> RunCells:
    """Run cells by plain papermill and return what each printed, or the name of the error it raised.

    ``left_open`` is a descriptor that whoever starts the kernel leaves open for it. What a kernel printed that died is
    lost.
    """

    def run(cells: list[str], *, kernel: str, root: Path, left_open: int | None = None, **options: object) -> list[str]:
        import nbformat
        import papermill
        from nbclient.exceptions import DeadKernelError

        made = [nbformat.v4.new_code_cell(cell, metadata={"tags": ["raises-exception"]}) for cell in cells]
        notebook = root / "notebook.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=made), notebook)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KDSP_WORKSPACE", str(root))
            for name, value in dict(options).items():
                patch.setenv(name, str(value))
            if left_open is not None:
                leave_open(patch, left_open)
            try:
                executed = papermill.execute_notebook(
                    str(notebook), None, kernel_name=kernel, progress_bar=False, cwd=str(root), execution_timeout=300
                )
            except DeadKernelError:
                return [""] * len(cells)
        return ["".join(_text(output) for output in cell.outputs) for cell in executed.cells]

    return run


def _text(output: dict[str, str]) -> str:
    if output["output_type"] == "stream":
        return output["text"] if output["name"] == "stdout" else ""
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return str(output["data"].get("text/plain", ""))  # type: ignore[attr-defined]


@pytest.fixture
def ground(tmp_path: Path, kernel_specification: Path) -> Iterator[Ground]:
    made = Ground(tmp_path, kernel_specification)
    yield made
    made.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    from kdsp_lib.custodian import confinement

    if item.get_closest_marker("needs_confinement") and confinement.obtainable() != "full":
        pytest.skip(f"this machine gives {confinement.obtainable()} confinement")
    if item.get_closest_marker("needs_root") and os.geteuid() != 0:
        pytest.skip("only root can try this without confinement")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_confinement: the machine has Landlock and libseccomp")
    config.addinivalue_line("markers", "needs_root: tried by root only")
