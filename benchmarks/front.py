"""How much longer a question takes because of the front: ``python benchmarks/front.py``.

The same Flight server, which answers at once, is asked by the custodian's front (``custodian/front.py``) and directly,
turn about, by a Unix socket each and one connection. Prints a Markdown table: the median of so many questions, in
milliseconds, and the difference. What the custodian does with a question is no part of it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from pyarrow import flight

from kdsp_lib.custodian.client import ask
from kdsp_lib.custodian.front import Front

SIZES = (100, 100_000)


class Echo(flight.FlightServerBase):  # type: ignore[misc]
    """Answers with as many bytes as it is asked with."""

    front: Front | None = None

    def do_action(self, context: Any, action: Any) -> Iterator[Any]:
        """One answer to one action."""
        if self.front is not None:
            self.front.peer_of(context).is_known = True
        yield flight.Result(b'{"answer": ' + action.body.to_pybytes() + b"}")


def seconds(client: flight.FlightClient, size: int) -> float:
    """What one question takes, there and back."""
    started = perf_counter()
    ask(client, "echo", {"text": "x" * size})
    return perf_counter() - started


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    number = parser.parse_args().questions
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        front, direct = Front(folder), Echo(f"grpc+unix://{folder}/direct.sock")
        behind = Echo(front.location)
        behind.front = front
        front.begin()
        front.open_here(folder / "door.sock")
        clients = [flight.FlightClient(f"grpc+unix://{folder}/{name}.sock") for name in ("door", "direct")]
        print("| bytes of a question | by the front, ms | directly, ms | more, ms |\n|---|---|---|---|")
        for size in SIZES:
            taken = [[seconds(client, size) for client in clients] for _ in range(number)]
            through, without = (1000 * median(each) for each in zip(*taken, strict=True))
            print(f"| {size:,} | {through:.2f} | {without:.2f} | {through - without:.2f} |", flush=True)
        for client in clients:
            client.close()
        front.shut()
        for server in (behind, direct):
            server.shutdown()


if __name__ == "__main__":
    main()
