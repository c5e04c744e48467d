"""What published files of schools' figures hold, as data: their columns, and the contract that their rows then keep.

A figure is kept as a whole number (of hundredths where the source prints decimals) beside a column that says why there
is none: a figure that is withheld or missing is never 0. Rows of an authority, a region or the nation are no schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from kdsp_lib.source.contract import SYMBOL, Column, Contract, RowRule

CENSUS, ABSENCE, KS2, KS4, DESTINATIONS, LINKS = (
    "performance-tables-census", "performance-tables-absence", "performance-tables-ks2", "performance-tables-ks4",
    "performance-tables-destinations", "gias-links",
)  # fmt: skip
SYMBOLS = ("c", "low", "u", "x", "z")
HUNDREDTHS = 2
_PERCENT = 100_00
_MOST_PUPILS = 20_000

Record = Literal["school", "other"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a school: our column, the source's names for it, and what it may be."""

    column: str
    headers: tuple[str, ...]
    places: int = 0
    low: int = 0
    high: int = _MOST_PUPILS
    missing: str = "x"
    """What ``NA`` means in this column: not available, or (``z``) not applicable."""
    may_lack: bool = False
    """Whether files of years without the measure have no such column: then it is not available."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text of a school's row. ``words`` renames the source's words; a word that is not there is a fault."""

    column: str
    headers: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of published file: its labels and figures, and how its rows tell what they are of.

    ``records`` gives the meaning of each record type; where it is empty, a row is a school's if its URN is six digits.
    """

    table: str
    labels: tuple[Label, ...]
    figures: tuple[Figure, ...]
    records: Mapping[str, Record] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def parts(self) -> tuple[Label | Figure, ...]:
        return (*self.labels, *self.figures)


PHASES: Mapping[str, str] = MappingProxyType(
    {
        "State-funded nursery": "nursery",
        "State-funded primary": "primary",
        "State-funded secondary": "secondary",
        "State-funded special school": "special",
        "Special school": "special",
        "State-funded AP school": "pru",
        "Pupil referral unit": "pru",
        "Independent school": "independent",
        "Non-maintained special school": "non-maintained-special",
    }
)
"""The phase of the register that each type of school of the census file is."""


def _count(column: str) -> Figure:
    """A count of the census file. Which of them a file has changes with the years; the roll is always there."""
    return Figure(column, (column.upper(),), may_lack=column != "nor")


def _percentage(column: str, *headers: str, missing: str = "x") -> Figure:
    return Figure(column, headers, HUNDREDTHS, 0, _PERCENT, missing)


_URN = Label("urn", ("URN",))
_ESTAB = Label("estab", ("ESTAB",))

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        CENSUS: Layout(
            CENSUS,
            (_URN, Label("la", ("LA", "LEA")), _ESTAB, Label("phase", ("SCHOOLTYPE",), PHASES)),
            tuple(
                _count(column)
                for column in (
                    "nor", "norg", "norb", "tsenelse", "tsenelk", "numeal", "numengfl", "numuncfl", "numfsm",
                    "numfsmever", "norfsmever",
                )
            ),
        ),
        ABSENCE: Layout(
            ABSENCE,
            (_URN, Label("la", ("LA", "LEA")), _ESTAB),
            (_percentage("perctot", "PERCTOT"), _percentage("ppersabs10", "PPERSABS10")),
        ),
        KS2: Layout(
            KS2,
            (_URN, Label("la", ("LEA", "LA")), _ESTAB, Label("name", ("SCHNAME",))),
            (
                Figure("telig", ("TELIG",), missing="z"),
                _percentage("ptrwm_exp", "PTRWM_EXP", missing="z"),
                _percentage("ptrwm_high", "PTRWM_HIGH", missing="z"),
                *(
                    _percentage(f"pt{subject}_{standard}", f"PT{subject.upper()}_{standard.upper()}", missing="z")
                    for subject in ("read", "writta", "mat", "gps")
                    for standard in ("exp", "high")
                ),
                *(
                    Figure(f"{subject}_average", (f"{subject.upper()}_AVERAGE",), HUNDREDTHS, 80_00, 120_00, "z")
                    for subject in ("read", "mat", "gps")
                ),
                *(
                    Figure(column, (column.upper(),), HUNDREDTHS, -40_00, 40_00, "z", may_lack=True)
                    for column in ("readprog", "writprog", "matprog")
                ),
            ),
            MappingProxyType({"1": "school", "2": "school", "3": "other", "4": "other", "5": "other", "7": "other"}),
        ),
        DESTINATIONS: Layout(
            DESTINATIONS,
            (_URN, Label("la", ("LEA", "LA")), _ESTAB, Label("name", ("SCHNAME",))),
            (
                Figure("cohort", ("COHORT",), missing="z"),
                *(
                    _percentage(column, column.upper(), missing="z")
                    for column in ("overall_destper", "educationper", "employmentper", "apprenper", "not_sustainedper",
                                   "unknownper")
                ),
            ),
            MappingProxyType({
                "1": "school", "2": "school", "4": "other", "5": "other", "7": "other", "LA": "other", "NAT": "other",
            }),
        ),
        KS4: Layout(
            KS4,
            (_URN, Label("la", ("LEA", "LA")), _ESTAB, Label("name", ("SCHNAME",))),
            (
                Figure("tpup", ("TPUP",), missing="z"),
                Figure("att8scr", ("ATT8SCR",), HUNDREDTHS, 0, 90_00, "z"),
                Figure("p8pup", ("P8PUP",), missing="z", may_lack=True),
                Figure("p8mea", ("P8MEA",), HUNDREDTHS, -20_00, 20_00, "z", may_lack=True),
                _percentage("ptl2basics_94", "PTL2BASICS_94", missing="z"),
                _percentage("ptl2basics_95", "PTL2BASICS_95", missing="z"),
                Figure("ebaccaps", ("EBACCAPS",), HUNDREDTHS, 0, 10_00, "z"),
                _percentage("ptebacc_e", "PTEBACC_E_PTQ_EE", "PTEBACC_E", missing="z"),
                _percentage("ptebacc_94", "PTEBACC_94", missing="z"),
                _percentage("ptebacc_95", "PTEBACC_95", missing="z"),
            ),
            MappingProxyType({"1": "school", "2": "school", "4": "other", "5": "other", "7": "other"}),
        ),
    }
)  # fmt: skip
"""The files of schools' figures. RECTYPE in key stage 4: 1 mainstream and 2 special schools, 4 LAs, 5 and 7 England."""

