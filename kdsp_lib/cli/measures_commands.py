"""``kdsp measures``: what can be asked for, how each measure is defined, and in which years it exists."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdsp_lib.analyse.measures.definition import Definition, Level

_HEADING, _WIDTH = 13, 110


def measures(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The measure to explain; without one, all.")] = "",
    year: Annotated[
        str, typer.Option(metavar="YEAR", help="What there is of a school year (2024/25), and why not the rest.")
    ] = "",
    phase: Annotated[str, typer.Option(metavar="PHASE", help="With --year: of primary, secondary, special …")] = "",
    of_schools: Annotated[bool, typer.Option("--schools", help="With --year: figures of single schools.")] = False,
    as_json: Json = False,
) -> None:
    """List the measures, or explain one: numerator, denominator, rounding, source, years and breaks.

    With --year, a measure that does not exist then is [x], with the reason.
    """
    from kdsp_lib.analyse.measures.catalogue import catalogue, definition_of
    from kdsp_lib.analyse.measures.explaining import described, standing

    _check(year, phase, of_schools=of_schools)
    listed = [definition_of(name)] if name else list(catalogue().measures.values())
    level: Level = "school" if of_schools else "all"
    if as_json:
        found = [
            described(one) | ({"standing": dict(zip(("symbol", "text"), _of(one, year, phase, level), strict=True))}
                              if year else {})
            for one in listed
        ]  # fmt: skip
        print_json(found[0] if name else found)
        return
    if name:
        _explain(listed[0])
        if year:
            symbol, text = standing(listed[0], year, phase, level)
            _print(year, " ".join(filter(None, (symbol, text))) or "exists")
        return
    _list(listed, year, phase, level)


def _of(one: Definition, year: str, phase: str, level: Level) -> tuple[str | None, str]:
    from kdsp_lib.analyse.measures.explaining import standing

    symbol, text = standing(one, year, phase, level)
    return symbol.strip("[]") or None, text


def _list(listed: Iterable[Definition], year: str, phase: str, level: Level) -> None:
    from kdsp_lib.analyse.measures.explaining import years_of

    for topic, group in groupby(listed, key=lambda one: one.topic):
        print(f"{topic}")
        for one in group:
            symbol, why = _of(one, year, phase, level) if year else (None, years_of(one))
            shown = f"[{symbol}] {why}" if symbol else why
            mark = " " if one.not_taken else "*"
            print(f"  {mark} {one.name:<30} {one.label:<52} {shown}".rstrip())
    print("\n* can be asked for in reports. kdsp measures NAME explains one.")


def _explain(one: Definition) -> None:
    from kdsp_lib.analyse.measures.explaining import explain

    print(f"{one.label} ({one.name})\n")
    before = ""
    for heading, text in explain(one):
        _print("" if heading == before else heading, text)
        before = heading


def _print(heading: str, text: str) -> None:
    indent = " " * _HEADING
    print(textwrap.fill(text, _WIDTH, initial_indent=f"{heading:<{_HEADING}}", subsequent_indent=indent))


def _check(year: str, phase: str, *, of_schools: bool) -> None:
    from kdsp_lib.protocol.vocabulary import PHASES
    from kdsp_lib.source.period import is_school_year

    faults = []
    if year and not is_school_year(year):
        faults.append(Fault("", f"{year!r} is not a school year: write it as 2024/25", "--year"))
    if phase and phase not in PHASES:
        faults.append(Fault("", f"{phase!r} is not a phase: one of {', '.join(PHASES)}", "--phase"))
    if (phase or of_schools) and not year:
        faults.append(Fault("", "is missing: --phase and --schools go with it", "--year"))
    if faults:
        raise BadParameters("The measures of what?", faults=faults)
