"""Tables and charts as HTML: one way of writing them, for the notebook and for the page of a release."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from kdsp_lib.report import palette
from kdsp_lib.report.layout import lay_out
from kdsp_lib.report.table import DRAFT, NOTHING, Table

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from kdsp_lib.report.chart import Chart
    from kdsp_lib.report.pupil_list import PupilList

_DAY = re.compile(r"[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}")


@lru_cache(maxsize=8)
def templates(package: str = "kdsp_lib.report") -> Environment:
    """The templates of a room: everything put into them is escaped, and a name they do not know is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    room = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    room.globals["colour"] = palette
    room.tests["day"] = _DAY.fullmatch
    return room


def table_html(table: Table, *, label: str = "", notes: Sequence[str] | None = None) -> Markup:
    """A table with its caption, scopes, notes and legend. ``label`` numbers it on a page: ``Table 2``.

    ``notes``: those to print under it, where a page says some elsewhere.
    """
    from markupsafe import Markup

    given = {"table": table, "layout": lay_out(table), "label": label, "draft": DRAFT, "nothing": NOTHING}
    text = templates().get_template("table.html").render(given, notes=table.notes if notes is None else notes)
    return Markup(text)  # noqa: S704 - rendered by a template that escapes


def pupils_html(pupils: PupilList, *, label: str = "", whole_days: bool = False) -> Markup:
    """A list of pupils with its caption, scopes and notes; ``whole_days``: with days marked, to stand on one line."""
    from markupsafe import Markup

    text = (
        templates().get_template("pupils.html").render(pupils=pupils, label=label, draft=DRAFT, whole_days=whole_days)
    )
    return Markup(text)  # noqa: S704 - rendered by a template that escapes


def figure_html(chart: Chart, *, drawing: str, label: str, data: str) -> Markup:
    """A chart with its caption. ``drawing``: its own, without a heading; ``data``: the number of its figures' table."""
    from markupsafe import Markup

    drawn = Markup(drawing)  # noqa: S704 - drawn and escaped by report.drawing
    text = (
        templates().get_template("figure.html").render(chart=chart, drawing=drawn, label=label, data=data, draft=DRAFT)
    )
    return Markup(text)  # noqa: S704 - rendered by a template that escapes


def notebook_html(table: Table) -> str:
    """A table as a notebook shows it, with the little style it needs."""
    style = templates().get_template("notebook.css").render()
    return f"<style>{style}</style>\n{table_html(table)}"


def notebook_list_html(pupils: PupilList) -> str:
    """A list of pupils as a notebook shows it."""
    style = templates().get_template("notebook.css").render()
    return f"<style>{style}</style>\n{pupils_html(pupils)}"
