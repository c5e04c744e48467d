"""What an executed notebook shows, whoever executed it."""

from __future__ import annotations

import json
from pathlib import Path

from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.table import TABLE_MIME

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = PROJECT / "notebooks"
PARAMETERS = PROJECT / "parameters/area_profile"
AT_ONCE = ("central", "east", "west", "east")
"""The areas whose notebooks run at the same time."""


class Shown:
    """What an executed notebook shows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        cells = json.loads(path.read_text("utf-8"))["cells"]
        self.bundles = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]

    @property
    def tables(self) -> list[dict]:
        """The tables in their order, without the word that tells a draft from a release."""
        return [data[TABLE_MIME] | {"draft": None} for data in self.bundles if TABLE_MIME in data]

    @property
    def charts(self) -> list[dict]:
        """The charts in their order, each with the table that is drawn."""
        return [data[CHART_MIME]["chart"] for data in self.bundles if CHART_MIME in data]
