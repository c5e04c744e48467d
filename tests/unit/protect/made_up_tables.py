"""Small tables written down by hand, with their totals, for the tests of ``protect``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.sensitivity import Sensitive, small_counts
from kdsp_lib.protect.system import Limits, Statistic, System, make_system


class Sums:
    """Named cells and the sums that they form: ``Sums({"all": ["girls", "boys"]}, girls=3, boys=40)``.

    Whatever has parts is their sum; the others are given.
    """

    def __init__(
        self, sums: Mapping[str, Sequence[str]] | Sequence[tuple[str, Sequence[str]]], **figures: float
    ) -> None:
        pairs = list(sums.items()) if isinstance(sums, Mapping) else list(sums)
        self.names = list(dict.fromkeys([*figures, *(name for total, parts in pairs for name in (*parts, total))]))
        known = dict(figures)
        for _ in self.names:
            for total, parts in pairs:
                if all(part in known for part in parts):
                    known[total] = sum(known[part] for part in parts)
        self.values = np.array([float(known[name]) for name in self.names])
        rows = np.zeros((len(pairs), len(self.names)))
        for row, (total, parts) in enumerate(pairs):
            rows[row, [self.at(part) for part in parts]] = -1.0
            rows[row, self.at(total)] = 1.0
        self.equations = sp.csr_matrix(rows)

    def at(self, name: str) -> int:
        return self.names.index(name)

    def flags(self, names: Sequence[str] = ()) -> np.ndarray:
        return np.isin(self.names, list(names))

    def told(self, flags: np.ndarray) -> set[str]:
        return {name for name, flag in zip(self.names, flags, strict=True) if flag}

    def named(self, cells: Sequence[int]) -> set[str]:
        return {self.names[cell] for cell in cells}

    def parts(self, **owners: Mapping[str, float]) -> sp.csr_matrix:
        """Who put in what; totals are given too."""
        rows = np.zeros((len(self.names), len(owners)))
        for column, given in enumerate(owners.values()):
            for name, value in given.items():
                rows[self.at(name), column] = value
        return sp.csr_matrix(rows)

    def rate(self, part: str, base: str, printed: float, half: float) -> Limits:
        """A printed rate, with half of its last digit."""
        rows = np.zeros((2, len(self.names)))
        rows[:, self.at(part)] = 1.0
        rows[0, self.at(base)], rows[1, self.at(base)] = -(printed + half), -(printed - half)
        return Limits(sp.csr_matrix(rows), np.array([-np.inf, 0.0]), np.array([0.0, np.inf]))

    def statistic(self, rules: Sensitive | None = None, *, integer: bool = True, **more: Any) -> Statistic:
        rules = small_counts(self.values, FLOOR.threshold) if rules is None else rules
        return Statistic("pupils", self.values, integer, rules.primary, rules.lower, rules.upper, **more)

    def needing(self, **slack: tuple[float, float]) -> Sensitive:
        """Primary cells with what they need below and above."""
        lower, upper = np.zeros(len(self.names)), np.zeros(len(self.names))
        for name, (below, above) in slack.items():
            lower[self.at(name)], upper[self.at(name)] = below, above
        return Sensitive(self.flags(list(slack)), lower, upper)

    def system(self, *statistics: Statistic, singles: Mapping[str, int] | None = None, **flags: Any) -> System:
        """The system; flags such as ``must_print`` are given as names."""
        named = {key: self.flags(value) if isinstance(value, list | tuple) else value for key, value in flags.items()}
        if singles is not None:
            owners = np.full(len(self.names), -1, np.int64)
            for name, owner in singles.items():
                owners[self.at(name)] = owner
            named["singles"] = owners
        return make_system(self.equations, statistics or [self.statistic()], **named)
