"""Papermill's engine with bounds: a notebook that takes too long or shows too much is stopped, and its kernel ended."""

from __future__ import annotations

import time
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from kdsp_lib.custodian.children import end_tree
from kdsp_lib.run.shown import weight
from kdsp_lib.source.limits import MIB, Limits

ENGINE = "kdsp-bounded"
_START_SECONDS = 60


class TooMuchShown(Exception):
    """The cells of a run showed more than is allowed for all of them."""


class BoundedEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook's cells within the limits that ``papermill.execute_notebook(..., limits=...)`` was given."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, limits: Limits, config: Any, **_others: Any
    ) -> None:
        """Run every cell. Raises CellTimeoutError or TooMuchShown at a limit, with no kernel left behind."""
        client = _BoundedClient(nb_man, limits, kernel_name=kernel_name, config=config, startup_timeout=_START_SECONDS)
        try:
            client.execute()
        except Exception:
            if client.has_shown_too_much:
                raise TooMuchShown from None
            raise
        finally:
            client.end_kernel()  # stopped while the kernel started, nobody else would


class _BoundedClient(PapermillNotebookClient):  # type: ignore[misc]
    def __init__(self, nb_man: Any, limits: Limits, **options: Any) -> None:
        super().__init__(nb_man, timeout_func=self._seconds_left, **options)
        self._deadline: float | None = None
        self._seconds = limits.seconds
        self._may_show = limits.output_mib * MIB
        self.has_shown_too_much = False
        self._is_done = False

    def papermill_execute_cells(self) -> None:
        """Run every cell, or up to the first that raises."""
        super().papermill_execute_cells()
        self._is_done = True

    def _seconds_left(self, _cell: Any) -> int:
        """Of all cells' time; at least one, for none would mean without end."""
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._seconds
        return max(1, int(self._deadline - now))

    def process_message(self, msg: Any, *arguments: Any, **options: Any) -> Any:
        """Keep an output, until they are too much: then stop waiting for the cell, as for a dead kernel."""
        self._may_show -= weight(msg["content"])
        if self._may_show >= 0:
            return super().process_message(msg, *arguments, **options)
        if not self.has_shown_too_much and self.task_poll_for_reply is not None:
            self.has_shown_too_much = True
            self.task_poll_for_reply.cancel()
        return None

    def end_kernel(self) -> None:
        """End the kernel, if there is one."""
        if self.km is not None:
            self._cleanup_kernel()

    def _cleanup_kernel(self) -> None:
        """Ask a kernel that is done to end; one in the middle of a cell is not asked, nor is what the cell started."""
        if not self._is_done and self.km is not None and self.km.has_kernel:
            end_tree(self.km.provisioner.pid)
        super()._cleanup_kernel()
