"""What was released from other data, read back once for all the reports that it binds."""

from __future__ import annotations

import threading
from typing import Final

from kdsp_lib.analyse.crossing import Past
from kdsp_lib.custodian.earlier import EarlierReleases, View
from kdsp_lib.custodian.opening import Opened
from kdsp_lib.custodian.past import past_of
from kdsp_lib.custodian.tables_at_hand import TablesAtHand

KEPT: Final = 20


class PastsAtHand:
    """The last of them, kept: they never change but by further releases."""

    def __init__(self, tables: TablesAtHand) -> None:
        self._tables = tables
        self._found: dict[object, Past] = {}
        self._lock = threading.Lock()

    def of(self, opened: Opened, group: EarlierReleases, view: View, register: str) -> Past:
        """Releases as they bind a report by the ``register`` of that hash; whoever else needs them waits for them."""
        same_period = group.period == opened.period
        of = view.told, view.of_several, opened.policy
        key = (group.key, same_period, register, str(opened.parameters["on"]), *of)
        with self._lock:
            if key not in self._found:
                tables = self._tables.then(group)
                past = past_of(
                    tables,
                    group.answers,
                    opened.community,
                    view.told,
                    policy=opened.policy,
                    of_several=view.of_several,
                    same_period=same_period,
                )
                tables.close()
                if len(self._found) >= KEPT:
                    self._found.clear()
                self._found[key] = past
            return self._found[key]
