"""``kdsp register account``, ``new-key``, ``sign-act`` and ``record``: by what somebody shows who they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kdsp_lib.cli.acts import PaperFile, Reference, TokenFile, journal_opened, paper_of, say_recorded
from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.evidence import sign_evidence
from kdsp_lib.cli.journal_view import today
from kdsp_lib.errors import BadParameters, Fault


def add_signing_commands(app: typer.Typer) -> None:
    """Give ``kdsp register`` the commands about accounts, keys and signed acts."""
    for command in (account, accounts, new_key, sign_act, record):
        app.command(command.__name__.replace("_", "-"))(command)


def account(
    person: Annotated[str, typer.Argument(metavar="[PERSON]", help="Whose it is, such as officer:r1.")] = "",
    named: Annotated[str, typer.Option("--account", metavar="NAME", help="The account of this machine.")] = "",
    end: Annotated[bool, typer.Option("--end", help="It is nobody's from now on; without PERSON.")] = False,
    reference: Reference = "",
    paper: PaperFile = None,
    token_file: TokenFile = None,
) -> None:
    """Say whose an account of this machine is. By a registrar, and never of the account that they act from."""
    from kdsp_lib.register.accounts import Accounts, account_named
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import holding
    from kdsp_lib.source.workspace import find_workspace

    if bool(person) == end:
        raise BadParameters("Give either PERSON or --end.", remedy="kdsp register account --help")
    workspace, by, found = find_workspace(), paper_of(reference, paper, token_file), account_named(named)
    with Database(workspace.database) as database:
        held = holding(workspace.register, database)
        if end:
            Accounts(database).end(found, held, by)
        else:
            Accounts(database).map(found, person, held, by)
    sign_evidence(workspace, "account")
    print(f"The account {named} is {'nobody' if end else person}'s.")


def accounts(as_json: Json = False) -> None:
    """List whose each account is."""
    from kdsp_lib.register.accounts import Accounts
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.workspace import find_workspace

    with Database(find_workspace().database) as database:
        people = Accounts(database).people()
    if as_json:
        print_json([{"account": name, "person": person} for name, person in people.items()])
        return
    for name, person in people.items():
        print(f"{name:<24} {person}")


def new_key(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Whose it is, such as establishment:990005.")],
    to: Annotated[Path, typer.Option(metavar="FILE", help="A new file for the private key, which only you may read.")],
) -> None:
    """Make a key to sign acts by. Its private half stays with you; the public half is printed, for the registrar."""
    from kdsp_lib.register.key import private_text, public_key
    from kdsp_lib.source.files import write_new

    private = private_text()
    try:
        write_new(to, private, mode=0o600)
    except FileExistsError:
        raise BadParameters(f"{to} is there already, and is left as it is.", remedy="name another file") from None
    print(f"party={party} key={public_key(private)} from={today()}")


def sign_act(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The act, as --to-sign wrote it.")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="Your private key.")],
) -> None:
    """Show an act and sign it, for somebody else to record. It needs no workspace: do it on your own machine."""
    from kdsp_lib.register.key import private_key
    from kdsp_lib.register.signed_act import signed
    from kdsp_lib.source.files import write_atomically

    text = _read(file).strip()
    document = signed(text, private_key(key))
    said = json.loads(text)
    words = json.dumps(said["words"], ensure_ascii=False)
    print(f"Signed for {said['person']}, from {said['reference']}: {said['command']} {words}")
    if said["about"] is not None:
        print(f"It is about {json.dumps(said['about'], ensure_ascii=False)}")
    write_atomically(file, document.encode(), mode=0o600)


def record(file: Annotated[Path, typer.Argument(metavar="FILE", help="The act, as sign-act signed it.")]) -> None:
    """Record an act that its person has signed."""
    from kdsp_lib.register.signed_act import record_signed
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.workspace import find_workspace

    act, signature = _signed_document(_read(file))
    viewer = person_here(find_workspace())
    with journal_opened() as journal:
        say_recorded(journal, record_signed(journal, act, signature), viewer)


def _signed_document(text: str) -> tuple[str, str]:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    match document:
        case {"act": str(act), "signature": str(signature)}:
            return act, signature
    raise BadParameters("That is no signed act.", remedy="kdsp register sign-act FILE --key KEY signs one")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadParameters("The act cannot be read.", faults=[Fault(str(file), reason)]) from None
