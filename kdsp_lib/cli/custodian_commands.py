"""``kdsp custodian``: the one process that reads pupils' data, and the tokens by which other machines ask it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.evidence import Expect, check_evidence, entered, shown_to, sign_evidence
from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from kdsp_lib.custodian.access_log import Access
    from kdsp_lib.custodian.asked import Asked
    from kdsp_lib.source.workspace import Workspace

app = typer.Typer(help="The one process that reads pupils' data.", rich_markup_mode=None)


@app.command()
def serve(
    idle: Annotated[float, typer.Option(min=1.0, help="Seconds without a question after which it stops.")] = 600.0,
    listen: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Answer other machines too, by TLS and for a token; it never stops."),
    ] = "",
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What they are shown (PEM); without it, one is made.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key (PEM).")] = None,
) -> None:
    """Run the custodian here until it is idle or told to stop. (A report starts one by itself.)"""
    from kdsp_lib.custodian.certificate import Certificate
    from kdsp_lib.custodian.start import facts

    if (certificate is None) != (key is None) or (certificate and not listen):
        raise BadParameters("A certificate and its key go together, beside --listen.", remedy="give all or none")
    workspace = _own_workspace()
    running = facts(workspace)
    if running is not None:
        raise BadParameters(
            f"A custodian runs for this workspace already (process {running['pid']}).", remedy="kdsp custodian stop"
        )
    shown = Certificate(certificate, key) if certificate and key else None

    from kdsp_lib.custodian.server import serve as serve_workspace

    serve_workspace(workspace, idle_seconds=idle, listen=_host_and_port(listen) if listen else None, certificate=shown)


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise BadParameters(
            "That is no host and port to listen on.", faults=[Fault("--listen", "write it as HOST:8443")]
        )
    return host.strip("[]"), int(port)


def _own_workspace() -> Workspace:
    """The workspace here, which has a custodian of its own."""
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    if workspace.custodian is not None:
        raise BadParameters(
            f"The custodian of this workspace is at {workspace.custodian.address}.", remedy="say it on that machine"
        )
    return workspace


@app.command()
def token(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose questions it is for, such as officer:a1.")],
    days: Annotated[int, typer.Option(help="How long it stands.")] = 90,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A new file to write it to, which only you may read.")
    ] = None,
) -> None:
    """Make a token, by which another machine asks as a person of the register. It is shown this once.

    Who holds it may do all that its person may: give it to them alone, for the machines that run their reports.
    """
    import datetime as dt

    from kdsp_lib.custodian.token import Tokens
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import holding
    from kdsp_lib.source.acting import begin_accounts, person_here
    from kdsp_lib.source.files import write_new

    workspace, now = _own_workspace(), dt.datetime.now(dt.UTC)
    if to is not None and to.exists():
        raise BadParameters(f"{to} is there already, and is left as it is.", remedy="name another file")
    begin_accounts(workspace)
    maker = person_here(workspace)
    with Database(workspace.database) as database:
        community = holding(workspace.register, database).register.on(now.date())
        people = community.people
        if person not in {*people, *(f"establishment:{urn}" for urn in community.standings)}:
            raise BadParameters(
                f"The register knows no {person!r}.", remedy=f"a person of it: {', '.join(sorted(people)) or 'none'}"
            )
        made, text = Tokens(database).make(person, days, now, maker)
    sign_evidence(workspace, "token")
    if to is None:
        print(text)
    else:
        write_new(to, f"{text}\n".encode(), mode=0o600)
    print(f"Token {made.id} of {person} stands until {made.expires[:10]}.", file=sys.stderr)


@app.command()
def tokens(expect: Expect = "", as_json: Json = False) -> None:
    """List the tokens that were made, whose they are and whether they stand; never a token itself."""
    import datetime as dt

    from kdsp_lib.custodian.token import Tokens
    from kdsp_lib.register.database import Database

    workspace, now = _own_workspace(), dt.datetime.now(dt.UTC)
    with entered(workspace, "tokens"):
        check_evidence(workspace, "token", expect=expect)
        with Database(workspace.database) as database:
            found = Tokens(database).all()
    if as_json:
        print_json(
            [
                {"id": t.id, "person": t.person, "made": t.made, "expires": t.expires, "state": t.state(now)}
                for t in found
            ]
        )
        return
    for each in found:
        print(f"{each.id}  {each.person:<24} made {each.made[:10]}  until {each.expires[:10]}  {each.state(now)}")


@app.command()
def revoke(token_id: Annotated[str, typer.Argument(metavar="ID", help="As `kdsp custodian tokens` lists it.")]) -> None:
    """Revoke a token: what is connected by it is refused from its next question on."""
    from kdsp_lib.custodian.token import Tokens
    from kdsp_lib.register.database import Database

    workspace = _own_workspace()
    with Database(workspace.database) as database:
        ended = Tokens(database).revoke(token_id)
    sign_evidence(workspace, "token")
    print(f"Revoked: {ended.id} of {ended.person}.")


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether a custodian runs for this workspace."""
    from kdsp_lib.custodian.start import facts
    from kdsp_lib.source.workspace import find_workspace

    running = facts(find_workspace())
    if as_json:
        print_json({"running": running is not None, **(running or {})})
    elif running is None:
        print("No custodian runs for this workspace; the next report starts one.")
    else:
        print(f"A custodian runs for {running['workspace']} (process {running['pid']}).")
        if "address" in running:
            print(f"It serves other machines at {running['address']}; its certificate is {running['certificate']}.")


