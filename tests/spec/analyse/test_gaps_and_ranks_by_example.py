"""Gaps and ranks, by worked examples: what they are of, how they round, and what goes with a withheld rate."""

import numpy as np
import pytest
from invented_tables import Authority, cells_of

from kdsp_lib.analyse.figures import figures
from kdsp_lib.errors import BadParameters, Disclosive
from kdsp_lib.model.question import Question

BY_FSM6 = Question("gap", "sen", ("fsm6",), to="no")


def authority(**of_forty: int) -> Authority:
    """In each year group 40 pupils, so many of them with special educational needs."""
    a = Authority()
    urn = a.school("200001")
    for year, number in of_forty.items():
        a.pupils(number, urn, ncyear=year.removeprefix("year"), sen_provision="K")
        a.pupils(40 - number, urn, ncyear=year.removeprefix("year"))
    return a


def hiding(cube, *rows: str):
    """What is counted in these rows, and the rest of them, withheld."""
    hidden = np.zeros(len(cube.keys), dtype=bool)
    for row in cube.tables["q"].rows:
        if row.codes[-1] in rows:
            hidden[[row.counted, row.rest]] = True
    return hidden


def test_a_gap_is_the_difference_of_unrounded_rates():
    """1 of 30 (3.33 %, printed 3) less 1 of 70 (1.43 %, printed 1) is 1.9: 2 where a base is below 100."""
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, fsm6=True, sen_provision="K")
    a.pupils(29, urn, fsm6=True)
    a.pupil(urn, sen_provision="K")
    a.pupils(69, urn)
    shown = a.shown(BY_FSM6)
    assert shown["yes",] == ["3", "2", "1", "30"]
    assert shown["no",] == ["1", "z", "1", "70"]
    assert shown["All",] == ["2.0", "z", "2", "100"]


def test_a_gap_has_a_decimal_place_where_both_bases_have_a_hundred_pupils():
    a = Authority()
    urn = a.school("200001")
    a.pupils(33, urn, fsm6=True, sen_provision="K")
    a.pupils(167, urn, fsm6=True)
    a.pupils(50, urn, sen_provision="K")
    a.pupils(250, urn)
    assert a.shown(BY_FSM6)["yes",] == ["16.5", "-0.2", "33", "200"]


def test_a_gap_of_means_is_in_the_unit_of_the_means():
    a = Authority()
    urn = a.school("200001")
    a.pupils(4, urn, fsm6=True, sessions=(100, 9, 0))
    a.pupils(3, urn, sessions=(100, 2, 0))
    a.pupil(urn, sessions=(100, 3, 0))
    question = Question("gap", "sessions-missed", ("fsm6",), to="no")
    assert a.shown(question)["yes",] == ["9.0", "6.8", "4"]
    label = figures(a.cube(q=question), "q", np.zeros(99, bool)).statistics[1].label
    assert label == "Gap to the others"


def test_a_gap_goes_with_either_of_its_rates():
    a = authority(year3=10, year4=20, year5=12)
    cube = a.cube(q=Question("gap", "sen", ("year-group",), to="4"))
    shown = cells_of(cube, "q", hiding(cube, "3"))
    assert shown["3",] == ["c", "c", "c", "40"]
    assert shown["5",] == ["30", "-20", "12", "40"]
    shown = cells_of(cube, "q", hiding(cube, "4"))
    assert [shown[code,][1] for code in ("3", "4", "5")] == ["c", "z", "c"]


def test_a_rank_is_over_what_is_shown_and_rows_keep_their_order():
    """Who prints the same rate has the same rank; who is withheld has none, and counts in no other's."""
    cube = authority(year2=4, year3=20, year4=8, year5=20, year6=30).cube(q=Question("rank", "sen", ("year-group",)))
    ranks = {codes[0]: values[1] for codes, values in cells_of(cube, "q").items() if values[-1] == "40"}
    assert ranks == {"2": "5", "3": "2", "4": "4", "5": "2", "6": "1"}
    shown = cells_of(cube, "q", hiding(cube, "6"))
    assert {codes[0]: values[1] for codes, values in shown.items() if values[-1] == "40"} == {
        "2": "4", "3": "1", "4": "3", "5": "1", "6": "c",
    }  # fmt: skip
    assert list(shown) == list(cells_of(cube, "q"))
    assert shown["All",][1] == "z"


def test_rates_that_print_the_same_rank_the_same():
    """1,001 of 2,500 print as 40.0 and 1,002 as 40.1. One more pupil, and both print as 40.1: first are both."""
    a = Authority()
    urn = a.school("200001")
    for year, number in (("3", 1001), ("4", 1002)):
        a.pupils(number, urn, ncyear=year, fsm6=True)
        a.pupils(2500 - number, urn, ncyear=year)
    shown = a.shown(Question("rank", "fsm6", ("year-group",)))
    assert [shown[code,][:2] for code in ("3", "4")] == [["40.0", "2"], ["40.1", "1"]]
    a.pupil(urn, ncyear="3", fsm6=True)
    shown = a.shown(Question("rank", "fsm6", ("year-group",)))
    assert [shown[code,][:2] for code in ("3", "4")] == [["40.1", "1"], ["40.1", "1"]]


def test_a_gap_says_to_whom_and_a_rank_of_what():
    a = authority(year3=10)
    with pytest.raises(BadParameters) as error:
        a.cube(
            a=Question("gap", "sen", ("fsm6",)), b=Question("gap", "sen", (), to="no"), c=Question("rank", "sen"),
            d=Question("rate", "sen", ("fsm6",), to="no"), e=Question("gap", "pupils", ("fsm6",), to="no"),
        )  # fmt: skip
    assert {(fault.place, fault.field) for fault in error.value.faults} == {
        ("a", "to"), ("b", "by"), ("c", "by"), ("d", "to"), ("e", "kind"),
    }  # fmt: skip


def test_nobody_gets_the_smallest_or_the_largest_value():
    """It is one pupil's own figure, whoever else is counted with them."""
    with pytest.raises(Disclosive) as error:
        Question.from_json({"kind": "extremes", "measure": "sessions-missed", "by": []})
    assert error.value.rule == "minimum and maximum are off for every reader"
