"""Populations are compared by sketches and products of many at once; here the rule is read plainly, pair by pair."""

from itertools import combinations

import numpy as np
from hunting import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from kdsp_lib.analyse.differences import near_pairs
from kdsp_lib.analyse.linking import Basis
from kdsp_lib.analyse.membership import owners
from kdsp_lib.model.policy import FLOOR

ATOMS = 24


@st.composite
def populations(draw):
    """Cells by atoms, how many pupils each atom has, who runs its school, which cells are told of, which are out."""
    blocks = draw(st.lists(st.sets(st.integers(0, ATOMS - 1), min_size=8), min_size=2, max_size=4))
    cells = [
        block ^ draw(st.sets(st.integers(0, ATOMS - 1), max_size=3))
        for block in blocks
        for _ in range(draw(st.integers(1, 4)))
    ]
    weights = draw(st.lists(st.sampled_from([1, 1, 2, 7]), min_size=ATOMS, max_size=ATOMS))
    run_by = draw(st.lists(st.sampled_from("abcdef"), min_size=ATOMS, max_size=ATOMS))
    flags = st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))
    return cells, weights, run_by, draw(flags), draw(flags)


def plainly(cells, weights, run_by, told, out, fewest):
    """The pairs, with what either has without the other, by the words of the rule."""
    for one, other in combinations(range(len(cells)), 2):
        either = [cells[one] - cells[other], cells[other] - cells[one]]
        pupils = [sum(weights[atom] for atom in atoms) for atoms in (cells[one], cells[other], *either)]
        if min(pupils[:2]) <= 5 or not cells[one] & cells[other] or cells[one] == cells[other]:
            continue
        several = [len({run_by[atom] for atom in cells[cell]}) >= 3 for cell in (one, other)]
        enough = all(several) or any(
            several[k] and not several[1 - k] and told[cell] for k, cell in ((0, other), (1, one))
        )
        apart = len({run_by[atom] for atoms in either for atom in atoms})
        if not (sum(pupils[2:]) <= 5 or (enough and apart < fewest)):
            continue
        if out[one] and out[other] and not any(0 < left <= 5 for left in pupils[2:]):
            continue
        yield one, other, *(tuple(sorted(atoms)) for atoms in either)


@given(populations(), st.sampled_from([0, 3, 4]))
@examples(60)
def test_near_populations_are_found_as_the_rule_reads(drawn, fewest):
    cells, weights, run_by, told, out = drawn
    member = sparse.csr_matrix([[int(atom in cell) for atom in range(ATOMS)] for cell in cells], dtype=np.int64)
    owner = owners(run_by, tuple(sorted(set(run_by))))
    found = near_pairs(member, np.asarray(weights), owner, FLOOR, fewest, np.asarray(told), np.asarray(out))
    said = [(pair.left, pair.right, pair.only_left, pair.only_right) for pair in found]
    assert said == sorted(plainly(cells, weights, run_by, told, out, fewest))


@given(
    st.lists(st.lists(st.integers(-1, 1), min_size=7, max_size=7), max_size=8),
    st.lists(st.integers(-2, 2), min_size=8, max_size=8),
    st.lists(st.integers(-1, 1), min_size=7, max_size=7),
)
@examples(60)
def test_what_follows_from_rows_is_what_adds_no_rank(rows, times, other):
    given_rows = np.asarray(rows, dtype=np.int64).reshape(-1, 7)
    follows = np.asarray(times[: len(rows)], dtype=np.int64) @ given_rows
    basis = Basis({k: int(n) for k, n in enumerate(row) if n} for row in rows)
    assert len(basis.rows) == np.linalg.matrix_rank(given_rows) if rows else not basis.rows
    for row in (follows, np.asarray(other)):
        rank = np.linalg.matrix_rank(np.vstack((given_rows, row)))
        assert basis.implies({k: int(n) for k, n in enumerate(row) if n}) == (rank == len(basis.rows))
