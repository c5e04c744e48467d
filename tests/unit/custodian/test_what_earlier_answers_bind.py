"""An earlier table for which there were no data binds nothing: a later report need not read what it was asked of."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kdsp_lib.custodian.past import comparable, earlier_tables
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Table


@pytest.mark.parametrize(
    ("values", "bound"),
    [((["x", "x"], ["x", "x"]), 0), ((["x", "x"], ["c", "c"]), 1), ((["12", "30"], ["x", "x"]), 1)],
)
def test_a_table_without_data_is_left_out(values, bound):
    """One figure, or one that is withheld, and it counts."""
    question = Question("rate", "fsm6", (), None)
    table = Table("t", question, tuple(Cell((), tuple(each)) for each in values))
    answer = Answer({}, ("990001",), (table,), (), zeros_hidden=False, search={})
    assert len(earlier_tables([answer])) == bound


@pytest.mark.parametrize(
    ("measure", "opened", "is_kept"),
    [("ks2-rwm", (), False), ("ks2-rwm", ("results",), True), ("suspensions", ("results",), False), ("fsm6", (), True)],
)
def test_public_figures_of_results_bind_reports_that_have_results(measure, opened, is_kept):
    """A report of a term has none, and tells nothing of them."""
    public = Answer({}, (), (Table("p", Question("count", measure), ()),), (), zeros_hidden=False, search={})
    found = comparable([public], SimpleNamespace(tables=dict.fromkeys(opened)))
    assert found == ((public,) if is_kept else ())
