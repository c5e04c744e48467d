"""The texts of a release: every cell, and the words of every chart, each with its place."""

from __future__ import annotations

from kdsp_lib.release.texts import texts_of
from kdsp_lib.report.chart import CHART_MIME


def test_every_cell_and_every_chart_is_there_with_its_place() -> None:
    chart = {CHART_MIME: {"chart": {"name": "absence-bar", "alt": "Higher in one.", "title": "Absence", "kind": "bar"}}}
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": ["# A\n", "word"]},
            {"cell_type": "code", "source": "x = 1", "outputs": [{"output_type": "display_data", "data": chart}]},
            {"cell_type": "raw", "source": "raw"},
        ]
    }
    assert [tuple(text.values()) for text in texts_of(notebook)] == [
        ("cell 1", "words", "# A\nword"),
        ("cell 2", "code", "x = 1"),
        ("cell 2, alt text", "words", "Higher in one."),
        ("cell 2, title of a chart", "words", "Absence"),
        ("cell 2, name of a chart", "code", "absence-bar"),
        ("cell 3", "words", "raw"),
    ]


def test_cells_are_numbered_as_their_author_numbers_them() -> None:
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "source": text} for text in ("one", "run", "two")]
    cells[1] |= {"cell_type": "code", "metadata": {"tags": ["injected-parameters"]}}
    texts = texts_of({"cells": cells})
    assert [(text["place"], text["text"]) for text in texts] == [
        ("cell 1", "one"),
        ("cell 2", "two"),
        ("parameters", "run"),
    ]


def test_what_is_no_chart_is_passed_over() -> None:
    outputs = [{"data": {CHART_MIME: shown}} for shown in ("x", {}, {"chart": ["x"]})] + [
        {"name": "stdout", "text": "x"}
    ]
    notebook = {"cells": [{"cell_type": "code", "source": "", "outputs": outputs}]}
    assert texts_of(notebook) == [{"place": "cell 1", "kind": "code", "text": ""}]
