"""A notebook ran to its end where a kernel answered for each cell of code: one that was killed answers no more."""

import copy

from kdsp_lib.run.by_papermill import unanswered

ANSWERED = {"execution": {"shell.execute_reply": "2026-03-02T09:00:00Z"}}
CELLS = [
    {"cell_type": "markdown", "source": "# Title", "metadata": {}},
    {"cell_type": "code", "source": "report", "metadata": ANSWERED},
    {"cell_type": "code", "source": [" \n"], "metadata": {}},
    {"cell_type": "code", "source": ["tables\n", "tables"], "metadata": ANSWERED},
]


def test_all_cells_of_code_were_answered_for():
    assert unanswered({"cells": CELLS}) == []


def test_a_cell_that_only_began_is_named():
    cells = copy.deepcopy(CELLS)
    cells[3]["metadata"] = {"execution": {"iopub.execute_input": "2026-03-02T09:00:00Z"}}
    assert unanswered({"cells": cells}) == [4]


def test_cells_that_nobody_ran_are_named():
    assert unanswered({"cells": [{**cell, "metadata": {}} for cell in CELLS]}) == [2, 4]
