"""Who is who: pupils' records matched by UPN and former UPNs to the keys that stand for them everywhere else.

Only a UPN joins records, never a name or a date of birth, so twins stay two. A UPN that comes with another date of
birth than before names two pupils: its records are set aside, since nobody here can tell whose they are.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kdsp_lib.source.pseudonym import is_temporary

OTHER_BIRTH = "belongs to a pupil with another date of birth: set aside until the schools agree"
TWO_PUPILS = "is one of two pupils' whose numbers this record joins: set aside until the schools agree"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one record says of a pupil: the UPN, former ones, and the day of birth."""

    upn: str
    former: tuple[str, ...]
    dob: date

    @property
    def upns(self) -> tuple[str, ...]:
        return (self.upn, *self.former)


@dataclass(slots=True)
class Identities:
    """Keys by UPN, with each pupil's day of birth. ``keys`` holds former UPNs too."""

    keys: dict[str, str] = field(default_factory=dict)
    births: dict[str, date] = field(default_factory=dict)
    new_key: Callable[[], str] = lambda: secrets.token_hex(8)

    def matched(self, claims: Sequence[Claim]) -> tuple[list[str | None], list[str]]:
        """For each claim the pupil's key, or None with a reason in the second list where it is set aside.

        UPNs that are new get a key; one that is known, under whatever number, keeps its own.
        """
        births: dict[str, set[date]] = defaultdict(set)
        for claim in claims:
            for upn in claim.upns:
                births[upn].add(claim.dob)
        chosen: list[str | None] = []
        reasons: list[str] = []
        for claim in claims:
            reason = self._refused(claim, births)
            reasons.append(reason)
            chosen.append(None if reason else self._key(claim))
        return chosen, reasons

    def _refused(self, claim: Claim, births: Mapping[str, set[date]]) -> str:
        held = {self.keys[upn] for upn in claim.upns if upn in self.keys}
        if any(len(births[upn]) > 1 for upn in claim.upns) or any(self.births[key] != claim.dob for key in held):
            return OTHER_BIRTH
        return TWO_PUPILS if len(held) > 1 else ""

    def _key(self, claim: Claim) -> str:
        key = next((self.keys[upn] for upn in claim.upns if upn in self.keys), None) or self.new_key()
        self.births[key] = claim.dob
        for upn in claim.upns:
            self.keys[upn] = key
        return key


def current_upn(upns: Iterable[str], former: Iterable[str]) -> str:
    """The number a pupil goes by now: none that some record calls former, and a permanent one before a temporary."""
    past = set(former)
    return min(upns, key=lambda upn: (upn in past, is_temporary(upn), upn))
