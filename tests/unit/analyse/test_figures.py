"""The wire form: symbols, decimals, and that nothing beside a withheld cell gives it back."""

import numpy as np
from invented_tables import Authority, cells_of, random_authority

from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.figures import figures, read_back, title
from kdsp_lib.model.question import Question


def hiding(cube, *cells):
    hidden = np.zeros(len(cube.keys), dtype=bool)
    hidden[list(cells)] = True
    return hidden


def asked(**questions):
    return random_authority(3).cube(**questions)


def test_a_rate_goes_with_its_numerator_and_with_its_complement():
    cube = asked(q=Question("rate", "fsm6", ("sex",)))
    row = cube.tables["q"].rows[0]
    base = str(cube.count[row.base])
    assert cells_of(cube, "q", hiding(cube, row.counted))[row.codes] == ["c", "c", base]
    assert cells_of(cube, "q", hiding(cube, row.rest))[row.codes] == ["c", "c", base]


def test_a_withheld_base_takes_everything():
    cube = asked(
        q=Question("rate", "fsm6", ("sex",)),
        r=Question("rate", "absence", ("sex",)),
        m=Question("mean", "sessions-missed"),
    )
    for name, wide in (("q", 3), ("r", 2), ("m", 2)):
        row = cube.tables[name].rows[0]
        assert cells_of(cube, name, hiding(cube, row.base))[row.codes] == ["c"] * wide


def test_a_withheld_cell_is_withheld_in_every_table():
    """A count of FSM6 says what the rate beside it withholds with its base."""
    cube = asked(rate=Question("rate", "fsm6", ("sex",)), count=Question("count", "fsm6", ("sex",)))
    row = cube.tables["rate"].rows[0]
    settled = whole_rows(cube, hiding(cube, row.base))
    assert cells_of(cube, "count", settled)[row.codes] == ["c"]


def test_what_an_answer_showed_is_read_back():
    cube = asked(q=Question("rate", "fsm6", ("sex",)))
    table = cube.tables["q"]
    hidden = hiding(cube, table.rows[0].counted, table.rows[0].rest, table.rows[1].base)
    hidden = whole_rows(cube, hidden)
    shown = read_back(table, figures(cube, "q", hidden).cells)
    assert set(shown.hidden) == set(np.flatnonzero(hidden))
    assert not set(shown.printed) & set(shown.hidden)


def test_the_title_says_what_is_asked():
    question = Question("rate", "persistent-absence", ("phase", "sex"), "fsm6")
    assert title(question) == "Persistent absence by phase and sex (free school meals in the last six years: Yes)"


def test_only_symbols_that_occur_are_explained():
    cube = asked(q=Question("count", "pupils", ("sex",)))
    assert figures(cube, "q", hiding(cube)).symbols == {}
    assert set(figures(cube, "q", hiding(cube, cube.tables["q"].rows[0].counted)).symbols) == {"c"}


def test_the_wire_form_holds_no_float():
    question = Question("rate", "absence", ("phase", "sex"))
    found = figures(asked(q=question), "q", np.zeros(99, dtype=bool))
    shown = found.as_table("q", question, "all", ["A note."]).to_json()
    assert all(isinstance(value, str) for cell in shown["cells"] for value in cell["values"])
    assert [dim["name"] for dim in shown["dims"]] == ["phase", "sex"]
    assert shown["dims"][1]["levels"][0] == {"code": "F", "label": "Girls"}


def test_with_one_level_the_level_and_its_total_are_one_cell():
    a = Authority()
    a.pupils(7, a.school("200001"))
    rows = a.cube(q=Question("count", "pupils", ("phase",))).tables["q"].rows
    assert [row.codes for row in rows] == [("primary",), ("All",)]
    assert rows[0].counted == rows[1].counted
