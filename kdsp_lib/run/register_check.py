"""Parameters checked against the register before anything runs, so that their faults are told with all others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from kdsp_lib.custodian.asked_days import faults_of_days, real_day
from kdsp_lib.errors import BadParameters, Fault
from kdsp_lib.register.database import Database
from kdsp_lib.register.held import Holding, holding
from kdsp_lib.source.acting import person_here

if TYPE_CHECKING:
    from kdsp_lib.register.register import Register
    from kdsp_lib.source.workspace import Workspace


class RegisterCheck:
    """A workspace's register, read once and when it is first needed: what it does not know is a fault."""

    def __init__(self, workspace: Workspace, known_at: str = "") -> None:
        self._workspace, self._known_at = workspace, known_at
        self._holding: Holding | None = None

    @property
    def held(self) -> Holding:
        """The register with its journal. BadParameters where it is on another machine."""
        if self._workspace.custodian is not None:
            raise BadParameters(
                "A batch file is made out by the register, which is on the custodian's machine.",
                remedy="make it out there: kdsp shards BATCH --of N --into DIR; then run the folders of DIR here",
            )
        if self._holding is None:
            with Database(self._workspace.database) as database:
                self._holding = holding(self._workspace.register, database, self._known_at)
        return self._holding

    @cached_property
    def register(self) -> Register:
        """The register that requests are decided by, as far as whoever asks may see it."""
        return self.held.decides_for(person_here(self._workspace), real_day())

    def __call__(self, report: str, parameters: Mapping[str, str | None]) -> list[Fault]:
        """The faults of a report's parameters that are well formed in themselves; far from the register, of days alone.

        The custodian looks at the days again, by its own clock.
        """
        faults = faults_of_days(report, parameters, real_day())
        if self._workspace.custodian is not None:
            return faults
        from kdsp_lib.custodian.requesting import unknown_parameters

        requester, protocol = self._workspace.requester, self._workspace.protocol
        return [*faults, *unknown_parameters(report, parameters, requester, self.register, protocol)]
