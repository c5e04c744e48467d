"""The made-up authority's transfer files: of those who left, for another of its schools or nobody knows where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from kdsp_lib.source.demo.census_xml import YEAR, by
from kdsp_lib.source.demo.earlier_result import FIRST, LAST
from kdsp_lib.source.period import school_year
from kdsp_lib.source.transfer_file.writing import UNKNOWN_DESTINATION, Leaver, Transfer

Row = Mapping[str, Any]


def transfers_of(read: Callable[[str, str | None], list[Row]]) -> Iterator[Transfer]:
    """A file for each school that a pupil left in the year and each destination. ``read`` gives rows of a data set."""
    schools = {row["urn"]: row for row in read("establishments", None)}
    pupils = {row["pupil_key"]: row for row in read("pupils", None)}
    registrations = by(("pupil_key",), read("registrations", None))
    former = by(("pupil_key",), read("former-upns", None))
    years = [*map(school_year, range(FIRST, LAST + 1)), YEAR]
    results = by(("pupil_key",), [{**row, "year": year} for year in years for row in read("results", year)])
    census = {(row["pupil_key"], row["urn"]): row for row in read("census", f"{YEAR}-autumn")}
    terms = [read("attendance", f"{YEAR}-{term}") for term in ("autumn", "spring")]
    sessions = by(("pupil_key", "urn"), [row for term in terms for row in term])
    leaving: dict[tuple[str, str], list[Leaver]] = defaultdict(list)
    days: dict[tuple[str, str], date] = {}
    for key, spells in registrations.items():
        for spell in spells:
            if spell["leave_date"] is None or spell["enrol_status"] not in ("C", "M"):
                continue
            place = (key, spell["urn"])
            way = (schools[spell["urn"]]["laestab"], _destination(spell, spells, schools))
            leaving[way].append(
                Leaver(
                    pupils[key], spell, former.get(key, ()), census.get(place), sessions.get(place, ()),
                    results.get(key, ()), is_at_risk=len(leaving) % 40 == 7,
                )
            )  # fmt: skip
            days[way] = max(days.get(way, date.min), spell["leave_date"] + timedelta(days=10))
    names = {row["laestab"]: row["name"] for row in schools.values()}
    for source, destination in sorted(leaving):
        found = leaving[source, destination]
        yield Transfer(source, names[source], destination, found, days[source, destination])


def _destination(spell: Row, spells: list[Row], schools: Mapping[str, Row]) -> str:
    """The school that the pupil goes to afterwards."""
    later = [each for each in spells if each["entry_date"] > spell["leave_date"] and each["urn"] != spell["urn"]]
    return schools[later[0]["urn"]]["laestab"] if later else UNKNOWN_DESTINATION
