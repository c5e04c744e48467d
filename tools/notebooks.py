"""Run every notebook on the made-up authority with its own parameters and keep the outputs, so that they can be read
on the web and held by nbval. `make notebooks`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

NOTEBOOKS: Final = Path(__file__).resolve().parents[1] / "notebooks"
RELEASED: Final = (
    "parameters/batch/earlier_years_of_east.yaml",
    "parameters/batch/earlier_years_of_elderhaven.yaml",
    "parameters/area_profile/central.yaml",
    "parameters/area_profile/east.yaml",
    "parameters/area_profile/west.yaml",
)


def kept(executed: dict[str, Any]) -> dict[str, Any]:
    """An executed notebook without anything of the run: times, hosts, ids and counts by chance."""
    for index, cell in enumerate(executed["cells"]):
        source = "".join(cell["source"])
        cell["id"] = f"{index:03d}-{hashlib.sha256(source.encode()).hexdigest()[:12]}"
        tags = cell["metadata"].get("tags", [])
        cell["metadata"] = {"tags": tags} if tags else {}
        for output in cell.get("outputs", []):
            output["metadata"] = {}
    executed["metadata"] = {
        "kernelspec": {"display_name": "kdsp", "language": "python", "name": "kdsp"},
        "language_info": {"name": "python"},
    }
    return executed


def run_all(folder: Path) -> None:
    """Each notebook of the folder, one after the other, in a made-up authority that is gone afterwards.

    Some reports are released before: those of earlier years, which stand in a series, and of each area, of which one is
    what the audit and the review of a rerun are about.
    """
    import nbformat
    import papermill

    from kdsp_lib.custodian.start import stop
    from kdsp_lib.run.batch import run_reports
    from kdsp_lib.source.demo.authority import make_authority

    with tempfile.TemporaryDirectory(prefix="kdsp-notebooks-") as place:
        workspace = make_authority(Path(place))
        os.environ["KDSP_WORKSPACE"] = str(workspace.root)
        try:
            run_reports([folder.parent / each for each in RELEASED], workspace, notebooks=folder)
            for notebook in sorted(folder.glob("*.ipynb")):
                executed = papermill.execute_notebook(str(notebook), None, kernel_name="kdsp", cwd=place)
                plain = json.loads(json.dumps(executed))
                nbformat.write(nbformat.from_dict(kept(plain)), notebook)
        finally:
            stop(workspace)


if __name__ == "__main__":
    run_all(NOTEBOOKS)
