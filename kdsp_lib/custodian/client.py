"""The notebook's and the runner's side of the custodian: ask, and get an answer or the error it raised."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.errors import Broken, CustodianLost, KdspError

TIMEOUT = 600.0


class Connection:
    """One session with the custodian, opened by a ticket that is then used up."""

    def __init__(self, socket: Path, ticket: str) -> None:
        from pyarrow import flight

        self._flight = flight
        self._client = flight.FlightClient(f"grpc+unix://{socket}")
        self._session = ""
        answer = self.ask("hello", {"ticket": ticket, "pid": os.getpid()})
        self._session = str(answer["session"])

    def ask(self, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send one question; raise the KdspError that the custodian answers with, if it does."""
        text = json.dumps({"session": self._session, **body}).encode()
        options = self._flight.FlightCallOptions(timeout=TIMEOUT)
        try:
            results = list(self._client.do_action(self._flight.Action(action, text), options=options))
            answer = json.loads(results[0].body.to_pybytes())
        except self._flight.FlightTimedOutError as error:
            raise Broken(
                f"The custodian took longer than {TIMEOUT / 60:.0f} minutes.", remedy="ask for fewer tables at once"
            ) from error
        except (self._flight.FlightError, OSError, ValueError, IndexError) as error:
            raise CustodianLost(
                "The custodian did not answer.",
                remedy="restart the kernel, or `kdsp run` again; `kdsp custodian status` says whether it runs",
            ) from error
        if "error" in answer:
            raise KdspError.from_json(answer["error"])
        return dict(answer["answer"])

    def close(self) -> None:
        """Close the connection; the session ends with it."""
        self._client.close()


def connect(socket: Path, ticket: str) -> Connection:
    """Open a session. A used, expired or forged ticket raises NotAuthorised."""
    return Connection(socket, ticket)
