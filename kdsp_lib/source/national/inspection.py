"""Outcomes of inspections, as Ofsted's monthly file has them: three regimes beside each other, none converted.

A row of the file is a school; here a row is one judgement: of which framework, of which area, when, and whether it is
of the school that bears this URN now. What was not judged is not blank, and what does not apply is not a grade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kdsp_lib.source.contract import Column, Contract, RowRule
from kdsp_lib.source.published_table import Item, read_table
from kdsp_lib.source.reading import Reading

KIND = "ofsted-inspections"
REPORT_CARD, OEIF, UNGRADED, NONE = "report-card", "oeif", "oeif-ungraded", "none"
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
    Area(OEIF, "overall-effectiveness", ("Latest OEIF overall effectiveness",), _GRADES),
    Area(OEIF, "quality-of-education", ("Latest OEIF quality of education",), _GRADES),
    Area(OEIF, "behaviour-and-attitudes", ("Latest OEIF behaviour and attitudes",), _GRADES),
    Area(OEIF, "personal-development", ("Latest OEIF personal development",), _GRADES),
    Area(
        OEIF, "leadership-and-management", ("Latest OEIF effectiveness of leadership and management",), _GRADES,
    ),
    Area(
        OEIF, "early-years-provision",
        ("Latest OEIF early years provision (where applicable)", "Latest OEIF early years provision"), _GRADES,
    ),
    Area(
        OEIF, "sixth-form-provision",
        ("Latest OEIF sixth form provision (where applicable)", "Latest OEIF sixth form provision"), _GRADES,
    ),
    Area(UNGRADED, "overall-outcome", ("Ungraded inspection overall outcome",), _OUTCOMES),
)  # fmt: skip
DAYS: Mapping[str, tuple[str, ...]] = {
    REPORT_CARD: ("Inspection start date",),
    OEIF: ("Inspection start date of latest OEIF graded inspection",),
    UNGRADED: ("Date of latest ungraded inspection",),
}
ITEMS = (
    Item("urn", ("URN",)),
    Item("phase", ("Ofsted phase",)),
    Item(
        "relates", ("Does the latest full inspection relate to the URN of the current school?",), words=_YES_NO,
        may_lack=True,
    ),
    Item("concern", ("Most recent category of concern", "Category of concern"), words=_CONCERN, may_lack=True),
    *(Item(f"{framework}/day", headers, "date", may_lack=True) for framework, headers in DAYS.items()),
    *(area.item for area in AREAS),
)  # fmt: skip
_WORDS = tuple(dict.fromkeys(word for area in AREAS for word in area.words.values() if word))
JUDGEMENTS = frozenset(
    {(NONE, NONE, NOT_INSPECTED)}
    | {(area.framework, area.name, word) for area in AREAS for word in area.words.values() if word}
)
"""Of each framework, what each of its areas can be judged: no word of another regime."""
CONTRACT = Contract(
    KIND,
    "Outcomes of inspections",
    (
        Column("urn", "text", pattern=r"[1-9][0-9]{5}", expected="a URN of six digits"),
        Column("framework", "text", codes=(REPORT_CARD, OEIF, UNGRADED, NONE)),
        Column("area", "text"),
        Column("judgement", "text", codes=(*_WORDS, NOT_INSPECTED)),
        Column("inspected_on", "date", nullable=True),
        Column("relates_to_current_urn", "yes-no", nullable=True),
        Column("concern", "text", nullable=True, codes=("SM", "SWK", "RSI")),
    ),
    key=("urn", "framework", "area"),
    rules=(RowRule("judgement-of-framework", "judgement", "is none of that area in that framework"),),
    holds_pupils=False,
)


def read_inspections(path: Path, contract: Contract, _period: str | None) -> Reading:
    """The monthly file of state-funded schools, in the layout of any regime: columns that it lacks say nothing."""
    return read_table(path, contract, ITEMS, _rows, [area.item for area in AREAS])


def _rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    about = {
        "urn": row["urn"],
        "relates_to_current_urn": {"yes": True, "no": False}.get(row["relates"]),
        "concern": row["concern"],
    }
    made = [
        {
            **about,
            "framework": area.framework,
            "area": area.name,
            "judgement": judgement,
            "inspected_on": row[f"{area.framework}/day"],
        }
        for area in AREAS
        if (judgement := row[area.item.column]) is not None
    ]
    nothing = {**about, "framework": NONE, "area": NONE, "judgement": NOT_INSPECTED, "inspected_on": None}
    return made or [nothing]
