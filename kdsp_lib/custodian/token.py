"""Tokens: by what a machine without the custodian's secret shows whose questions it asks.

A chain of the state database holds what was made and what was revoked, nothing is changed in it. Of a token it holds a
hash alone: the text is told once, to whoever made it. It is 256 random bits, so that a plain hash is enough.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.register.chain import Link
from kdsp_lib.register.chains import chain_of
from kdsp_lib.register.database import Database
from kdsp_lib.source.files import sha256_of

LONGEST_DAYS: Final = 366
_MARK: Final = "kdsp"
_SHAPE: Final = re.compile(rf"{_MARK}_([0-9a-f]{{8}})_[A-Za-z0-9_-]{{43}}")
_ANOTHER: Final = "have another made by the custodian's keeper: kdsp custodian token PERSON"


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept: everything but its text."""

    id: str
    person: str
    made: str
    expires: str
    """The moments, in UTC."""
    digest: str
    is_revoked: bool = False
    made_by: str = ""
    """Whose account made it: an act by it is theirs too. Empty where it was made before this was kept."""

    def state(self, now: dt.datetime) -> str:
        """``stands``, ``revoked`` or ``expired``."""
        if self.is_revoked:
            return "revoked"
        return "stands" if now.isoformat() < self.expires else "expired"

    def refuse_unless_it_stands(self, now: dt.datetime) -> None:
        """NotAuthorised where it was revoked or has expired."""
        state = self.state(now)
        if state != "stands":
            what = "has been revoked" if state == "revoked" else f"expired on {self.expires[:10]}"
            raise NotAuthorised(f"The token {self.id} of {self.person} {what}.", remedy=_ANOTHER)


class Tokens:
    """Makes, finds and revokes the tokens of one state database."""

    def __init__(self, database: Database) -> None:
        self._chain = chain_of(database, "token")
        self._digests: dict[str, str] = {}
        """Of those that were looked up once: a token's text never changes."""

    def make(self, person: str, days: int, now: dt.datetime, made_by: str = "") -> tuple[Token, str]:
        """A new token and its text, which is kept nowhere."""
        if not 0 < days <= LONGEST_DAYS:
            raise BadParameters(f"A token stands for 1 to {LONGEST_DAYS} days.", remedy="--days 90")
        name = secrets.token_hex(4)
        text = f"{_MARK}_{name}_{secrets.token_urlsafe(32)}"
        expires = (now + dt.timedelta(days=days)).isoformat()
        body = {"person": person, "made": now.isoformat(), "expires": expires, "digest": _digest(text)}
        body |= {"made_by": made_by} if made_by else {}
        with self._chain.turn() as turn:
            if any(link.labels["token"] == name for link in turn.whole()):
                raise BadParameters("This token's number is taken.", remedy="make it again")
            made = turn.append({"token": name, "act": "made"}, body)
        return _token(made), text

    def shown(self, text: str, before_looking: Callable[[], None] = lambda: None) -> Token:
        """The token whose text this is, revoked and expired ones too; NotAuthorised where it is of none.

        ``before_looking`` may refuse: it comes before a number that was never seen is looked up in the database.
        """
        shape = _SHAPE.fullmatch(text)
        name = shape[1] if shape else ""
        if shape and name not in self._digests:
            before_looking()
            if (looked_up := self._found(name)) is not None:
                self._digests[name] = looked_up.digest
        is_one = name in self._digests and hmac.compare_digest(self._digests[name], _digest(text))
        found = self._found(name) if is_one else None
        if found is None:
            raise NotAuthorised("This is no token of this custodian.", remedy=_ANOTHER)
        return found

    def refuse_unless_it_stands(self, token_id: str, now: dt.datetime) -> None:
        """NotAuthorised where there is no such token, or none that stands."""
        found = self._found(token_id)
        if found is None:
            raise NotAuthorised("This is no token of this custodian.", remedy=_ANOTHER)
        found.refuse_unless_it_stands(now)

    def revoke(self, token_id: str) -> Token:
        """End a token: from its next question on, whoever shows it is refused. To revoke it twice changes nothing."""
        with self._chain.turn() as turn:
            found = _tokens(turn.whole()).get(token_id)
            if found is None:
                raise BadParameters(f"There is no token {token_id}.", remedy="kdsp custodian tokens lists them")
            if not found.is_revoked:
                turn.append({"token": token_id, "act": "revoked"}, {})
        return replace(found, is_revoked=True)

    def all(self) -> list[Token]:
        """Every token that was made, in order. BadSource names the first entry that is not what was recorded."""
        return list(_tokens(self._chain.whole()).values())

    def _found(self, token_id: str) -> Token | None:
        return _tokens(self._chain.whole()).get(token_id)


def _tokens(links: Iterable[Link]) -> dict[str, Token]:
    found: dict[str, Token] = {}
    for link in links:
        name = link.labels["token"]
        found[name] = _token(link) if link.labels["act"] == "made" else replace(found[name], is_revoked=True)
    return found


def _token(link: Link) -> Token:
    return Token(id=link.labels["token"], **link.body)


def _digest(text: str) -> str:
    return sha256_of(text.encode())
