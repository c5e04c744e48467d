"""The notebook's and the runner's side of the custodian: ask, and get an answer or the error it raised."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kdsp_lib.custodian.frames import LARGEST_QUESTION
from kdsp_lib.errors import BadParameters, Broken, CustodianLost, KdspError
from kdsp_lib.source.code import code_hash

if TYPE_CHECKING:
    from kdsp_lib.custodian.ticket import Level, Scope

TIMEOUT = 600.0


def ask(client: Any, action: str, body: Mapping[str, Any], *, seconds: float = TIMEOUT) -> dict[str, Any]:
    """Send one question by a Flight client; raise the KdspError that the custodian answers with, if it does.

    Whoever has no answer after so many ``seconds`` waits no longer.
    """
    from pyarrow import flight

    text = json.dumps(body).encode()
    if len(text) > LARGEST_QUESTION:
        raise too_long()  # the custodian would break the connection off
    try:
        results = list(client.do_action(flight.Action(action, text), options=flight.FlightCallOptions(timeout=seconds)))
        answer = json.loads(results[0].body.to_pybytes())
    except flight.FlightTimedOutError as error:
        raise Broken(
            f"The custodian took longer than {seconds / 60:.0f} minutes.", remedy="ask for fewer tables at once"
        ) from error
    except (flight.FlightError, OSError, ValueError, IndexError) as error:
        raise CustodianLost(
            "The custodian did not answer.",
            remedy="restart the kernel, or `kdsp run` again; `kdsp custodian status` says whether it runs",
        ) from error
    if "error" in answer:
        raise KdspError.from_json(answer["error"])
    return dict(answer["answer"])


def too_long() -> BadParameters:
    """A question that is longer than one may be."""
    return BadParameters("The question is too long.", remedy=f"at most {LARGEST_QUESTION // 1024} KiB")


def ask_for_ticket(socket: Path, token: str, scope: Scope, run: str, level: Level) -> str:
    """The ticket that the custodian gives for a token; for a kernel so confined, as this machine knows it."""
    from pyarrow import flight

    wanted = {"token": token, "scope": scope, "run": run, "confinement": level, "code": code_hash()}
    with flight.FlightClient(f"grpc+unix://{socket}") as client:
        return str(ask(client, "ticket", wanted)["ticket"])


class Connection:
    """One session with the custodian, opened by a ticket that is then used up."""

    def __init__(self, socket: Path, ticket: str) -> None:
        from pyarrow import flight

        self._client = flight.FlightClient(f"grpc+unix://{socket}")
        self._session = ""
        answer = self.ask("hello", {"ticket": ticket, "pid": os.getpid()})
        self._session = str(answer["session"])
        self.person: str = answer["person"]
        """Whose questions these are, as the custodian knows it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def ask(self, action: str, body: Mapping[str, Any], *, seconds: float = TIMEOUT) -> dict[str, Any]:
        """Send one question; raise the KdspError that the custodian answers with, if it does."""
        return ask(self._client, action, {"session": self._session, **body}, seconds=seconds)

    def close(self) -> None:
        """Close the connection; the session ends with it."""
        self._client.close()


def connect(socket: Path, ticket: str) -> Connection:
    """Open a session. A used, expired or forged ticket raises NotAuthorised."""
    return Connection(socket, ticket)
