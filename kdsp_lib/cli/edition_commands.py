"""``kdsp edition``: the aggregates of a period, protected once for all its reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdsp_lib.custodian.edition import Edition

app = typer.Typer(help="Make and show the editions of a period: its aggregates, protected once for all reports.")
Period = Annotated[str, typer.Argument(metavar="PERIOD", help="A term or a school year: 2025/26-autumn, 2025/26.")]


@app.command()
def make(
    period: Period,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="The day of the reports; by default today.")] = None,
) -> None:
    """Make the edition of a period now, rather than at its first report."""
    from kdsp_lib.cli.console import progress
    from kdsp_lib.cli.day import day_given
    from kdsp_lib.custodian.edition_making import make_edition
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with progress(f"Protecting the aggregates of {period}"):
        edition = make_edition(workspace, period, None if on is None else day_given("--on", on))
    _print(edition)


@app.command()
def show(period: Period) -> None:
    """Show what the editions of a period hold, and what they withhold or take together, in numbers by table."""
    from kdsp_lib.custodian.edition_file import Editions
    from kdsp_lib.errors import BadParameters
    from kdsp_lib.source.workspace import find_workspace

    editions = Editions(find_workspace()).of(period)
    if not editions:
        raise BadParameters(f"There is no edition of {period} yet.", remedy=f"kdsp edition make {period}")
    for edition in editions:
        _print(edition)


def _print(edition: Edition) -> None:
    from kdsp_lib.custodian.edition import lines_of

    lines = lines_of(edition)
    print(f"{edition.name}: {len(edition.tables)} tables of {len(edition.members)} places")
    print(f"{'table':<62} {'places':>6} {'figures':>8} {'together':>8} {'withheld':>8}")
    for line in lines:
        print(f"{line.table[:62]:<62} {line.places:>6} {line.figures:>8} {line.together:>8} {line.withheld:>8}")
    figures, withheld = sum(line.figures for line in lines), sum(line.withheld for line in lines)
    print(f"{figures} figures, of which {withheld} are withheld; proved by {edition.proof.programmes} programmes.")
