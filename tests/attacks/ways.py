"""Ways to attack, as data: plain words, and the cell that tries. A way works if it gets the canary, leaves a trace
outside the scratch, reaches the neighbour, or says so itself (``claim``) where having got so far is already too far.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Control = Literal["tried", "as root", "not tried"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way. ``control`` says whether the same cell must work in a stock kernel, which shows that it can work.

    One that is tried ``alone``, in a kernel of its own, may be the kernel's end.
    """

    words: str
    cell: str
    control: Control = "tried"
    arrives: str = ""
    leaves: str = ""
    alone: bool = False

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.words.lower()).strip("-")


def all_ways() -> tuple[Way, ...]:
    """Every way against the kernel's process, in the order of the files that list them."""
    from ways_beside import BESIDE
    from ways_by_socket import BY_SOCKET
    from ways_to_ask import TO_ASK
    from ways_to_read import TO_READ
    from ways_to_write import TO_WRITE

    return (*TO_READ, *TO_WRITE, *BY_SOCKET, *BESIDE, *TO_ASK)
