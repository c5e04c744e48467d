"""Returns of some schools made into the tables of all: what a school returns replaces what it returned before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.pseudonym import is_temporary
from kdsp_lib.source.pupil_identity import Claim, Identities, current_upn
from kdsp_lib.source.school_census.reading import CensusReturn, Row

OTHER_DETAILS = ("surname", "forename", "dob", "sex", "postcode")
_MAIN_FIRST = ("C", "M", "F", "O", "G", "S")


@dataclass(slots=True)
class Held:
    """Rows that a table will have, and for each the place it came from; nothing where it was there before."""

    rows: list[Row] = field(default_factory=list)
    places: list[tuple[CensusReturn, int] | None] = field(default_factory=list)

    def add(self, row: Row, place: tuple[CensusReturn, int] | None = None) -> None:
        """One row more."""
        self.rows.append(row)
        self.places.append(place)

    def ordered(self, key: Sequence[str]) -> Held:
        """The same in order of the key, so that equal returns make equal bytes."""
        order = sorted(range(len(self.rows)), key=lambda n: tuple(str(self.rows[n][name]) for name in key))
        return Held([self.rows[n] for n in order], [self.places[n] for n in order])


@dataclass(frozen=True, slots=True)
class SetAside:
    """A pupil's record that was set aside, and why."""

    file: CensusReturn
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The tables that the returns make of those that were there."""

    tables: Mapping[str, Held]
    set_aside: tuple[SetAside, ...]


def merge(
    returns: Sequence[CensusReturn],
    urns: Mapping[str, str],
    before: Mapping[str, Iterable[Row]],
    identities: Identities,
    eligible_before: Callable[[str], bool],
) -> Merged:
    """The tables after the returns. ``urns`` by LAESTAB; ``before``: the rows there are of each table, by its name.

    ``eligible_before`` says of a pupil's key whether an earlier census of the last six years had free school meals.
    """
    pupils = [(made, row) for made in returns for row in made.rows["pupils"]]
    claims = [Claim(row["upn"], row["former_upns"], row["dob"]) for _, row in pupils]
    chosen, reasons = identities.matched(claims)
    keys = {(id(made), row["pupil"]): key for (made, row), key in zip(pupils, chosen, strict=True) if key is not None}
    known = _pupils(pupils, keys, before)
    tables = {
        "pupils": known,
        "former-upns": _former(pupils, keys, before, known),
        "registrations": _registrations(returns, urns, keys, before),
    }
    returning = {urns[made.laestab] for made in returns}
    for name in ("census", "attendance", "suspensions"):
        tables[name] = _of_term(name, returns, urns, keys, before, returning)
    for row, place in zip(tables["census"].rows, tables["census"].places, strict=True):
        if place is not None and not row["fsm6"] and eligible_before(row["pupil_key"]):
            row["fsm6"] = True
    set_aside = tuple(
        SetAside(made, row["line"], reason) for (made, row), reason in zip(pupils, reasons, strict=True) if reason
    )
    return Merged({name: held.ordered(CONTRACTS[name].key) for name, held in tables.items()}, set_aside)


def identities_of(pupils: Iterable[Row], former: Iterable[Row]) -> Identities:
    """Who is known already."""
    known = Identities()
    for row in pupils:
        known.keys[row["upn"]] = row["pupil_key"]
        known.births[row["pupil_key"]] = row["dob"]
    for row in former:
        known.keys.setdefault(row["upn"], row["pupil_key"])
    return known


def _pupils(
    pupils: Sequence[tuple[CensusReturn, Row]], keys: Mapping[tuple[int, int], str], before: Mapping[str, Iterable[Row]]
) -> Held:
    """Everybody known, as the main school of those returning now knows them."""
    known = {row["pupil_key"]: row for row in before["pupils"]}
    past = {row["upn"] for row in before["former-upns"]} | {upn for _, row in pupils for upn in row["former_upns"]}
    found: dict[str, list[tuple[CensusReturn, Row]]] = {}
    for made, row in pupils:
        if (key := keys.get((id(made), row["pupil"]))) is not None:
            found.setdefault(key, []).append((made, row))
    held = Held()
    for key, row in known.items():
        if key not in found:
            held.add(row)
    for key, records in found.items():
        made, main = min(records, key=_mainness)
        old = known.get(key, {})
        upn = current_upn({row["upn"] for _, row in records} | ({old["upn"]} if old else set()), past)
        held.add(
            {
                "pupil_key": key,
                "upn": upn,
                "upn_status": "temporary" if is_temporary(upn) else "permanent",
                **{name: main[name] for name in OTHER_DETAILS},
                "idaci_decile": old.get("idaci_decile") if old.get("postcode") == main["postcode"] else None,
            },
            (made, main["line"]),
        )
    return held


def _mainness(record: tuple[CensusReturn, Row]) -> tuple[bool, int]:
    row = record[1]
    return (not row["is_on_roll"], _MAIN_FIRST.index(row["enrol_status"]))


def _former(
    records: Sequence[tuple[CensusReturn, Row]],
    keys: Mapping[tuple[int, int], str],
    before: Mapping[str, Iterable[Row]],
    pupils: Held,
) -> Held:
    """Every number that a pupil had before the present one, or that came beside it."""
    present = {row["pupil_key"]: row["upn"] for row in pupils.rows}
    held = Held()
    there = set()
    for row in before["former-upns"]:
        held.add(row)
        there.add(row["upn"])
    replaced: dict[str, str] = {row["pupil_key"]: row["upn"] for row in before["pupils"]}
    for made, row in records:
        key = keys.get((id(made), row["pupil"]))
        if key is None:
            continue
        old = (replaced[key],) if key in replaced else ()
        for upn in (*old, row["upn"], *row["former_upns"]):
            if upn != present[key] and upn not in there:
                held.add({"pupil_key": key, "upn": upn}, (made, row["line"]))
                there.add(upn)
    return held


def _registrations(
    returns: Sequence[CensusReturn],
    urns: Mapping[str, str],
    keys: Mapping[tuple[int, int], str],
    before: Mapping[str, Iterable[Row]],
) -> Held:
    """Each spell at a school once: what is returned now says when it ended."""
    rows: dict[tuple[Any, ...], tuple[Row, tuple[CensusReturn, int] | None]] = {}
    key = CONTRACTS["registrations"].key
    for row in before["registrations"]:
        rows[tuple(row[name] for name in key)] = (row, None)
    held = Held()
    seen = set()
    for made, row in _keyed("registrations", returns, urns, keys):
        place = tuple(row[name] for name in key)
        if place in seen:
            held.add(row, (made, row["line"]))
            continue
        seen.add(place)
        rows[place] = (row, (made, row["line"]))
    for row, where in rows.values():
        held.add(row, where)
    return held


def _of_term(
    name: str,
    returns: Sequence[CensusReturn],
    urns: Mapping[str, str],
    keys: Mapping[tuple[int, int], str],
    before: Mapping[str, Iterable[Row]],
    returning: set[str],
) -> Held:
    held = Held()
    for row in before[name]:
        if row["urn"] not in returning:
            held.add(row)
    new: dict[tuple[str, str], Row] = {}
    for made, row in _keyed(name, returns, urns, keys):
        if name == "attendance":
            if not made.seen["late"]:
                row["late"] = None
            earlier = new.setdefault((row["pupil_key"], row["urn"]), row)
            if earlier is not row:
                _add_sessions(earlier, row)
                continue
        held.add(row, (made, row["line"]))
    return held


def _add_sessions(to: Row, row: Row) -> None:
    """A pupil who left and came back, or whose term was returned in halves, has one row for the term."""
    for column in ("possible", "authorised", "unauthorised", "late"):
        if row[column] is not None:
            to[column] = (to[column] or 0) + row[column]


def _keyed(
    name: str, returns: Sequence[CensusReturn], urns: Mapping[str, str], keys: Mapping[tuple[int, int], str]
) -> Iterable[tuple[CensusReturn, Row]]:
    for made in returns:
        for row in made.rows[name]:
            if (key := keys.get((id(made), row["pupil"]))) is not None:
                yield made, {**row, "pupil_key": key, "urn": urns[made.laestab]}
