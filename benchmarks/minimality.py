"""What somebody who knows the algorithm learns of small tables: by trying it on every table that fits.

    python benchmarks/minimality.py [--tables N]

For each made-up table: protect it; list all tables of counts that agree with what is printed; protect each of them too.
Only those that come out with the same pattern can be behind it. Printed is, of the withheld counts of 1 to 5, how many
have one value left: among all tables that fit (what the proof is about), and among those that the algorithm would have
printed so; with the prices that everybody knows, and with prices blurred by a key that only the publisher knows. With
prices known, also of how many less than the required interval, 1 to 6, is left among the latter.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.blur import with_blurred_prices
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.sensitivity import small_counts
from kdsp_lib.protect.system import Statistic, Unprotectable, default_cost, make_system

Counts = tuple[int, ...]
GRID = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25)
SAFE = 6
"""What a withheld count of 1 to 5 has to be able to reach."""
KEYS = 12
MOST = 300
"""Tables with more that fit are left out: they take long, and are the safer for it."""


@dataclass
class Open:
    """Withheld counts of 1 to 5, and of how many one value is left to each attacker, or less than is required."""

    counts: int = 0
    pinned: int = 0
    narrow: int = 0
    pinned_by_algorithm: int = 0
    narrow_by_algorithm: int = 0


def survivors(categories: int, tables: int, *, keys: int = 0, seed: int = 0) -> Open:
    """Attack so many tables of one dimension and its total. ``keys``: prices are blurred by one of so many."""
    random, found, seen = np.random.default_rng(seed), Open(), set()
    blurs: tuple[int | None, ...] = tuple(range(keys)) or (None,)
    for _ in range(tables):
        inner = tuple(int(count) for count in random.choice(GRID, categories))
        printed = published(inner, blurs[0])
        if printed in seen or None not in printed or printed[-1] is None:
            continue
        seen.add(printed)
        # Tables near the true one come first: most of them have the same pattern.
        fitting = sorted(_fitting(inner, printed), key=lambda table: sum(map(_distance, table, inner)))
        for cell in range(categories) if len(fitting) <= MOST else ():
            if printed[cell] is None and 0 < inner[cell] < 6:
                others = [table for table in fitting if table[cell] != inner[cell]]
                ends = [t for t in fitting if t[cell] <= 1], [t for t in fitting if t[cell] >= SAFE]
                found.counts += 1
                found.pinned += not others
                found.narrow += not all(ends)
                found.pinned_by_algorithm += not _is_so_printed(others, printed, blurs)
                if not keys:
                    found.narrow_by_algorithm += not all(_is_so_printed(end, printed, blurs) for end in ends)
    return found


def _is_so_printed(tables: list[Counts], printed: tuple[int | None, ...], keys: tuple[int | None, ...]) -> bool:
    """Whether the algorithm, with one of these keys, would have printed this for one of these tables."""
    return any(published(table, key) == printed for table in tables for key in keys)


def _distance(one: int, other: int) -> int:
    return abs(one - other)


@cache
def published(inner: Counts, key: int | None) -> tuple[int | None, ...]:
    """A table with its total as it is printed; empty where it is refused. ``key``: which blur of prices, if any."""
    values = np.array([*inner, sum(inner)], dtype=float)
    rules = small_counts(values, FLOOR.threshold)
    sums = np.array([[*(-1.0 for _ in inner), 1.0]])
    price = default_cost(values) * np.array([*(1.0 for _ in inner), 8.0])
    statistic = Statistic("n", values, True, rules.primary, rules.lower, rules.upper)
    system = make_system(sums, [statistic], cost=price)
    if key is not None:
        system = with_blurred_prices(system, bytes([key]))
    try:
        hidden = protect_system(system, effort="quick").hidden
    except Unprotectable:
        return ()
    return tuple(None if h else int(v) for h, v in zip(hidden.tolist(), values.tolist(), strict=True))


def _fitting(inner: Counts, printed: tuple[int | None, ...]) -> Iterator[Counts]:
    """Every table of counts that agrees with what is printed, its total among it."""
    hidden = [cell for cell in range(len(inner)) if printed[cell] is None]
    rest = sum(inner[cell] for cell in hidden)
    for parts in _divided(rest, len(hidden)):
        table = list(inner)
        for cell, part in zip(hidden, parts, strict=True):
            table[cell] = part
        yield tuple(table)


def _divided(number: int, parts: int) -> Iterator[Counts]:
    if parts == 1:
        yield (number,)
        return
    for first in range(number + 1):
        yield from ((first, *rest) for rest in _divided(number - first, parts - 1))


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description="What somebody who knows the algorithm learns of small tables.")
    options.add_argument("--tables", type=int, default=100)
    tables = options.parse_args().tables
    print("categories  prices    withheld counts of 1 to 5  one value fits  one value by the algorithm  narrow by it")
    for categories in (3, 4):
        for name, keys in (("known", 0), ("blurred", KEYS)):
            found = survivors(categories, tables, keys=keys)
            print(
                f"{categories:>10}  {name:<8} {found.counts:>26} {found.pinned:>15} {found.pinned_by_algorithm:>27}"
                f" {'' if keys else found.narrow_by_algorithm:>13}",
                flush=True,
            )


if __name__ == "__main__":
    main()
