"""Whatever is asked: equations hold, margins add, order does not matter."""

import numpy as np
from hunting import examples
from hypothesis import example, given
from hypothesis import strategies as st
from invented_tables import EVERY_CATEGORY, cells_of, random_authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question

WHERES = (
    None, "sex = 'F'", "fsm6", "NOT fsm6", "ncyear in ('7', '8')", "phase = 'primary' and fsm6",
    "sex = 'M' or sen_provision = 'E'", "idaci_decile <= 4", "phase = 'secondary'",
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> Question:
    measure = MEASURES[draw(st.sampled_from(sorted(m.name for m in MEASURES.values() if not m.published)))]
    of_sessions = bool(measure.sums) and measure.dataset == "attendance"
    names = [
        name
        for name, b in BREAKDOWNS.items()
        if b.attribute.name != measure.attribute and not (of_sessions and name == "absence-reason")
    ]
    by = draw(st.lists(st.sampled_from(names), unique=True, max_size=2))
    return Question(draw(st.sampled_from(measure.kinds)), measure.name, tuple(by), draw(st.sampled_from(WHERES)))


WORLDS = {seed: random_authority(seed) for seed in range(3)}
TABLES = {seed: world.tables() for seed, world in WORLDS.items()}


def cube_of(seed, asked, earlier=None):
    world = WORLDS[seed]
    return build_cube(count_atoms(TABLES[seed], world.cohort(), check_questions(asked, EVERY_CATEGORY), earlier), FLOOR)


reports = st.lists(questions(), min_size=1, max_size=4).map(lambda qs: {f"t{k}": q for k, q in enumerate(qs)})
seeds = st.sampled_from(sorted(WORLDS))


@given(seeds, reports, questions())
@example(
    0,
    {
        "t0": Question("rate", "absence", (), "phase = 'primary' and fsm6"),
        "t1": Question("rate", "absence", ("fsm6",)),
    },
    Question("rate", "absence", ()),
)  # a remainder, and another sum, of the same cells
@examples(25)
def test_equations_hold_for_counts_sums_and_every_controller(seed, asked, before):
    subjects = tuple(sorted(WORLDS[seed].controllers))[:3]
    before = check_questions({"q": before}, EVERY_CATEGORY)["q"]
    cube = cube_of(seed, asked, {"before": Earlier(before, subjects)})
    assert not (cube.equations @ cube.count).any()
    assert not (cube.equations @ cube.contributions).nnz or not (cube.equations @ cube.contributions).data.any()
    assert (np.asarray(cube.contributions.sum(axis=1)).ravel() == cube.count).all()
    for magnitude in cube.magnitudes.values():
        assert not (cube.equations @ magnitude.values).any()
        assert (np.asarray(magnitude.contributions.sum(axis=1)).ravel() == magnitude.values).all()
    assert not cube.count[cube.structural].any()
    assert len(set(cube.keys)) == len(cube.keys)


@given(seeds, reports)
@examples(15)
def test_margins_are_the_sums_of_their_rows(seed, asked):
    cube = cube_of(seed, asked)
    for table in cube.tables.values():
        value = {row.codes: cube.count[row.base if row.base != NONE else row.counted] for row in table.rows}
        for d in range(len(table.dims)):
            for codes, total in value.items():
                if codes[d] == "All":
                    assert total == sum(value[(*codes[:d], level, *codes[d + 1 :])] for level in table.levels[d])
        for row in table.rows:
            if row.rest != NONE and row.counted != NONE:
                assert cube.count[row.base] == cube.count[row.counted] + cube.count[row.rest]


@given(seeds, reports, st.randoms(use_true_random=False))
@examples(15)
def test_the_order_of_questions_never_matters(seed, asked, shuffle):
    order = list(asked)
    shuffle.shuffle(order)
    one, two = cube_of(seed, asked), cube_of(seed, {name: asked[name] for name in order})
    assert one.keys == two.keys
    assert (one.count == two.count).all()
    assert (one.equations != two.equations).nnz == 0
    for name in asked:
        assert cells_of(one, name) == cells_of(two, name)


@given(seeds, reports)
@examples(15)
def test_asking_together_changes_no_figure(seed, asked):
    together = cube_of(seed, asked)
    name = sorted(asked)[0]
    assert cells_of(together, name) == cells_of(cube_of(seed, {name: asked[name]}), name)
