"""An act as its words: recorded by whoever acts here, or signed elsewhere by its person and recorded for them.

What is signed names the person, the journal, the act, and what it is about as that stood; so that whoever carries it
can record this act, once, and no other.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kdsp_lib.errors import BadParameters, BadSource, Fault, NotAuthorised
from kdsp_lib.register import recording
from kdsp_lib.register.chain import moment_now
from kdsp_lib.register.confidential import View, view_of
from kdsp_lib.register.hands import Hands
from kdsp_lib.register.history import held_entries, register_of
from kdsp_lib.register.journal import Event, Journal
from kdsp_lib.register.key import is_signature, signature
from kdsp_lib.register.permission import roles_of
from kdsp_lib.register.recording import Paper
from kdsp_lib.register.standing import is_live

LONGEST_DAYS: Final = 30
_CLOCKS_DIFFER: Final = dt.timedelta(minutes=5)
"""How far the clock of the machine where an act was written down may be ahead of the one where it is recorded."""
_KIND: Final = "kdsp-act-1"
_KEYS: Final = "keys"
_FIELDS: Final = {"kind", "journal", "person", "command", "words", "about", "reference", "paper", "made", "nonce"}
_RECORDED: Final[Mapping[str, Callable[[Journal, Mapping[str, Any], Paper], Event]]] = {
    "enter": lambda journal, words, paper: recording.enter(journal, words["section"], words["fields"], paper),
    "correct": lambda journal, words, paper: recording.correct(journal, words["number"], words["fields"], paper),
    "strike": lambda journal, words, paper: recording.strike(journal, words["number"], paper),
    "revoke": lambda journal, words, paper: recording.revoke(
        journal, words["number"], date.fromisoformat(words["on"]), paper
    ),
    "second": lambda journal, words, paper: recording.second(journal, words["number"], paper),
    "permit": lambda journal, words, paper: recording.permit(journal, words["fields"], paper),
}


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody would have recorded, in the words of the command line."""

    command: str
    words: Mapping[str, Any]

    def record(self, journal: Journal, paper: Paper) -> Event:
        """Record it."""
        return _RECORDED[self.command](journal, self.words, paper)


def written_down(journal: Journal, act: Act, paper: Paper, viewer: str) -> str:
    """The text of an act for its person, the recorder of the paper, to sign; ``viewer`` sees what it is about."""
    view = _view(journal.events(), viewer)
    said = {
        "kind": _KIND,
        "journal": _journal(view),
        "person": paper.recorder,
        "command": act.command,
        "words": dict(act.words),
        "about": _about(view, act),
        "reference": paper.reference,
        "paper": paper.sha256,
        "made": moment_now(),
        "nonce": secrets.token_hex(16),
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


def signed(text: str, private: bytes) -> str:
    """The signed act as a file holds it."""
    _read(text)
    return json.dumps({"act": text, "signature": signature(private, text)}, indent=1, ensure_ascii=False) + "\n"


def record_signed(journal: Journal, text: str, given: str) -> Event:
    """Record an act that its person has signed. NotAuthorised where it is not theirs, or no longer fits."""
    said, events = _read(text), journal.events()
    view = _view(events, said["person"])
    act = Act(said["command"], said["words"])
    key = next((key for key in _live_keys(events, said["person"]) if is_signature(key, text, given)), None)
    if key is None:
        raise NotAuthorised(
            f"This is not signed by a key of {said['person']} that holds now.",
            rule="somebody signs by a key that a registrar enrolled and another confirmed",
            remedy="sign it with that key: kdsp register sign-act; or have a key enrolled: kdsp register key",
        )
    if said["journal"] != _journal(view):
        raise NotAuthorised("This was signed for another journal.", remedy="write it down here, and have it signed")
    age = dt.datetime.fromisoformat(moment_now()) - dt.datetime.fromisoformat(said["made"])
    if not -_CLOCKS_DIFFER <= age < dt.timedelta(days=LONGEST_DAYS) or said["about"] != _about(view, act):
        raise NotAuthorised(
            "What was signed is no longer so.",
            rule=f"a signed act is recorded within {LONGEST_DAYS} days, while what it is about is as it was",
            remedy="write it down again, and have it signed",
        )
    credential = {"key": key, "rests_on": sorted(_enrolled_by(events, key)), "signed": text, "signature": given}
    return act.record(journal, Paper(said["person"], said["reference"], said["paper"], credential))


def refuse_unless_signed(events: Iterable[Event]) -> None:
    """BadSource where an act that was recorded as signed is not by a key of its recorder."""
    keys = set[tuple[str, str]]()
    for event in events:
        entry = event.body.get("entry") or {}
        if event.act in ("enter", "correct") and "key" in entry:
            keys.add((entry["party"], entry["key"]))
        shown = event.body.get("credential", {})
        if "signed" not in shown:
            continue
        is_theirs = (event.recorder, shown["key"]) in keys and _read(shown["signed"])["person"] == event.recorder
        if not is_theirs or not is_signature(shown["key"], shown["signed"], shown["signature"]):
            raise BadSource(
                "The journal holds an act that its person has not signed.",
                remedy="restore the journal from a backup made before that",
            )


def _read(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
        is_act = set(said) == _FIELDS and said["kind"] == _KIND and said["command"] in _RECORDED
        dt.datetime.fromisoformat(said["made"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_act = False
    if not is_act:
        remedy = "kdsp register COMMAND ... --as PARTY --to-sign FILE writes one down"
        raise BadParameters("That is no act to be signed.", remedy=remedy)
    return dict(said)


def _view(events: Sequence[Event], viewer: str) -> View:
    return view_of(events, viewer, roles_of(viewer, events, date.fromisoformat(moment_now()[:10])))


def _journal(view: View) -> str:
    """What tells this journal from any other, to whoever sees it."""
    if not view.hashes:
        raise BadParameters("The journal is empty.", remedy="begin it with: kdsp register import REGISTER.yaml")
    return view.hashes[0]


def _about(view: View, act: Act) -> Any:
    """The entry or the proposal that an act names, as somebody sees it; nothing where it names none."""
    if "number" not in act.words:
        return None
    number = view.number(str(act.words["number"]))
    if act.command == "second":
        found = next((event.body["entry"] for event in view.events if event.number == number), None)
    else:
        held = [each for entries in held_entries(view.events).values() for each in entries]
        found = next((each.entry for each in held if each.number == number), None)
    if found is None and number is None:
        fault = Fault(f"entry {act.words['number']}", "is no entry: kdsp register entries shows them")
        raise BadParameters("There is nothing of that number.", faults=[fault])
    return None if found is None else dict(found)


def _live_keys(events: Sequence[Event], person: str) -> list[str]:
    day = date.fromisoformat(moment_now()[:10])
    entries = register_of(events).entries(_KEYS)
    return [str(entry["key"]) for entry in entries if entry["party"] == person and is_live(entry, day)]


def _enrolled_by(events: Sequence[Event], key: str) -> frozenset[str]:
    """Whoever had a hand in a key's being in the register; nobody where the journal began with it."""
    numbers = {held.number for held in held_entries(events).get(_KEYS, ()) if held.entry["key"] == key}
    begun, hands = int(events[0].body.get("entries", 0)) + 1, Hands(events)
    acts = [event for event in events if event.number > begun and event.act in ("enter", "correct")]
    about = [event for event in acts if event.body.get("of", event.number) in numbers]
    return frozenset().union(*(hands.behind(event, _KEYS) for event in about))
