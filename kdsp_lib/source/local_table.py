"""Tables that an authority keeps of its own, beside the pupils': sessions by reason, figures it made, its thresholds.

Who belongs, who leads and who consented is no table of data but the register's: events, each with who recorded it. Who
is of concern under the School Improvement Partnership (12a) is in neither, but in a store of its own: how many there
are would be told by a count.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kdsp_lib.source.catalogue import STATUSES
from kdsp_lib.source.contract import PHASES, PUPIL_KEY, SYMBOL, URN, Column, Contract, RowRule
from kdsp_lib.source.published import SYMBOLS

SESSION_CODES = (
    "/", "\\", "L", "B", "K", "P", "V", "W", "D", "C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T", "G", "N", "O",
    "U", "X", "Q", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "#", "H", "F", "J", "Y",
)  # fmt: skip
"""What a session can be marked with; the last four until August 2024."""
PLACES = 4
"""Decimal places that values are kept with: a value of 61.4 is 614,000 ten-thousandths."""

_SLUG = r"[a-z0-9]+(-[a-z0-9]+){0,12}"
_A_SLUG = "words in small letters joined by hyphens, such as key-stage-2"
_YEAR = r"20[0-9]{2}/[0-9]{2}"


def _named(name: str) -> Column:
    return Column(name, "text", pattern=_SLUG, expected=_A_SLUG)


def _figure(name: str) -> tuple[Column, Column]:
    """A figure in ten-thousandths, and why there is none."""
    return (
        Column(name, "whole", nullable=True, low=-(10**15), high=10**15),
        Column(f"{name}{SYMBOL}", "text", nullable=True, codes=SYMBOLS),
    )


_STATUS = Column("status", "text", codes=STATUSES)
_ALL = (
    Contract(
        "attendance-reasons",
        "Sessions by reason",
        (PUPIL_KEY, URN, Column("code", "text", codes=SESSION_CODES), Column("sessions", "whole", low=1, high=400)),
        key=("pupil_key", "urn", "code"),
        categories=("attendance",),
        termly=True,
    ),
    Contract(
        "pupil-premium",
        "Pupil premium list",
        (
            PUPIL_KEY,
            *(Column(name, "yes-no") for name in ("deprivation", "service_child", "adopted_from_care", "looked_after")),
        ),
        key=("pupil_key",),
        categories=("pupil-characteristics",),
        yearly=True,
    ),
    Contract(
        "school-measures",
        "Figures of schools",
        (
            URN,
            _named("measure"),
            _named("pupils"),
            *_figure("value"),
            Column("base", "whole", nullable=True, low=0, high=20_000),
            _STATUS,
            Column("is_published", "yes-no"),
        ),
        key=("urn", "measure", "pupils"),
        categories=("pupil-characteristics", "sen", "attendance", "attainment", "exclusions"),
        yearly=True,
        holds_pupils=False,
    ),
    Contract(
        "authority-measures",
        "Figures of authorities, regions and the nation",
        (
            Column(
                "area", "text", pattern=r"[0-9]{3}|E[0-9]{8}|england|neighbours",
                expected="an authority's three digits, a code such as E08000011, england or neighbours",
            ),
            _named("measure"),
            _named("pupils"),
            *_figure("value"),
            _STATUS,
        ),
        key=("area", "measure", "pupils"),
        yearly=True,
        termly=True,
        holds_pupils=False,
    ),
    Contract(
        "public-figures",
        "Counts that are public already",
        (
            Column("source", "text", expected="who published it, and where: 1 to 200 characters"),
            Column(
                "about", "text", longest=10_000,
                pattern=r"authority|[a-z]+:[A-Za-z0-9_.-]+|[0-9]{6}( [0-9]{6})*",
                expected="authority, a group of the register, or URNs with a space between",
            ),
            _named("measure"),
            Column(
                "by", "text", nullable=True, pattern=r"[a-z0-9-]+=[^;=]+(; [a-z0-9-]+=[^;=]+)*",
                expected="breakdowns with their levels, such as sex=F; year-group=3",
            ),
            Column("value", "whole", low=0, high=10_000_000),
        ),
        key=("source", "about", "measure", "by"),
        termly=True,
        holds_pupils=False,
    ),
    Contract(
        "threshold-sets",
        "Sets of thresholds",
        (
            _named("threshold_set"),
            Column("phase", "text", codes=PHASES),
            Column("rule", "whole", low=1, high=100),
            _named("measure"),
            Column("comparison", "text", codes=("below", "at-most", "at-least", "above")),
            Column("value", "whole", low=-(10**15), high=10**15),
            Column("first_year", "text", pattern=_YEAR, expected="a school year such as 2025/26"),
            Column("last_year", "text", nullable=True, pattern=_YEAR, expected="a school year such as 2025/26"),
        ),
        key=("threshold_set", "phase", "rule", "measure", "comparison"),
        rules=(RowRule("years-in-order", "last_year", "must not be before first_year"),),
        holds_pupils=False,
    ),
    Contract(
        "transfers",
        "Transfers of pupils",
        (
            PUPIL_KEY,
            URN,
            Column(
                "destination", "text", nullable=True, pattern=r"[1-9][0-9]{5}",
                expected="the URN of the school that the pupil goes to; nothing while that is not known",
            ),
            Column("status", "text", codes=("offered", "accepted", "registered")),
            Column("confirmed_on", "date", nullable=True),
            Column("leaves_on", "date", nullable=True),
            Column("safeguarding", "yes-no"),
            Column("court_order", "yes-no"),
        ),
        key=("pupil_key", "urn"),
        categories=("transfer",),
    ),
    Contract(
        "school-days",
        "Days on which schools meet",
        (
            URN,
            Column("kind", "text", codes=("session", "inset")),
            Column("first_day", "date"),
            Column("last_day", "date"),
        ),
        key=("urn", "kind", "first_day"),
        holds_pupils=False,
    ),
)  # fmt: skip
LOCAL: Mapping[str, Contract] = MappingProxyType({contract.table: contract for contract in _ALL})
"""A school is caught by a set of thresholds where all rows of some ``rule`` hold of it."""
