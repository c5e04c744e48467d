"""The made-up authority as the files that a real one gets, so that every reader can be tried. ``kdsp demo --files``.

With faults, a copy of the autumn's returns and one of each table hold mistakes that are made; a ``faults.csv`` beside
them says which, and where.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.source.by_upn import as_given
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.census_xml import Row, returns_of
from kdsp_lib.source.demo.csv_file import csv_bytes
from kdsp_lib.source.demo.known_fault import FOLDER as FAULTY_TABLES
from kdsp_lib.source.demo.known_fault import write_cell_faults
from kdsp_lib.source.demo.national import inspection_file, link_file, register_extract
from kdsp_lib.source.demo.performance import NAMES as PERFORMANCE_FILES
from kdsp_lib.source.demo.performance import earlier_key_stage_4, performance_tables
from kdsp_lib.source.demo.premium import FILE as PREMIUM_LIST
from kdsp_lib.source.demo.premium import YEAR as PREMIUM_YEAR
from kdsp_lib.source.demo.premium import premium_list
from kdsp_lib.source.demo.statistic import statistics_of
from kdsp_lib.source.demo.transfer import transfers_of
from kdsp_lib.source.files import write_atomically
from kdsp_lib.source.premium_list import KIND as PREMIUM
from kdsp_lib.source.transfer_file.writing import transfer_text
from kdsp_lib.source.workspace import Workspace

FOLDER = "files"
TRANSFERS = "common-transfer-file"
REGISTER = "edubasealldata20260302.csv"
LINKS = "links_edubasealldata20260302.csv"
INSPECTIONS = "management_information_state-funded_schools.csv"
PERFORMANCE, STATISTICS = "performance-tables", "statistics"
EARLIER = "england_ks4final-2023-24.csv"
PUPILS = "pupils"
BY_UPN = ("results", "attendance", "attendance-reasons", "suspensions")
"""What an authority is sent as tables that name pupils by UPN."""
FAULTY = "school-census/2025-26-autumn-with-faults"
FAULTY_TRANSFERS = "common-transfer-file-with-faults"
LIST = "faults.csv"
_RECORD = "<PupilOnRoll>"
"""Where what is missing is missing from."""


@dataclass(frozen=True, slots=True)
class KnownFault:
    """A mistake: the first such text of the next return that holds it is replaced."""

    field: str
    old: str
    new: str
    what: str


KNOWN_FAULTS = (
    KnownFault("UPN", "<UPN>", "<UPN>Z", "a UPN with a character too many"),
    KnownFault("Ethnicity", "<Ethnicity>WBRI", "<Ethnicity>WXYZ", "a code of ethnic background that there is not"),
    KnownFault("DOB", "<DOB>20", "<DOB>3020", "a date of birth that is no date"),
    KnownFault("SENtype", "<SENtype>", "<SENtype>X", "a type of need that there is not"),
    KnownFault("EnrolStatus", "<EnrolStatus>C</EnrolStatus>", "", "a registration without its status"),
    KnownFault("LeavingDate", "<LeavingDate>202", "<LeavingDate>192", "a leaving date before the day of entry"),
    KnownFault("", "</PupilsOnRoll>", "</PupilsOnRol>", "a file that is no XML"),
)
KNOWN_TRANSFER_FAULTS = (
    KnownFault("UPN", "<UPN>", "<UPN>Z", "a UPN with a character too many"),
    KnownFault("DOB", "<DOB>20", "<DOB>3020", "a date of birth that is no date"),
    KnownFault("", "</CTfile>", "</CTfil>", "a file that is no XML"),
)


def write_files(workspace: Workspace, *, faults: bool = False, progress: Callable[[str], None] | None = None) -> Path:
    """Write the files of a made-up authority into its workspace; where they are."""
    say = progress or (lambda _: None)
    catalogue = Catalogue.load(workspace)

    def rows(name: str, period: str | None) -> list[Row]:
        found: list[Row] = catalogue.read(catalogue.dataset(name, period)).to_pylist()
        return found

    folder = workspace.root / FOLDER
    autumn: list[tuple[str, str]] = []
    for period, laestab, text in returns_of(rows):
        name = f"{laestab}_SC_{period.replace('/', '-')}.xml"
        write_atomically(folder / "school-census" / period.replace("/", "-") / name, text.encode(), mode=0o600)
        if period.endswith("-autumn"):
            autumn.append((name, text))
    say("School Census returns: three terms")
    transfers = [(each.file_name, transfer_text(each)) for each in transfers_of(rows)]
    for name, text in transfers:
        write_atomically(folder / TRANSFERS / name, text.encode(), mode=0o600)
    say("Common Transfer Files of those who left")
    schools = rows("establishments", None)
    write_atomically(folder / REGISTER, register_extract(schools))
    write_atomically(folder / LINKS, link_file(schools))
    write_atomically(folder / INSPECTIONS, inspection_file(schools, rows("ofsted-inspections", None)))
    say("the register's extract, its links, and outcomes of inspections")

    def frame(name: str, period: str | None) -> Any:
        return catalogue.read(catalogue.dataset(name, period)).to_pandas()

    for kind, content in performance_tables(frame):
        write_atomically(folder / PERFORMANCE / PERFORMANCE_FILES[kind], content)
    write_atomically(folder / PERFORMANCE / EARLIER, earlier_key_stage_4(frame))
    for name, content in statistics_of(frame):
        write_atomically(folder / STATISTICS / name, content)
    say("performance tables, and absence and indicators as statistics")
    for entry in catalogue.current:
        if entry.dataset in BY_UPN and entry.period is not None:
            name = f"{entry.dataset}-{entry.period.replace('/', '-')}.csv"
            write_atomically(folder / PUPILS / name, _as_csv(as_given(catalogue.read(entry), catalogue)), mode=0o600)
    pupils = {row["pupil_key"]: row for row in rows("pupils", None)}
    content = csv_bytes(premium_list(rows(PREMIUM, PREMIUM_YEAR), pupils))
    write_atomically(folder / PUPILS / PREMIUM_LIST, content, mode=0o600)
    say("results, attendance, suspensions and the premium list, by UPN")
    if faults:
        _write_faults(folder / FAULTY, autumn, KNOWN_FAULTS)
        say(f"with {len(KNOWN_FAULTS)} faults: {FAULTY}")
        _write_faults(folder / FAULTY_TRANSFERS, transfers, KNOWN_TRANSFER_FAULTS)
        say(f"with {len(KNOWN_TRANSFER_FAULTS)} faults: {FAULTY_TRANSFERS}")
        say(f"with {write_cell_faults(folder)} faults: {FAULTY_TABLES}")
    return folder


def _as_csv(table: Any) -> bytes:
    """A table as CSV in UTF-8; what is not known is empty."""
    return csv_bytes([table.column_names, *zip(*(column.to_pylist() for column in table.columns), strict=True)])


def _write_faults(folder: Path, returns: list[tuple[str, str]], faults: Sequence[KnownFault]) -> None:
    listed: list[tuple[object, ...]] = [("file", "line", "field", "what")]
    turns = iter(returns)
    for fault in faults:
        name, text = next((name, text) for name, text in turns if fault.old in text)
        place = text.index(fault.old)
        before = text[: place if fault.new else text.rindex(_RECORD, 0, place)]
        listed.append((name, before.count("\n") + 1, fault.field, fault.what))
        write_atomically(folder / name, text.replace(fault.old, fault.new, 1).encode(), mode=0o600)
    write_atomically(folder / LIST, csv_bytes(listed), mode=0o600)
