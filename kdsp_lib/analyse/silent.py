"""Cells of pupils of whom there is nothing to sum, whoever they are: no results in Year 3, no sessions in a nursery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.axes import Axes
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.differences import Flags
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.leftovers import Leftovers
from kdsp_lib.analyse.possible import SOME_SESSIONS, STARTING_AGE, is_ruled_out
from kdsp_lib.analyse.sum import SUMS

Silence = tuple[str, frozenset[str], str]
"""What tells of whom there is nothing to sum: an attribute, its leaves of such pupils, and the data set of the sum."""


def silence_of(name: str) -> Silence:
    """That of a sum, or of several put together: most sums have it in common."""
    one = SUMS[name.split("+")[0]]
    return one.attribute, one.nothing, one.dataset


class Silent:
    """Of the sums of one silence, the cells of which they are known by name, by age, or by where they are, to be 0."""

    def __init__(self, silence: Silence, keys: Sequence[Key], axes: Axes) -> None:
        attribute, nothing, dataset = silence
        self._attribute = attribute
        self._something = frozenset(leaf for leaf, _ in ATTRIBUTES[attribute].leaves) - nothing
        self._leaves = [leaves_of(key, axes.axes) for key in keys]
        some = frozenset({SOME_SESSIONS}) if dataset == "attendance" else self._something
        of_some = [
            axes.possible[k][leaf]
            for k, axis in enumerate(axes.axes)
            for leaf in axis.leaves
            if axis.name == attribute and leaf in self._something
        ]
        somewhere = np.logical_or.reduce(of_some) if of_some else np.True_
        age = ATTRIBUTES[attribute].age
        self._aged = [
            bool(age) and not {age, None} & {STARTING_AGE.get(year) for year in leaves.get("year-group", {""})}
            for leaves in self._leaves
        ]
        self._named = [
            leaves.get(attribute, some) <= nothing
            or is_ruled_out({**leaves, attribute: some})
            or not (axes.places(key) & somewhere).any()
            for key, leaves in zip(keys, self._leaves, strict=True)
        ]

    def is_left(self, whole: int, without: int) -> bool:
        """Whether it is so of what a cell has without another: by its name, or as the other has all who have some."""
        return self._named[whole] or all(
            (codes & self._something if name == self._attribute else codes) <= self._leaves[without][name]
            for name, codes in self._leaves[whole].items()
        )

    def is_as_good_as_left(self, whole: int, without: int) -> bool:
        """The same, or as it is of an age at which hardly anybody has some: of a group that is, unseen, within such a
        cell it is known to nobody.
        """
        return self._aged[whole] or self.is_left(whole, without)

    def of(self, linked: Leftovers, attributes: pd.DataFrame) -> Flags:
        """All cells, with the leftovers; ``attributes`` of each atom.

        Somebody of another age may have results all the same. Where nobody has, that is as good as known.
        """
        cells = len(self._named)
        left = [whole < cells and self._named[whole] for whole, *_ in linked.between]
        for k in np.flatnonzero(_is_apart(linked, cells)):
            left[k] = self.is_left(*linked.between[k])
        has_some = attributes[self._attribute].isin(self._something).to_numpy(dtype=np.int64)
        aged = [*self._aged, *(whole < cells and self._aged[whole] for whole, *_ in linked.between)]
        known: Flags = np.asarray([*self._named, *left], dtype=bool)
        return np.asarray(known | (np.asarray(aged) & (linked.member @ has_some == 0)), dtype=bool)


def _is_apart(linked: Leftovers, cells: int) -> Flags:
    """The leftovers that are all of one of the first ``cells`` that is not in another of them."""
    apart = np.array([len(between) == 2 and max(between) < cells for between in linked.between], dtype=bool)
    own = linked.member[len(linked.keys) - len(linked.between) + np.flatnonzero(apart)]
    others = linked.member[np.array([linked.between[k][1] for k in np.flatnonzero(apart)], dtype=np.int64)]
    apart[apart] = np.asarray(own.multiply(others).sum(axis=1)).ravel() == 0
    return apart


def leaves_of(key: Key, axes: tuple[Axis, ...]) -> dict[str, frozenset[str]]:
    """The leaves of a key, axis by axis."""
    return {axis.name: axis.codes[code] for axis, code in zip(axes, key, strict=True)}