@app.command()
def log(
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help="Questions of one person only.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="Questions from that day on.")] = "",
    expect: Expect = "",
    as_json: Json = False,
) -> None:
    """Show the access log: every question to the custodian, by whom, when and how it ended; never what was answered.

    What a question was about is shown to who asked it, to a registrar and to an information owner; of a confidential
    act to the head concerned and the lead of the framework alone. It is checked first: an entry that was changed or
    lost is named, and nothing is shown.
    """
    from kdsp_lib.custodian.access_log import AccessLog
    from kdsp_lib.protocol.vocabulary import read_day
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.workspace import find_workspace

    if since and read_day(since) is None:
        raise BadParameters("A day is needed.", faults=[Fault("--since", "write the day as 2026-03-02")])
    workspace = find_workspace()
    with entered(workspace, "log"):
        check_evidence(workspace, "access_log", expect=expect)
        with Database(workspace.database) as database:
            entries = AccessLog(database).entries()
            asked = shown_to(workspace, database)
    found = [each for each in entries if person in ("", each.person) and each.recorded >= since]
    if as_json:
        print_json([_as_data(each, asked(each)) for each in found])
        return
    for each in found:
        when = f"{each.number:>6}  {each.recorded[:19]}"
        about = " ".join(part for part in (each.report, _in_words(asked(each))) if part)
        print(f"{when}  {each.person:<24} {each.action:<12} {each.outcome:<9} {about}".rstrip())


def _as_data(access: Access, asked: Asked | None) -> dict[str, Any]:
    from dataclasses import asdict

    told = {key: value for key, value in asdict(access).items() if key != "sealed"}
    about = None if asked is None else {k: v for k, v in asdict(asked).items() if k != "is_confidential"}
    return {**told, "asked": about}


def _in_words(asked: Asked | None) -> str:
    if asked is None:
        return ""
    subject = asked.subject or "the whole authority"
    return f"{asked.report} about {subject} for {asked.recipient or 'nobody named'} {asked.words}".rstrip()


@app.command()
def stop(
    wait: Annotated[
        float, typer.Option(min=0.0, max=3600.0, help="Seconds to wait for what it is answering before that is ended.")
    ] = 20.0,
) -> None:
    """Stop this workspace's custodian: it takes nothing more, and its process has gone when this returns."""
    from kdsp_lib.custodian.start import stop as stop_custodian
    from kdsp_lib.source.workspace import find_workspace

    stopped = stop_custodian(find_workspace(), wait)
    if stopped is None:
        print("No custodian ran.")
        return
    print("Stopped." if not stopped.was_killed else "Stopped: it did not end by itself, and was killed.")
    for person, number in stopped.questions.items():
        print(f"Ended before it was answered: {number} {_plural(number)} of {person or 'nobody known'}.")
    if stopped.releases:
        print(f"{stopped.releases} of them entered a release: it stands whole, or `kdsp run` again makes it.")


def _plural(number: int) -> str:
    return "question" if number == 1 else "questions"
