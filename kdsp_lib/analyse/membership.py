"""Which atoms each cell counts, as one sparse matrix of cells by atoms, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.grid import Key

Ints = npt.NDArray[np.int64]
Sparse = Any
"""A scipy CSR matrix."""
NONE = -1


def memberships(keys: tuple[Key, ...], axes: tuple[Axis, ...], frame: pd.DataFrame) -> Sparse:
    """Cells by atoms, 1 where the atom is counted in the cell.

    Cells that fix the same axes are found together: each atom is joined with the codes that hold its leaf.
    """
    leaves = [_leaf_numbers(axis, frame) for axis in axes]
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for cell, key in enumerate(keys):
        groups[tuple(k for k, code in enumerate(key) if code != ROOT)].append(cell)
    rows: list[Ints] = []
    columns: list[Ints] = []
    for fixed, cells in groups.items():
        found_cells, found_atoms = _one_group(fixed, cells, keys, axes, leaves, len(frame))
        rows.append(found_cells)
        columns.append(found_atoms)
    row = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    column = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    matrix = sparse.csr_matrix((np.ones(len(row), dtype=np.int64), (row, column)), shape=(len(keys), len(frame)))
    matrix.sort_indices()
    return matrix


def _leaf_numbers(axis: Axis, frame: pd.DataFrame) -> Ints:
    place = {leaf: k for k, leaf in enumerate(axis.leaves)}
    return np.asarray([place[leaf] for leaf in frame[axis.name]], dtype=np.int64)


def _one_group(
    fixed: tuple[int, ...],
    cells: list[int],
    keys: tuple[Key, ...],
    axes: tuple[Axis, ...],
    leaves: list[Ints],
    atoms: int,
) -> tuple[Ints, Ints]:
    atom = np.arange(atoms, dtype=np.int64)
    number = np.zeros(atoms, dtype=np.int64)
    wanted = np.zeros(len(cells), dtype=np.int64)
    for k in fixed:
        used = sorted({keys[cell][k] for cell in cells}, key=axes[k].order.__getitem__)
        code = {name: j for j, name in enumerate(used)}
        wanted = wanted * len(used) + np.asarray([code[keys[cell][k]] for cell in cells], dtype=np.int64)
        holding = [[code[c] for c in used if leaf in axes[k].codes[c]] for leaf in axes[k].leaves]
        sizes = np.asarray([len(h) for h in holding], dtype=np.int64)
        starts = np.concatenate(([0], np.cumsum(sizes)))
        flat = np.asarray([j for h in holding for j in h], dtype=np.int64)
        leaf = leaves[k][atom]
        repeats = sizes[leaf]
        first = np.repeat(starts[leaf] - np.concatenate(([0], np.cumsum(repeats)[:-1])), repeats)
        atom, number = np.repeat(atom, repeats), np.repeat(number, repeats)
        number = number * len(used) + flat[first + np.arange(len(atom))]
    order = np.argsort(wanted)
    ordered = wanted[order]
    at = np.searchsorted(ordered, number)
    found = (at < len(ordered)) & (ordered[np.minimum(at, len(ordered) - 1)] == number)
    return np.asarray(cells, dtype=np.int64)[order[at[found]]], atom[found]


def owners(of_atoms: Iterable[str], controllers: tuple[str, ...]) -> Sparse:
    """Atoms by controllers: 1 where the atom is the controller's."""
    place = {name: k for k, name in enumerate(controllers)}
    columns = [place[name] for name in of_atoms]
    shape = (len(columns), len(controllers))
    return sparse.csr_matrix((np.ones(len(columns), dtype=np.int64), (np.arange(len(columns)), columns)), shape=shape)


def weighted(member: Sparse, weights: Ints, owner: Sparse) -> Sparse:
    """Cells by controllers: the sum of ``weights`` over the cell's atoms that are the controller's."""
    product = (member @ sparse.diags_array(weights, dtype=np.int64) @ owner).tocsr()
    product.eliminate_zeros()
    product.sort_indices()
    return product


def singles(member: Sparse, count: Ints) -> Ints:
    """For each cell that counts one pupil the atom of that pupil, else -1."""
    single = np.full(len(count), NONE, dtype=np.int64)
    for cell in np.flatnonzero(count == 1):
        single[cell] = member.indices[member.indptr[cell]]
    return single
