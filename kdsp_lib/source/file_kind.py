"""What a file looks like, by its header alone: so that a wrong kind can be explained, not only refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.national.kinds import NATIONAL
from kdsp_lib.source.published import ABSENCE, CENSUS, DESTINATIONS, KS2, KS4, LINKS

_PUBLISHED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        CENSUS: frozenset({"urn", "schooltype", "nor"}),
        ABSENCE: frozenset({"urn", "perctot", "ppersabs10"}),
        KS4: frozenset({"rectype", "urn", "tpup", "att8scr"}),
        LINKS: frozenset({"urn", "linkurn", "linktype"}),
        KS2: frozenset({"rectype", "urn", "telig"}),
        DESTINATIONS: frozenset({"urn", "cohort", "overall_destper"}),
        **{name: national.told_by for name, national in NATIONAL.items()},
        "Ofsted management information in an older layout": frozenset({"urn", "inspection number"}),
        "a field dictionary of performance tables": frozenset({"field reference", "field name"}),
        "a field dictionary of absence figures": frozenset({"variable", "label", "description"}),
        "a list of authorities": frozenset({"lea", "la name", "region"}),
        "pupils of a School Census": frozenset({"upn", "surname", "ncyearactual"}),
    }
)  # fmt: skip
"""A few columns that together no other kind has."""
OTHER_XML = "XML of no kind that is known"
_START = 4096
_IN_XML: Mapping[str, bytes] = MappingProxyType(
    {"school-census-xml": b"<CollectionDetails", "common-transfer-file": b"<CTfile"}
)
"""What stands near the start of each kind of XML file."""


def looks_like_xml(path: Path) -> str | None:
    """The kind of XML that a file holds, or :data:`OTHER_XML`; None where it is no XML."""
    start = _start_of(path)
    if not start.startswith(b"<"):
        return None
    return next((kind for kind, mark in _IN_XML.items() if mark in start), OTHER_XML)


def other_than_xml(path: Path) -> str | None:
    """What a file that should be XML holds by its first line, where that is no XML and something that is known."""
    start = _start_of(path)
    if not start or start.startswith(b"<"):
        return None
    first = start.partition(b"\n")[0].decode("utf-8", "replace")
    try:
        return looks_like(tuple(next(csv.reader([first]), [])))
    except csv.Error:
        return None


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "replace").encode()
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()


def looks_like(header: tuple[str, ...]) -> str | None:
    """The kind of data, or what else it is in words, that a file with this header holds; None where nobody knows.

    kdsp's own kinds are told by most of their columns being there.
    """
    names = {name.strip().lower() for name in header}
    for kind, columns in _PUBLISHED.items():
        if columns <= names:
            return kind
    likeness = {table: len(names & set(contract.names)) / len(contract.names) for table, contract in CONTRACTS.items()}
    best = max(likeness, key=lambda table: likeness[table])
    return best if likeness[best] > 0.7 else None
