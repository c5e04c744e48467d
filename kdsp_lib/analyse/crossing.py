"""Cells of one data set beside those of others: earlier releases about the same census, from other snapshots.

Their pupils are matched by key, so that populations are compared as within one data set: cells of the same pupils are
one cell, and what nearly coincides leaves a difference to be protected. Where a term and its year have one census, what
pupils did in either (absence, results) is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from scipy import sparse

from kdsp_lib.analyse.attribute import ATTRIBUTES, OF_A_PERIOD, ROOT
from kdsp_lib.analyse.cube import Cells, Cube, Flags, Magnitude, filled, have_a_part_in_common
from kdsp_lib.analyse.differences import Difference, differences, near_pairs
from kdsp_lib.analyse.layout import SCOPE
from kdsp_lib.analyse.leftovers import Leftovers, add_leftovers
from kdsp_lib.analyse.linking import Row, equation_matrix
from kdsp_lib.analyse.membership import NONE, Ints, Sparse, owners, singles, weighted
from kdsp_lib.analyse.spread import SPREADS
from kdsp_lib.analyse.trackers import Remainder, kinds, remainders
from kdsp_lib.model.policy import DisclosurePolicy

NOBODY = 0
"""Cells in other words are compared by pupils alone: few controllers tell them apart within one data set already."""


@dataclass(frozen=True)
class Sample:
    """A cube with its pupils, as ``list_pupils`` lists them, and who runs the establishment of each atom."""

    cube: Cube
    pupils: pd.DataFrame
    controllers: Sequence[str]
    told: Sequence[bool] = ()
    """Of each atom, whether it is of an establishment whose figures the readers may know; none is where it is empty."""


@dataclass(frozen=True)
class Past:
    """What was released from other data: its cells, which of them were printed and which withheld."""

    sample: Sample
    printed: Flags
    hidden: Flags
    same_period: bool
    """Otherwise it is of the same census alone: a year's is its spring's."""


@dataclass(frozen=True)
class Crossed:
    """The cells asked for now, first and in their order, then those of the past, then what lies between them."""

    cells: Cells
    printed: Flags
    hidden: Flags
    past: Flags
    proved: Flags
    """Cells of the past and of now of which no rule is asked again."""


def cross(now: Sample, pasts: Sequence[Past]) -> Crossed | None:
    """The cells of ``now`` linked with those of the ``pasts``; None where no population nearly coincides."""
    samples = [now, *(past.sample for past in pasts)]
    people = _matched(samples)
    weights = people["n"].to_numpy(dtype=np.int64)
    controllers = tuple(sorted(set(people["controller"])))
    owner = owners(people["controller"], controllers)
    spread = [_spread(s.cube.membership, people[f"atom{k}"]) for k, s in enumerate(samples)]
    member = sparse.vstack(spread, format="csr")
    of = np.repeat(np.arange(len(samples)), [len(s.cube.count) for s in samples])
    told = np.concatenate([s.cube.told for s in samples])
    linked, links = _linked(samples, pasts, member, weights, owner)
    if not links:
        return None

    other = np.isin(of, [k for k, past in enumerate(pasts, start=1) if not past.same_period])
    twins = _twins(links, other, linked.member.shape[0])
    nobody = sparse.csr_matrix((len(twins), len(people)), dtype=np.int64)
    counted = sparse.vstack((linked.member, nobody), format="csr")
    count = np.asarray(counted @ weights, dtype=np.int64)
    blocks = sparse.block_diag([s.cube.equations for s in samples], format="csr", dtype=np.int64)
    blocks.resize(blocks.shape[0], len(count))
    categories = tuple(each for s in samples for each in s.cube.categories)

    def flags(parts: Sequence[Flags]) -> Flags:
        return filled(np.concatenate(parts), len(count))

    printed = flags([np.zeros(len(now.cube.count), bool), *(past.printed for past in pasts)])
    cells = Cells(
        count=count,
        contributions=weighted(counted, weights, owner),
        controllers=controllers,
        equations=sparse.vstack((blocks, equation_matrix(links, len(count))), format="csr"),
        magnitudes=_magnitudes(samples, people, _summed(linked.member, other, twins), owner, flags([other])),
        printable=flags([s.cube.printable for s in samples]) | printed,
        structural=flags([s.cube.structural for s in samples]),
        shares=_placed([s.cube.shares for s in samples], samples),
        within=_placed([s.cube.within for s in samples], samples),
        remains=_placed([s.cube.remains for s in samples], samples),
        categories=(*categories, *_between(linked, categories), *(categories[cell] for cell in twins)),
        membership=counted,
        weights=weights,
        single=singles(counted, count),
        told=filled(linked.marked(told), len(count)),
        known=weighted(counted, weights * people["told"].to_numpy(dtype=np.int64), owner),
        uncounted=flags([s.cube.uncounted for s in samples]) | (np.arange(len(count)) >= linked.member.shape[0]),
    )
    return Crossed(
        cells,
        printed=printed,
        hidden=flags([np.zeros(len(now.cube.count), bool), *(past.hidden for past in pasts)]),
        past=flags([of > 0]),
        proved=flags([s.cube.proved for s in samples]),
    )


def _linked(
    samples: Sequence[Sample], pasts: Sequence[Past], member: Sparse, weights: Ints, owner: Sparse
) -> tuple[Leftovers, list[Row]]:
    """What lies between the cells of now and those of each past, and all rows that link them."""
    of = np.repeat(np.arange(len(samples)), [len(s.cube.count) for s in samples])
    policy = samples[0].cube.policy
    fewest = policy.controllers_for(frozenset[str]().union(*(each for s in samples for each in s.cube.categories)))
    settled = np.concatenate([each.cube.settled for each in samples])
    kinds_of = _kinds(samples)
    rows: list[Row] = []
    pairs: list[Difference] = []
    threes: list[Remainder] = []
    for k, past in enumerate(pasts, start=1):
        chosen = np.flatnonzero(_comparable(samples, of, k, past))
        part, given = member[chosen], weighted(member[chosen], weights, owner)
        words = [_words(samples, of, int(cell)) for cell in chosen]
        news, out = of[chosen] == 0, settled[chosen]
        same, grown = _pairs_of_now_and_then(part, weights, given, news, words, policy, fewest, out)
        rows += [{int(chosen[one]): 1, int(chosen[other]): -1} for one, other in same]
        close = near_pairs(part, weights, owner, policy, NOBODY, settled=out, across=news)
        near = {(pair.left, pair.right): pair for pair in (*close, *grown)}
        pairs += [pair.moved(chosen) for pair in near.values()]
        threes += [
            three.moved(chosen)
            for three in remainders(kinds_of[chosen], part, weights, given, policy, NOBODY, settled=out)
            if len({bool(news[cell]) for cell in (three.whole, *three.parts)}) > 1
        ]
    linked = add_leftovers(
        tuple((str(cell),) for cell in range(len(of))), member, weights, policy.small, pairs, threes, rows
    )
    return linked, [*rows, *linked.rows]


def _summed(member: Sparse, without: Flags, twins: tuple[int, ...]) -> Sparse:
    """Whose sums stand in each cell: nobody's in those ``without``, and in their twins those of its own pupils."""
    kept = np.ones(member.shape[0], dtype=np.int64)
    kept[: len(without)] = ~without
    return sparse.vstack((sparse.diags_array(kept, dtype=np.int64) @ member, member[list(twins)]), format="csr")


