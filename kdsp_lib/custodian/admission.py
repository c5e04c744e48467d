"""Who may hold a connection, and for how long without having shown a right to ask.

Other machines have one share of the connections and this machine another, so that no crowd of the one keeps the other
out. Where a share is full, whoever has shown nothing for longest makes room.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kdsp_lib.custodian.frames import Streams

LOCAL: Final = 400
NETWORK: Final = 300
OF_AN_ADDRESS: Final = 60
HELD_FOR_A_CONNECTION: Final = 4 * 2**20
HELD_LOCALLY: Final = 64 * 2**20
HELD_FOR_AN_ADDRESS: Final = 8 * 2**20
HELD_FOR_THE_NETWORK: Final = 32 * 2**20
"""Bytes of questions that are not answered yet."""
UNKNOWN_SECONDS: Final = 20.0
"""So long a connection may stay without a right shown, or a question be on its way."""
IDLE_SECONDS: Final = 900.0
"""So long another machine's may stay without a question; it connects again by itself."""


@dataclass(eq=False, slots=True)
class Peer:
    """Whoever is at the other end of one connection, as the system says it and not they."""

    address: str = ""
    """Of another machine; empty for a process of this one."""
    uid: int = -1
    """The account of a process of this machine."""
    is_known: bool = False
    """Whether it has shown a right to ask: a token, a ticket or a session."""
    since: float = field(default_factory=time.monotonic)
    last_heard: float = field(default_factory=time.monotonic)
    streams: Streams = field(default_factory=Streams)

    @property
    def is_local(self) -> bool:
        """Whether it is a process of this machine."""
        return not self.address

    @property
    def called(self) -> str:
        """What the access log calls it."""
        return f"account {self.uid}" if self.is_local else self.address


def network_peer(address: str) -> Peer:
    """Another machine; of IPv6, all addresses of one network are one, since whoever has it has them all."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6 and found.ipv4_mapped is None:
        return Peer(address=str(ipaddress.ip_network((found, 64), strict=False)))
    return Peer(address=str(getattr(found, "ipv4_mapped", None) or found))


class Admission:
    """The connections there are."""

    def __init__(self) -> None:
        self._peers: dict[Peer, None] = {}

    def __iter__(self) -> Iterator[Peer]:
        return iter(tuple(self._peers))

    def admit(self, peer: Peer) -> Peer | None:
        """Let in; whoever has to make room for that, which is the newcomer itself where nobody else can."""
        beside = [other for other in self._peers if other.is_local == peer.is_local]
        alike = beside if peer.is_local else [other for other in beside if other.address == peer.address]
        self._peers[peer] = None
        if not peer.is_local and len(alike) >= OF_AN_ADDRESS:
            return _first_unknown(alike) or peer
        if len(beside) >= (LOCAL if peer.is_local else NETWORK):
            return _first_unknown(beside) or peer
        return None

    def leave(self, peer: Peer) -> None:
        """Whoever it was has gone."""
        self._peers.pop(peer, None)

    def is_too_much(self, peer: Peer) -> bool:
        """Whether more is held for this one, or for such as it, than may be."""
        if peer.streams.held > HELD_FOR_A_CONNECTION:
            return True
        if peer.is_local:
            return self._held(local=True) > HELD_LOCALLY
        of_address = sum(other.streams.held for other in self._peers if other.address == peer.address)
        return of_address > HELD_FOR_AN_ADDRESS or self._held(local=False) > HELD_FOR_THE_NETWORK

    def overdue(self, now: float) -> list[Peer]:
        """Those that are to be closed: nothing was shown in time, a question does not come to its end, or all is still.

        Nobody is overdue who waits for an answer.
        """
        return [peer for peer in self._peers if _is_overdue(peer, now)]

    def _held(self, *, local: bool) -> int:
        return sum(peer.streams.held for peer in self._peers if peer.is_local == local)


def _first_unknown(peers: list[Peer]) -> Peer | None:
    """Who came first of those that have shown nothing, and wait for no answer if there is such a one."""
    unknown = sorted((peer for peer in peers if not peer.is_known), key=lambda peer: (peer.streams.asking, peer.since))
    return unknown[0] if unknown else None


def _is_overdue(peer: Peer, now: float) -> bool:
    if now - peer.streams.slowest() > UNKNOWN_SECONDS:
        return True
    if peer.streams.asking:
        return False
    if not peer.is_known:
        return now - peer.since > UNKNOWN_SECONDS
    return not peer.is_local and now - peer.last_heard > IDLE_SECONDS
