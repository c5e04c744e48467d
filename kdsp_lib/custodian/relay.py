"""The way to a custodian on another machine: `python -m kdsp_lib.custodian.relay WORKSPACE`.

It listens on the socket on which a workspace's own custodian would, and passes each question on by TLS, to the one
address and the one certificate that ``kdsp.toml`` names. So a kernel here is confined as everywhere: it reaches this
socket, no network. It holds no secret, no token and no data; what it passes on it does not read, but for who asks.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

from pyarrow import flight

from kdsp_lib.custodian.children import is_running
from kdsp_lib.custodian.client import TIMEOUT
from kdsp_lib.custodian.front import Front
from kdsp_lib.custodian.in_hand import InHand
from kdsp_lib.custodian.serving import IDLE_SECONDS, guard_process, keep_serving, run_as_process, take_place
from kdsp_lib.custodian.start import socket_path
from kdsp_lib.errors import BadParameters, CustodianLost, KdspError
from kdsp_lib.source.remote import Remote
from kdsp_lib.source.workspace import Workspace

_CONNECT_SECONDS = 10.0
_ANSWER = b'{"answer"'


class Relay(flight.FlightServerBase):  # type: ignore[misc]
    """Passes actions on. Anything but an action is refused by Flight itself."""

    def __init__(self, remote: Remote, front: Front) -> None:
        self._remote, self._front = remote, front
        self.in_hand = InHand()
        self._client = flight.FlightClient(remote.address, tls_root_certs=remote.certificate_text())
        self._pids: set[int] = set()
        self._lock = threading.Lock()
        self.last_asked = time.monotonic()
        super().__init__(front.location)

    def do_action(self, context: object, action: Any) -> Iterator[Any]:
        """The custodian's one answer; where it gives none, the reason as an error of ours."""
        self.last_asked = time.monotonic()
        try:
            peer = self._front.peer_of(context)
            with self.in_hand.taken(action.type):
                answers = self._passed_on(action)
            peer.is_known = peer.is_known or answers[0].body.to_pybytes().startswith(_ANSWER)
        except KdspError as error:
            answers = [flight.Result(json.dumps({"error": error.to_json()}, sort_keys=True).encode())]
        yield from answers

    def _passed_on(self, action: Any) -> list[Any]:
        if action.type == "hello":
            self._remember(action.body.to_pybytes())
        try:
            passed_on = flight.Action(action.type, action.body)
            return list(self._client.do_action(passed_on, options=flight.FlightCallOptions(timeout=TIMEOUT)))
        except flight.FlightTimedOutError:
            raise
        except flight.FlightError:
            raise why_unreachable(self._remote) from None

    def is_in_use(self) -> bool:
        """Whether a process lives that said hello through it."""
        with self._lock:
            self._pids = {pid for pid in self._pids if is_running(pid)}
            return bool(self._pids)

    def look_after(self) -> None:
        """Nothing is due."""

    def shut(self) -> None:
        """Let nobody in, and take no question any more."""
        self.in_hand.shut()
        self._front.shut()

    def end_work(self) -> None:
        """There is none here."""

    def close(self) -> None:
        """Stop passing on."""
        self._client.close()

    def _remember(self, hello: bytes) -> None:
        try:
            pid = json.loads(hello)["pid"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if isinstance(pid, int) and pid > 0:
            with self._lock:
                self._pids.add(pid)


def why_unreachable(remote: Remote) -> KdspError:
    """Why a custodian does not answer, found out by trying again by hand."""
    try:
        context = ssl.create_default_context(cadata=remote.certificate_text().decode("ascii", "replace"))
        with (
            socket.create_connection((remote.host, remote.port), timeout=_CONNECT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=remote.host),
        ):
            pass
    except KdspError as error:
        return error
    except ssl.SSLCertVerificationError as error:
        return BadParameters(
            f"{remote.address} does not show the certificate that is expected: {error.verify_message}.",
            rule=f"nothing is asked of it: it has to be, or be signed by, {remote.certificate}",
            remedy="fetch the certificate from the custodian's keeper; where they have not changed it, tell them",
        )
    except ssl.SSLError:
        return BadParameters(
            f"{remote.address} does not speak TLS, or {remote.certificate} is no certificate: nothing is asked of it.",
            remedy="name the port that `kdsp custodian serve --listen` printed, and its certificate",
        )
    except OSError as error:
        return CustodianLost(
            f"The custodian at {remote.address} cannot be reached: {error.strerror or 'it does not answer'}.",
            remedy="see that `kdsp custodian serve --listen` runs there and that its port is open; then again",
        )
    return CustodianLost(f"The custodian at {remote.address} broke off.", remedy="run it again")


def serve(workspace: Workspace, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Pass on until nobody who lives is connected and nothing was asked for a while, or told to stop."""
    if workspace.custodian is None:
        raise BadParameters("This workspace has its own custodian.", remedy="name another's under [custodian]")
    guard_process()
    front = Front(take_place(workspace))
    relay = Relay(workspace.custodian, front)
    front.begin()
    front.open_here(socket_path(workspace))
    keep_serving(workspace, relay, idle_seconds)


if __name__ == "__main__":
    raise SystemExit(run_as_process(serve))
