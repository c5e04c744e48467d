"""Deciding what somebody asks for: one answer, in the same words, to a run, to a notebook and to ``kdsp decide``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from kdsp_lib.custodian.asked_days import faults_of_days, in_words
from kdsp_lib.custodian.earlier import audited_release
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.opening import Opened, check_parameters, open_request
from kdsp_lib.custodian.refusing import is_as_it_was, refuse_asker, refuse_to_tell
from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.protocol.explain import refusal
from kdsp_lib.register.held import Holding
from kdsp_lib.register.register import Register
from kdsp_lib.source.catalogue import Catalogue

ON_BOTH_DAYS: Final = "a permission holds on the day of the request and on the day on which the report is made"


@dataclass(frozen=True, slots=True)
class Deciding:
    """All that a request is decided by, but for who asks."""

    held: Holding
    catalogue: Catalogue
    ledger: Ledger
    today: dt.date
    """The real day. The day of the request forms the content of a report, and permits nothing alone."""
    records: Mapping[str, Mapping[str, str]]
    protocol: str
    secret: bytes = b""

    def opened(self, person: str, name: object, parameters: object, notebook: str = "") -> Opened:
        """What somebody asks for, decided, and a denial not yet raised. BadParameters for a day that cannot be."""
        served, given = check_parameters(name, parameters)
        faults = faults_of_days(served.name, given, self.today)
        if faults:
            raise BadParameters(f"{served.name} cannot be opened with these parameters.", faults=faults)
        return self.formed(person, name, parameters, notebook)

    def formed(self, person: str, name: object, parameters: object, notebook: str = "") -> Opened:
        """As :meth:`opened`, whatever the days: for what was asked before."""
        return self._by(self.held.decides_for(person, self.today), person, name, parameters, notebook)

    def refuse_unless_permitted(self, opened: Opened, notebook: str = "") -> None:
        """NotAuthorised where the protocol denies it, by either day, and where whoever asks may not have it."""
        refuse_denied(opened)
        end = opened.decision.retain_until
        if end is not None and end <= self.today:
            raise NotAuthorised(
                f"This report would have expired already: what permits it on {in_words(opened.request.on)} ended on "
                f"{in_words(end)}.",
                clauses=opened.decision.clauses,
                rule="no release is made that has expired",
                remedy="give a later day in `on`: one on which what permits it today held already",
            )
        self.refuse_own_acts(opened, notebook)

    def refuse_own_acts(self, opened: Opened, notebook: str = "") -> None:
        """NotAuthorised where whoever asks may not have what the protocol permits (see :func:`refuse_asker`)."""

        def without_own() -> tuple[Register, ...]:
            return self.held.without_acts_of(opened.requester, self.today)

        def reopen(register: Register) -> Opened:
            return self._by(register, opened.requester, opened.name, opened.parameters, notebook)

        refuse_asker(opened, without_own, reopen)

    def _by(self, register: Register, person: str, name: object, parameters: object, notebook: str) -> Opened:
        served, given = check_parameters(name, parameters)
        entry = audited_release(self.ledger, given)
        return open_request(
            served,
            given,
            person,
            register.on(dt.date.fromisoformat(str(given["on"]))),
            self.catalogue,
            self.secret,
            self.records,
            self.protocol,
            None if entry is None else entry.body,
            notebook,
            today=register.on(self.today),
        )


def refuse_denied(opened: Opened) -> None:
    """NotAuthorised where the protocol denies it; BadParameters where even that would tell of a release (12)."""
    refuse_to_tell(opened)
    if not opened.decision.is_permit:
        raise denial(opened)


def denial(opened: Opened) -> NotAuthorised:
    """The error to raise for a denial. One of today says that the permission held, and what it is that ended."""
    asked, _ = opened.settled_by
    error = refusal(opened.decision, replace(asked, report=opened.name))
    if not opened.has_ended:
        return error
    return NotAuthorised(
        f"{ended(opened)} {error.message}",
        faults=error.faults,
        clauses=error.clauses,
        rule=f"{ON_BOTH_DAYS}; {error.rule}" if error.rule else ON_BOTH_DAYS,
        remedy=error.remedy,
    )


def ended(opened: Opened) -> str:
    """That a permission held on the day of the request, and no longer does."""
    return f"This was permitted on {in_words(opened.request.on)} and no longer is."


def refuse_unless_the_same(again: Opened, opened: Opened) -> None:
    """NotAuthorised where what is decided again rests on another register than when it was opened."""
    if not is_as_it_was(again, opened):
        raise NotAuthorised(
            "What this report rests on in the register has changed since it was opened.",
            rule=ON_BOTH_DAYS,
            remedy="restart the kernel, and open it again",
        )
