"""What commands that read data or state without the custodian do for the evidence: check, sign, leave an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdsp_lib.custodian.access_log import Access
    from kdsp_lib.custodian.asked import Asked
    from kdsp_lib.custodian.checkpoint import Checkpoint
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.workspace import Workspace

Expect = Annotated[
    str,
    typer.Option(
        "--expect",
        metavar="CHECKPOINT",
        help="Kept elsewhere: a checkpoint's file or hash, or a hash that kdsp register verify printed. It must hold.",
    ),
]


def check_evidence(workspace: Workspace, *whole: str, expect: str = "") -> None:
    """See that these chains are whole, and all of them as they were when the last checkpoint was signed (exit 11)."""
    from kdsp_lib.custodian.evidence import Evidence
    from kdsp_lib.register.database import Database

    if workspace.custodian is not None:
        return
    with Database(workspace.database) as database:
        if expect and expect in _hashes_of_journal(workspace):
            expect = ""
        Evidence(workspace, database).check(*whole, expect=expect)


def sign_evidence(workspace: Workspace, reason: str) -> Checkpoint:
    """Sign where all chains end, after an act."""
    from kdsp_lib.custodian.evidence import Evidence
    from kdsp_lib.register.database import Database

    with Database(workspace.database) as database:
        return Evidence(workspace, database).make(reason)


@contextmanager
def entered(workspace: Workspace, action: str, report: str = "") -> Iterator[None]:
    """Do what is asked, and enter in the access log who asked and how it ended, before anything of it is shown.

    Not on a machine that has another's custodian: there is no state there, nor data.
    """
    from kdsp_lib.custodian.access_log import ANSWERED, AccessLog
    from kdsp_lib.errors import Broken, KdspError
    from kdsp_lib.register.database import Database
    from kdsp_lib.source.acting import person_here

    person, outcome = person_here(workspace), Broken.code
    try:
        yield
        outcome = ANSWERED
    except KdspError as error:
        outcome = error.code
        raise
    finally:
        if workspace.custodian is None:
            with Database(workspace.database) as database:
                AccessLog(database).append(person, action, report, outcome)


def shown_to(workspace: Workspace, database: Database) -> Callable[[Access], Asked | None]:
    """What an entry of the access log was about, for whoever asks on this machine; None where they may not see it."""
    from kdsp_lib.cli.journal_view import today
    from kdsp_lib.custodian.asked import unseal
    from kdsp_lib.custodian.secret import read_secret
    from kdsp_lib.register.journal import Journal
    from kdsp_lib.register.permission import roles_of
    from kdsp_lib.source.acting import person_here

    viewer = person_here(workspace)
    roles = roles_of(viewer, Journal(database).events(), today())
    secret = read_secret(workspace.state)

    def shown(access: Access) -> Asked | None:
        asked = unseal(access.sealed, secret) if access.sealed else None
        return asked if asked and asked.is_shown_to(viewer, roles, access.person) else None

    return shown


def _hashes_of_journal(workspace: Workspace) -> frozenset[str]:
    """The hashes of the journal as whoever asks may see it; of all of it, for who may see all."""
    from kdsp_lib.cli.journal_view import seen
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.journal import Journal

    with Database(workspace.database) as database:
        events = Journal(database).events()
    view = seen(events)
    return frozenset((*view.hashes, *((event.hash for event in events) if view.sees_all else ())))
