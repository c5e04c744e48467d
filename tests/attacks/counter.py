"""The custodian's counter, approached without kdsp's client: whatever bytes an attacker likes, and what comes back."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.custodian.secret import read_secret
from kdsp_lib.custodian.start import ensure_running, facts
from kdsp_lib.custodian.ticket import mint
from kdsp_lib.source.workspace import Workspace

EAST: Mapping[str, str | None] = {
    "group": "collaborative:east",
    "recipient": "collaborative:east",
    "purpose": "commissioning-of-services",
    "period": "2025/26-autumn",
    "on": "2026-03-02",
}
WEST = {**EAST, "group": "collaborative:west", "recipient": "collaborative:west"}
PUPILS = {"pupils": {"kind": "count", "measure": "pupils", "by": ["sex"], "where": None}}


@dataclass(frozen=True)
class Caller:
    """A connection that may say anything; ``session`` is what it says it is."""

    socket: Path
    session: str = ""

    def say(self, action: str, body: bytes) -> dict[str, Any]:
        """Send these very bytes, and give the one JSON object that comes back."""
        from pyarrow import flight

        client = flight.FlightClient(f"grpc+unix://{self.socket}")
        try:
            results = list(client.do_action(flight.Action(action, body), flight.FlightCallOptions(timeout=120)))
        finally:
            client.close()
        assert len(results) == 1
        answer = json.loads(results[0].body.to_pybytes())
        assert set(answer) in ({"answer"}, {"error"})
        return dict(answer)

    def ask(self, action: str, **fields: Any) -> dict[str, Any]:
        """One well-formed question of this session, or of another that is named."""
        return self.say(action, json.dumps({"session": self.session, **fields}).encode())

    def open(self, parameters: Mapping[str, object] = EAST, **fields: Any) -> dict[str, Any]:
        """Ask to open the area profile."""
        return self.ask("open", **{"report": "area-profile", "parameters": parameters, **fields})

    def refused(self, action: str, **fields: Any) -> dict[str, Any]:
        """Ask what has to be refused, and give the error."""
        return error_of(self.ask(action, **fields))


def error_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The error that an answer is; whatever is no error fails the test."""
    assert "error" in answer, "the custodian answered"
    return dict(answer["error"])


@dataclass(frozen=True)
class Counter:
    """A running custodian, and the secret that an attacker has not."""

    workspace: Workspace
    socket: Path
    pid: int

    def ticket(self, *, secret: bytes | None = None, **fields: Any) -> str:
        """A ticket as the launcher mints it, but for what is said otherwise."""
        made = {
            "person": self.workspace.requester,
            "scope": "notebook",
            "run": "",
            "confinement": "full",
            "nonce": secrets.token_hex(16),
            "expires": time.time() + 60,
            "start": (facts(self.workspace) or {})["start"],
        }
        return mint(secret or read_secret(self.workspace.state), **{**made, **fields})

    def caller(self, ticket: str | None = None) -> Caller:
        """Somebody with a session, by an honest ticket or by the one that is given."""
        stranger = Caller(self.socket)
        answer = stranger.ask("hello", ticket=self.ticket() if ticket is None else ticket, pid=os.getpid())
        assert "answer" in answer, answer
        return Caller(self.socket, answer["answer"]["session"])

    def still_serves(self) -> None:
        """The same process as before opens the next honest notebook's report."""
        running = facts(self.workspace)
        assert running is not None
        assert running["pid"] == self.pid
        answer = self.caller().open()
        assert answer["answer"]["title"].startswith("Area profile"), answer


def counter_of(workspace: Workspace) -> Counter:
    """The custodian of a workspace, started if it does not run."""
    socket = ensure_running(workspace)
    running = facts(workspace)
    assert running is not None
    return Counter(workspace, socket, running["pid"])
