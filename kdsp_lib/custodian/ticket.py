"""Tickets: who asks the custodian, as what, until when. Signed by the launcher, opened once by the custodian."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from kdsp_lib.errors import NotAuthorised

Scope = Literal["notebook", "runner", "rerunner"]
Level = Literal["full", "partial", "none"]
TICKET_SECONDS = 120.0
LONGEST_TICKET = 4096
_KIND = "kdsp-ticket-4"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A person of the register asks in a scope: a notebook for tables, a runner for releases, a rerunner to check one.

    ``confinement`` is that of the kernel the ticket is for, as whoever started it knows it: cells cannot state it.
    ``start`` is of the custodian that it is for: a later one does not know which tickets were used.
    ``token`` is the one by which another machine got it; empty where it was minted with the secret.
    """

    person: str
    scope: Scope
    run: str
    confinement: Level
    nonce: str
    expires: float
    start: str
    token: str = ""


def mint(
    secret: bytes,
    *,
    person: str,
    scope: Scope,
    run: str,
    confinement: Level,
    nonce: str,
    expires: float,
    start: str,
    token: str = "",
) -> str:
    """A ticket as text: its canonical JSON and the HMAC-SHA256 over it, each in base64url."""
    body = _canonical(Ticket(person, scope, run, confinement, nonce, float(expires), start, token))
    return f"{_encode(body)}.{_encode(_sign(secret, body))}"


def verify(secret: bytes, text: str, now: float) -> Ticket:
    """The ticket that was minted with this secret and has not ended; anything else is refused, for one reason."""
    try:
        ticket = _read(secret, text)
    except (ValueError, KeyError, TypeError, RecursionError):
        ticket = None
    if ticket is None or not now < ticket.expires:
        raise NotAuthorised("This is not a ticket of this custodian, or it has ended.", remedy="restart the kernel")
    return ticket


def _read(secret: bytes, text: str) -> Ticket | None:
    if len(text) > LONGEST_TICKET:
        return None
    encoded, dot, signature = text.partition(".")
    body = _decode(encoded)
    if not dot or not hmac.compare_digest(_sign(secret, body), _decode(signature)):
        return None
    fields = json.loads(body)
    if fields.pop("kind") != _KIND or fields["scope"] not in get_args(Scope):
        return None
    if fields["confinement"] not in get_args(Level):
        return None
    ticket = Ticket(**fields)
    return ticket if _canonical(ticket) == body else None


def _canonical(ticket: Ticket) -> bytes:
    return json.dumps({"kind": _KIND, **asdict(ticket)}, sort_keys=True, separators=(",", ":")).encode()


def _sign(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    try:
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if _encode(data) != text:
        raise ValueError("not canonical")
    return data
