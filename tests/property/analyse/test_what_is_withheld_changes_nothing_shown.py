"""Whatever a table shows follows from what is not withheld: other figures behind every [c] print the same table."""

from dataclasses import replace

import numpy as np
from hunting import examples
from hypothesis import given
from hypothesis import strategies as st
from invented_tables import random_authority

from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.figures import figures
from kdsp_lib.model.question import Question

QUESTIONS = {
    "count": Question("count", "pupils", ("sex", "fsm6")),
    "rate": Question("rate", "fsm6", ("phase", "sex")),
    "gap": Question("gap", "sen", ("sex", "fsm6"), to="no"),
    "rank": Question("rank", "fsm6", ("phase", "ethnicity-group")),
    "absence": Question("gap", "absence", ("sex",), to="M"),
    "bands": Question("quartiles", "own-absence", ("sex",)),
    "mean": Question("rank", "sessions-missed", ("sex", "ethnicity-group")),
}
CUBES = [random_authority(seed, pupils=60).cube(**QUESTIONS) for seed in (3, 8)]


@examples(60)
@given(st.sampled_from(CUBES), st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.3, 0.7]))
def test_other_figures_behind_what_is_withheld_print_the_same(cube, seed, share):
    draw = np.random.default_rng(seed)
    hidden = whole_rows(cube, (draw.random(len(cube.keys)) < share) & ~cube.structural)
    others = {
        name: replace(each, values=np.where(hidden, draw.integers(0, 400, len(hidden)), each.values))
        for name, each in cube.magnitudes.items()
    }
    other = replace(cube, count=np.where(hidden, draw.integers(0, 90, len(hidden)), cube.count), magnitudes=others)
    for name in QUESTIONS:
        assert figures(other, name, hidden) == figures(cube, name, hidden)
