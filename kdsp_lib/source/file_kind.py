"""What a file looks like, by its header alone: so that a wrong kind can be explained, not only refused."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.source.contract import Contract, all_contracts
from kdsp_lib.source.national.kinds import NATIONAL
from kdsp_lib.source.premium_list import KIND as PREMIUM
from kdsp_lib.source.published import ABSENCE, CENSUS, DESTINATIONS, KS2, KS4, LINKS
from kdsp_lib.source.reading import LONGEST_LINE

_TOLD_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        CENSUS: frozenset({"urn", "schooltype", "nor"}),
        ABSENCE: frozenset({"urn", "perctot", "ppersabs10"}),
        KS4: frozenset({"rectype", "urn", "tpup", "att8scr"}),
        LINKS: frozenset({"urn", "linkurn", "linktype"}),
        KS2: frozenset({"rectype", "urn", "telig"}),
        DESTINATIONS: frozenset({"urn", "cohort", "overall_destper"}),
        PREMIUM: frozenset({"upn", "deprivationpupilpremium"}),
        **{name: national.told_by for name, national in NATIONAL.items()},
    }
)
"""A few columns of a published file that together no other kind has."""
_NOT_READ: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "inspections without the phase that Ofsted's monthly file has": frozenset({"urn", "inspection number"}),
        "definitions of LAIT's indicators": frozenset({"measure_code", "measure_short", "polarity"}),
        "a field dictionary of performance tables": frozenset({"field reference", "field name"}),
        "a field dictionary of absence figures": frozenset({"variable", "label", "description"}),
        "the metadata file of a tidy file": frozenset({"col_name", "col_type", "label"}),
        "pupils of a School Census": frozenset({"upn", "surname", "ncyearactual"}),
    }
)
"""The same of files that people mistake for these."""
OTHER_XML = "XML of no kind that is known"
_START = 4096
_PARQUET = b"PAR1"
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
    return looks_like(header_of(path))


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "replace").encode()
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()


def looks_like(header: Collection[str]) -> str | None:
    """The kind of data, or what else it is in words, that a file with this header holds; None where nobody knows.

    kdsp's own columns are told by most of them being there, and of several such kinds the one they fit best.
    """
    names = _names(header)
    if (kind := _published_kind(header)) is not None:
        return kind
    likely = [table for table, contract in all_contracts().items() if has_own_columns(names, contract)]
    return max(likely, key=lambda table: _fit(names, all_contracts()[table]), default=None)


def _published_kind(header: Collection[str]) -> str | None:
    names = _names(header)
    return next((kind for kind, columns in {**_TOLD_BY, **_NOT_READ}.items() if columns <= names), None)


def _names(header: Collection[str]) -> set[str]:
    names = {name.strip().lower() for name in header}
    return names | {name.replace(" ", "") for name in names}


def has_own_columns(header: Collection[str], contract: Contract) -> bool:
    """Whether a file has kdsp's own columns of a table, and not those of a source: most of them are there."""
    return len(set(header) & set(contract.names)) > 0.7 * len(contract.names)


def is_text(path: Path) -> bool:
    """Whether a file is no Parquet file and no workbook, in which nothing is published that kdsp reads."""
    from kdsp_lib.source.workbook import is_workbook

    return not _start_of(path).startswith(_PARQUET) and not is_workbook(path)


def _fit(names: Collection[str], contract: Contract) -> float:
    return len(set(names) & set(contract.names)) / len(set(names) | set(contract.names))


def kind_of(path: Path) -> str:
    """The kind of data that a file holds, by what stands in it; :class:`BadSource` where nobody knows."""
    found = looks_like_xml(path) or looks_like(header_of(path)) or _told_below(path)
    if found is None or found == OTHER_XML:
        why, faults, remedy = _odd(path)
        raise BadSource(f"{path.name} {why}.", faults=faults, remedy=remedy)
    if found in _NOT_READ:
        raise BadSource(
            f"{path.name} looks like {found}: kdsp does not read such files.", remedy="load the figures themselves"
        )
    return found


def _told_below(path: Path) -> str | None:
    """The kind of a workbook whose header is not its first row."""
    from kdsp_lib.source.workbook import headers_of_sheet, is_workbook

    if not is_workbook(path):
        return None
    return next((kind for header in headers_of_sheet(path) if (kind := _published_kind(header))), None)


def _odd(path: Path) -> tuple[str, list[Fault], str]:
    """Why nobody knows of which kind a file is, what it comes nearest to, and what to do."""
    with path.open("rb") as file:
        start = file.read(_START)
    header = header_of(path)
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        return "is empty", [], "export or download it again"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is written in UTF-16, which tables are not read in", [], "save it as CSV UTF-8"
    if start.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return "is a web page, perhaps of a service that asks to sign in", [], "download the file itself"
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return "has values that are not separated by commas", [], "save it as CSV UTF-8, with commas"
    faults = [Fault("", ", ".join(sorted({*all_contracts(), *_IN_XML})), "the kinds there are")]
    if nearest := _nearest(header):
        kind, lacking = nearest
        faults.insert(0, Fault("", f"it has no {', '.join(lacking)}", f"nearest to {kind}"))
    way = "if it is one of these, name the kind: kdsp data add KIND FILE; other files are not read"
    return "is of no kind that kdsp can tell", faults, way


def _nearest(header: Collection[str]) -> tuple[str, list[str]] | None:
    """The kind most of whose telling columns a file has, and which it lacks; None where it has none of any."""
    names = _names(header)
    own = {table: frozenset(contract.names) for table, contract in all_contracts().items()}
    wanted = [*_TOLD_BY.items(), *own.items()]
    kind, columns = max(wanted, key=lambda each: (len(each[1] & names) / len(each[1]), len(each[1] & names)))
    return (kind, sorted(columns - names)) if columns & names else None


def header_of(path: Path) -> tuple[str, ...]:
    """The columns that a table's file names: a CSV file in either encoding, a Parquet file or a workbook.

    Nothing where it has none that can be read; whoever reads it whole then says what is wrong.
    """
    from kdsp_lib.source.workbook import header_of_sheet, is_workbook

    start = _start_of(path)
    if start.startswith(_PARQUET):
        return _header_of_parquet(path)
    if is_workbook(path):
        return header_of_sheet(path)
    with path.open("rb") as file:
        first = file.readline(LONGEST_LINE).removeprefix(b"\xef\xbb\xbf")
    try:
        return tuple(next(csv.reader([first.decode("utf-8", "replace")]), []))
    except csv.Error:
        return ()


def _header_of_parquet(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError):
        return ()
