"""Prices blurred by a key: so that whoever knows the algorithm still cannot run it on every table that fits."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from kdsp_lib.protect.system import System

BLUR = 2.0
"""Each price is up to so many times what it was.

A withheld small count moves what stands beside it by as little, and its price by less than this: so whichever cell is
the cheaper one for one table that fits may be so for another, under some key.
"""


def with_blurred_prices(system: System, key: bytes) -> System:
    """The system with each price multiplied by 1 to `BLUR`, as the key says; the same key, the same prices."""
    draw = np.random.default_rng(int.from_bytes(hashlib.sha256(b"kdsp prices 1" + key).digest(), "big"))
    return replace(system, cost=system.cost * draw.uniform(1.0, BLUR, system.size))
