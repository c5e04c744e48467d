"""The register of establishments, as its extract has it (``edubasealldata``): of its 133 or 140 columns these are read.

The phases and types stay the register's own; ``register_phase`` says which of ours an establishment is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kdsp_lib.source.contract import PHASES as OUR_PHASES
from kdsp_lib.source.contract import Column, Contract, RowRule
from kdsp_lib.source.published_table import Item, read_table
from kdsp_lib.source.reading import Reading

KIND = "gias-establishments"
STATUSES: Mapping[str, str | None] = MappingProxyType(
    {
        "open": "open",
        "closed": "closed",
        "open, but proposed to close": "closing",
        "proposed to open": "proposed",
    }
)
PHASES: Mapping[str, str | None] = MappingProxyType(
    {
        "nursery": "nursery",
        "primary": "primary",
        "middle deemed primary": "middle-primary",
        "secondary": "secondary",
        "middle deemed secondary": "middle-secondary",
        "16 plus": "16-plus",
        "all-through": "all-through",
        "all through": "all-through",
        "not applicable": None,
    }
)
GENDERS: Mapping[str, str | None] = MappingProxyType(
    {"mixed": "mixed", "boys": "boys", "girls": "girls", "not applicable": None, "single sex": "single-sex"}
)
_OLDEST, _BEGINNING = 99, date(1900, 1, 1)
ITEMS = (
    Item("urn", ("URN",)),
    Item("la", ("LA (code)",)),
    Item("la_name", ("LA (name)",)),
    Item("estab", ("EstablishmentNumber",)),
    Item("name", ("EstablishmentName",)),
    Item("type", ("TypeOfEstablishment (name)",)),
    Item("type_group", ("EstablishmentTypeGroup (name)",)),
    Item("status", ("EstablishmentStatus (name)",), words=STATUSES),
    Item("phase", ("PhaseOfEducation (name)",), words=PHASES),
    Item("open_date", ("OpenDate",), "date"),
    Item("close_date", ("CloseDate",), "date"),
    Item("low_age", ("StatutoryLowAge",), "whole"),
    Item("high_age", ("StatutoryHighAge",), "whole"),
    Item("gender", ("Gender (name)",), words=GENDERS),
    Item("capacity", ("SchoolCapacity",), "whole"),
    Item("pupils", ("NumberOfPupils",), "whole"),
    Item("trust_uid", ("Trusts (code)",)),
    Item("trust", ("Trusts (name)",)),
    Item("federation_uid", ("Federations (code)",), may_lack=True),
    Item("federation", ("Federations (name)",), may_lack=True),
    Item("postcode", ("Postcode",)),
    Item("ward", ("AdministrativeWard (name)",)),
    Item("lsoa", ("LSOA (code)",), may_lack=True),
    Item("ukprn", ("UKPRN",)),
)
CONTRACT = Contract(
    KIND,
    "Establishments of the register",
    (
        Column("urn", "text", pattern=r"[1-9][0-9]{5}", expected="a URN of six digits"),
        Column("la", "text", pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        Column("la_name", "text", nullable=True),
        Column("estab", "text", nullable=True, pattern=r"[0-9]{4}", expected="a number of four digits"),
        Column("name", "text"),
        Column("type", "text"),
        Column("type_group", "text"),
        Column("status", "text", codes=tuple(dict.fromkeys(word for word in STATUSES.values() if word))),
        Column("phase", "text", nullable=True, codes=tuple(dict.fromkeys(word for word in PHASES.values() if word))),
        Column("open_date", "date", nullable=True),
        Column("close_date", "date", nullable=True),
        Column("low_age", "whole", nullable=True, low=0, high=99),
        Column("high_age", "whole", nullable=True, low=0, high=99),
        Column("gender", "text", nullable=True, codes=tuple(word for word in GENDERS.values() if word)),
        Column("capacity", "whole", nullable=True, low=0, high=100_000),
        Column("pupils", "whole", nullable=True, low=0, high=100_000),
        Column("trust_uid", "text", nullable=True, pattern=r"[0-9]{1,10}", expected="a trust's number"),
        Column("trust", "text", nullable=True),
        Column("federation_uid", "text", nullable=True, pattern=r"[0-9]{1,10}", expected="a federation's number"),
        Column("federation", "text", nullable=True),
        Column("postcode", "text", nullable=True),
        Column("ward", "text", nullable=True),
        Column("lsoa", "text", nullable=True),
        Column("ukprn", "text", nullable=True),
    ),
    key=("urn",),
    rules=(
        RowRule("ages-in-order", "high_age", "must not be below low_age"),
        RowRule("closes-after-opening", "close_date", "must not be before open_date"),
    ),
    holds_pupils=False,
)


def read_establishments(path: Path, contract: Contract, _period: str | None) -> Reading:
    """An extract of the register: UTF-8 or Windows-1252, dates dd-mm-yyyy or dd/mm/yyyy, many of them blank."""
    return read_table(path, contract, ITEMS, lambda row: [row])


def read_as_ours(path: Path, contract: Contract, _period: str | None) -> Reading:
    """An extract of the register as the table ``establishments``: those where pupils are, that are or were open.

    What it does not say rules nothing out: any age, girls and boys, open from the beginning.
    """
    return read_table(path, contract, ITEMS, _as_ours)


def _as_ours(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not (row["estab"] and row["type"] and row["type_group"]) or row["status"] == "proposed":
        return []
    phase = register_phase(row)
    if phase not in OUR_PHASES:
        return []
    return [
        {
            "urn": row["urn"],
            "laestab": f"{row['la']}{row['estab']}",
            "name": row["name"],
            "phase": phase,
            "type_group": row["type_group"],
            "trust": row["trust"],
            "gender": row["gender"] if row["gender"] in ("girls", "boys") else "mixed",
            "low_age": row["low_age"] or 0,
            "high_age": row["high_age"] or _OLDEST,
            "capacity": row["capacity"] or 0,
            "ward": row["ward"] or "not known",
            "open_date": row["open_date"] or _BEGINNING,
        }
    ]


def is_open(row: Mapping[str, Any], on: Any) -> bool:
    """Whether an establishment was open on a day. One without a day of opening was so from the beginning.

    One that is closed and does not say since when is open on no day; one that is only proposed neither.
    """
    opened, closed, status = row["open_date"], row["close_date"], row["status"]
    if status == "proposed" or (status == "closed" and closed is None):
        return False
    return (opened is None or opened <= on) and (closed is None or closed > on)


def register_phase(row: Mapping[str, Any]) -> str | None:
    """The phase of our register: by the type first, since special schools and units have no phase there."""
    kind, group = row["type"].lower(), row["type_group"].lower()
    if "pupil referral" in kind or "alternative provision" in kind:
        return "pru"
    if "non-maintained special" in kind:
        return "non-maintained-special"
    if "special" in kind or group == "special schools":
        return "special"
    if "children" in group and "centre" in group:
        return "childrens-centre"
    if "independent" in group:
        return "independent"
    if group in ("colleges", "universities") or row["phase"] == "16-plus":
        return "college"
    return {
        "nursery": "nursery", "primary": "primary", "middle-primary": "primary", "secondary": "secondary",
        "middle-secondary": "secondary", "all-through": "all-through",
    }.get(row["phase"] or "")  # fmt: skip
