"""A report beside one made from other data: what changed between the two is a few pupils' own."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import numpy as np
import pytest
from hunting import examples
from hypothesis import event, given, reject
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analyse"))

from invented_tables import CATEGORIES, Authority, random_authority

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import count_atoms, list_pupils
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.crossing import Past, cross
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.custodian.past import sample_of
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question
from kdsp_lib.protect.system import Unprotectable

PUPILS = Question("count", "pupils")
SEXES = Question("count", "pupils", ("sex",))
SEN = Question("count", "pupils", ("sex", "sen"))
YEARS = Question("count", "pupils", ("year-group",))


def authority(pupils=60):
    """Five schools of different bodies, with enough of everybody."""
    a = Authority()
    for k in range(5):
        urn = a.school(f"99100{k}")
        for number in range(pupils):
            a.pupil(
                urn, sex="FM"[number % 2], sen_provision="NNNKE"[number % 5], ncyear=str(1 + number % 4),
                key=f"{k}-{number}", sessions=(120, number % 7, 0),
            )  # fmt: skip
    return a


def sample(a, **questions):
    atoms = count_atoms(a.tables(), a.cohort(), check_questions(questions, CATEGORIES))
    return sample_of(atoms, list_pupils(a.tables(), atoms), build_cube(atoms, FLOOR))


def released(a, *, same_period=True, withheld=(), **questions):
    """What was printed from other data: everything but the cells named by the codes in ``withheld``."""
    earlier = {f"1/{name}": Earlier(question, tuple(a.controllers)) for name, question in questions.items()}
    atoms = count_atoms(a.tables(), a.cohort(), {}, earlier)
    before = sample_of(atoms, list_pupils(a.tables(), atoms), build_cube(atoms, FLOOR))
    hidden = np.asarray([bool({*key} & {*withheld}) for key in before.cube.keys])
    return Past(before, before.cube.printable & ~hidden, hidden, same_period)


def answer(now, *pasts):
    nothing = np.zeros(len(now.cube.keys), bool)
    return protect_cube(now.cube, nothing, nothing, cross(now, pasts))


def is_printed(now, protected, **codes):
    """Whether the cell with these codes, by axis, is printed."""
    wanted = tuple(codes.get(axis.name.replace("-", "_"), "All") for axis in now.cube.axes)
    return not protected.hidden[now.cube.index[wanted]]


def test_the_same_figures_again_are_no_news():
    before, now = authority(), sample(authority(), all=PUPILS, sexes=SEXES)
    protected = answer(now, released(before, all=PUPILS, sexes=SEXES))
    assert not protected.hidden.any()


def test_one_joiner_between_october_and_november_is_not_given_away():
    before, after = authority(), authority()
    after.pupil("991000", sex="F", key="joiner")
    now = sample(after, sexes=SEXES)
    protected = answer(now, released(before, sexes=SEXES))
    assert not is_printed(now, protected)
    assert not is_printed(now, protected, sex="F")
    assert is_printed(now, protected, sex="M")


def test_one_leaver_is_not_given_away_either():
    before, after = authority(), authority()
    before.pupil("991000", sex="F", key="leaver")
    now = sample(after, sexes=SEXES)
    protected = answer(now, released(before, sexes=SEXES))
    assert not is_printed(now, protected)
    assert not is_printed(now, protected, sex="F")


def test_enough_joiners_are_told():
    before, after = authority(), authority()
    for k in range(5):
        after.pupils(12, f"99100{k}", sex="F")
    now = sample(after, sexes=SEXES)
    assert not answer(now, released(before, sexes=SEXES)).hidden.any()


def test_what_was_withheld_stays_withheld():
    before, now = authority(), sample(authority(), sexes=SEXES)
    protected = answer(now, released(before, withheld=("F", "M"), sexes=SEXES))
    assert not is_printed(now, protected, sex="F")
    assert not is_printed(now, protected, sex="M")
    assert is_printed(now, protected)


def test_parts_of_then_are_not_subtracted_from_a_whole_of_now():
    before, after = authority(), authority()
    after.pupil("991000", sex="F", ncyear="2", key="joiner")
    now = sample(after, two=Question("count", "pupils", (), "ncyear in ('1', '2')"))
    protected = answer(now, released(before, years=YEARS))
    inside = next(k for k, key in enumerate(now.cube.keys) if "in" in key)
    assert protected.hidden[inside]


@pytest.mark.parametrize(("question", "code"), [(SEXES, {"sex": "F"}), (SEN, {"sen": "support"}), (YEARS, {})])
def test_a_term_and_the_year_of_the_same_census_are_compared(question, code):
    before, after = authority(), authority()
    after.pupil("991000", sex="F", sen_provision="K", ncyear="1", key="joiner")
    now = sample(after, table=question)
    assert not is_printed(now, answer(now, released(before, same_period=False, table=question)), **code)


def test_what_pupils_missed_in_a_term_says_nothing_of_the_year():
    before, after = authority(), authority()
    for row in after.rows["attendance"]:
        row["authorised"] += 3
    rates = Question("rate", "absence", ("sex",))
    now = sample(after, absence=rates)
    assert not answer(now, released(before, same_period=False, absence=rates)).hidden.any()


def test_a_figure_that_was_printed_stays_printed_though_it_could_not_be_now():
    before, after = authority(), authority()
    before.pupils(3, "991000", sen_provision="E", sex="F")
    now = sample(after, sen=SEN)
    assert answer(now, released(before, sen=SEN)).hidden.any()


@given(st.integers(0, 30), st.integers(0, 3), st.integers(0, 2), st.booleans())
@examples(25)
def test_nobody_who_came_or_went_is_told_by_a_subtraction(seed, joiners, leavers, same_period):
    """No cell of now that is printed holds, beyond one printed before, only the few who came; nor the other way."""
    before = random_authority(seed, schools=8, pupils=60)
    before.controllers = {urn: f"governors of {urn}" for urn in before.controllers}
    past = released(before, same_period=same_period, table=SEN)
    nothing = np.zeros(len(past.printed), bool)
    try:
        withheld = protect_cube(past.sample.cube, nothing, nothing).hidden
    except Unprotectable:
        reject()
    past = Past(past.sample, past.printed & ~withheld, past.printed & withheld, same_period)
    after = copy.deepcopy(before)
    del after.rows["census"][-leavers or len(after.rows["census"]) :]
    for number in range(joiners):
        after.pupil("200001", sex="FM"[number % 2], key=f"joiner {number}", sen_provision="NKE"[number])
    now = sample(after, table=SEN)
    try:
        protected = answer(now, past)
    except Unprotectable:
        event("refused")
        return
    event("answered")
    for i in np.flatnonzero(past.printed):
        for j in np.flatnonzero(now.cube.printable & ~protected.hidden):
            there, here = _pupils(past.sample, i), _pupils(now, j)
            if len(there) > 5 < len(here) and (there < here or here < there):
                assert len(there ^ here) > 5


def _pupils(sample, cell):
    atoms = sample.cube.membership[[cell]].indices
    return frozenset(sample.pupils.loc[sample.pupils["atom"].isin(atoms), "pupil_key"])
