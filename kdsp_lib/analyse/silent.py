"""Cells of pupils of whom there is nothing to sum, whoever they are: no results in Year 3, no sessions in a nursery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.differences import Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.leftovers import Leftovers
from kdsp_lib.analyse.possible import SOME_SESSIONS, is_ruled_out
from kdsp_lib.analyse.sum import SUMS


class Silent:
    """For one sum, the cells of which it is known by their name, or by age, to be 0."""

    def __init__(self, name: str, keys: Sequence[Key], axes: tuple[Axis, ...]) -> None:
        one = SUMS[name.split("+")[0]]
        self._attribute = one.attribute
        self._something = frozenset(leaf for leaf, _ in ATTRIBUTES[one.attribute].leaves) - one.nothing
        self._leaves = [leaves_of(key, axes) for key in keys]
        some = frozenset({SOME_SESSIONS}) if one.dataset == "attendance" else self._something
        self._named = [
            leaves.get(one.attribute, some) <= one.nothing or is_ruled_out({**leaves, one.attribute: some})
            for leaves in self._leaves
        ]

    def is_left(self, whole: int, without: int) -> bool:
        """Whether it is so of what a cell has without another: by its name, or as the other has all who have some."""
        return self._named[whole] or all(
            (codes & self._something if name == self._attribute else codes) <= self._leaves[without][name]
            for name, codes in self._leaves[whole].items()
        )

    def of(self, linked: Leftovers) -> Flags:
        """All cells, with the leftovers."""
        left = [self._is_silent(linked, len(self._named) + k, *between) for k, between in enumerate(linked.between)]
        return np.asarray([*self._named, *left], dtype=bool)

    def _is_silent(self, linked: Leftovers, leftover: int, whole: int, *without: int) -> bool:
        cells, member = len(self._named), linked.member
        if len(without) != 1 or max(whole, *without) >= cells or member[leftover].multiply(member[without[0]]).nnz:
            return whole < cells and self._named[whole]
        return self.is_left(whole, without[0])


def leaves_of(key: Key, axes: tuple[Axis, ...]) -> dict[str, frozenset[str]]:
    """The leaves of a key, axis by axis."""
    return {axis.name: axis.codes[code] for axis, code in zip(axes, key, strict=True)}
