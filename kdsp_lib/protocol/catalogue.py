"""The catalogue of reports: what each tells, how much, and about what. A name fixes these; a request may not differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class CataloguedReport:
    """One row of the catalogue. Where it leaves a choice (two levels, two details), the request makes it."""

    name: str
    levels: tuple[str, ...]
    """Empty for a report without pupils' data, which needs no decision."""
    details: tuple[str, ...] = ()
    item: str | None = None
    categories: frozenset[str] | None = frozenset()
    """What it may tell of; ``None`` where that is as commissioned, and the request says."""
    purposes: frozenset[str] = frozenset()
    """What it is made for: offered in forms. Which purposes are allowed is the level's remit (9)."""


_PUPILS: Final = frozenset({"pupil-characteristics", "attainment", "attendance", "exclusions", "sen"})
_IMPROVEMENT: Final = frozenset({"school-improvement-plan", "school-development"})
_AREA: Final = frozenset({"commissioning-of-services", "raising-attainment"})

_REPORTS: Final = (
    CataloguedReport("area-profile", ("collaborative", "authority"), ("aggregate",), None, _PUPILS, _AREA),
    CataloguedReport("bespoke-school", ("school",), ("establishment",), "bespoke", None, _IMPROVEMENT),
    CataloguedReport(
        "attendance-termly", ("school",), ("establishment",), "bespoke", frozenset({"attendance"}), _IMPROVEMENT
    ),
    CataloguedReport(
        "commissioned-analysis",
        ("collaborative", "authority"),
        ("aggregate",),
        None,
        None,
        _AREA | _IMPROVEMENT | {"removing-concern", "pupil-transfer"},
    ),
    CataloguedReport("pupil-report", ("school",), ("individual",), None, _PUPILS, _IMPROVEMENT),
    CataloguedReport(
        "transfer-pack", ("school",), ("individual",), None, _PUPILS | {"transfer"}, frozenset({"pupil-transfer"})
    ),
    CataloguedReport(
        "cluster-vulnerable",
        ("cluster",),
        ("pseudonymous", "aggregate", "establishment"),
        None,
        frozenset({"pupil-characteristics", "sen", "attendance", "exclusions"}),
        frozenset({"school-improvement-plan"}),
    ),
    CataloguedReport(
        "ofsted-and-floor",
        ("authority",),
        ("establishment",),
        None,
        frozenset({"inspection", "floor-target"}),
        frozenset({"raising-attainment", "removing-concern"}),
    ),
    CataloguedReport(
        "ksip-report",
        ("school",),
        ("establishment",),
        "ksip",
        frozenset({"ksip", "attainment", "attendance"}),
        frozenset({"school-improvement-plan"}),
    ),
    CataloguedReport(
        "data-quality-return", ("school",), ("individual",), None, None, frozenset({"school-development"})
    ),
    CataloguedReport("signatory-register", ()),
    CataloguedReport("disclosure-audit", ()),
    CataloguedReport("rerun-review", ()),
)

CATALOGUE: Final[Mapping[str, CataloguedReport]] = MappingProxyType({report.name: report for report in _REPORTS})


def report_name(text: str) -> str:
    """A report's one name: ``area_profile``, as its notebook is called, is the catalogue's ``area-profile``."""
    hyphenated = text.replace("_", "-")
    return hyphenated if hyphenated in CATALOGUE else text
