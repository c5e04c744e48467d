"""A made-up release: a notebook as a kernel leaves it, the custodian's tables, and all that stands around them."""

from __future__ import annotations

import copy
from typing import Any

from kdsp_lib.release import Release, Source
from kdsp_lib.report import Table, bar, line

WITHHELD = "confidential: withheld so that no pupil or establishment can be recognised"
SCOPE = "Pupils on roll in East collaborative, autumn 2025/26"


def dim(name: str, **labels: str) -> dict[str, Any]:
    """A dimension of the wire form."""
    levels = [{"code": code, "label": label} for code, label in labels.items()]
    return {"name": name, "label": name.capitalize(), "total": "All", "levels": levels}


def table(name: str, title: str, dims: list[dict[str, Any]], statistics: dict[str, int], text: str) -> dict[str, Any]:
    """A table of the wire form; ``text`` has a line a cell: codes, a colon, values."""
    cells = []
    for row in filter(str.strip, text.splitlines()):
        codes, values = row.split(":")
        cells.append({"codes": codes.split(), "values": values.split()})
    return {
        "name": name,
        "title": title,
        "question": {"kind": "rate", "measure": name, "by": [d["name"] for d in dims], "where": None},
        "scope": SCOPE,
        "dims": dims,
        "statistics": [{"name": n, "label": n.capitalize(), "decimals": d} for n, d in statistics.items()],
        "cells": cells,
        "notes": ["Counted at the census."],
        "symbols": {"c": WITHHELD},
        "source": "made-up School Census, autumn 2025",
        "draft": False,
    }


PHASES = dim("phase", primary="Primary", secondary="Secondary", special="Special")
ABSENCE = table(
    "absence",
    "Persistent absence by phase",
    [PHASES],
    {"rate": 1, "numerator": 0, "base": 0},
    """
    primary:   19.2  720 3754
    secondary: 30.1  783 2598
    special:   c c c
    All:       c c c
    """,
)
ROLL = table(
    "roll",
    "Pupils by phase and sex",
    [PHASES, dim("sex", F="Girls", M="Boys")],
    {"pupils": 0},
    """
    primary F: 1819
    primary M: 1935
    primary All: 3754
    secondary F: 1280
    secondary M: 1318
    secondary All: 2598
    special F: c
    special M: c
    special All: c
    All F: c
    All M: c
    All All: c
    """,
)
HIDDEN = table(
    "language", "Pupils by language", [dim("language", eal="Additional")], {"pupils": 0}, "eal: 612\nAll: 6512"
)
COUNTS = {
    "name": "roll",
    "dims": [
        {"name": "phase", "root": "All", "children": {"All": ["primary", "secondary", "special"]}},
        {"name": "sex", "root": "All", "children": {"All": ["F", "M"]}},
    ],
    "rows": [{"codes": cell["codes"], "value": cell["values"][0]} for cell in ROLL["cells"]],
}
BAR = bar(Table.from_wire(ABSENCE), alt="Persistent absence is higher in secondary than in primary schools.")
LINE = line(Table.from_wire(ROLL), alt="There are more pupils in primary than in secondary schools.")
DECISION = {
    "decision": "permit",
    "clauses": ["4", "6"],
    "obligations": ["protect-establishments", "suppress-small-counts", "terms-of-use"],
    "reasons": [{"clause": "4", "rule": "4-group", "text": "The figures are about the recipient's own area."}],
}


def words(source: str) -> dict[str, Any]:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": {"editable": True}, "source": source}


def code(source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """A cell of code as papermill leaves it."""
    return {
        "cell_type": "code",
        "execution_count": 7,
        "id": "random-id",
        "metadata": {"tags": list(tags), "papermill": {"start_time": "2026-03-02T09:00:00", "duration": 0.2}},
        "source": source.splitlines(keepends=True),
        "outputs": list(outputs),
    }


def shown(bundle: dict[str, Any]) -> dict[str, Any]:
    """An output that displays a bundle."""
    return {"output_type": "execute_result", "execution_count": 7, "metadata": {"at": "/home/a"}, "data": bundle}


def draft(data: dict[str, Any]) -> dict[str, Any]:
    """A table as a kernel has it."""
    return Table.from_wire(data | {"draft": True}).bundle()


def notebook(*more: dict[str, Any]) -> dict[str, Any]:
    """The executed notebook, with whatever else was in it."""
    cells = [
        words("# Area profile\n\nFor the heads of the area."),
        code("group = 'collaborative:east'", tags=("parameters", "mine")),
        code("report", shown({"application/vnd.kdsp.report+json": {"title": "t", "facts": []}, "text/plain": "t"})),
        words("## Attendance\n\nAbsence is **higher** in secondary schools."),
        code("tables['absence']", shown(draft(ABSENCE))),
        code("report.bar(tables['absence'])", shown(BAR._repr_mimebundle_())),
        words("## Roll"),
        code("tables['roll']", shown(draft(ROLL))),
        code("report.line(tables['roll'])", shown(LINE._repr_mimebundle_())),
        *more,
    ]
    return {
        "cells": cells,
        "metadata": {
            "papermill": {"input_path": "/home/a/x.ipynb"},
            "widgets": {"state": {}},
            "kernelspec": {"name": "x"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def release(**changes: Any) -> Release:
    """The release, with changes."""
    parts: dict[str, Any] = {
        "id": "r-7f3a9c21b4",
        "title": "Area profile",
        "report": "area-profile",
        "notebook": notebook(),
        "tables": (ABSENCE, ROLL, HIDDEN),
        "decision": DECISION,
        "parameters": {"group": "collaborative:east", "on": "2026-03-02"},
        "audience": "Headteachers of East collaborative",
        "purpose": "Commissioning of services",
        "scope": "Pupils on roll in the establishments of East collaborative that have signed.",
        "terms": "Terms of use, version 1.\nFor professional use by those named above.",
        "terms_version": "1",
        "records": {"lawful_basis": "Public task", "gateway": "Education Act 1996", "dpia": "made-up DPIA 1"},
        "marking": "Confidential to East collaborative",
        "contact": "Data team",
        "charts": (BAR.spec, LINE.spec),
        "counts": (COUNTS,),
        "sources": (Source("School Census", "autumn 2025", "final"),),
        "disclosure_note": "Small figures are withheld.",
        "retain_until": "2026-08-31",
        "facts": {
            "on": "2026-03-02",
            "protocol": {"name": "knowsley", "title": "Knowsley Data Sharing Protocol", "version": "1"},
            "snapshots": {"census": "ab12"},
        },
        "transient": {"started": "2026-03-02T09:00:00", "host": "pc-1"},
    }
    return Release(**copy.deepcopy(parts | changes))
