"""A new notebook and its first parameter file, from a template: thin, and ready to run as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.custodian.served import SERVED, Served, served_report
from kdsp_lib.errors import BadParameters
from kdsp_lib.protocol.catalogue import CataloguedReport
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.table import DEFAULT
from kdsp_lib.protocol.vocabulary import kind_of
from kdsp_lib.source.files import write_new

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+){0,9}")
FIRST = "first.yaml"
_TEMPLATES = frozenset({"tables", "pupils"})
_PURPOSES = ("commissioning-of-services", "school-improvement-plan", "school-development", "raising-attainment")
"""What a notebook is begun for: the first that its report may be made for."""
_QUESTIONS: Sequence[tuple[str, str, str]] = (
    ("pupils", "count", "year-group"),
    ("fsm6", "rate", "sex"),
    ("sen", "rate", "fsm6"),
    ("persistent-absence", "rate", "sex"),
)
_OWN_COLUMNS = ("year-group", "surname", "forename", "fsm6", "sen", "absence")
_SHARED_COLUMNS = ("reference", "sen", "fsm6", "year-group")


@dataclass(frozen=True, slots=True)
class Started:
    """The two files that were written."""

    notebook: Path
    parameters: Path


def start_notebook(
    name: str, served: Served, values: Mapping[str, str], into: Path, protocol: str = DEFAULT
) -> Started:
    """Write ``notebooks/NAME.ipynb`` and ``parameters/NAME/first.yaml`` under ``into``: both, or neither.

    BadParameters for a name that is none, and where either is there already: it is left as it is.
    """
    if not _NAME.fullmatch(name):
        raise BadParameters(
            f"{name[:60]!r} is no name of a notebook.", remedy="small letters, digits and _, such as reading_by_term"
        )
    started = Started(into / "notebooks" / f"{name}.ipynb", into / "parameters" / name / FIRST)
    for path in (started.notebook, started.parameters):
        if path.exists():
            raise BadParameters(f"{path} is there already, and is left as it is.", remedy="give another name")
    title = name.replace("_", " ").capitalize()
    notebook = json.dumps(notebook_of(title, served, values, protocol), indent=1, ensure_ascii=False) + "\n"
    lines = "".join(f"{_key(key)}: {_quoted(value)}\n" for key, value in values.items())
    write_new(started.notebook, notebook.encode())
    try:
        write_new(started.parameters, lines.encode())
    except OSError:
        started.notebook.unlink(missing_ok=True)
        raise
    return started


def served_as(name: str) -> Served:
    """The report that a notebook is started for; BadParameters where there is no template of it."""
    served = served_report(name)
    if not has_template(served):
        known = ", ".join(each.name for each in SERVED.values() if has_template(each))
        raise BadParameters(f"There is no template of a {served.title.lower()}.", remedy=f"one of {known}")
    return served


def has_template(served: Served) -> bool:
    """Whether a report is of pupils, and asked for tables or lists of them."""
    return served.is_about_pupils and _TEMPLATES.issuperset(served.answers)


def first_values(
    served: Served, report: CataloguedReport, community: Community, period: str, on: str
) -> dict[str, str]:
    """Parameters to begin with, in the notebook's order: the first of whom the report may be about.

    BadParameters where the register has nobody of that kind.
    """
    if served.about == "group":
        kinds = [kind for kind in ("cluster", "collaborative") if kind in report.levels]
        found = sorted(group for group in community.groups if kind_of(group) in kinds and community.members(group))
    else:
        found = sorted(urn for urn in community.standings if community.is_signatory(urn))
    if not found:
        raise BadParameters(
            f"The register has nobody that a {served.title.lower()} is about.",
            remedy="kdsp register show says who is known",
        )
    purpose = next((each for each in _PURPOSES if each in report.purposes), min(report.purposes))
    recipient = found[0] if served.about == "group" else f"establishment:{found[0]}"
    return {
        served.about: found[0], "recipient": recipient, "purpose": purpose, "period": period, "on": on,
    }  # fmt: skip


def notebook_of(title: str, served: Served, values: Mapping[str, str], protocol: str = DEFAULT) -> dict[str, Any]:
    """The notebook as nbformat has it, without outputs; its head names the clauses of a ``protocol``."""
    cells = [
        _text(f"# {title}\n\n{_head(served, protocol)}"),
        _code(
            "\n".join(
                ["# parameters", *(f"{key} = {_quoted(value)}" for key, value in values.items()), "promotional = False"]
            ),
            "parameters",
        ),
        _text(
            "## The decision\n\nWhether this recipient may have this report, under which clauses of the protocol, and "
            "what that obliges.",
            "working",
        ),
        _code(
            "from kdsp_lib import open_report\n\nreport = open_report(\n"
            f'    "{served.name}", {", ".join(f"{key}={key}" for key in values)},\n'
            "    promotional=promotional,\n)\nreport"
        ),
        *_lists(served),
        *(_tables(served) if "tables" in served.answers else ()),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"{number:03d}"
    kernel = {"display_name": "kdsp", "language": "python", "name": "kdsp"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _head(served: Served, protocol: str) -> str:
    """What it tells, for whom, under which clauses, what is withheld: to be put into the author's own words."""
    whom = (
        "the school itself and nobody else"
        if served.own_only
        else "its recipient, the school itself or one who has the agreement of the establishment"
        if served.about == "school"
        else "its recipient, as the protocol's table of levels lets them have it"
    )
    table = protocol_named(protocol).table
    numbers = sorted(int(clause) for clause in table.clauses if clause.isdecimal())
    return (
        f"Say here what this tells. It is for {whom}. Clauses {numbers[0]} to {numbers[-1]} of the {table.title} "
        f"decide whether it may be had; the decision below names those that it rests on. {served.note}"
    )


