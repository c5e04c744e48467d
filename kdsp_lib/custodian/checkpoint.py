"""A checkpoint: where every chain ended at a moment, signed. What is cut short or written anew later does not fit it.

What is told of one outside the state says nothing of the journal but by its hash: from its length others would learn
how many entries there are that they may not see (12).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kdsp_lib.custodian.ledger_entry import canonical
from kdsp_lib.custodian.signing_key import SigningKey, is_signed
from kdsp_lib.register.chain import End, Link

FORMAT: Final = 1
_INSIDE: Final = ("journal", "checkpoint")
"""The chains of which a copy does not say where they end."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One entry of the chain of checkpoints."""

    number: int
    recorded: str
    hash: str
    ends: Mapping[str, End]
    """By chain; that of the checkpoints is where it ended before this one."""
    body: Mapping[str, Any]

    @classmethod
    def of(cls, link: Link) -> Checkpoint:
        return cls(link.number, link.recorded, link.hash, _ends(link.body["ends"]), link.body)

    def is_signed_by(self, public: str) -> bool:
        """Whether this very content was signed by the key of a workspace."""
        return is_signed(_said(self.body["ends"], self.body["salt"]), str(self.body["signature"]), public)

    def line(self, key: SigningKey) -> bytes:
        """The copy of it that is kept elsewhere: a line of JSON."""
        ends = {name: [end.number, end.hash] for name, end in self.ends.items() if name not in _INSIDE}
        told = {"format": FORMAT, "checkpoint": self.hash, "recorded": self.recorded, "ends": ends, "key": key.public}
        return json.dumps({**told, "signature": key.sign(canonical(told).encode())}, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Copy:
    """A checkpoint as it is kept elsewhere."""

    hash: str
    recorded: str = ""
    ends: Mapping[str, End] | None = None
    said: bytes = b""
    """What its signature is of."""
    signature: str = ""

    def is_signed_by(self, public: str) -> bool:
        """Whether a workspace signed it; a hash alone says enough by itself."""
        return not self.signature or is_signed(self.said, self.signature, public)


def signed(ends: Mapping[str, End], salt: str, key: SigningKey) -> dict[str, Any]:
    """What the chain of checkpoints keeps. ``salt``: random, so that nobody finds the ends again from the hash."""
    told = {name: [end.number, end.hash] for name, end in ends.items()}
    return {"ends": told, "salt": salt, "key": key.public, "signature": key.sign(_said(told, salt))}


def read_copies(lines: Iterable[bytes]) -> Iterator[Copy]:
    """The copies among some lines. What is none is passed over: a line may have been cut off when a machine failed."""
    for line in lines:
        try:
            told = json.loads(line)
            signature = str(told.pop("signature"))
            if told["format"] == FORMAT and signature:
                said = canonical(told).encode()
                yield Copy(str(told["checkpoint"]), str(told["recorded"]), _ends(told["ends"]), said, signature)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue


def _ends(told: Mapping[str, Any]) -> dict[str, End]:
    return {str(name): End(int(number), "", str(digest)) for name, (number, digest) in told.items()}


def _said(ends: Mapping[str, Any], salt: str) -> bytes:
    return canonical(["kdsp checkpoint", FORMAT, ends, salt]).encode()
