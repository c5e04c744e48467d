"""Small made-up tables of every kind, with all their margins, as hypothesis draws them."""

from __future__ import annotations

import itertools

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st

from kdsp_lib.model.policy import FLOOR
from kdsp_lib.protect.hierarchy import Dimension, equations_of
from kdsp_lib.protect.sensitivity import few_contributors, small_counts
from kdsp_lib.protect.system import Limits, Statistic, System, make_system

COUNTS = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 9, 12, 20, 41, 130])


@st.composite
def dimensions(draw: st.DrawFn, number: int, largest: int) -> Dimension:
    """Two to some codes below a total, in one or two steps; a step may have a single child."""
    leaves = draw(st.integers(1 if number else 2, largest if number > 1 else max(largest, 2)))
    name = f"d{number}"
    names = [f"{name}-{leaf}" for leaf in range(leaves)]
    if leaves > 1 and draw(st.booleans()):
        cut = draw(st.integers(1, leaves - 1))
        groups = {f"{name}-a": tuple(names[:cut]), f"{name}-b": tuple(names[cut:])}
        return Dimension(name, "All", {"All": tuple(groups), **groups})
    return Dimension(name, "All", {"All": tuple(names)})


class Table:
    """All cells of some dimensions, and which atoms each is the sum of."""

    def __init__(self, dims: list[Dimension]) -> None:
        self.dims = dims
        cells = np.array(list(itertools.product(*(range(len(dim.codes)) for dim in dims))), dtype=np.int64)
        self.codes = tuple(cells.T)
        self.equations, _ = equations_of(dims, self.codes)
        spans = [_leaves_below(dim) for dim in dims]
        sums = spans[0]
        for span in spans[1:]:
            sums = np.kron(sums, span)
        self.sums = sp.csr_matrix(sums)
        """Cells x atoms."""


def _leaves_below(dim: Dimension) -> np.ndarray:
    """Codes x leaves: which leaves each code is the sum of."""
    leaves = [code for code in dim.codes if code not in dim.children]

    def below(code: str) -> set[str]:
        return {code}.union(*(below(part) for part in dim.children.get(code, ())))

    return np.array([[float(leaf in below(code)) for leaf in leaves] for code in dim.codes])


@st.composite
def tables(draw: st.DrawFn, dims: tuple[int, int] = (1, 4)) -> Table:
    """One to four dimensions, of at most some 200 cells; or up to six, most with one code below their total."""
    number = draw(st.integers(*dims))
    largest = {1: 7, 2: 4, 3: 3, 4: 2, 5: 1, 6: 1}[number]
    return Table([draw(dimensions(position, largest)) for position in range(number)])


@st.composite
def systems(
    draw: st.DrawFn,
    *,
    owners: bool = True,
    magnitude: bool = True,
    limits: bool = True,
    printed_before: bool = True,
    dims: tuple[int, int] = (1, 4),
) -> System:
    """A table of counts, perhaps with contributors, a magnitude, a printed rate and cells that are out already.

    Of some cells that are printed nobody may be told the magnitude; it can follow, and then be as primary.
    """
    table = draw(tables(dims))
    atoms = table.sums.shape[1]
    count = np.array(draw(st.lists(COUNTS, min_size=atoms, max_size=atoms)), dtype=float)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    impossible = (count == 0) & (random.random(atoms) < draw(st.sampled_from([0.0, 0.3, 1.0])))
    structural = np.asarray(table.sums @ (~impossible).astype(float)).ravel() == 0
    values = table.sums @ count
    parts = None
    rules = small_counts(values, FLOOR.threshold)
    if owners and draw(st.booleans()):
        parts = _shared_out(random, table, count, draw(st.integers(1, 5)))
        if draw(st.booleans()):
            rules = rules.with_(few_contributors(values, parts, np.full(len(values), 3), counts=True, policy=FLOOR))
    tied = _a_rate(random, values, structural) if limits and draw(st.booleans()) else None
    statistics = [Statistic("pupils", values, True, rules.primary & ~structural, rules.lower, rules.upper, parts, tied)]
    if magnitude and parts is not None and draw(st.booleans()):
        shares = _magnitudes(random, table, count, parts)
        figure = np.asarray(shares.sum(axis=1)).ravel()
        found = few_contributors(figure, shares, np.full(len(figure), 3), counts=False, policy=FLOOR)
        primary = found.primary & ~structural
        untold = (random.random(len(figure)) < draw(st.sampled_from([0.0, 0.0, 0.4]))) & (values > 0)
        of_sums = Statistic("sessions", figure, False, primary, found.lower, found.upper, shares, unasked=untold)
        statistics.append(of_sums)
    primary = np.logical_or.reduce([statistic.primary for statistic in statistics])
    out = np.zeros(len(values), bool)
    if printed_before and draw(st.booleans()):
        out = (random.random(len(values)) < 0.15) & ~primary
    return make_system(
        table.equations,
        statistics,
        structural=structural,
        singles=_single_pupils(table, count, values),
        must_print=out,
        must_hide=(random.random(len(values)) < 0.05) & ~out & ~structural & draw(st.booleans()) & (values > 0),
        zeros=draw(st.sampled_from(["printed", "hidden"])),
    )


def _shared_out(random: np.random.Generator, table: Table, count: np.ndarray, owners: int) -> sp.csr_matrix:
    """Cells x owners: each atom's pupils are of one owner or another."""
    chances = random.dirichlet(np.full(owners, 0.7))
    of_atom = np.stack([random.multinomial(int(number), chances) for number in count]).astype(float)
    return sp.csr_matrix(table.sums @ sp.csr_matrix(of_atom))


def _magnitudes(random: np.random.Generator, table: Table, count: np.ndarray, parts: sp.csr_matrix) -> sp.csr_matrix:
    """What the same owners put in of something else: nothing where they have no pupils."""
    atoms, owners = table.sums.shape[1], parts.shape[1]
    of_atom = random.integers(0, 60, (atoms, owners)) * (random.random((atoms, owners)) < 0.8)
    return sp.csr_matrix(table.sums @ sp.csr_matrix(of_atom * (count > 0)[:, None].astype(float)))


def _a_rate(random: np.random.Generator, values: np.ndarray, structural: np.ndarray) -> Limits | None:
    """A printed percentage, to whole ones, of one cell in another that is not smaller."""
    pairs = [
        (n, b) for n in range(len(values)) for b in range(len(values)) if values[b] >= max(values[n], 1) and n != b
    ]
    if not pairs:
        return None
    part, base = pairs[random.integers(len(pairs))]
    rate = np.floor(100 * values[part] / values[base] + 0.5) / 100
    rows = sp.csr_matrix(
        ([1.0, -rate - 0.005, 1.0, -rate + 0.005], ([0, 0, 1, 1], [part, base, part, base])), shape=(2, len(values))
    )
    return Limits(rows, np.array([-np.inf, 0.0]), np.array([0.0, np.inf]))


def _single_pupils(table: Table, count: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Each pupil alone in an atom, and in every cell that holds no other."""
    owner = np.full(len(values), -1, np.int64)
    for atom in np.nonzero(count == 1)[0]:
        cells = table.sums[:, [atom]].nonzero()[0]
        owner[[cell for cell in cells if values[cell] == 1]] = atom
    return owner
