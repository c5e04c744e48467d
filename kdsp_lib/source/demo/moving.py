"""Who moves from one made-up school to another, where they are confirmed to go, and on which days schools meet.

Year 6 goes to a secondary school of the area; others who left during the year are registered where they went. Of a few
the destination is not known, or the offer not yet accepted; for a few nothing may tell where they live or were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from kdsp_lib.source.demo.dice import Dice

Row = Mapping[str, Any]
Tables = Mapping[tuple[str, str | None], Any]
LAST_DAY = date(2026, 7, 17)
_ACCEPTED = date(2026, 3, 16)
_YEAR_6 = "6"
_SESSIONS = (
    (date(2025, 9, 1), date(2025, 10, 24)), (date(2025, 11, 3), date(2025, 12, 19)),
    (date(2026, 1, 5), date(2026, 2, 13)), (date(2026, 2, 23), date(2026, 3, 27)),
    (date(2026, 4, 13), date(2026, 5, 22)), (date(2026, 6, 1), LAST_DAY),
    (date(2026, 9, 1), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18)),
)  # fmt: skip
"""Half-terms, both ends within: what lies between is holiday."""
_INSET = (date(2025, 9, 1), date(2026, 1, 5), date(2026, 6, 1), date(2026, 9, 1), date(2026, 9, 2))


def moving_of(seed: int, tables: Tables) -> Iterator[tuple[str, str | None, list[Row]]]:
    """The data sets with their rows, from the tables that were made, by name and period."""
    schools = tables["establishments", None].to_pylist()
    yield "transfers", None, list(_transfers(Dice(seed, 0, 60), schools, tables["registrations", None].to_pylist()))
    yield "school-days", None, list(_days(Dice(seed, 0, 61), schools))


def _transfers(dice: Dice, schools: list[Row], registrations: list[Row]) -> Iterator[Row]:
    able = [school["urn"] for school in schools if school["phase"] == "secondary"]
    ways = {school["urn"]: able[k % len(able)] for k, school in enumerate(schools)}
    spells: dict[str, list[Row]] = {}
    for row in registrations:
        spells.setdefault(row["pupil_key"], []).append(row)
    leaving = [
        (row, spells[row["pupil_key"]]) for row in registrations
        if row["enrol_status"] in ("C", "M", "S") and (row["leave_date"] is not None or row["ncyear"] == _YEAR_6)
    ]  # fmt: skip
    drawn = zip(
        leaving, dice.permille(len(leaving)), dice.permille(len(leaving)), dice.permille(len(leaving)), strict=True
    )
    seen = set()
    for (row, all_spells), way, state, flag in drawn:
        if (row["pupil_key"], row["urn"]) in seen:
            continue
        seen.add((row["pupil_key"], row["urn"]))
        later = [each for each in all_spells if each["urn"] != row["urn"] and each["entry_date"] > row["entry_date"]]
        if row["leave_date"] is None:
            there = ways[row["urn"]] if way < 850 else able[int(way) % len(able)]
            to, status, on = (there, "accepted", _ACCEPTED) if state >= 40 else (there, "offered", None)
            to = None if state < 15 else to
        elif later:
            to, status, on = later[0]["urn"], "registered", later[0]["entry_date"]
        else:
            to, status, on = None, "offered", None
        yield {
            "pupil_key": row["pupil_key"], "urn": row["urn"], "destination": to, "status": status, "confirmed_on": on,
            "leaves_on": row["leave_date"] or LAST_DAY, "safeguarding": bool(flag < 12),
            "court_order": bool(flag % 250 == 7),
        }  # fmt: skip


def _days(dice: Dice, schools: list[Row]) -> Iterator[Row]:
    """Each school's half-terms, and the days that it keeps for training: not the same everywhere."""
    trains = dice.permille(len(schools) * len(_INSET)).reshape(len(schools), len(_INSET)).tolist()
    for school, chances in zip(schools, trains, strict=True):
        training = [day for day, chance in zip(_INSET, chances, strict=True) if chance < 600]
        for kind, spans in (("inset", [(day, day) for day in training]), ("session", list(_SESSIONS))):
            for first, last in spans:
                yield {"urn": school["urn"], "kind": kind, "first_day": first, "last_day": last}
