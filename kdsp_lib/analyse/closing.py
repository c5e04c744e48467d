"""Closing a set of cells: adding what can be worked out from it, and the equations by which it can."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from kdsp_lib.analyse.axis import Axis, Split
from kdsp_lib.analyse.grid import Key


@dataclass(frozen=True, slots=True)
class Sum:
    """``total`` is the sum of ``parts``."""

    total: Key
    parts: tuple[Key, ...]


def closed(asked: Iterable[Key], axes: tuple[Axis, ...]) -> tuple[tuple[Key, ...], tuple[Sum, ...]]:
    """The cells asked for with those that follow from them, in the order of their codes, and all their equations.

    A cell follows where it is the one part missing from a sum whose total is there: the complement of a filter, the
    rest of a base. A sum that lacks more says nothing of any of its cells.
    """
    cells = set(asked)
    waiting = deque(sorted(cells))
    sums: dict[tuple[int, int, Key], Sum] = {}
    families = [_families(axis) for axis in axes]
    while waiting:
        key = waiting.popleft()
        for k, axis in enumerate(axes):
            for number in families[k].get(key[k], ()):
                split = axis.splits[number]
                total = (*key[:k], split.parent, *key[k + 1 :])
                if (k, number, total) in sums or total not in cells:
                    continue
                parts = tuple((*key[:k], child, *key[k + 1 :]) for child in split.children)
                missing = [part for part in parts if part not in cells]
                if len(missing) > 1:
                    continue
                sums[k, number, total] = Sum(total, parts)
                for part in missing:
                    cells.add(part)
                    waiting.append(part)
    order = [axis.order for axis in axes]

    def place(key: Key) -> tuple[int, ...]:
        return tuple(order[k][code] for k, code in enumerate(key))

    ordered = sorted(sums, key=lambda s: (s[0], s[1], place(s[2])))
    return tuple(sorted(cells, key=place)), tuple(sums[s] for s in ordered)


def _families(axis: Axis) -> dict[str, tuple[int, ...]]:
    """For each code the splits in which it is the total or a part."""
    found: dict[str, tuple[int, ...]] = {}
    for number, split in enumerate(axis.splits):
        for code in _members(split):
            found[code] = (*found.get(code, ()), number)
    return found


def _members(split: Split) -> tuple[str, ...]:
    return (split.parent, *split.children)
