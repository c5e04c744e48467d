"""Outcomes of inspections, as Ofsted's monthly file has them: three regimes beside each other, none converted.

A row of the file is a school; here a row is one judgement: of which framework, of which area, when, and whether it is
of the school that bears this URN now. What was not judged is not blank, and what does not apply is not a grade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kdsp_lib.source.contract import Column, Contract, RowRule
from kdsp_lib.source.published_reading import MOST_BYTES, header_in
from kdsp_lib.source.published_table import Item, read_table
from kdsp_lib.source.reading import Reading, opened

KIND = "ofsted-inspections"
REPORT_CARD, OEIF, UNGRADED, NONE = "report-card", "oeif", "oeif-ungraded", "none"
BEFORE_OEIF = "pre-2019"
"""Grades of the framework before, of which there are some in the files of OEIF: another regime's, and so kept apart."""
OEIF_FROM = date(2019, 9, 1)
NOT_INSPECTED = "not-inspected"

_CARD: Mapping[str, str | None] = MappingProxyType(
    {
        "exceptional": "exceptional", "strong standard": "strong-standard", "expected standard": "expected-standard",
        "needs attention": "needs-attention", "urgent improvement": "urgent-improvement",
        "not applicable": "not-applicable", "not judged": "not-judged", "": None, "null": None,
    }
)  # fmt: skip
_GRADES: Mapping[str, str | None] = MappingProxyType(
    {
        "1": "outstanding", "2": "good", "3": "requires-improvement", "4": "inadequate", "9": "not-applicable",
        "0": "not-applicable", "not judged": "not-judged", "not applicable": "not-applicable", "": None, "null": None,
    }
)  # fmt: skip
_MET: Mapping[str, str | None] = MappingProxyType(
    {"met": "met", "not met": "not-met", "yes": "met", "no": "not-met", "9": "not-applicable", "": None, "null": None}
)
_OUTCOMES: Mapping[str, str | None] = MappingProxyType(
    {
        "school remains good": "remains-good",
        "school remains good (concerns) - s5 next": "remains-good-concerns",
        "school remains good (improving) - s5 next": "remains-good-improving",
        "school remains outstanding": "remains-outstanding",
        "school remains outstanding (concerns) - s5 next": "remains-outstanding-concerns",
        "standards maintained": "standards-maintained",
        "improved significantly": "improved-significantly",
        "some aspects not as strong": "some-aspects-not-as-strong",
        "": None,
        "null": None,
    }
)
"""Of an inspection without grades: an outcome, never a grade."""
_YES_NO: Mapping[str, str | None] = MappingProxyType({"yes": "yes", "no": "no", "": None, "null": None})
_SAID: Mapping[str | None, bool] = MappingProxyType({"yes": True, "no": False})
_CONCERN: Mapping[str, str | None] = MappingProxyType(
    {"sm": "SM", "swk": "SWK", "rsi": "RSI", "none": None, "no": None, "": None, "null": None}
)


@dataclass(frozen=True, slots=True)
class Area:
    """One judgement of a framework, and where the file has it."""

    framework: str
    name: str
    headers: tuple[str, ...]
    words: Mapping[str, str | None]

    @property
    def item(self) -> Item:
        return Item(f"{self.framework}/{self.name}", self.headers, words=self.words, may_lack=True)


