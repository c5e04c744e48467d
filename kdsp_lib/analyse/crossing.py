"""Cells of one data set beside those of others: earlier releases made from other snapshots or other periods.

Their pupils are matched by key, so that populations are compared as within one data set: cells of the same pupils are
one cell, and what nearly coincides leaves a difference to be protected. Across periods only stock attributes are
compared (sex, ethnicity, ever-6, SEN ...), whose pupils hardly change: a termly series is what users live by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from scipy import sparse

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT
from kdsp_lib.analyse.cube import Cells, Cube, Flags, Magnitude
from kdsp_lib.analyse.differences import SMALL, fewest_controllers, near_pairs
from kdsp_lib.analyse.layout import SCOPE
from kdsp_lib.analyse.leftovers import Leftovers, add_leftovers
from kdsp_lib.analyse.linking import Row, equation_matrix
from kdsp_lib.analyse.membership import NONE, Ints, Sparse, owners, singles, weighted
from kdsp_lib.analyse.trackers import kinds, remainders

FLOWS = frozenset({SCOPE, "phase", "year-group", "absence-band"})
"""What says nothing of a pupil from one period to the next."""


@dataclass(frozen=True)
class Sample:
    """A cube with its pupils, as ``list_pupils`` lists them, and who runs the establishment of each atom."""

    cube: Cube
    pupils: pd.DataFrame
    controllers: Sequence[str]


@dataclass(frozen=True)
class Past:
    """What was released from other data: its cells, which of them were printed and which withheld."""

    sample: Sample
    printed: Flags
    hidden: Flags
    same_period: bool


@dataclass(frozen=True)
class Crossed:
    """The cells asked for now, first and in their order, then those of the past, then what lies between them."""

    cells: Cells
    printed: Flags
    hidden: Flags
    past: Flags


def cross(now: Sample, pasts: Sequence[Past]) -> Crossed | None:
    """The cells of ``now`` linked with those of the ``pasts``; None where no population nearly coincides."""
    samples = [now, *(past.sample for past in pasts)]
    people = _matched(samples)
    member = sparse.vstack(
        [_spread(s.cube.membership, people[f"atom{k}"]) for k, s in enumerate(samples)], format="csr"
    )
    weights = people["n"].to_numpy(dtype=np.int64)
    controllers = tuple(sorted(set(people["controller"])))
    owner = owners(people["controller"], controllers)
    of = np.repeat(np.arange(len(samples)), [len(s.cube.count) for s in samples])
    categories = tuple(each for s in samples for each in s.cube.categories)
    contributions = weighted(member, weights, owner)
    fewest = fewest_controllers(frozenset[str]().union(*categories))

    rows: list[Row] = []
    pairs, threes = [], []
    for k, past in enumerate(pasts, start=1):
        chosen = np.flatnonzero(_comparable(samples, of, k, past.same_period))
        part, given = member[chosen], contributions[chosen]
        rows += _same(chosen, of, samples, part, k, weights, past.same_period)
        for pair in near_pairs(part, weights, given, fewest):
            if of[chosen[pair.left]] != of[chosen[pair.right]]:
                pairs.append(pair.moved(chosen))
        for three in remainders(_kinds(samples)[chosen], part, weights, given, fewest):
            if len({int(of[chosen[cell]]) for cell in (three.whole, *three.parts)}) > 1:
                threes.append(three.moved(chosen))
    if not (rows or pairs or threes):
        return None

    linked = add_leftovers(tuple((str(cell),) for cell in range(len(of))), member, pairs, threes)
    count = np.asarray(linked.member @ weights, dtype=np.int64)
    extra = len(count) - len(of)
    blocks = sparse.block_diag([s.cube.equations for s in samples], format="csr", dtype=np.int64)
    blocks.resize(blocks.shape[0], len(count))
    links = equation_matrix([*rows, *linked.rows], len(count))
    cells = Cells(
        count=count,
        contributions=weighted(linked.member, weights, owner),
        controllers=controllers,
        equations=sparse.vstack((blocks, links), format="csr"),
        magnitudes=_magnitudes(samples, people, linked.member, owner),
        printable=_joined([s.cube.printable for s in samples], extra)
        | _joined([np.zeros(len(now.cube.count), bool), *(past.printed for past in pasts)], extra),
        structural=_joined([s.cube.structural for s in samples], extra),
        shares=_shares(samples),
        categories=(*categories, *_between(linked, categories)),
        membership=linked.member,
        weights=weights,
        single=singles(linked.member, count),
    )
    nothing = np.zeros(len(now.cube.count), bool)
    return Crossed(
        cells,
        printed=_joined([nothing, *(past.printed for past in pasts)], extra),
        hidden=_joined([nothing, *(past.hidden for past in pasts)], extra),
        past=_joined([nothing, *(np.ones(len(past.printed), bool) for past in pasts)], extra),
    )


def _matched(samples: Sequence[Sample]) -> pd.DataFrame:
    """Pupils who share an atom in every sample, one row each group: ``atom0`` ..., ``n``, ``controller``, sums of now.

    A pupil who is not in a sample is in none of its atoms (-1); who runs the school is told by the newest that knows.
    """
    frames = []
    for k, sample in enumerate(samples):
        frame = sample.pupils.rename(columns={"atom": f"atom{k}"})
        frame["turn"] = frame.groupby("pupil_key").cumcount()
        frames.append(frame if k == 0 else frame[["pupil_key", "turn", f"atom{k}"]])
    joined = reduce(lambda left, right: left.merge(right, on=["pupil_key", "turn"], how="outer"), frames)
    atoms = [f"atom{k}" for k in range(len(samples))]
    joined[atoms] = joined[atoms].fillna(NONE).astype(np.int64)
    sums = [column for column in joined.columns if column not in (*atoms, "pupil_key", "turn")]
    joined[sums] = joined[sums].fillna(0).astype(np.int64)
    grouped = joined.assign(n=1).groupby(atoms, sort=True)[["n", *sums]].sum().reset_index()
    controller = np.full(len(grouped), "", dtype=object)
    for atom, sample in reversed(list(zip(atoms, samples, strict=True))):
        place = grouped[atom].to_numpy()
        known = place != NONE
        controller[known] = np.asarray(sample.controllers, dtype=object)[place[known]]
    return grouped.assign(controller=controller)


def _spread(member: Sparse, atoms: pd.Series) -> Sparse:
    """Cells by matched groups, from cells by the atoms of one sample."""
    place = atoms.to_numpy(dtype=np.int64)
    there = np.flatnonzero(place != NONE)
    ones = np.ones(len(there), dtype=np.int64)
    return member @ sparse.csr_matrix((ones, (place[there], there)), shape=(member.shape[1], len(place)))


def _comparable(samples: Sequence[Sample], of: Ints, k: int, same_period: bool) -> Flags:
    """Cells of now and of past ``k`` whose populations are compared."""
    flags: Flags = (of == 0) | (of == k)
    return flags if same_period else np.logical_and(flags, np.concatenate([_stock(s.cube) for s in samples]))


def _stock(cube: Cube) -> Flags:
    """Cells that speak of an attribute that stays with a pupil, and of no absence."""
    base = {name: {ROOT, attribute.base} for name, attribute in ATTRIBUTES.items()}
    flags = np.zeros(len(cube.count), dtype=bool)
    for cell, key in enumerate(cube.keys):
        codes = {axis.name: code for axis, code in zip(cube.axes, key, strict=True)}
        absent = codes.get("absence-band", ROOT) not in base["absence-band"]
        flags[cell] = not absent and any(code != ROOT for name, code in codes.items() if name not in FLOWS)
    return flags


def _same(
    chosen: Ints, of: Ints, samples: Sequence[Sample], member: Sparse, k: int, weights: Ints, same_period: bool
) -> list[Row]:
    """A row for each cell of now that has exactly the pupils of one of the past: more than ``SMALL``, or in like words.

    In other words so few may well be others. Of none nothing follows in another period.
    """
    names = member @ np.random.default_rng(20100).integers(1, 2**40, size=member.shape[1], dtype=np.int64)
    counts = np.asarray(member @ weights, dtype=np.int64)
    words = [_words(samples, of, int(cell)) for cell in chosen]
    by_name: dict[int, list[int]] = defaultdict(list)
    for place in np.flatnonzero(of[chosen] == k):
        by_name[int(names[place])].append(int(place))
    rows = []
    for place in np.flatnonzero(of[chosen] == 0):
        for other in by_name.get(int(names[place]), ()):
            likely = counts[place] > SMALL or (words[place] == words[other] and (same_period or counts[place] > 0))
            if likely:
                rows.append({int(chosen[place]): 1, int(chosen[other]): -1})
    return rows


def _words(samples: Sequence[Sample], of: Ints, cell: int) -> frozenset[tuple[str, str]]:
    """What a cell speaks of, whatever it is asked together with; leftovers speak of nothing that another does."""
    cube = samples[of[cell]].cube
    key = cube.keys[cell - int(np.searchsorted(of, of[cell]))]
    return frozenset((a.name, code) for a, code in zip(cube.axes, key, strict=True) if code != ROOT and a.name != SCOPE)


def _kinds(samples: Sequence[Sample]) -> Ints:
    """The combinations of filters and scope, told apart by sample too."""
    found = [kinds(s.cube.keys, s.cube.axes) for s in samples]
    start = np.concatenate(([0], np.cumsum([int(each.max(initial=0)) + 1 for each in found])))
    return np.concatenate([each + start[k] for k, each in enumerate(found)])


def _magnitudes(samples: Sequence[Sample], people: pd.DataFrame, member: Sparse, owner: Sparse) -> dict[str, Magnitude]:
    """The sums of now, over every cell: what the past printed of its own sums is taken for the same."""
    now, wide = samples[0].cube, member.shape[0]
    found = {}
    for name, magnitude in now.magnitudes.items():
        values = sum((people[part].to_numpy(dtype=np.int64) for part in name.split("+")), start=np.int64(0))
        sums = (member @ values).astype(np.float64)
        structural = np.concatenate(
            [s.cube.magnitudes[name].structural if name in s.cube.magnitudes else s.cube.structural for s in samples]
        )
        found[name] = Magnitude(
            values=sums,
            contributions=weighted(member, np.asarray(values), owner),
            asked=_filled(magnitude.asked, wide),
            structural=_filled(structural, wide) & (sums == 0),
        )
    return found


def _shares(samples: Sequence[Sample]) -> Ints:
    start = np.concatenate(([0], np.cumsum([len(s.cube.count) for s in samples])))
    return np.concatenate([s.cube.shares + start[k] for k, s in enumerate(samples)])


def _between(linked: Leftovers, categories: tuple[frozenset[str], ...]) -> list[frozenset[str]]:
    return [frozenset[str]().union(*(categories[cell] for cell in cells)) for cells in linked.between]


def _joined(flags: Sequence[Flags], extra: int) -> Flags:
    return np.concatenate([*flags, np.zeros(extra, dtype=bool)])


def _filled(flags: Flags, size: int) -> Flags:
    return np.concatenate([flags, np.zeros(size - len(flags), dtype=bool)])