def _lists(served: Served) -> list[dict[str, Any]]:
    if "pupils" not in served.answers:
        return []
    columns = _OWN_COLUMNS if served.own_only else _SHARED_COLUMNS
    named = ", ".join(f'"{column}"' for column in columns)
    return [
        _text("## The pupils\n\nA row a pupil, by the columns that the purpose needs and no others."),
        _code(f"pupils = report.pupils(columns=[{named}])\npupils"),
    ]


def _tables(served: Served) -> list[dict[str, Any]]:
    beside = ', compare="authority"' if served.compares else ""
    asked = "".join(
        f'    {measure.replace("-", "_")}=report.{kind}("{measure}", by=["{by}"]{beside}),\n'
        for measure, kind, by in _QUESTIONS
        if served.categories is None or MEASURES[measure].category in served.categories
    )
    reference = '\n    reference="authority",' if served.compares else ""
    return [
        _text(
            "## The questions\n\nAll tables are asked together, so that they are protected together: none of them "
            "gives another away. `kdsp measures` lists what can be asked.",
            "working",
        ),
        _code(f"tables = report.tables(\n{asked})"),
        _text("## Pupils\n\nPupils on roll, each counted once, at the establishment where they are mainly registered."),
        _code('tables["pupils"]'),
        _text("## Groups\n\nHow large each group is, and how well its pupils attend."),
        _code(
            "from IPython.display import display\n\n"
            'display(tables["fsm6"], tables["sen"], tables["persistent_absence"])'
        ),
        _text("Drawn, for those who see it better so."),
        _code(
            f'report.bar(\n    tables["persistent_absence"],{reference}\n'
            '    alt="Persistent absence of girls and of boys.",\n)'
        ),
    ]


def _text(source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": _tagged(tags), "source": source.splitlines(keepends=True)}


def _code(source: str, *tags: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": _tagged(tags), "outputs": [], "source": lines}


def _tagged(tags: Sequence[str]) -> dict[str, Any]:
    return {"tags": list(tags)} if tags else {}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    """``on`` is a truth value to YAML."""
    return _quoted(name) if name == "on" else name
