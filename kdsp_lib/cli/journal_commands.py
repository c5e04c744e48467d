"""``kdsp register import``, ``sign``, ``consent`` and the rest: acts upon the register, each kept in its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from kdsp_lib.cli.acts import (
    As,
    Fields,
    PaperFile,
    Papers,
    Reference,
    TokenFile,
    ToSign,
    journal_opened,
    paper_of,
    perform,
)
from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.day import day_given
from kdsp_lib.cli.evidence import Expect, check_evidence, entered, sign_evidence
from kdsp_lib.cli.journal_view import seen, today
from kdsp_lib.cli.signing_commands import add_signing_commands
from kdsp_lib.errors import BadParameters, Fault

if TYPE_CHECKING:
    from kdsp_lib.register.confidential import View
    from kdsp_lib.register.journal import Event
    from kdsp_lib.register.register import Register

VERBS: Final = {
    "sign": ("signatures", "An establishment, officer, partner or appointee signs to adhere to the protocol."),
    "withdraw": ("withdrawals", "An establishment excludes itself."),
    "appoint": ("appointments", "A head appoints somebody to act for the establishment."),
    "consent": (
        "consents",
        "A head consents that a recipient has a confidential item, or has the establishment named to it.",
    ),
    "agree": ("heads_agreements", "Heads agree among themselves."),
    "agree-cluster": ("cluster_agreements", "A cluster agrees to wider recipients."),
    "issue": ("agreements", "An area lead issues a confidentiality agreement to an external party."),
    "assign": ("duties", "An officer's or partner's duty needs data."),
    "commission": ("commissions", "An establishment commissions an analysis for a purpose."),
    "name": ("stakeholders", "An establishment names a stakeholder."),
    "order": ("legal_orders", "A legal order requires or prohibits."),
    "join": ("memberships", "An establishment is a member of a group."),
    "lead": ("area_leads", "Somebody is area lead of a collaborative."),
    "control": ("controllers", "A controller runs an establishment."),
    "add-establishment": ("establishments", "An establishment comes into the register."),
    "add-group": ("groups", "A cluster, network or collaborative comes into the register."),
    "key": ("keys", "Somebody signs acts by a key: its public half, which a second registrar confirms."),
    "add-person": ("people", "An officer, partner, appointee or external comes into the register."),
}
"""Each verb, the section of the register that it adds to, and what it says."""

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The entry's number: kdsp register entries shows it.")]
KnownAt = Annotated[
    str, typer.Option("--known-at", metavar="MOMENT", help="As it was known then: a date, or a time in UTC.")
]


def add_journal_commands(app: typer.Typer) -> None:
    """Give ``kdsp register`` the commands that write and read its journal."""
    add_signing_commands(app)
    for command in (import_, export, entries, correct, strike, revoke, proposals, second, permit, verify, expiring):
        app.command(command.__name__.strip("_"))(command)
    for verb, (section, text) in VERBS.items():
        app.command(verb, help=f"{text} Fields: {_fields_in_words(section)}.")(_recording(section))


def _fields_in_words(section: str) -> str:
    from kdsp_lib.register.layout import LAYOUT

    return ", ".join(f"[{name}]" if wanted.optional else name for name, wanted in LAYOUT[section].items())


def _recording(section: str) -> Callable[..., None]:
    def record(
        fields: Fields = None,
        reference: Reference = "",
        paper: PaperFile = None,
        token_file: TokenFile = None,
        person: As = "",
        to_sign: ToSign = None,
    ) -> None:
        perform("enter", Papers(reference, paper, token_file, person, to_sign), fields, section=section)

    return record


def import_(
    register: Annotated[Path, typer.Argument(metavar="REGISTER.yaml", help="The file that the journal begins from.")],
    reference: Reference = "",
    paper: PaperFile = None,
) -> None:
    """Begin the journal with all entries of a register's file. From then on the workspace decides by the journal.

    Whoever begins it is its first registrar, and permits others to record.
    """
    from kdsp_lib.register.recording import import_register
    from kdsp_lib.source.workspace import find_workspace

    with journal_opened(is_new=True) as journal:
        found = import_register(journal, register, paper_of(reference, paper))
    sign_evidence(find_workspace(), "register")
    number = sum(len(entries) for entries in found.sections.values())
    print(f"The journal begins with {number} entries. Keep {register} unchanged, or move it away.")


def export(
    known_at: KnownAt = "",
    into: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there; never over a file.")] = None,
) -> None:
    """Write the register out as YAML: what was imported comes back as it was, with what was recorded since."""
    from kdsp_lib.register.register import dump_register
    from kdsp_lib.source.files import write_new

    text = dump_register(held("register-export", known_at))
    if into is None:
        print(text, end="")
        return
    try:
        write_new(into, text.encode())
    except FileExistsError:
        raise BadParameters(f"{into} is there already, and is left as it is.") from None


def entries(
    section: Annotated[str, typer.Option("--section", metavar="SECTION", help="Of one section only.")] = "",
    as_json: Json = False,
) -> None:
    """List the entries of the register by number, for revoke, correct and strike."""
    from kdsp_lib.register.history import held_entries
    from kdsp_lib.register.layout import LAYOUT
    from kdsp_lib.source.workspace import find_workspace

    if section and section not in LAYOUT:
        fault = Fault("--section", f"is not a section; these are: {', '.join(LAYOUT)}")
        raise BadParameters(f"There is no section {section[:40]!r}.", faults=[fault])
    with entered(find_workspace(), "register-entries"), journal_opened() as journal:
        view = seen(journal.events())
    shown = [held for one in held_entries(view.events).values() for held in one if section in ("", held.section)]
    if as_json:
        named = [{"number": view.names[held.number], "section": held.section, **held.entry} for held in shown]
        print_json([{**each, "number": int(n) if (n := each["number"]).isdigit() else n} for each in named])
        return
    for held in shown:
        print(f"{view.names[held.number]:>6}  {held.section:<18} {_in_words(held.entry)}")


def revoke(
    number: Number,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The first day on which it no longer holds.")] = "",
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
    person: As = "",
    to_sign: ToSign = None,
) -> None:
    """Let an entry end on a day."""
    day = day_given("--on", on).isoformat()
    perform("revoke", Papers(reference, paper, token_file, person, to_sign), number=number, on=day)


def correct(
    number: Number,
    fields: Fields = None,
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
    person: As = "",
    to_sign: ToSign = None,
) -> None:
    """Put an entry right: the fields given; one given as nothing (to=) is taken away. What was known before is kept."""
    perform("correct", Papers(reference, paper, token_file, person, to_sign), fields, number=number)


def strike(
    number: Number,
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
    person: As = "",
    to_sign: ToSign = None,
) -> None:
    """Take out an entry that should never have been there. What was known before is kept."""
    perform("strike", Papers(reference, paper, token_file, person, to_sign), number=number)


def proposals(as_json: Json = False) -> None:
    """Show what was proposed and waits for a second person: what it is, by whom, and from which paper."""
    from kdsp_lib.register.recording import proposals as waiting
    from kdsp_lib.source.workspace import find_workspace

    with entered(find_workspace(), "register-proposals"), journal_opened() as journal:
        view = seen(journal.events())
    found = waiting(view.events)
    if as_json:
        print_json([_proposed(event, view) for event in found])
        return
    for event in found:
        entry = event.body["entry"]
        what = _in_words(entry) if entry else "to be struck out"
        of = f" of entry {view.names.get(event.body['of'], '')}" if "of" in event.body else ""
        print(f"{view.names[event.number]:>6}  {event.body['section']}{of}: {what}")
        print(f"        by {event.recorder}, {event.recorded[:16]}, {event.body['reference']}")


def _proposed(event: Event, view: View) -> dict[str, Any]:
    """A proposal with the numbers by which entries are shown."""
    of = {"of": view.names.get(event.body["of"])} if "of" in event.body else {}
    told = {"number": view.names[event.number], "recorder": event.recorder, "recorded": event.recorded}
    return {**event.body, **of, **told}


def second(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The event that proposes it.")],
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
    person: As = "",
    to_sign: ToSign = None,
) -> None:
    """Second what somebody else proposed: a legal order, a key, or a change to one. By a credential of your own."""
    perform("second", Papers(reference, paper, token_file, person, to_sign), number=number)


def permit(
    fields: Fields = None,
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
    person: As = "",
    to_sign: ToSign = None,
) -> None:
    """Permit somebody to record. Fields: person, role (registrar, information-owner, ksip-lead), from, [to]."""
    perform("permit", Papers(reference, paper, token_file, person, to_sign), fields)


def verify(expect: Expect = "") -> None:
    """Check every event of the journal against the next, and say its last hash: note it somewhere else."""
    from kdsp_lib.register.history import register_of
    from kdsp_lib.register.signed_act import refuse_unless_signed
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    with entered(workspace, "register-verify"):
        with journal_opened() as journal:
            events = journal.events()
        check_evidence(workspace, "journal", "account", expect=expect)
        view = seen(events)
        register_of(events)
        refuse_unless_signed(events)
    print(f"The journal is whole: {len(view.hashes)} events, the last is {view.hashes[-1] if view.hashes else 'none'}")
    if view.sees_all:
        print(f"With those on the partnership framework: {len(events)} events, the last is {events[-1].hash}")


def expiring(
    within: Annotated[str, typer.Option("--within", metavar="DAYS", help="How far to look, such as 30d.")] = "30d",
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="From which day; by default today.")] = "",
    as_json: Json = False,
) -> None:
    """Show what ends soon, who has not signed, and which collaborative has no area lead."""
    import datetime as dt

    from kdsp_lib.protocol.vocabulary import read_day
    from kdsp_lib.register.expiring import LONGEST
    from kdsp_lib.register.expiring import expiring as due_from

    number, day = within.removesuffix("d"), read_day(on) if on else today()
    faults = [] if day else [Fault("--on", "write the day as 2026-03-02")]
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST):
        faults.append(Fault("--within", "write it as a number of days, such as 30d"))
    if faults or day is None:
        raise BadParameters("That is no time to look ahead.", faults=faults)
    due = due_from(held("register-expiring"), day, dt.timedelta(days=int(number)))
    if as_json:
        print_json([{"day": one.day.isoformat(), "section": one.section, "text": one.text} for one in due])
        return
    for one in due:
        print(f"{one.day}  {one.section:<18} {one.text}")
    if not due:
        print(f"Nothing is due within {number} days of {day}.")


def held(action: str, known_at: str = "") -> Register:
    """The workspace's register as whoever asks may see it; the access log has by which ``action`` they read it."""
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import holding
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    viewer = person_here(workspace)
    with entered(workspace, action), Database(workspace.database) as database:
        found = holding(workspace.register, database, known_at)
    return found.seen_by(viewer, today())


def _in_words(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={','.join(v) if isinstance(v, list) else v}" for key, v in entry.items())
