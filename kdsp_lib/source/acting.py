"""Who acts in a workspace on this machine, by the operating system's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdsp_lib.source.workspace import Workspace


def person_here(workspace: Workspace) -> str:
    """Whose account this is; NotAuthorised where kdsp.toml says another. A token says it for a custodian elsewhere."""
    from kdsp_lib.register.accounts import Accounts
    from kdsp_lib.register.database import Database

    if workspace.custodian is not None:
        return workspace.requester
    with Database(workspace.database) as database:
        return Accounts(database).person_here(workspace.requester)


def begin_accounts(workspace: Workspace) -> None:
    """Record whose account begins this workspace, where none has."""
    from kdsp_lib.register.accounts import Accounts
    from kdsp_lib.register.database import Database

    if workspace.custodian is None:
        with Database(workspace.database) as database:
            Accounts(database).begin(workspace.requester)