_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "urn": Column("urn", "text", pattern=r"[1-9][0-9]{5}", expected="a URN of six digits"),
        "la": Column("la", "text", pattern=r"[0-9]{3}", expected="an authority's number of three digits"),
        "estab": Column("estab", "text", nullable=True, pattern=r"[0-9]{4}", expected="a number of four digits"),
        "phase": Column("phase", "text", codes=tuple(dict.fromkeys(PHASES.values()))),
        "name": Column("name", "text", nullable=True),
    }
)


def _expected(figure: Figure) -> str:
    """What a figure may be, in the source's units and in those it is kept in."""
    if not figure.places:
        return ""
    units = 10**figure.places
    kept = f"kept in hundredths: {figure.low} to {figure.high}"
    return f"a figure from {figure.low // units} to {figure.high // units} ({kept})"


def _columns(layout: Layout) -> tuple[Column, ...]:
    figures = [
        column
        for figure in layout.figures
        for column in (
            Column(figure.column, "whole", nullable=True, low=figure.low, high=figure.high, expected=_expected(figure)),
            Column(f"{figure.column}{SYMBOL}", "text", nullable=True, codes=SYMBOLS),
        )
    ]
    return (*(_COLUMNS[label.column] for label in layout.labels), *figures)


def _contract(table: str, title: str, categories: tuple[str, ...], *rules: RowRule) -> Contract:
    return Contract(
        table, title, _columns(LAYOUTS[table]), key=("urn",), rules=rules, categories=categories, yearly=True,
        holds_pupils=False,
    )  # fmt: skip


_ALL = (
    _contract(
        CENSUS, "Performance tables, school census", ("pupil-characteristics", "sen"),
        RowRule("sexes-within-roll", "nor", "must not be less than girls and boys together"),
        RowRule("needs-within-roll", "nor", "must not be less than pupils with a plan and with support together"),
        RowRule("languages-make-roll", "nor", "must be the sum of the three groups of first language"),
        RowRule("meals-within-roll", "nor", "must not be less than the pupils counted for free school meals"),
        RowRule("ever-within-base", "norfsmever", "must not be less than numfsmever"),
    ),
    _contract(ABSENCE, "Performance tables, absence", ("attendance",)),
    _contract(KS2, "Performance tables, key stage 2", ("attainment",)),
    _contract(KS4, "Performance tables, key stage 4", ("attainment",)),
    _contract(DESTINATIONS, "Performance tables, destinations after key stage 4", ("attainment",)),
    Contract(
        LINKS, "Links of establishments",
        (
            _COLUMNS["urn"],
            Column("link_urn", "text", pattern=r"[1-9][0-9]{5}", expected="a URN of six digits"),
            Column("link_name", "text"),
            Column("link_type", "text"),
            Column("linked_on", "date", nullable=True),
        ),
        key=("urn", "link_urn", "link_type"),
        holds_pupils=False,
    ),
)  # fmt: skip

PUBLISHED: Mapping[str, Contract] = MappingProxyType({contract.table: contract for contract in _ALL})
"""The contracts of published data. No row of it is about a pupil."""
