"""How the custodian enters a question in its access log: who asked, what it was about, sealed, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kdsp_lib.custodian.access_log import ANSWERED, AccessLog
from kdsp_lib.custodian.asked import NOTHING, about_of, seal
from kdsp_lib.custodian.evidence import EVERY, Evidence

if TYPE_CHECKING:
    from kdsp_lib.custodian.runs import Runs
    from kdsp_lib.custodian.sessions import Session


class Entries:
    """Those of one custodian."""

    def __init__(self, log: AccessLog, evidence: Evidence, runs: Runs, secret: bytes) -> None:
        self._log, self._evidence, self._runs, self._secret = log, evidence, runs, secret

    def enter(
        self,
        session: Session | None,
        action: str,
        outcome: str,
        person: str = "",
        question: Mapping[str, Any] = NOTHING,
    ) -> None:
        """Keep a question, before it is answered; by ``person`` where there is no session yet."""
        about = about_of(session, self._runs.find(session), action, question, is_answered=outcome == ANSWERED)
        sealed = seal(about.asked, self._secret) if about.asked else ""
        who = session.person if session else person
        if self._log.append(who, action, about.report, outcome, sealed) % EVERY == 0:
            self._evidence.make("access")
