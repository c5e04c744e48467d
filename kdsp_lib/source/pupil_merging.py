"""Pupils, their numbers and their registrations, as the files at hand and what was there before make them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.pseudonym import is_temporary
from kdsp_lib.source.pupil_identity import Claim, Identities, current_upn
from kdsp_lib.source.pupil_return import Keys, PupilReturn, Row, at_schools, keyed

DETAILS = ("surname", "forename", "dob", "sex", "postcode")
_MAIN_FIRST = ("C", "M", "F", "O", "G", "S")

Place = tuple[PupilReturn, int]
Before = Mapping[str, Sequence[Row]]
"""The rows there are of each table, by its name."""


@dataclass(slots=True)
class Held:
    """Rows that a table will have, and for each the file and line it came from; nothing where it was there before."""

    rows: list[Row] = field(default_factory=list)
    places: list[Place | None] = field(default_factory=list)

    def add(self, row: Row, place: Place | None = None) -> None:
        """One row more."""
        self.rows.append(row)
        self.places.append(place)

    def ordered(self, key: Sequence[str]) -> Held:
        """The same in order of the key, so that equal files make equal bytes."""
        order = sorted(range(len(self.rows)), key=lambda n: [str(self.rows[n][name]) for name in key])
        return Held([self.rows[n] for n in order], [self.places[n] for n in order])


@dataclass(frozen=True, slots=True)
class SetAside:
    """A pupil's record that was set aside, and why."""

    made: PupilReturn
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.made.file.name} line {self.line}: the UPN {self.reason}"


def keys_of(returns: Sequence[PupilReturn], before: Before) -> tuple[Keys, tuple[SetAside, ...]]:
    """Who each pupil of the files is, and whose records are set aside."""
    pupils = [(made, row) for made in returns for row in made.rows["pupils"]]
    claims = [Claim(row["upn"], row["former_upns"], row["dob"]) for _, row in pupils]
    chosen, reasons = identities_of(before["pupils"], before["former-upns"]).matched(claims)
    keys = {(id(made), row["pupil"]): key for (made, row), key in zip(pupils, chosen, strict=True) if key is not None}
    aside = tuple(
        SetAside(made, row["line"], reason) for (made, row), reason in zip(pupils, reasons, strict=True) if reason
    )
    return keys, aside


def identities_of(pupils: Iterable[Row], former: Iterable[Row]) -> Identities:
    """Who is known already."""
    known = Identities()
    for row in pupils:
        known.keys[row["upn"]] = row["pupil_key"]
        known.births[row["pupil_key"]] = row["dob"]
    for row in former:
        known.keys.setdefault(row["upn"], row["pupil_key"])
    return known


def merged_pupils(returns: Sequence[PupilReturn], keys: Keys, before: Before) -> dict[str, Held]:
    """``pupils``, as the main school of those in the files now knows them, and ``former-upns``."""
    known = {row["pupil_key"]: row for row in before["pupils"]}
    past = {row["upn"] for row in before["former-upns"]}
    found: dict[str, list[tuple[PupilReturn, Row]]] = {}
    for made, row in keyed("pupils", returns, keys):
        found.setdefault(row["pupil_key"], []).append((made, row))
        past.update(row["former_upns"])
    pupils, former = Held(), Held()
    for key, row in known.items():
        if key not in found:
            pupils.add(row)
    for row in before["former-upns"]:
        former.add(row)
    there = {row["upn"] for row in before["former-upns"]}
    for key, records in found.items():
        made, main = min(records, key=_mainness)
        old = known.get(key, {})
        replaced = {old["upn"]} if old else set()
        upn = current_upn({row["upn"] for _, row in records} | replaced, past)
        pupils.add(
            {
                "pupil_key": key,
                "upn": upn,
                "upn_status": "temporary" if is_temporary(upn) else "permanent",
                **{name: old.get(name) if main[name] is None else main[name] for name in DETAILS},
                "idaci_decile": old.get("idaci_decile") if main["postcode"] in (None, old.get("postcode")) else None,
            },
            (made, main["line"]),
        )
        for number in (*sorted(replaced), *(each for _, row in records for each in (row["upn"], *row["former_upns"]))):
            if number != upn and number not in there:
                there.add(number)
                former.add({"pupil_key": key, "upn": number}, (made, main["line"]))
    return {"pupils": pupils, "former-upns": former}


def _mainness(record: tuple[PupilReturn, Row]) -> tuple[bool, int]:
    row = record[1]
    return (not row["is_on_roll"], _MAIN_FIRST.index(row["enrol_status"]))


def merged_registrations(returns: Sequence[PupilReturn], urns: Mapping[str, str], keys: Keys, before: Before) -> Held:
    """Each spell at a school once: what the files say now says when it ended. The same spell twice is left a fault."""
    key = CONTRACTS["registrations"].key
    rows: dict[tuple[Any, ...], tuple[Row, Place | None]] = {
        tuple(row[name] for name in key): (row, None) for row in before["registrations"]
    }
    held = Held()
    seen = set()
    for made, row in at_schools(keyed("registrations", returns, keys), urns):
        spell = tuple(row[name] for name in key)
        if spell in seen:
            held.add(row, (made, row["line"]))
        else:
            seen.add(spell)
            rows[spell] = (row, (made, row["line"]))
    for row, place in rows.values():
        held.add(row, place)
    return held
