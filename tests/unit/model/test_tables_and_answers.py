"""Tables and answers are written to JSON, and read from it, in one place: what is read is what was written."""

import pytest

from kdsp_lib.errors import Broken
from kdsp_lib.model.answer import Answer, is_of_list
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Break, Cell, Dimension, Level, Standing, Statistic, Table

ROLL = Question("count", "pupils", ("sex",))
WHOLE = Table(
    "roll",
    ROLL,
    (Cell(("F",), ("12",)), Cell(("M",), ("c",)), Cell(("All",), ("c",))),
    "Pupils by sex",
    "East, autumn term",
    (Dimension("sex", "Sex", (Level("F", "Girls"), Level("M", "Boys"))),),
    (Statistic("count", "Pupils", 0),),
    ("A note.",),
    {"c": "withheld"},
    "School census",
    left_out={"roll": frozenset({frozenset({"sex"}), frozenset()})},
)
LIST = Table("list", Question("count", "pupils", ("sex",), classes=(("F",),)), (Cell(("F",), ("9",)),))


@pytest.mark.parametrize("table", [WHOLE, LIST])
def test_a_table_is_read_as_it_was_written(table):
    assert Table.from_json(table.to_json()) == table


def test_a_table_goes_out_with_all_that_a_reader_needs():
    assert WHOLE.to_json() == {
        "name": "roll",
        "question": {"kind": "count", "measure": "pupils", "by": ["sex"], "where": None},
        "title": "Pupils by sex",
        "scope": "East, autumn term",
        "dims": [
            {
                "name": "sex",
                "label": "Sex",
                "total": "All",
                "levels": [{"code": "F", "label": "Girls"}, {"code": "M", "label": "Boys"}],
            }
        ],
        "statistics": [{"name": "count", "label": "Pupils", "decimals": 0}],
        "notes": ["A note."],
        "cells": [
            {"codes": ["F"], "values": ["12"]},
            {"codes": ["M"], "values": ["c"]},
            {"codes": ["All"], "values": ["c"]},
        ],
        "symbols": {"c": "withheld"},
        "source": "School census",
        "left_out": {"roll": [[], ["sex"]]},
    }
    assert set(LIST.to_json()) == {"name", "question", "cells"}, "cells alone bind, and are shown to nobody"


def test_a_series_says_its_breaks_and_others_do_not():
    series = Table(
        "t",
        Standing("published", "sen", 3),
        (),
        statistics=WHOLE.statistics,
        breaks=(Break("year", "2024/25", "A rule."),),
    )
    assert series.to_json()["breaks"] == [{"dim": "year", "code": "2024/25", "why": "A rule."}]
    assert series.to_json()["question"] == {"kind": "published", "measure": "sen", "years": 3}
    assert "breaks" not in WHOLE.to_json()


def test_a_table_that_nobody_asked_answers_no_question():
    with pytest.raises(Broken, match="no question"):
        _ = Table("t", Standing("published-outcomes"), ()).asked


def test_an_answer_is_read_as_it_was_written():
    answer = Answer(
        {"roll": ROLL}, ("990001",), (WHOLE,), ({"name": "roll"},), zeros_hidden=True, search={"steps": 3},
        compared_with=("a",), comparators={"authority": ("990001", "990002")}, round_to=5, published=("s",), own=(7,),
    )  # fmt: skip
    assert Answer.from_json(answer.to_json()) == answer
    assert not answer.is_of_list
    assert not is_of_list(answer.to_json())
    listed = Answer({}, (), (LIST,), (), zeros_hidden=False, search={})
    assert listed.is_of_list
    assert is_of_list(listed.to_json())
    assert not {"round_to", "published", "own"} & set(listed.to_json())
