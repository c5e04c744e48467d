"""The national tables that can be read: each with its contract, its reader, and how its header is told from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kdsp_lib.source.contract import Contract
from kdsp_lib.source.national import establishment, exclusion, indicator, inspection, neighbour, region
from kdsp_lib.source.national.tidy import file as tidy
from kdsp_lib.source.national.tidy.standard import LEVEL, TIME_IDENTIFIER, TIME_PERIOD
from kdsp_lib.source.reading import Reading


@dataclass(frozen=True, slots=True)
class NationalTable:
    """One kind: what its rows keep, how a file is read, and a few columns that together no other kind has."""

    contract: Contract
    read: Callable[[Path, Contract, str | None], Reading]
    told_by: frozenset[str]
    in_workbooks: bool = False
    """Whether its source publishes workbooks too; any other workbook has kdsp's own columns."""


_ALL = (
    NationalTable(
        establishment.CONTRACT,
        establishment.read_establishments,
        frozenset({"urn", "establishmentname", "la (code)"}),
    ),
    NationalTable(
        inspection.CONTRACT,
        inspection.read_inspections,
        frozenset({"urn", "ofsted phase"}),
    ),
    NationalTable(tidy.CONTRACT, tidy.read_tidy, frozenset({TIME_PERIOD, TIME_IDENTIFIER, LEVEL})),
    NationalTable(indicator.CONTRACT, indicator.read_indicators, frozenset({"short desc", "years", "values"})),
    NationalTable(
        neighbour.CONTRACT,
        neighbour.read_neighbours,
        frozenset({"la number", "sn1", "sn10"}),
        in_workbooks=True,
    ),
    NationalTable(region.CONTRACT, region.read_authorities, frozenset({"lea", "la name", "region"})),
    NationalTable(exclusion.CONTRACT, exclusion.read_exclusions, frozenset({"headcount", "perm_excl"})),
)
NATIONAL: Mapping[str, NationalTable] = MappingProxyType({table.contract.table: table for table in _ALL})
