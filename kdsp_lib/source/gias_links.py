"""Links of establishments, as the register of establishments publishes them: who came before and after whom.

An academy that a school became has a URN of its own; only these links say that the two are one school in time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.source.contract import Contract
from kdsp_lib.source.published_reading import MOST_BYTES, finished, read_rows
from kdsp_lib.source.published_table import day
from kdsp_lib.source.reading import Reading, opened

HEADERS: Mapping[str, tuple[str, ...]] = {
    "urn": ("URN",),
    "link_urn": ("LinkURN",),
    "link_name": ("LinkName",),
    "link_type": ("LinkType",),
    "linked_on": ("LinkEstablishedDate",),
}
SUCCESSOR, PREDECESSOR = "Successor", "Predecessor"
_SPLIT = "Split"


def read_links(path: Path, contract: Contract, _period: str | None) -> Reading:
    """A download of links. Dates are dd-mm-yyyy or dd/mm/yyyy, and may be empty."""
    reading = Reading(path.name, first_row=2, places=[])
    assert reading.places is not None
    values: dict[str, list[Any]] = {name: [] for name in contract.names}
    types: Counter[str] = Counter()
    with opened(path, MOST_BYTES, (headers[0] for headers in HEADERS.values())) as file:
        for number, row in read_rows(file, reading, HEADERS):
            reading.places.append(number)
            for name in ("urn", "link_urn", "link_name", "link_type"):
                values[name].append(row[name] or None)
            values["linked_on"].append(_day(row["linked_on"], number, reading))
            types[row["link_type"]] += 1
    others = sum(count for kind, count in types.items() if not is_followed(kind))
    undated = sum(day is None for day in values["linked_on"])
    if others:
        reading.notes.append(f"{others:,} links are of types that are kept but not followed")
    if undated:
        reading.notes.append(f"{undated:,} links have no date")
    return finished(reading, values, contract)


def is_followed(link_type: str) -> bool:
    """Whether a link says that the pupils of one establishment became another's: not so where one was split."""
    return link_type.startswith((SUCCESSOR, PREDECESSOR)) and _SPLIT.lower() not in link_type.lower()


def successors(links: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """For each establishment those that came after it, from either end of a link."""
    found: dict[str, set[str]] = defaultdict(set)
    for link in links:
        if is_followed(link["link_type"]):
            pair = (link["urn"], link["link_urn"])
            before, after = pair if link["link_type"].startswith(SUCCESSOR) else pair[::-1]
            if before != after:
                found[before].add(after)
    return {before: frozenset(after) for before, after in found.items()}


def present_urn(urn: str, wanted: Collection[str], after: Mapping[str, frozenset[str]]) -> str | None:
    """The one of ``wanted`` that an establishment is today: itself, or the end of a chain of single successors.

    None where there is none, or where an establishment on the way has several successors: whose pupils then went where
    is not known.
    """
    seen = {urn}
    while urn not in wanted:
        following = after.get(urn, frozenset())
        if len(following) != 1:
            return None
        (urn,) = following
        if urn in seen:
            return None
        seen.add(urn)
    return urn


def _day(text: str, number: int, reading: Reading) -> date | None:
    found = day(text)
    if text and found is None:
        reading.fault("must be a date as dd-mm-yyyy, or nothing", row=number, column=HEADERS["linked_on"][0])
        reading.unread.add((number, "linked_on"))
    return found
