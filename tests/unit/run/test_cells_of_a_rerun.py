"""A release's notebook beside the same made again: each thing that is otherwise is named by cell, both ways round."""

import copy

import pytest

from kdsp_lib.report.chart import CHART_MIME
from kdsp_lib.report.pupil_list import PUPILS_MIME
from kdsp_lib.report.table import TABLE_MIME
from kdsp_lib.run.rerun_cells import cells_otherwise, has_same_code


def table(*values):
    cells = [{"codes": [code], "values": [value]} for code, value in zip("FM", values, strict=True)]
    return {"name": "sexes", "statistics": [{"name": "n"}], "cells": cells}


def shows(**data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def text(source):
    return {"cell_type": "markdown", "source": source}


def code(source, *outputs):
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


MADE = {
    "cells": [
        text("# Area\n\nGirls and boys. They are on roll."),
        code("tables['sexes']", shows(**{TABLE_MIME: table("57", "61")})),
        text("And drawn."),
        code("bar", shows(**{CHART_MIME: {"chart": {"name": "bars"}, "table": table("57", "61")}})),
        code("list", shows(**{PUPILS_MIME: {"name": "pupils", "rows": [["Ann"], ["Bob"]]}})),
    ]
}


def changed(change):
    stored = copy.deepcopy(MADE)
    change(stored["cells"])
    return [(each.cell, each.text) for each in cells_otherwise(stored, MADE)]


def test_the_same_cells_differ_in_nothing():
    assert cells_otherwise(MADE, MADE) == ()
    assert has_same_code(MADE, MADE)


def shown(cells, at):
    (data,) = cells[at]["outputs"][0]["data"].values()
    return data


CHANGES = {
    "a sentence": (
        lambda cells: cells[0].update(source="# Area\n\nBoys. They are on roll."),
        (1, '"Boys." stood there, "Girls and boys." came out'),
    ),
    "a sentence more": (
        lambda cells: cells[2].update(source="And drawn. See?"),
        (3, '"See?" stood there, nothing came out'),
    ),
    "a line break": (
        lambda cells: cells[2].update(source="And  drawn."),
        (3, '"And drawn." stood there, "And drawn." came out'),
    ),
    "a number": (
        lambda cells: shown(cells, 1)["cells"][0].update(values=["58"]),
        (2, "table sexes, F, n: 58 stood there, 57 came out"),
    ),
    "a chart, through its table": (
        lambda cells: shown(cells, 3)["table"]["cells"][1].update(values=["1"]),
        (4, "chart bars, table sexes, M, n: 1 stood there, 61 came out"),
    ),
    "a row of a list, of which nothing is said": (
        lambda cells: shown(cells, 4).update(rows=[["Ann"], ["Zoe"]]),
        (5, "list pupils, row 2, differs"),
    ),
    "code": (
        lambda cells: cells[3].update(source="barh"),
        (4, 'its code: "barh" stood there, "bar" came out'),
    ),
    "a cell more": (
        lambda cells: cells.insert(2, text("More.")),
        (3, 'stands there, and does not come out: "More."'),
    ),
    "a cell less": (
        lambda cells: cells.pop(2),
        (3, 'comes out here, and is not there: "And drawn."'),
    ),
    "an output less": (
        lambda cells: cells[1].update(outputs=[]),
        (2, "shows one thing, where nothing stood"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_one_change_is_named_by_its_cell_with_what_was_there_and_what_comes_out(what):
    change, found = CHANGES[what]
    assert changed(change) == [found]


def test_a_cell_put_in_makes_no_other_cell_differ():
    """Those after it are compared with their own."""

    def change(cells):
        cells.insert(0, text("Before."))
        shown(cells, 2)["cells"][0].update(values=["58"])

    assert [cell for cell, _ in changed(change)] == [1, 3]


def test_changed_code_is_no_longer_the_same_code():
    stored = copy.deepcopy(MADE)
    stored["cells"][1]["source"] = "x"
    assert not has_same_code(stored, MADE)
