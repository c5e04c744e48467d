"""What each table must be: its columns, their types and codes, and what a whole row must keep.

The contracts are data. ``checking.check_table`` holds a table to one of them; adding a kind of table is adding an
entry to :data:`CONTRACTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from kdsp_lib.errors import BadParameters

Type = Literal["text", "whole", "yes-no", "date"]
SYMBOL = "_symbol"
"""Ends the name of the column that says why a figure is missing. There is always one of the two."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: Type
    nullable: bool = False
    codes: tuple[str, ...] = ()
    pattern: str = ""
    expected: str = ""
    """What to write, in plain English; needed where ``pattern`` would not tell a person."""
    low: int | None = None
    high: int | None = None
    longest: int = 200

    @property
    def expectation(self) -> str:
        """What a person has to write in this column."""
        if self.expected:
            text = self.expected
        elif self.codes:
            text = f"one of {', '.join(self.codes)}"
        elif self.type == "whole":
            text = _range_text(self.low, self.high)
        elif self.type == "yes-no":
            text = "true or false"
        elif self.type == "date":
            text = "a date such as 2026-03-02"
        else:
            text = f"text of 1 to {self.longest} characters"
        return f"{text}, or nothing" if self.nullable else text


@dataclass(frozen=True, slots=True)
class RowRule:
    """What the columns of one row must keep between them. ``name`` finds the test in ``row_rule.py``."""

    name: str
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Contract:
    """One kind of table: what it must be, what it is about, and how a data set of it is asked for."""

    table: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = ()
    categories: tuple[str, ...] = ()
    termly: bool = False
    yearly: bool = False
    """A data set of it is of one term, of one school year, of either where both are so, or of no period."""
    holds_pupils: bool = True
    named: bool = False
    """Whether several data sets of it stand beside each other, each under a name of its own: ``kind/name``."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def arrow_schema(contract: Contract) -> Any:
    """The Arrow schema of a table that keeps ``contract``."""
    import pyarrow as pa

    return pa.schema([pa.field(c.name, arrow_type(c), nullable=c.nullable) for c in contract.columns])


def arrow_type(column: Column) -> Any:
    """The Arrow type of a column."""
    import pyarrow as pa

    return {"text": pa.string(), "whole": pa.int64(), "yes-no": pa.bool_(), "date": pa.date32()}[column.type]


def contract_of(table: str) -> Contract:
    """The contract of a kind of table, or of a data set; an unknown kind is refused with the names of those known."""
    known = all_contracts()
    try:
        return known[table.partition("/")[0]]
    except KeyError:
        raise BadParameters(f"There is no kind of data {table!r}.", remedy=f"one of {', '.join(known)}") from None


@cache
def all_contracts() -> Mapping[str, Contract]:
    """The contracts of every kind of table: pupils', an authority's other ones, and published ones."""
    from kdsp_lib.source.local_table import LOCAL
    from kdsp_lib.source.national.kinds import NATIONAL
    from kdsp_lib.source.published import PUBLISHED

    national = {name: table.contract for name, table in NATIONAL.items()}
    return MappingProxyType({**CONTRACTS, **LOCAL, **PUBLISHED, **national})


def _range_text(low: int | None, high: int | None) -> str:
    if low is None:
        return "a whole number" if high is None else f"a whole number up to {high}"
    return f"a whole number from {low}" + ("" if high is None else f" to {high}")


PHASES = ("primary", "secondary", "all-through", "special", "nursery", "pru", "college", "childrens-centre")
ENROL_STATUSES = ("C", "M", "S", "G", "F", "O")
"""Current single, current main, current subsidiary, guest, college, other provider. A headcount is C and M."""
YEAR_GROUPS = ("N1", "N2", "R", *(str(year) for year in range(1, 15)))
ETHNICITIES = (
    "WBRI", "WIRI", "WIRT", "WROM", "WOTH", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN", "ABAN", "AOTH", "BCRB",
    "BAFR", "BOTH", "CHNE", "OOTH", "REFU", "NOBT",
)  # fmt: skip
SEN_PROVISIONS = ("N", "K", "E")
SEN_TYPES = ("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "DS", "OTH", "NSA")
EXCLUSION_REASONS = (
    "PP", "PA", "VP", "VA", "OW", "BU", "RA", "LG", "DS", "PH", "SM", "DA", "TH", "MT", "DM", "DB", "OT",
)  # fmt: skip

_OF_RESULTS = ("subject", "method", "component", "qualifier")
_CODE = r"[A-Z0-9]{1,10}"
_A_CODE = "a code of 1 to 10 capital letters or digits"
PUPIL_KEY = Column(
    "pupil_key",
    "text",
    pattern=r"(?![A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]\Z)[A-Za-z0-9_-]{1,64}",
    expected="the pupil's internal key: 1 to 64 letters, digits, - or _, and no UPN (these stand in a column upn)",
)
URN = Column("urn", "text", pattern=r"[1-9][0-9]{5}", expected="an establishment's URN: six digits")
_ENROL_STATUS = Column("enrol_status", "text", codes=ENROL_STATUSES)
_NCYEAR = Column("ncyear", "text", nullable=True, codes=YEAR_GROUPS)
"""Nothing where a pupil follows no year group."""

_ALL = (
    Contract(
        "establishments",
        "Establishments",
        (
            URN,
            Column("laestab", "text", pattern=r"[0-9]{7}", expected="authority and establishment number: seven digits"),
            Column("name", "text"),
            Column("phase", "text", codes=PHASES),
            Column("type_group", "text"),
            Column("trust", "text", nullable=True),
            Column("gender", "text", codes=("mixed", "boys", "girls")),
            Column("low_age", "whole", low=0, high=25),
            Column("high_age", "whole", low=0, high=99),
            Column("capacity", "whole", low=0, high=20_000),
            Column("ward", "text"),
            Column("open_date", "date"),
        ),
        key=("urn",),
        rules=(RowRule("ages-in-order", "high_age", "must not be below low_age"),),
        holds_pupils=False,
    ),
    Contract(
        "pupils",
        "Pupils",
        (
            PUPIL_KEY,
            Column("upn", "text", longest=13, expected="a UPN with its check letter"),
            Column("upn_status", "text", codes=("permanent", "temporary")),
            Column("surname", "text"),
            Column("forename", "text", nullable=True),
            Column("dob", "date"),
            Column("sex", "text", codes=("F", "M")),
            Column("postcode", "text", nullable=True, longest=10),
            Column("idaci_decile", "whole", nullable=True, low=1, high=10),
        ),
        key=("pupil_key",),
        unique=("upn",),
        rules=(
            RowRule("upn-valid", "upn", "is not a UPN: its form or its check letter is wrong"),
            RowRule("upn-status", "upn_status", "must be temporary where the UPN ends in a letter, else permanent"),
        ),
        categories=("pupil-characteristics",),
    ),
    Contract(
        "registrations",
        "Registrations",
        (
            PUPIL_KEY,
            URN,
            Column("entry_date", "date"),
            Column("leave_date", "date", nullable=True),
            _ENROL_STATUS,
            _NCYEAR,
        ),
        key=("pupil_key", "urn", "entry_date"),
        rules=(RowRule("leaves-after-entry", "leave_date", "must not be before entry_date"),),
        categories=("pupil-characteristics",),
    ),
    Contract(
        "census",
        "School Census",
        (
            PUPIL_KEY,
            URN,
            _ENROL_STATUS,
            _NCYEAR,
            Column("ethnicity", "text", codes=ETHNICITIES),
            Column("language", "text", codes=("english", "eal", "unclassified")),
            Column("fsm", "yes-no"),
            Column("fsm_basis", "text", nullable=True, codes=("targeted", "expanded", "protected", "unknown")),
            Column("fsm6", "yes-no", nullable=True),
            Column("sen_provision", "text", codes=SEN_PROVISIONS),
            Column("sen_type", "text", nullable=True, codes=SEN_TYPES),
            Column("lac", "yes-no", nullable=True),
            Column("young_carer", "yes-no", nullable=True),
            Column("service_child", "yes-no", nullable=True),
        ),
        key=("pupil_key", "urn"),
        rules=(
            RowRule("basis-with-meals", "fsm_basis", "must be given where fsm is true, and only there"),
            RowRule("type-with-need", "sen_type", "must be given where sen_provision is K or E, and only there"),
            RowRule("one-headcount", "enrol_status", "is C or M at two establishments: the pupil would count twice"),
        ),
        categories=("pupil-characteristics", "sen"),
        termly=True,
    ),
    Contract(
        "attendance",
        "Attendance",
        (
            PUPIL_KEY,
            URN,
            Column("possible", "whole", low=0, high=400),
            Column("authorised", "whole", low=0, high=400),
            Column("unauthorised", "whole", low=0, high=400),
            Column("late", "whole", nullable=True, low=0, high=400),
        ),
        key=("pupil_key", "urn"),
        rules=(
            RowRule("absent-within-possible", "possible", "must not be less than authorised and unauthorised together"),
            RowRule("late-within-present", "late", "must not be more than the sessions attended"),
        ),
        categories=("attendance",),
        termly=True,
    ),
    Contract(
        "suspensions",
        "Suspensions and exclusions",
        (
            PUPIL_KEY,
            URN,
            Column("category", "text", codes=("SUSP", "PERM", "LNCH")),
            Column("start_date", "date"),
            Column("sessions", "whole", nullable=True, low=0, high=400),
            *(Column(f"reason_{n}", "text", nullable=n > 1, codes=EXCLUSION_REASONS) for n in (1, 2, 3)),
        ),
        key=("pupil_key", "urn", "category", "start_date"),
        categories=("exclusions",),
        termly=True,
    ),
    Contract(
        "results",
        "Results",
        (
            PUPIL_KEY,
            Column("stage", "text", pattern=r"[A-Z0-9]{2,5}", expected="a key stage such as KS2"),
            *(Column(name, "text", pattern=_CODE, expected=_A_CODE) for name in _OF_RESULTS),
            Column("result", "text", pattern=r"[A-Z0-9+.-]{1,10}", expected="a mark, a score or an outcome code"),
        ),
        key=("pupil_key", "stage", *_OF_RESULTS),
        rules=(
            RowRule("tables-check", "result", "must be 0 to 25 or an outcome code in the multiplication check"),
            RowRule("marks-in-range", "result", "must be 80 to 120 as a scaled score (NS), 0 to 40 in phonics (PM)"),
        ),
        categories=("attainment",),
        yearly=True,
    ),
    Contract(
        "former-upns",
        "Former UPNs",
        (PUPIL_KEY, Column("upn", "text", longest=13, expected="a UPN with its check letter")),
        key=("upn",),
        rules=(RowRule("upn-valid", "upn", "is not a UPN: its form or its check letter is wrong"),),
        categories=("pupil-characteristics",),
    ),
)
CONTRACTS: Mapping[str, Contract] = {contract.table: contract for contract in _ALL}
