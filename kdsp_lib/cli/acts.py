"""An act as the command line takes it: what it says, its paper, and by what its person shows who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kdsp_lib.cli.evidence import sign_evidence
from kdsp_lib.cli.journal_view import seen
from kdsp_lib.errors import BadParameters, Fault, NotAuthorised

if TYPE_CHECKING:
    from kdsp_lib.register.journal import Event, Journal
    from kdsp_lib.register.recording import Paper
    from kdsp_lib.register.signed_act import Act
    from kdsp_lib.source.workspace import Workspace

Fields = Annotated[
    list[str] | None,
    typer.Argument(metavar="FIELD=VALUE", help="The entry's fields; a list's words stand between commas."),
]
Reference = Annotated[str, typer.Option("--reference", metavar="TEXT", help="Where the paper is kept. Needed.")]
PaperFile = Annotated[Path | None, typer.Option("--paper", metavar="FILE", help="The paper: its hash is kept.")]
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", metavar="FILE", help="Your token, where this account is nobody's.")
]
As = Annotated[str, typer.Option("--as", metavar="PARTY", help="Who is to sign it; with --to-sign.")]
ToSign = Annotated[
    Path | None, typer.Option("--to-sign", metavar="FILE", help="Record nothing: write it down there to be signed.")
]


@dataclass(frozen=True, slots=True)
class Papers:
    """The options that every act takes."""

    reference: str
    paper: Path | None
    token_file: Path | None
    person: str
    to_sign: Path | None


def perform(command: str, by: Papers, fields: list[str] | None = None, **words: str) -> None:
    """Record an act, or write it down for somebody else to sign."""
    from kdsp_lib.register.signed_act import Act

    if bool(by.person) != (by.to_sign is not None):
        raise BadParameters("--as and --to-sign go together.", remedy="--as says who is to sign what --to-sign writes")
    with journal_opened() as journal:
        given, paper = _given(fields or [], by)
        has_fields = command in ("enter", "correct", "permit")
        act = Act(command, {**words, "fields": given} if has_fields else words)
        if by.to_sign is None:
            say_recorded(journal, act.record(journal, paper), paper.recorder)
        else:
            _write_down(journal, act, paper, by.to_sign)


def _write_down(journal: Journal, act: Act, paper: Paper, file: Path) -> None:
    from kdsp_lib.register.signed_act import written_down
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.files import write_new
    from kdsp_lib.source.workspace import find_workspace

    text = written_down(journal, act, paper, person_here(find_workspace()))
    try:
        write_new(file, f"{text}\n".encode(), mode=0o600)
    except FileExistsError:
        raise BadParameters(f"{file} is there already, and is left as it is.") from None
    print(f"Wrote {file} for {paper.recorder} to sign: kdsp register sign-act {file} --key KEY")


@contextmanager
def journal_opened(*, is_new: bool = False) -> Iterator[Journal]:
    """The journal of the workspace; BadParameters where none has begun and none is to."""
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.journal import Journal
    from kdsp_lib.source.workspace import find_workspace

    with Database(find_workspace().database) as database:
        journal = Journal(database)
        if not is_new and not journal.last_hash():
            raise BadParameters("There is no journal yet.", remedy="begin it with: kdsp register import REGISTER.yaml")
        yield journal


def paper_of(reference: str, paper: Path | None, token_file: Path | None = None) -> Paper:
    """The paper of an act, its recorder the person of this account, or of the token that is shown instead."""
    from kdsp_lib.register.accounts import account_here
    from kdsp_lib.register.recording import Paper
    from kdsp_lib.source.acting import begin_accounts, person_here
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    if token_file is not None:
        person, credential = _by_token(workspace, token_file)
        return Paper.of(person, reference, paper, credential)
    begin_accounts(workspace)
    return Paper.of(person_here(workspace), reference, paper, {"account": str(account_here())})


def _by_token(workspace: Workspace, file: Path) -> tuple[str, Mapping[str, Any]]:
    """The person of a token, and what the journal keeps of it. NotAuthorised where this account is somebody else's."""
    import datetime as dt

    from kdsp_lib.custodian.token import Tokens
    from kdsp_lib.register.accounts import RULE, Accounts, account_here
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.remote import read_token

    with Database(workspace.database) as database:
        token = Tokens(database).shown(read_token(file))
        token.refuse_unless_it_stands(dt.datetime.now(dt.UTC))
        own = Accounts(database).people().get(str(account_here()), "")
    if own not in ("", token.person):
        raise NotAuthorised(
            f"This account is {own}'s, and the token is {token.person}'s: one account is not two people.",
            rule=RULE,
            remedy="show it from an account of your own, or sign the act: --as PARTY --to-sign FILE",
        )
    if not token.made_by:
        raise NotAuthorised(
            "Nobody knows who made this token.",
            rule="an act by a token is also that of whoever made it",
            remedy="have another made: kdsp custodian token PERSON",
        )
    return token.person, {"token": token.id, "rests_on": [token.made_by]}


def _given(fields: list[str], by: Papers) -> tuple[dict[str, str], Paper]:
    """The fields and the paper of an act; what is wrong with either, all at once."""
    from kdsp_lib.register.recording import Paper

    faults = list(_faults_of_pairs(fields))
    try:
        if by.person:
            rests_on = Paper.of(by.person, by.reference, by.paper)
        else:
            rests_on = paper_of(by.reference, by.paper, by.token_file)
    except BadParameters as error:
        faults += error.faults or [Fault("--paper", error.message)]
    if faults:
        raise BadParameters("The act cannot be read.", faults=faults)
    return dict(field.split("=", 1) for field in fields), rests_on


def _faults_of_pairs(fields: list[str]) -> Iterator[Fault]:
    names = [field.split("=", 1)[0] for field in fields if "=" in field]
    yield from (Fault(field, "write it as FIELD=VALUE") for field in fields if "=" not in field)
    yield from (Fault("", "stands twice", name) for name in dict.fromkeys(names) if names.count(name) > 1)


def say_recorded(journal: Journal, event: Event, viewer: str = "") -> None:
    """Sign it, and tell what was recorded, or proposed, by the number that its viewer may see."""
    from kdsp_lib.source.workspace import find_workspace

    sign_evidence(find_workspace(), "register")
    name = seen(journal.events(), viewer).names.get(event.number)
    if event.act == "propose":
        print(f"Proposed as event {name} by {event.recorder}. It counts once another person seconds it:")
        print(f"  kdsp register second {name} --reference TEXT")
        return
    print(f"Recorded as event {name} by {event.recorder}." if name else f"Recorded by {event.recorder}.")
