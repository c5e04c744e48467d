"""Acting as somebody in this process: from an account of their own, mapped to them as a registrar would have it."""

from __future__ import annotations

import zlib
from pathlib import Path

from kdsp_lib.register import accounts
from kdsp_lib.register.accounts import Account, Accounts
from kdsp_lib.register.chains import chain_of
from kdsp_lib.register.database import Database
from kdsp_lib.source.workspace import read_workspace


def own_account(monkeypatch):
    """Give the process its own account back after a test in which it acted as others."""
    monkeypatch.setattr(accounts, "account_here", accounts.account_here)


def act_as(person: str, folder: Path | str = "") -> None:
    """From here on this process is of the account of ``person``, and ``kdsp.toml`` of the workspace says so too."""
    file = Path(folder) / "kdsp.toml"
    lines = file.read_text("utf-8").splitlines()
    lines = [f'requester = "{person}"' if line.startswith("requester") else line for line in lines]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    account = Account(100_000 + zlib.crc32(person.encode()) % 100_000, person.replace(":", "-"))
    with Database(read_workspace(file.parent.absolute()).database) as database:
        if str(account) not in Accounts(database).people():
            labels = {"account": str(account), "act": "map"}
            chain_of(database, "account").append(labels, {"person": person})
    accounts.account_here = lambda: account
