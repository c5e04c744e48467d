"""The access log: every question to the custodian, by whom, when and how it ended. Never what was answered.

A report is named by its keyed id alone, so that a line tells neither whose act stood in the way nor that there is a
report at all which is confidential. What a question was about is sealed: see :mod:`kdsp_lib.custodian.asked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kdsp_lib.register.chain import Link
from kdsp_lib.register.chains import chain_of
from kdsp_lib.register.database import Database

ANSWERED: Final = "answered"
ENDED: Final = "ended"
"""How a question ended that the custodian did not wait for any longer when it stopped."""
REFUSED: Final = "refused"
"""In place of an action: many attempts of one address, told in one entry."""


@dataclass(frozen=True, slots=True)
class Access:
    """One question."""

    number: int
    recorded: str
    """The moment, in UTC."""
    person: str
    """Who asked, by the ticket; empty where there was no good one."""
    action: str
    report: str
    """The id of the report that it was about; empty where none was open."""
    outcome: str
    """``answered``, the code of the error that was the answer, or ``ended`` with the custodian."""
    sealed: str = ""
    """What it was about, for those who may see it; empty where it was about no report."""


class AccessLog:
    """Appends to and reads the access log of one state database."""

    def __init__(self, database: Database) -> None:
        self._chain = chain_of(database, "access_log")

    def append(self, person: str, action: str, report: str, outcome: str, sealed: str = "") -> int:
        """Keep one question, on disk when this returns; its number. Where it cannot be kept, nothing is answered."""
        body = {"report": report, "outcome": outcome, **({"sealed": sealed} if sealed else {})}
        return self._chain.append({"person": person, "action": action}, body).number

    def entries(self) -> Sequence[Access]:
        """All questions in order. BadSource names the first entry that is not what was recorded."""
        return [_access(link) for link in self._chain.whole()]


def _access(link: Link) -> Access:
    labels, body = link.labels, link.body
    about = body["report"], body["outcome"], body.get("sealed", "")
    return Access(link.number, link.recorded, labels["person"], labels["action"], *about)
