"""A small authority for the tests of `kdsp_lib.sdc`: pupils by place, year and free meals, of a few controllers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import scipy.sparse as sp

from kdsp_lib.sdc.identity import hashes_by_kind, pupil_hashes
from kdsp_lib.sdc.kinds import ROOT, AskedTable, Kinds

SECRET = b"a secret of thirty-two bytes long"[:32]
Kind = tuple[str, ...]


def kinds_of(axes: Mapping[str, tuple[str, ...]], numbers: Mapping[tuple[Kind, str], int]) -> Kinds:
    """Every kind of these axes, and so many pupils of each controller, who are named by both."""
    order = {kind: place for place, kind in enumerate(product(*axes.values()))}
    owners = sorted({owner for _, owner in numbers})
    parts = np.zeros((len(order), len(owners)), np.int64)
    names, kind = [], []
    for (of_kind, owner), number in sorted(numbers.items()):
        parts[order[of_kind], owners.index(owner)] += number
        names += [f"{of_kind} {owner} {k}" for k in range(number)]
        kind += [order[of_kind]] * number
    hashes = hashes_by_kind(pupil_hashes(names, SECRET), np.array(kind, np.int64), len(order))
    return Kinds(parts.sum(axis=1), sp.csr_matrix(parts), hashes)


def table(
    axes: Mapping[str, tuple[str, ...]],
    by: tuple[str, ...],
    counted: tuple[str, str] | None = None,
    inside: tuple[str, Iterable[str]] | None = None,
    **more,
) -> AskedTable:
    """The table by some axes, with all totals; ``counted``: an axis and its code; ``inside``: an axis and codes."""
    names = list(axes)
    kinds = list(product(*axes.values()))
    place = "everywhere" if inside is None else "-".join(inside[1])

    def member(codes: Mapping[str, str]) -> list[int]:
        return [
            int(
                all(code in (ROOT, kind[names.index(axis)]) for axis, code in codes.items())
                and (inside is None or kind[names.index(inside[0])] in inside[1])
            )
            for kind in kinds
        ]

    codes = list(product(*((ROOT, *axes[axis]) for axis in by)))
    base = np.array([member(dict(zip(by, row, strict=True))) for row in codes])
    top = None
    if counted is not None:
        top = sp.csr_matrix(base * np.array([kind[names.index(counted[0])] == counted[1] for kind in kinds]))
        top.eliminate_zeros()
    name = f"{'pupils' if counted is None else counted[0]} by {', '.join(by) or 'nothing'}"
    return AskedTable(name, place, by, tuple(codes), sp.csr_matrix(base), top, **more)
