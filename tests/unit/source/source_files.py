"""A good small file of every kind, as its source writes it and with kdsp's own columns: what hostile files begin as.

The kinds come from the registry. A kind that a source publishes must have a file here; of kdsp's own columns, and of
layouts that are data, it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from census_returns import UPNS, a_return, attendance, exclusion, meals, pupil
from good_rows import FORMATS, as_file, good_row, period_of
from published_files import FILES, REGISTER, SCHOOL, text
from tidy_files import META_FILE, TIDY_FILE
from transfer_files import transfer

from kdsp_lib.source import load
from kdsp_lib.source.adding import RETURNS
from kdsp_lib.source.contract import all_contracts
from kdsp_lib.source.load import KINDS
from kdsp_lib.source.published import LAYOUTS, Label, Layout
from kdsp_lib.source.published_reading import headers_of
from kdsp_lib.source.transfer_file.writing import transfer_text

INSPECTIONS = "URN,Ofsted phase,Latest OEIF overall effectiveness\r\n990001,Primary,2\r\n"
INDICATORS = "Short Desc,Years,LA and Regions,LA Number,Values\r\nA,2023,Nowhere,999.0,6.4\r\n"
NEIGHBOURS = (
    "LA num,LA Name,LA number,GOInd,GOReg,SN1,SNP,SN2,SNP,SN10,SNP\r\n"
    "999,Nowhere,999,1,Nowhere East,998,Very close,997,Somewhat close,996,Close\r\n"
)
AUTHORITIES = "LEA,LA Name,REGION,REGION NAME\r\n999,Nowhere – on the Sea,1,Nowhere East\r\n"
EXCLUSIONS = (
    "year,level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name,laestab,school_type,"
    "headcount,perm_excl,perm_excl_rate,fixed_excl,fixed_excl_rate,one_plus_fixed,one_or_more_fixed_excl_rate\r\n"
    "201617,National,E92000001,England,,,,,,,total,8000000,7700,0.1,380000,4.76,180000,2.29\r\n"
    "201617,School,E92000001,England,E12000099,Nowhere East,999,E08000999,Nowhere,9992001,primary,200,x,x,4,2,.,.\r\n"
)
_EXTRA = f"<Attendance>{attendance(100, I=2, L=1)}</Attendance><Exclusions>{exclusion('2025-05-06')}</Exclusions>"
_LABELS = {"urn": "990001", "la": "999", "estab": "2001", "name": "Invented School"}
RETURNED = {
    "school-census-xml": a_return(
        pupil(meals=meals("2024-01-01"), extra=_EXTRA), pupil(UPNS[1], gone="2025-12-01")
    ).encode(),
    "common-transfer-file": transfer_text(transfer()).encode(),
}
"""XML, by its kind."""
PUBLISHED = {
    **{kind: content.encode() for kind, content in FILES.items()},
    "establishments": text(REGISTER, [SCHOOL]).encode(),
    "gias-establishments": text(REGISTER, [SCHOOL]).encode(),
    "ofsted-inspections": INSPECTIONS.encode(),
    "lait-indicators": INDICATORS.encode(),
    "explore-education-statistics": TIDY_FILE.encode(),
    "statistical-neighbours": NEIGHBOURS.encode(),
    "authorities": AUTHORITIES.encode(),
    "published-exclusions": EXCLUSIONS.encode(),
}
PREMIUM_LIST = (
    "UPN,DeprivationPupilPremium,ServiceChildPremium,AdoptedfromCarePremium,LookedAfterPremium,Surname\r\n"
    "F340200024017,1,0,0,0,Null\r\n"
)
BESIDE = {"explore-education-statistics": ("file.meta.csv", META_FILE.encode())}
"""What lies beside such a file."""


@dataclass(frozen=True)
class GoodFile:
    """A file that can be loaded as it is: its kind, the ending of its name, its bytes and its period."""

    kind: str
    form: str
    content: bytes
    period: str | None

    def __repr__(self) -> str:
        return f"{self.kind}-{self.form}"


def _of_layout(layout: Layout) -> bytes:
    """A school's row of a layout, its figures as low as they may be."""
    cells = [
        next(iter(part.words)) if isinstance(part, Label) and part.words else _LABELS[part.column]
        if isinstance(part, Label)
        else str(max(0, part.low) // 10**part.places)
        for part in layout.parts
    ]  # fmt: skip
    return text(",".join(headers_of(layout)), [",".join([*cells, "1"] if layout.records else cells)]).encode()


def _all() -> Iterator[GoodFile]:
    for kind, chosen in KINDS.items():
        period = period_of(chosen.contract)
        for form in FORMATS:
            yield GoodFile(kind, form, as_file(chosen.table, form, [good_row(chosen.table)]), period)
        if kind == "pupil-premium":
            yield GoodFile(kind, "source.csv", PREMIUM_LIST.encode(), period)
        if chosen.read is not load._own:
            content = PUBLISHED.get(kind) or _of_layout(LAYOUTS[kind])
            yield GoodFile(kind, "source.csv", content, period)
    for kind in RETURNS:
        yield GoodFile(kind, "xml", RETURNED[kind], None)


@cache
def good_files() -> tuple[GoodFile, ...]:
    """One of every kind and form."""
    assert {kind.table for kind in KINDS.values()} == set(all_contracts())
    return tuple(_all())
