"""What inspections of the made-up establishments found: grades, outcomes without grades, and report cards.

The three regimes stand beside each other, none converted into another: who has a report card keeps the latest grades.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from kdsp_lib.source.demo.dice import Dice
from kdsp_lib.source.demo.place import Place
from kdsp_lib.source.national.inspection import AREAS, NONE, NOT_INSPECTED, OEIF, REPORT_CARD, UNGRADED

_NOT_INSPECTED = ("college", "childrens-centre")
"""Of other inspections, which the file of schools leaves out."""
_GRADES = ("outstanding", "good", "requires-improvement", "inadequate")
_CARD = ("exceptional", "strong-standard", "expected-standard", "needs-attention", "urgent-improvement")
_NO_OVERALL_FROM = date(2024, 9, 2)
_REPORT_CARDS_FROM = date(2025, 11, 10)

Row = Mapping[str, Any]


def inspections_of(seed: int, authority: int, places: tuple[Place, ...]) -> list[Row]:
    """The judgements of every establishment that is inspected; of one that never was since its opening, that."""
    dice = Dice(seed, authority, 50)
    found: list[Row] = []
    for place in places:
        if place.phase not in _NOT_INSPECTED:
            found += sorted(_of(place, dice), key=lambda row: (row["framework"], row["area"]))
    return found


def _of(place: Place, dice: Dice) -> Iterator[Row]:
    regime, ago = int(dice.below(8, 1)[0]), int(dice.below(900, 1)[0])
    standing = int(dice.pick((12, 66, 17, 5), 1)[0])
    if place.trust is not None and regime == 7:
        yield _row(place, NONE, NONE, NOT_INSPECTED, None, relates=None)
        return
    relates = not (place.trust is not None and regime > 4)
    graded = date(2022, 9, 6) + timedelta(days=ago)
    concern = ("SM" if ago % 2 else "SWK") if standing == 3 else None
    nudges = dice.pick((15, 70, 15), len(AREAS)).tolist()
    for number, area in enumerate(AREAS):
        if area.framework == OEIF:
            judgement = _GRADES[min(max(standing + nudges[number] - 1, 0), 3)]
            if area.name == "overall-effectiveness":
                judgement = "not-judged" if graded >= _NO_OVERALL_FROM else _GRADES[standing]
            if not _has(place, area.name):
                judgement = "not-applicable"
            yield _row(place, OEIF, area.name, judgement, graded, relates=relates, concern=concern)
        elif area.framework == UNGRADED and regime in (1, 2) and standing < 2:
            outcome = ("remains-outstanding", "remains-good")[standing] if regime == 1 else "standards-maintained"
            since = graded + timedelta(days=420 + ago % 200)
            yield _row(place, UNGRADED, area.name, outcome, since, relates=relates, concern=concern)
        elif area.framework == REPORT_CARD and regime == 0:
            carded = _REPORT_CARDS_FROM + timedelta(days=ago % 110)
            judgement = _CARD[min(max(standing + nudges[number], 0), 4)]
            if area.name == "safeguarding":
                judgement = "not-met" if standing == 3 else "met"
            elif not _has(place, area.name):
                judgement = "not-applicable"
            yield _row(place, REPORT_CARD, area.name, judgement, carded, relates=True, concern=concern)


def _has(place: Place, area: str) -> bool:
    if area.startswith("early-years"):
        return any(year in place.years for year in ("N1", "N2", "R"))
    return "12" in place.years if area.startswith(("sixth-form", "post-16")) else True


def _row(
    place: Place, framework: str, area: str, judgement: str, on: date | None, *, relates: bool | None,
    concern: str | None = None,
) -> Row:  # fmt: skip
    return {
        "urn": place.urn, "framework": framework, "area": area, "judgement": judgement, "inspected_on": on,
        "relates_to_current_urn": relates, "concern": concern, "pupils": place.pupils,
    }  # fmt: skip