def _twins(links: list[Row], of_other_periods: Flags, size: int) -> tuple[int, ...]:
    """The linked cells of other periods, each given a twin in its links that stands for its sums of now.

    Populations are compared, not what they did: sums of a term's sessions are not those of its year. So a cell of
    another period has no sums, and its twin no pupils.
    """
    twins: dict[int, int] = {}
    for row in links:
        for cell in [c for c in row if c < len(of_other_periods) and of_other_periods[c]]:
            row[twins.setdefault(cell, size + len(twins))] = row[cell]
    return tuple(twins)


def _matched(samples: Sequence[Sample]) -> pd.DataFrame:
    """Pupils who share an atom in every sample, one row each group: ``atom0`` ..., ``n``, ``controller``, sums of now.

    A pupil who is not in a sample is in none of its atoms (-1); who runs the school, and whether its figures are
    ``told``, is taken from the newest that knows.
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
    told = np.zeros(len(grouped), dtype=bool)
    for atom, sample in reversed(list(zip(atoms, samples, strict=True))):
        place = grouped[atom].to_numpy()
        known = place != NONE
        controller[known] = np.asarray(sample.controllers, dtype=object)[place[known]]
        told[known] = np.asarray(sample.told, dtype=bool)[place[known]] if len(sample.told) else False
    return grouped.assign(controller=controller, told=told)


def _spread(member: Sparse, atoms: pd.Series) -> Sparse:
    """Cells by matched groups, from cells by the atoms of one sample."""
    place = atoms.to_numpy(dtype=np.int64)
    there = np.flatnonzero(place != NONE)
    ones = np.ones(len(there), dtype=np.int64)
    return member @ sparse.csr_matrix((ones, (place[there], there)), shape=(member.shape[1], len(place)))


def _comparable(samples: Sequence[Sample], of: Ints, k: int, past: Past) -> Flags:
    """Cells of now and of past ``k`` whose populations are compared."""
    flags: Flags = (of == 0) | (of == k)
    if past.same_period:
        return flags
    flags &= np.concatenate([_of_the_census(s.cube) for s in samples])
    return flags


def _of_the_census(cube: Cube) -> Flags:
    """Cells that speak of nothing that pupils did in a period."""
    base = {name: {ROOT, attribute.base} for name, attribute in {**ATTRIBUTES, **SPREADS}.items()}
    flags = np.zeros(len(cube.count), dtype=bool)
    for cell, key in enumerate(cube.keys):
        codes = {axis.name: code for axis, code in zip(cube.axes, key, strict=True)}
        flags[cell] = all(codes.get(name, ROOT) in base[name] for name in (*OF_A_PERIOD, *SPREADS))
    return flags


def _pairs_of_now_and_then(
    member: Sparse,
    weights: Ints,
    given: Sparse,
    news: Flags,
    words: Sequence[frozenset[tuple[str, str]]],
    policy: DisclosurePolicy,
    fewest: int,
    settled: Flags,
) -> tuple[list[tuple[int, int]], list[Difference]]:
    """Cells of now with cells of then: of exactly the same pupils; and of the same words, but for few controllers'.

    Small cells in other words may well be of others. Where a school joins an area, what the area's other schools
    changed meanwhile hides the school's figure only if it is enough. Of two that are ``settled`` the later was compared
    with the earlier when it was released.
    """
    names = member @ np.random.default_rng(20100).integers(1, 2**40, size=member.shape[1], dtype=np.int64)
    counts = np.asarray(member @ weights, dtype=np.int64)
    several, small = np.diff(given.indptr) >= policy.controllers, policy.small
    by_name: dict[int, list[int]] = defaultdict(list)
    by_words: dict[frozenset[tuple[str, str]], list[int]] = defaultdict(list)
    for then in map(int, np.flatnonzero(~news)):
        by_name[int(names[then])].append(then)
        by_words[words[then]].append(then)
    same, grown = [], [np.zeros((0, 2), dtype=np.int64)]
    parts = np.asarray(given.todense(), dtype=np.int64)
    for now in map(int, np.flatnonzero(news)):
        for then in by_name.get(int(names[now]), ()):
            if settled[now] and settled[then]:
                continue
            if counts[now] > small or words[now] == words[then]:
                same.append((now, then))
        if not several[now] or counts[now] <= small:
            continue
        thens = np.asarray(by_words.get(words[now], ()), dtype=np.int64)
        thens = thens[several[thens] & (counts[thens] > small) & (names[thens] != names[now])]
        thens = thens[~(settled[now] & settled[thens])]
        changed = np.sort(np.abs(parts[thens] - parts[now]), axis=1)
        few = changed[:, : max(0, changed.shape[1] - fewest + 1)].sum(axis=1) <= small
        grown.append(np.stack((np.full(int(few.sum()), now), thens[few]), axis=1))
    return same, differences(np.concatenate(grown), member)


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


def _magnitudes(
    samples: Sequence[Sample], people: pd.DataFrame, summed: Sparse, owner: Sparse, without: Flags
) -> dict[str, Magnitude]:
    """The sums of now, over every cell but those ``without``; in the same period the past is taken to have had them.

    Asked for are those that now or a past of the same period was asked for: what a past withheld for its sums stays so.
    """
    now, wide = samples[0].cube, summed.shape[0]
    found = {}
    for name, magnitude in now.magnitudes.items():
        values = sum((people[part].to_numpy(dtype=np.int64) for part in name.split("+")), start=np.int64(0))
        sums = (summed @ values).astype(np.float64)
        structural = np.concatenate(
            [s.cube.magnitudes[name].structural if name in s.cube.magnitudes else s.cube.structural for s in samples]
        )
        of_all = _asked(samples, name)
        found[name] = Magnitude(
            values=sums,
            contributions=weighted(summed, np.asarray(values), owner),
            asked=filled(filled(~now.printable, len(of_all)) | of_all, wide) & ~without,
            unasked=filled(magnitude.unasked, wide),
            structural=(filled(structural, wide) & (sums == 0)) | without,
            known=weighted(summed, np.asarray(values) * people["told"].to_numpy(dtype=np.int64), owner),
        )
    return found


def _asked(samples: Sequence[Sample], name: str) -> Flags:
    """The cells of each sample for whose sums it was asked, or for such with a part in common."""

    def of_one(cube: Cube) -> Flags:
        alike = (of.asked for other, of in cube.magnitudes.items() if have_a_part_in_common(name, other))
        found: Flags = np.logical_or.reduce([np.zeros(len(cube.count), bool), *alike])
        return found

    return np.concatenate([of_one(s.cube) for s in samples])


def _placed(pairs: Sequence[Ints], samples: Sequence[Sample]) -> Ints:
    """Pairs of cells of each sample, as pairs of the cells of all."""
    start = np.concatenate(([0], np.cumsum([len(s.cube.count) for s in samples])))
    return np.concatenate([each + start[k] for k, each in enumerate(pairs)])


def _between(linked: Leftovers, categories: tuple[frozenset[str], ...]) -> list[frozenset[str]]:
    return [frozenset[str]().union(*(categories[cell] for cell in cells)) for cells in linked.between]
