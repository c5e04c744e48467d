"""The tables that reports are answered from: of their own data, and of the data of earlier releases."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from kdsp_lib.custodian.earlier import EarlierReleases
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.errors import BadSource, Disclosive, Fault
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.sample import tables_of
from kdsp_lib.source.tables import SourceTables, open_dataset, open_tables
from kdsp_lib.source.workspace import Workspace

KEPT: Final = 2


class TablesAtHand:
    """Those of one workspace. The last few that were opened stay open: a batch may be of several periods.

    Reports that are answered at once share them; who still asks of some that were let go keeps these open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._opened: dict[object, SourceTables] = {}
        self._lock = threading.Lock()

    def of(self, opened: Opened) -> SourceTables:
        """The tables of a period, kept from one question to the next while the snapshots stay the same."""
        if not opened.datasets or opened.served.reads is not None:
            return self._names_alone()
        key = tuple(sorted(opened.snapshots.items()))
        with self._lock:
            found = self._opened.pop(key, None)
            if found is None:
                pinned = Catalogue.load(self.workspace).pinned(opened.snapshots.values())
                found = open_tables(pinned, opened.period, tables_of(opened.snapshots, opened.period))
            for old in list(self._opened)[: max(0, len(self._opened) + 1 - KEPT)]:
                del self._opened[old]
            self._opened[key] = found
            return found

    def with_snapshots(self, snapshots: Mapping[str, str], period: str) -> SourceTables:
        """The tables of these snapshots."""
        pinned = Catalogue.load(self.workspace).pinned(snapshots.values())
        return open_tables(pinned, period, tables_of(snapshots, period))

    def _names_alone(self) -> SourceTables:
        """The pupils of the data: for a report that has no data, so that its text names none of them either."""
        catalogue = Catalogue.load_or_empty(self.workspace)
        found = [dataset for dataset in catalogue.current if dataset.dataset == "pupils"]
        return open_dataset(catalogue, found[0]) if found else SourceTables("", {}, (), None)

    def then(self, group: EarlierReleases) -> SourceTables:
        """The tables that earlier releases were made from."""
        try:
            catalogue = Catalogue.load(self.workspace).pinned(group.snapshots.values())
            return open_tables(catalogue, group.period, tables_of(group.snapshots, group.period))
        except BadSource:
            raise Disclosive(
                "The data that an earlier release about some of the same establishments was made from are gone.",
                faults=[Fault("earlier release", name) for name in group.names],
                rule="figures that could be subtracted from earlier ones are compared first",
                remedy="restore the snapshots of that release",
            ) from None
