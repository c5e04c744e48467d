"""Whose account acts: the operating system's accounts as a chain of the state database maps them to people.

Who acts is never a line of ``kdsp.toml``. One account is one person; a person may have several. A mapping is ended
before another takes its place, and nobody maps or ends the account that they act from: so none is two people by turns.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from kdsp_lib.errors import BadParameters, Fault, NotAuthorised
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register.chain import Link, moment_now
from kdsp_lib.register.chains import chain_of
from kdsp_lib.register.permission import roles_of

if TYPE_CHECKING:
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import Holding
    from kdsp_lib.register.recording import Paper

RULE: Final = "who acts is the operating system's account, not a line of kdsp.toml"
_REMEDY: Final = "a registrar says whose it is: kdsp register account PERSON --account NAME --reference TEXT"


class Account(NamedTuple):
    """An account by its number and name: a number that was given to another name is another account."""

    uid: int
    name: str

    def __str__(self) -> str:
        return f"{self.uid}:{self.name}"


def account_of(uid: int) -> Account:
    """The account of a number, as of whoever is at the other end of a socket."""
    try:
        return Account(uid, pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Account(uid, "")


def account_named(name: str) -> Account:
    """The account of this machine that is called so."""
    try:
        return Account(pwd.getpwnam(name).pw_uid, name)
    except KeyError:
        fault = Fault("--account", "must be the name of an account of this machine")
        raise BadParameters(f"There is no account {name[:40]!r}.", faults=[fault]) from None


def account_here() -> Account:
    """The account that this process runs in."""
    return account_of(os.getuid())


class Accounts:
    """The accounts of one state database."""

    def __init__(self, database: Database) -> None:
        self._chain = chain_of(database, "account")

    def begin(self, requester: str) -> None:
        """Record whose this account is, where nobody's is yet: with the act that begins a workspace, and only then."""
        if requester and not self._chain.end().number:
            with self._chain.turn() as turn:
                if not turn.whole():
                    turn.append({"account": str(account_here()), "act": "begin"}, {"person": requester})

    def people(self) -> dict[str, str]:
        """The person of each account that is mapped now. BadSource where the chain is not what was recorded."""
        return _people(self._chain.whole())

    def person_of(self, uid: int) -> str:
        """The person whose account has this number; empty where it is nobody's."""
        return self.people().get(str(account_of(uid)), "")

    def refuse_unless_of(self, uid: int, person: str) -> None:
        """NotAuthorised where somebody asks as ``person`` whose account is another's, or nobody's."""
        _refuse_unless(person, self.person_of(uid), account_of(uid))

    def person_here(self, requester: str) -> str:
        """Who acts in this process; NotAuthorised where kdsp.toml says it is somebody else than its account is."""
        people, account = self.people(), account_here()
        if people:
            _refuse_unless(requester, people.get(str(account), ""), account)
        return requester

    def map(self, account: Account, person: str, held: Holding, paper: Paper) -> None:
        """Record that an account is a person's; by a registrar, from another account."""
        _refuse_unless_registrar(held, paper)
        known = {str(entry["id"]) for entry in held.register.entries("people")}
        known |= {f"establishment:{entry['urn']}" for entry in held.register.entries("establishments")}
        if person not in known:
            fault = Fault("PERSON", "must be a person or an establishment of the register, such as officer:r1")
            raise BadParameters("An account is mapped to somebody of the register.", faults=[fault])
        self._append(account, "map", {"person": person}, paper)

    def end(self, account: Account, held: Holding, paper: Paper) -> None:
        """Record that an account is nobody's from now on; by a registrar, from another account."""
        _refuse_unless_registrar(held, paper)
        self._append(account, "end", {}, paper)

    def _append(self, account: Account, act: str, body: dict[str, str], paper: Paper) -> None:
        if account == account_here():
            raise NotAuthorised(
                "Nobody maps or ends the account that they act from.",
                rule="one account is one person, and cannot be two people by turns",
                remedy="another registrar does it, from an account of their own",
            )
        with self._chain.turn() as turn:
            live = _people(turn.whole()).get(str(account))
            if (act == "end") == (live is None):
                told = "is nobody's" if live is None else f"is {live}'s: end that first, with --end"
                raise BadParameters(f"The account {account.name or account.uid} {told}.")
            turn.append({"account": str(account), "act": act}, {**body, "recorder": paper.recorder, **paper.to_json()})


def _people(links: Iterable[Link]) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in links:
        if link.labels["act"] == "end":
            del found[link.labels["account"]]
        else:
            found[link.labels["account"]] = str(link.body["person"])
    return found


def _refuse_unless(requester: str, person: str, account: Account) -> None:
    if not person:
        raise NotAuthorised(
            f"This account ({account.name or account.uid}) is nobody's in this workspace.", rule=RULE, remedy=_REMEDY
        )
    if requester != person:
        raise NotAuthorised(
            f"This account ({account.name or account.uid}) is {person}'s.",
            rule=RULE,
            remedy=f'write requester = "{person}" in kdsp.toml; for another account, {_REMEDY}',
        )


def _refuse_unless_registrar(held: Holding, paper: Paper) -> None:
    if not held.events:
        raise BadParameters("The journal is empty.", remedy="begin it with: kdsp register import REGISTER.yaml")
    day = read_day(moment_now()[:10])
    assert day is not None, "a moment begins with its day"
    if "registrar" not in roles_of(paper.recorder, held.events, day):
        rule = "a registrar says whose an account is"
        raise NotAuthorised(f"{paper.recorder} may not map accounts.", rule=rule, remedy="a registrar does it")
