"""Chance that falls the same way on every machine: whole numbers from PCG64, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Dice:
    """One stream of chance, named by the seed, the authority and the step that draws from it.

    Each step has its own, so that a change to one step leaves what the others drew as it was.
    """

    def __init__(self, seed: int, authority: int, step: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, authority, step])))

    def below(self, limit: int, size: int) -> Ints:
        """``size`` whole numbers from 0 to ``limit - 1``."""
        return self._generator.integers(0, limit, size=size, dtype=np.int64)

    def permille(self, size: int) -> Ints:
        """``size`` whole numbers from 0 to 999, to hold against a chance in thousandths."""
        return self.below(1000, size)

    def pick(self, weights: Sequence[int], size: int) -> Ints:
        """``size`` places in ``weights``, each as likely as its weight."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(int(edges[-1]), size), side="right").astype(np.int64)

    def order(self, size: int) -> Ints:
        """0 to ``size - 1`` in an order left to chance."""
        return np.argsort(self.below(1 << 62, size), kind="stable").astype(np.int64)

    def keys(self, size: int) -> list[str]:
        """``size`` different random keys of 16 hexadecimal digits."""
        drawn = self._generator.integers(0, 1 << 63, size=size, dtype=np.int64)
        keys = [f"{number:016x}" for number in drawn.tolist()]
        if len(set(keys)) != size:
            raise ValueError("two random keys of 63 bits are alike: choose another seed")
        return keys
