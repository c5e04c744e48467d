"""An earlier table for which there were no data binds nothing: a later report need not read what it was asked of."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kdsp_lib.analyse.question import Question
from kdsp_lib.custodian.past import earlier_tables


@pytest.mark.parametrize(
    ("values", "bound"),
    [((["x", "x"], ["x", "x"]), 0), ((["x", "x"], ["c", "c"]), 1), ((["12", "30"], ["x", "x"]), 1)],
)
def test_a_table_without_data_is_left_out(values, bound):
    """One figure, or one that is withheld, and it counts."""
    question = Question("rate", "fsm6", (), None)
    cells = [{"codes": [], "values": list(each)} for each in values]
    table = {"name": "t", "question": question.to_json(), "cells": cells}
    answer = SimpleNamespace(tables=(table,), subjects=("990001",), comparators={})
    assert len(earlier_tables([answer])) == bound