AREAS = (
    Area(REPORT_CARD, "safeguarding", ("Safeguarding standards",), _MET),
    Area(REPORT_CARD, "inclusion", ("Inclusion",), _CARD),
    Area(REPORT_CARD, "curriculum-and-teaching", ("Curriculum and teaching",), _CARD),
    Area(REPORT_CARD, "achievement", ("Achievement",), _CARD),
    Area(REPORT_CARD, "attendance-and-behaviour", ("Attendance and behaviour",), _CARD),
    Area(REPORT_CARD, "personal-development-and-wellbeing", ("Personal development and wellbeing",), _CARD),
    Area(REPORT_CARD, "leadership-and-governance", ("Leadership and governance",), _CARD),
    Area(REPORT_CARD, "early-years", ("Early years", "Early years (where applicable)"), _CARD),
    Area(REPORT_CARD, "post-16-provision", ("Post-16 provision (where applicable)", "Post-16 provision"), _CARD),
    *(
        Area(
            OEIF, name, (f"Latest OEIF {said}", f"Latest OEIF {said.partition(' (')[0]}", said[0].upper() + said[1:]),
            _GRADES,
        )
        for name, said in (
            ("overall-effectiveness", "overall effectiveness"),
            ("quality-of-education", "quality of education"),
            ("behaviour-and-attitudes", "behaviour and attitudes"),
            ("personal-development", "personal development"),
            ("leadership-and-management", "effectiveness of leadership and management"),
            ("early-years-provision", "early years provision (where applicable)"),
            ("sixth-form-provision", "sixth form provision (where applicable)"),
        )
    ),
    Area(
        UNGRADED, "overall-outcome",
        ("Ungraded inspection overall outcome", "Section 8 inspection overall outcome"), _OUTCOMES,
    ),
)  # fmt: skip
"""The last name of a column is that of the files before report cards."""
DAYS: Mapping[str, tuple[str, ...]] = {
    REPORT_CARD: ("Inspection start date",),
    OEIF: ("Inspection start date of latest OEIF graded inspection",),
    UNGRADED: ("Date of latest ungraded inspection", "Date of latest section 8 inspection"),
}
_WITHOUT_CARDS = {**DAYS, OEIF: (*DAYS[OEIF], *DAYS[REPORT_CARD])}
"""In a file before report cards the latest full inspection is a graded one."""
_FULL = "Does the latest full inspection relate to the URN of the current school?"
RELATES: Mapping[str, tuple[str, ...]] = {
    REPORT_CARD: (_FULL,),
    OEIF: ("Does the latest OEIF graded inspection relate to the URN of the current school?", _FULL),
    UNGRADED: (
        "Does the ungraded inspection relate to the URN of the current school?",
        "Does the section 8 inspection relate to the URN of the current school?", _FULL,
    ),
}  # fmt: skip
"""Whether an inspection is of the school that bears this URN now: each regime says it of its own."""
ITEMS = (
    Item("urn", ("URN",)),
    Item("phase", ("Ofsted phase",)),
    Item("pupils", ("Total number of pupils",), "whole", may_lack=True),
    *(Item(f"{framework}/relates", headers, words=_YES_NO, may_lack=True) for framework, headers in RELATES.items()),
    Item("concern", ("Most recent category of concern", "Category of concern"), words=_CONCERN, may_lack=True),
    *(area.item for area in AREAS),
)  # fmt: skip
_WORDS = tuple(dict.fromkeys(word for area in AREAS for word in area.words.values() if word))
JUDGEMENTS = frozenset(
    {(NONE, NONE, NOT_INSPECTED)}
    | {(area.framework, area.name, word) for area in AREAS for word in area.words.values() if word}
    | {
        (BEFORE_OEIF, area.name, word)
        for area in AREAS
        if area.framework == OEIF
        for word in area.words.values()
        if word
    }
)
"""Of each framework, what each of its areas can be judged: no word of another regime."""
CONTRACT = Contract(
    KIND,
    "Outcomes of inspections",
    (
        Column("urn", "text", pattern=r"[1-9][0-9]{5}", expected="a URN of six digits"),
        Column("framework", "text", codes=(REPORT_CARD, OEIF, UNGRADED, BEFORE_OEIF, NONE)),
        Column("area", "text"),
        Column("judgement", "text", codes=(*_WORDS, NOT_INSPECTED)),
        Column("inspected_on", "date", nullable=True),
        Column("relates_to_current_urn", "yes-no", nullable=True),
        Column("concern", "text", nullable=True, codes=("SM", "SWK", "RSI")),
        Column("pupils", "whole", nullable=True, low=0, high=100_000),
    ),
    key=("urn", "framework", "area"),
    rules=(RowRule("judgement-of-framework", "judgement", "is none of that area in that framework"),),
    holds_pupils=False,
)


def read_inspections(path: Path, contract: Contract, _period: str | None) -> Reading:
    """The monthly file of state-funded schools, in the layout of any regime: columns that it lacks say nothing."""
    with opened(path, MOST_BYTES, ("URN", *AREAS[0].headers)) as file:
        names = set(header_in(file))
    has_cards = any(header in names for area in AREAS if area.framework == REPORT_CARD for header in area.headers)
    days = (DAYS if has_cards else _WITHOUT_CARDS).items()
    items = (*ITEMS, *(Item(f"{framework}/day", headers, "date", may_lack=True) for framework, headers in days))
    return read_table(path, contract, items, _rows, [area.item for area in AREAS])


def _framework(framework: str, on: date | None) -> str:
    """The framework that a judgement is of, by its day."""
    return BEFORE_OEIF if framework == OEIF and on is not None and on < OEIF_FROM else framework


def _rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    about = {
        "urn": row["urn"],
        "concern": row["concern"],
        "pupils": row["pupils"],
    }
    made = [
        {
            **about,
            "framework": _framework(area.framework, row[f"{area.framework}/day"]),
            "area": area.name,
            "judgement": judgement,
            "inspected_on": row[f"{area.framework}/day"],
            "relates_to_current_urn": _SAID.get(row[f"{area.framework}/relates"]),
        }
        for area in AREAS
        if (judgement := row[area.item.column]) is not None
    ]
    nothing = {"framework": NONE, "area": NONE, "judgement": NOT_INSPECTED, "inspected_on": None}
    return made or [{**about, **nothing, "relates_to_current_urn": _SAID.get(row[f"{REPORT_CARD}/relates"])}]
