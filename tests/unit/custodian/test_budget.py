"""How large an answer will be is known first; one that is too large is refused, its largest table named."""

import pytest

from kdsp_lib.custodian.budget import cells_asked_for, refuse_too_many_cells
from kdsp_lib.errors import Disclosive
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Table
from kdsp_lib.source.limits import Limits, faults_of

SMALL = Question("count", "pupils", ("sex",))
LARGE = Question("rate", "sen", ("sex", "phase"), compare="authority")


def told(cells):
    return Answer({}, (), (Table("before", Question("count", "pupils"), (Cell((), ()),) * cells),), (), False, {})


def test_cells_are_the_product_of_all_levels_with_totals_for_each_set_of_establishments():
    assert cells_asked_for({"a": Question("count", "pupils")}) == 1
    assert cells_asked_for({"a": SMALL}) == 3
    assert cells_asked_for({"a": SMALL, "b": LARGE}) == 3 + 3 * 8 * 2
    assert cells_asked_for({"a": SMALL}, [told(5)]) == 8


def test_what_no_breakdown_is_called_is_left_to_be_refused_as_such():
    assert cells_asked_for({"a": Question("count", "pupils", ("shoe-size",))}) == 1


def test_as_many_as_there_may_be_are_answered():
    refuse_too_many_cells({"a": SMALL, "b": LARGE}, [], Limits(answer_cells=51))


def test_one_more_is_refused_with_the_largest_named():
    with pytest.raises(Disclosive, match="51 cells together") as caught:
        refuse_too_many_cells({"a": SMALL, "b": LARGE}, [], Limits(answer_cells=50))
    assert [str(fault) for fault in caught.value.faults] == [
        "table b  is the largest, with 48 cells: 3 (sex) x 8 (phase), for each of 2 sets of establishments"
    ]
    assert "50 cells" in caught.value.rule
    assert "fewer breakdowns" in caught.value.remedy


def test_what_is_asked_bit_by_bit_is_as_large():
    with pytest.raises(Disclosive) as caught:
        refuse_too_many_cells({"a": SMALL}, [told(48)], Limits(answer_cells=50))
    assert "this report  has 48 cells" in str(caught.value.faults[-1])


@pytest.mark.parametrize("name", ["answer_seconds", "answer_memory_mib", "answer_cells"])
def test_an_authority_sets_them_within_bounds_alone(name):
    assert not faults_of({name: getattr(Limits(), name)})
    for value in (0, 10**9, True, 2.5, "300"):
        assert [fault.field for fault in faults_of({name: value})] == [name]
