"""Attributes of a pupil on roll: what measures hold of and what breakdowns split by.

An attribute puts every pupil into exactly one of its leaves. Groups are named sets of leaves. Measures and breakdowns
that speak of one attribute so share its cells: persistent and severe absence are nested, not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

ROOT = "All"
UNKNOWN = "unknown"

Expression = Callable[[Any], Any]
"""From the joined relation of pupils on roll to an ibis text column of leaf codes, never null."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One way to divide the pupils on roll.

    ``base`` is the group its shares are taken of (root: all on roll). ``sensitive``: all or none of a base is itself
    disclosive. ``dataset`` beyond the census, if any.
    """

    name: str
    label: str
    category: str
    leaves: tuple[tuple[str, str], ...]
    expression: Expression
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    base: str = ROOT
    sensitive: bool = False
    dataset: str = "census"


YEARS = ("N1", "N2", "R", *(str(k) for k in range(1, 15)))
PHASES = (
    ("nursery", "Nursery"), ("primary", "Primary"), ("secondary", "Secondary"), ("special", "Special"),
    ("pru", "Pupil referral unit"), ("college", "College"), ("childrens-centre", "Children's centre"),
)  # fmt: skip
ETHNIC_GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "white": ("White", ("WBRI", "WIRI", "WIRT", "WROM", "WOTH")),
        "mixed": ("Mixed or multiple", ("MWBC", "MWBA", "MWAS", "MOTH")),
        "asian": ("Asian", ("AIND", "APKN", "ABAN", "AOTH", "CHNE")),
        "black": ("Black", ("BCRB", "BAFR", "BOTH")),
        "other": ("Any other", ("OOTH",)),
        "unclassified": ("Unclassified", ("REFU", "NOBT")),
    }
)
_YES_NO = (("yes", "Yes"), ("no", "No"))


def _year_label(year: str) -> str:
    return {"N1": "Nursery 1", "N2": "Nursery 2", "R": "Reception"}.get(year, f"Year {year}")


def _coded(column: str, codes: Mapping[str, str] | tuple[str, ...]) -> Expression:
    """A text column with its codes renamed; what is missing or not in the list is ``unknown``, never dropped."""
    names = codes if isinstance(codes, Mapping) else {code: code for code in codes}
    return lambda t: t[column].cases(*names.items(), else_=UNKNOWN)


def _flag(column: str) -> Expression:
    return lambda t: t[column].cases((True, "yes"), (False, "no"), else_=UNKNOWN)


def _quintile(t: Any) -> Any:
    return t.idaci_decile.cases(*((d, str((d + 1) // 2)) for d in range(1, 11)), else_=UNKNOWN)


def _absence_band(t: Any) -> Any:
    """Own absence against own possible sessions, in whole numbers: 38 of 380 is exactly one tenth."""
    possible, absent = t.possible.fill_null(0), (t.authorised + t.unauthorised).fill_null(0)
    persistent = (absent * 2 >= possible).ifelse("severe", "persistent-only")
    return (possible > 0).ifelse((absent * 10 >= possible).ifelse(persistent, "not-persistent"), "no-sessions")


_ALL = (
    Attribute("phase", "Phase", "pupil-characteristics", PHASES, _coded("phase", tuple(p for p, _ in PHASES))),
    Attribute("sex", "Sex", "pupil-characteristics", (("F", "Girls"), ("M", "Boys")), _coded("sex", ("F", "M"))),
    Attribute(
        "year-group", "Year group", "pupil-characteristics",
        tuple((y, _year_label(y)) for y in YEARS), _coded("ncyear", YEARS),
    ),
    Attribute("fsm6", "Free school meals in the last six years", "pupil-characteristics",
              _YES_NO, _flag("fsm6"), sensitive=True),
    Attribute("fsm", "Free school meals now", "pupil-characteristics", _YES_NO, _flag("fsm"), sensitive=True),
    Attribute(
        "sen", "Special educational needs", "sen",
        (("none", "No identified SEN"), ("support", "SEN support"), ("plan", "EHC plan")),
        _coded("sen_provision", {"N": "none", "K": "support", "E": "plan"}),
        groups=MappingProxyType({"any": ("support", "plan")}), sensitive=True,
    ),
    Attribute(
        "eal", "First language", "pupil-characteristics",
        (("eal", "Other than English"), ("english", "English"), ("unclassified", "Unclassified")),
        _coded("language", ("eal", "english", "unclassified")),
    ),
    Attribute(
        "ethnicity-group", "Ethnic group", "pupil-characteristics",
        tuple((code, label) for code, (label, _) in ETHNIC_GROUPS.items()),
        _coded("ethnicity", {main: group for group, (_, mains) in ETHNIC_GROUPS.items() for main in mains}),
    ),
    Attribute(
        "idaci-quintile", "IDACI quintile of the home", "pupil-characteristics",
        (("1", "1 (most deprived)"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5 (least deprived)")), _quintile,
    ),
    Attribute("looked-after", "Looked after", "pupil-characteristics", _YES_NO, _flag("lac"), sensitive=True),
    Attribute("young-carer", "Young carer", "pupil-characteristics", _YES_NO, _flag("young_carer"), sensitive=True),
    Attribute("service-child", "Service child", "pupil-characteristics", _YES_NO, _flag("service_child")),
    Attribute(
        "absence-band", "Absence", "attendance",
        (("no-sessions", "No possible sessions"), ("not-persistent", "Below 10 %"),
         ("persistent-only", "10 % to below 50 %"), ("severe", "50 % or more")),
        _absence_band,
        groups=MappingProxyType({
            "enrolments": ("not-persistent", "persistent-only", "severe"), "persistent": ("persistent-only", "severe"),
        }),
        base="enrolments", sensitive=True, dataset="attendance",
    ),
)  # fmt: skip

ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({attribute.name: attribute for attribute in _ALL})
