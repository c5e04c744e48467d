"""True counts, counted again from the snapshots with plain pandas: none of the code that counts for releases."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import kdsp_lib
from kdsp_lib.register import read_register
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import Workspace

SIGNED_ON = "2026-03-02"
LADDERS = Path(kdsp_lib.__file__).parent / "analyse" / "measures" / "ladders.toml"


class Recount:
    """The pupils on roll in autumn 2025 with all that count tables are split by."""

    def __init__(self, workspace: Workspace) -> None:
        import datetime as dt

        catalogue = Catalogue.load(workspace)

        def read(name: str, period: str | None = None) -> pd.DataFrame:
            return catalogue.read(catalogue.dataset(name, period) if period else catalogue.dataset(name)).to_pandas()

        self.community = read_register(workspace.register).on(dt.date.fromisoformat(SIGNED_ON))
        census = read("census", "2025/26-autumn")
        census = census[census["enrol_status"].isin(["C", "M"])]
        rows = census.merge(read("establishments")[["urn", "phase"]], on="urn")
        rows = rows.merge(read("pupils")[["pupil_key", "sex"]], on="pupil_key")
        rows = rows.merge(read("attendance", "2025/26-autumn"), on=["pupil_key", "urn"], how="left")
        absent, possible = rows["authorised"] + rows["unauthorised"], rows["possible"].fillna(0)
        rows["enrolled"] = possible > 0
        self.together = {
            (name, code): row["of"]
            for name, rungs in tomllib.loads(LADDERS.read_text("utf-8")).items()
            for rung in rungs
            for code, row in rung.items()
        }
        self.rows = rows.assign(
            **{
                "year-group": rows["ncyear"],
                "fsm6": rows["fsm6"].map({True: "yes", False: "no"}),
                "share-fsm6": rows["fsm6"].map({True: "yes", False: "no"}),
                "share-sen": (rows["sen_provision"] != "N").map({True: "yes", False: "no"}),
                "share-eal": (rows["language"] == "eal").map({True: "yes", False: "no"}),
                "share-persistent-absence": (rows["enrolled"] & (absent * 10 >= possible)).map(
                    {True: "yes", False: "no"}
                ),
                "controller": rows["urn"].map(self.community.controller),
            }
        )

    def of_group(self, group: str) -> pd.DataFrame:
        """The pupils of the signatories of a group."""
        members = [urn for urn in self.community.members(group) if self.community.is_signatory(urn)]
        return self.rows[self.rows["urn"].isin(members)]

    def pupils_in(self, group: pd.DataFrame, row: dict[str, str]) -> pd.DataFrame:
        """The pupils that a row of a count table counts."""
        chosen = group if row["measure"] == "pupils" else group[group["enrolled"]]
        for name, code in row.items():
            if name not in ("measure", "n") and code != "All":
                column = column_of(name)
                chosen = chosen[chosen[column].isin(self.together.get((column, code), [code]))]
        return chosen


def column_of(name: str) -> str:
    """What a dimension splits by: where rows are shown together, its name says of which group that is."""
    return name.removesuffix(" beside").split(" of ")[0]


def count_rows(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Every row of every count table of a release, with the table's name."""
    for path in sorted((folder / "tables" / "counts").glob("*.csv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                yield path.stem, row
