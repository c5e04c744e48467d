"""Questions are checked all at once, and each fault says what is allowed."""

import pytest
from invented_tables import CATEGORIES

from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.errors import BadParameters
from kdsp_lib.model.question import Question


def faults(categories=CATEGORIES, **questions):
    with pytest.raises(BadParameters) as refusal:
        check_questions(questions, categories)
    return [(fault.place, fault.field, fault.text) for fault in refusal.value.faults]


def test_all_faults_of_all_questions_are_named():
    found = faults(
        one=Question("rate", "persistant-absence", ("phase", "gender")), two=Question("mean", "fsm6", (), "dob = '1'")
    )
    assert [(place, field) for place, field, _ in found] == [
        ("one", "measure"), ("one", "by"), ("two", "kind"), ("two", "where"),
    ]  # fmt: skip
    assert "did you mean persistent-absence?" in found[0][2]


def test_what_is_of_another_category_does_not_exist_for_the_report():
    found = faults(
        frozenset({"pupil-characteristics"}),
        one=Question("rate", "ehc-plan", ("sen",), "sen_provision = 'E'"), two=Question("rate", "absence"),
    )  # fmt: skip
    assert [(place, field) for place, field, _ in found] == [
        ("one", "measure"), ("one", "by"), ("one", "where"), ("two", "measure"),
    ]  # fmt: skip


@pytest.mark.parametrize("question", [
    Question("count", "pupils", ("sex", "sex")),
    Question("count", "pupils", ("sex", "phase", "fsm", "fsm6", "eal")),
    Question("rate", "ehc-plan", ("sen",)),
    Question("rate", "pupils"),
    Question("sum", "pupils"),
])  # fmt: skip
def test_what_makes_no_table_is_refused(question):
    assert faults(q=question)


def test_filters_come_back_in_their_one_form():
    checked = check_questions({"q": Question("count", "pupils", (), "sex='F' and fsm6=true")}, CATEGORIES)
    assert checked["q"].where == "fsm6 AND sex = 'F'"


@pytest.mark.parametrize("data", [
    None, [], {"kind": "rate"}, {"kind": "rate", "measure": 1}, {"kind": "sum", "measure": "pupils"},
    {"kind": "count", "measure": "pupils", "by": "sex"}, {"kind": "count", "measure": "pupils", "where": 3},
    {"kind": "count", "measure": "pupils", "force": True}, {"kind": ["count"], "measure": "pupils"},
])  # fmt: skip
def test_a_question_of_another_shape_is_refused(data):
    with pytest.raises(BadParameters):
        Question.from_json(data)


def test_a_question_crosses_as_json():
    question = Question("rate", "absence", ("phase", "sex"), "fsm6")
    assert Question.from_json(question.to_json()) == question


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("FSM6", "fsm6"),
        ("Free school meals", "fsm"),
        ("attendance", "absence"),
        ("Persistent absence", "persistent-absence"),
    ],
)
def test_what_people_call_a_measure_finds_it(given, meant):
    """Case, spaces, its label, or the field's own word."""
    with pytest.raises(BadParameters) as refused:
        check_questions({"t": Question("rate", given)}, CATEGORIES)
    assert f"did you mean {meant}" in refused.value.faults[0].text


def test_a_measure_of_another_category_is_said_to_be_of_it():
    """An analyst would look for a slip in its name."""
    with pytest.raises(BadParameters) as refused:
        check_questions({"t": Question("mean", "attainment-8", ("sen",))}, ["attendance"])
    assert [fault.text for fault in refused.value.faults][:2] == [
        "attainment-8 is of attainment; this report is of attendance alone",
        "sen is of sen; this report is of attendance alone",
    ]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("gap", "absence", ("sex",), to="boys"), "did you mean M?"),
        (Question("gap", "absence", ("sex",), to="other"), "'other' is not a level of sex: F, M"),
        (Question("rate", "absence", compare="neighbours"), "is asked for with beside='neighbours'"),
        (Question("rate", "absence", compare="region"), "'region' is not a comparator of this report: authority"),
    ],
)
def test_what_stands_beside_or_across_a_gap_is_found_by_its_words(question, said):
    with pytest.raises(BadParameters) as refused:
        check_questions({"t": question}, CATEGORIES, ["authority"])
    assert said in refused.value.faults[0].text
