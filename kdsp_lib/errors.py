"""What can go wrong, as a tree.

KdspError
├── Refusal               an answer, not a fault: shown without a traceback
│   ├── NotAuthorised         exit 12   the protocol does not permit it
│   ├── Disclosive            exit 13   a figure cannot be made safe
│   └── ReviewNeeded          exit 14   a person has to look first
├── Mistake               the person can mend it: shown without a traceback
│   ├── BadParameters         exit 10   parameters, requests, command lines
│   └── BadSource             exit 11   data, registers, snapshots
├── Broken                exit 70   ours; shown with a reference, the traceback goes to the log
├── CustodianLost         exit 75   it ended, is stopping or was asked too often: begin again
└── Overtaken             exit 76   another release came first, beside which this was not looked at: begin again

`kdsp rerun` ends with 15 where a release comes out otherwise, and with 16 where it cannot be made again.

A refusal names the clause or rule, the thing and the way out, never the value it protects. A mistake names all
faults at once, each with its place.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in what a person gave: where, what, and how to mend it."""

    place: str
    """Where: ``line 4``, ``row 17``, or a field's name; empty where the whole file is meant."""
    text: str
    """What was expected and how to mend it, in plain English."""
    field: str = ""

    def __str__(self) -> str:
        return "  ".join(part for part in (self.place, self.field, self.text) if part)


class KdspError(Exception):
    """Whatever kdsp raises on purpose."""

    code: ClassVar[str] = "KDSP-000"
    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        message: str,
        *,
        faults: Iterable[Fault] = (),
        clauses: Iterable[str] = (),
        rule: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)
        self.clauses = tuple(clauses)
        self.rule = rule
        self.remedy = remedy

    def __str__(self) -> str:
        return self.shown()

    def shown(self) -> str:
        """The error as a person reads it on a terminal or a page."""
        lines = [f"{self.code}  {self.message}"]
        lines += [f"  {fault}" for fault in self.faults]
        if self.clauses:
            lines.append(f"  clauses  {', '.join(self.clauses)}")
        if self.rule:
            lines.append(f"  rule     {self.rule}")
        if self.remedy:
            lines.append(f"  to fix   {self.remedy}")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: an answer or a mistake needs none."""
        return self.shown().splitlines()

    def to_json(self) -> dict[str, Any]:
        """The error as data, so that it crosses from the custodian to a notebook unchanged."""
        return {
            "error": type(self).__name__,
            "message": self.message,
            "faults": [{"place": f.place, "field": f.field, "text": f.text} for f in self.faults],
            "clauses": list(self.clauses),
            "rule": self.rule,
            "remedy": self.remedy,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> KdspError:
        """The error that :meth:`to_json` wrote; an unknown kind is :class:`Broken`, never a success."""
        kind = _KINDS.get(str(data.get("error")), Broken)
        return kind._rebuilt(data)

    @classmethod
    def _rebuilt(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            str(data.get("message", "")),
            faults=[Fault(f["place"], f["text"], f["field"]) for f in data.get("faults", ())],
            clauses=data.get("clauses", ()),
            rule=str(data.get("rule", "")),
            remedy=str(data.get("remedy", "")),
        )


class Refusal(KdspError):
    """An answer: no."""


class NotAuthorised(Refusal):
    """The protocol does not permit this recipient, requester or purpose. Clauses are named."""

    code = "KDSP-401"
    exit_code = 12


class Disclosive(Refusal):
    """A figure, filter or table cannot be made safe. The rule is named, never the value."""

    code = "KDSP-405"
    exit_code = 13


class ReviewNeeded(Refusal):
    """A person has to look before this may go on."""

    code = "KDSP-414"
    exit_code = 14


class Mistake(KdspError):
    """Something a person wrote is wrong, and that person can mend it."""


class BadParameters(Mistake):
    """Parameters, a request or a command line: every fault at once."""

    code = "KDSP-100"
    exit_code = 10


class BadSource(Mistake):
    """A register, a data file or a snapshot: every fault at once."""

    code = "KDSP-110"
    exit_code = 11


class Broken(KdspError):
    """A fault of kdsp itself, or of the machine it runs on. Never read as a permit."""

    code = "KDSP-500"
    exit_code = 70


class CustodianLost(KdspError):
    """The custodian is gone, is stopping, or takes no more for the moment. No answer to a question."""

    code = "KDSP-503"
    exit_code = 75


class Overtaken(KdspError):
    """Something was released since this was answered that somebody could see beside it. No answer: ask again."""

    code = "KDSP-504"
    exit_code = 76


_KINDS: dict[str, type[KdspError]] = {
    kind.__name__: kind
    for kind in (NotAuthorised, Disclosive, ReviewNeeded, BadParameters, BadSource, Broken, CustodianLost, Overtaken)
}


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """``; did you mean recipient?`` where a choice is near, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(choices), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def traceback_without_figures(cause: BaseException) -> str:
    """Where it went wrong, for a log, with the text of only those errors that speak of files and of kdsp's own faults.

    Any other's may quote the data that it stumbled over; a refusal or a mistake may name whose act stood in the way.
    """
    parts: list[str] = []
    seen: set[int] = set()
    error: BaseException | None = cause
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        told = str(error) if isinstance(error, _SPEAKS_OF_FILES) else "(text left out: it could quote a record)"
        if isinstance(error, Broken):  # where it went wrong in another process
            parts += getattr(error, "__notes__", ())
        parts.append(f"Traceback (most recent call last):\n{frames}{type(error).__name__}: {told}\n")
        error = error.__cause__ or error.__context__
    return "\n-- caused by --\n\n".join(parts)


_SPEAKS_OF_FILES = (OSError, ImportError, Broken, CustodianLost)
"""Errors whose text names files and modules, or says what of kdsp itself went wrong."""
