"""Attributes of a pupil on roll: what measures hold of and what breakdowns split by.

An attribute puts every pupil into exactly one of its leaves. Groups are named sets of leaves. Measures and breakdowns
that speak of one attribute so share its cells: persistent and severe absence are nested, not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse import absence_reason, outcome

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
    reads: tuple[str, ...] = ()
    """Of results: the outcomes that it is made from."""
    age: int = 0
    """Of results: the age, on 31 August before the year, of whom it is usual to be in its base."""
    bands: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Leaves that are bands of one value, in order: from how much on, and below how much, as texts."""
    listed: tuple[str, ...] = ()
    """Codes that lists of pupils tell apart, where that is not each leaf."""
    group_labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


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
    found: Any = "severe"
    for leaf, below in (("below-50", 50), ("below-20", 20), ("below-10", 10), ("below-5", 5), ("below-2", 2)):
        found = (absent * 100 < possible * below).ifelse(leaf, found)
    return (possible > 0).ifelse(found, "no-sessions")


def _suspended(t: Any) -> Any:
    given = t.suspensions.fill_null(0)
    return (given > 1).ifelse("repeatedly", (given == 1).ifelse("once", "none"))


def _excluded(t: Any) -> Any:
    return (t.permanent_exclusions.fill_null(0) > 0).ifelse("yes", "no")


def _disadvantaged(t: Any) -> Any:
    """By the premium list, which has those alone who draw it; of an establishment none of whose is on it: unknown."""
    is_listed = t.is_disadvantaged.count().over(group_by=t.urn) > 0
    return is_listed.ifelse(t.is_disadvantaged.fill_null(False).ifelse("yes", "no"), UNKNOWN)


def _joined_late(t: Any) -> Any:
    found = t.joined_late.cases((True, "joined-late"), (False, "throughout"), else_=UNKNOWN)
    return t.ncyear.isin(("6", "11")).fill_null(False).ifelse(found, "other-year")


def _assessed(
    name: str,
    label: str,
    age: int,
    reads: tuple[str, ...],
    expression: Expression,
    base: str,
    leaves: tuple[tuple[str, str], ...],
    groups: Mapping[str, tuple[str, ...]],
) -> Attribute:
    """An outcome. Its first leaf is whoever is not in its base, all others are the base."""
    inside = tuple(leaf for leaf, _ in leaves[1:])
    return Attribute(
        name, label, "attainment", leaves, expression, MappingProxyType({base: inside, **groups}), base,
        sensitive=True, dataset="results", reads=reads, age=age,
    )  # fmt: skip


def _key_stage_2(name: str, label: str, reads: tuple[str, ...], expression: Expression) -> Attribute:
    is_test = reads[0].endswith("_score") and len(reads) == 1
    below = (("not-scored", "No scaled score"), ("below", "Below the standard")) if is_test else (
        ("below", "Below the standard"),
    )  # fmt: skip
    return _assessed(
        name, label, 10, reads, expression, "eligible",
        (("not-eligible", "Not eligible"), *below, ("expected-only", "Expected standard"),
         ("higher", "Higher standard")),
        {"expected": ("expected-only", "higher"),
         **({"scored": ("below", "expected-only", "higher")} if is_test else {})},
    )  # fmt: skip


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
    Attribute("disadvantaged", "Disadvantage", "pupil-characteristics", _YES_NO, _disadvantaged,
              sensitive=True, dataset="pupil-premium"),
    Attribute(
        "joined-late", "Joined late in the key stage", "pupil-characteristics",
        (("other-year", "In another year group"), ("throughout", "There throughout its last two years"),
         ("joined-late", "Joined in its last two years")),
        _joined_late, groups=MappingProxyType({"ending": ("throughout", "joined-late")}), base="ending",
        dataset="registrations",
    ),
    Attribute(
        "absence-band", "Absence", "attendance",
        (("no-sessions", "No possible sessions"), ("below-2", "Below 2 %"), ("below-5", "2 % to below 5 %"),
         ("below-10", "5 % to below 10 %"), ("below-20", "10 % to below 20 %"), ("below-50", "20 % to below 50 %"),
         ("severe", "50 % or more")),
        _absence_band,
        groups=MappingProxyType({
            "enrolments": ("below-2", "below-5", "below-10", "below-20", "below-50", "severe"),
            "not-persistent": ("below-2", "below-5", "below-10"), "persistent-only": ("below-20", "below-50"),
            "persistent": ("below-20", "below-50", "severe"),
        }),
        bands=MappingProxyType({
            "below-2": ("0", "2"), "below-5": ("2", "5"), "below-10": ("5", "10"), "below-20": ("10", "20"),
            "below-50": ("20", "50"), "severe": ("50", "100"),
        }),
        listed=("no-sessions", "not-persistent", "persistent-only", "severe"),
        group_labels=MappingProxyType({
            "not-persistent": "Below 10 %", "persistent-only": "10 % to below 50 %", "persistent": "10 % or more",
        }),
        base="enrolments", sensitive=True, dataset="attendance",
    ),
    Attribute(
        absence_reason.NAME, "Main reason of absence", "attendance", absence_reason.LEAVES, absence_reason.main_reason,
        sensitive=True, dataset=absence_reason.DATASET,
    ),
    Attribute(
        "suspended", "Suspensions", "exclusions",
        (("none", "Not suspended"), ("once", "Suspended once"), ("repeatedly", "Suspended twice or more")), _suspended,
        groups=MappingProxyType({"any": ("once", "repeatedly")}), sensitive=True, dataset="suspensions",
    ),
    Attribute(
        "permanently-excluded", "Permanent exclusions", "exclusions",
        (("yes", "Permanently excluded"), ("no", "Not permanently excluded")), _excluded,
        sensitive=True, dataset="suspensions",
    ),
    _assessed(
        "development", "Early years", 4, outcome.GOALS, outcome.development, "with-profile",
        (("no-profile", "No profile"), ("not-good", "No good level of development"),
         ("good-only", "Good level of development"), ("all-goals", "All early learning goals")),
        {"good": ("good-only", "all-goals")},
    ),
    _assessed(
        "phonics-check", "Phonics", 5, ("phonics_mark",), outcome.phonics_check, "checked",
        (("not-checked", "Not checked"), ("not-met", "Standard not met"), ("met", "Standard met")), {},
    ),
    _assessed(
        "phonics-by-year-2", "Phonics by the end of Year 2", 6, ("phonics_mark", "phonics_mark_before"),
        outcome.phonics_by_year_2, "checked",
        (("not-checked", "Not checked"), ("not-met", "Standard not met"), ("met", "Standard met")), {},
    ),
    _assessed(
        "times-tables", "Multiplication tables check", 8, ("tables_mark",), outcome.times_tables, "eligible",
        (("not-eligible", "Not eligible"), ("not-taken", "Did not take the check"), ("fewer-marks", "0 to 24 marks"),
         ("full-marks", "25 marks")),
        {"took-it": ("fewer-marks", "full-marks")},
    ),
    *(_key_stage_2(f"ks2-{name}", label, (f"{name}_score",), outcome.scaled(f"{name}_score"))
      for name, label in (("reading", "Reading"), ("maths", "Mathematics"),
                          ("gps", "Grammar, punctuation and spelling"))),
    _key_stage_2("ks2-writing", "Writing", ("writing",), outcome.writing),
    _key_stage_2("ks2-rwm", "Reading, writing and mathematics", ("reading_score", "maths_score", "writing"),
                 outcome.reading_writing_maths),
    _assessed(
        "english-maths", "English and mathematics", 15,
        ("attainment_8", "english_language", "english_literature", "maths_grade"), outcome.english_and_maths,
        "at-end",
        (("not-at-end", "Not at the end of key stage 4"), ("below", "Below grade 4"), ("grade-4-only", "Grade 4"),
         ("grade-5", "Grade 5 or above")),
        {"grade-4": ("grade-4-only", "grade-5")},
    ),
    _assessed(
        "ebacc", "English Baccalaureate", 15, outcome.BACCALAUREATE, outcome.baccalaureate, "at-end",
        (("not-at-end", "Not at the end of key stage 4"), ("not-entered", "Not entered for all parts"),
         ("entered-below", "Below grade 4 in some part"), ("grade-4-only", "Grade 4 or above in all parts"),
         ("grade-5", "Grade 5 or above in all parts")),
        {"entered": ("entered-below", "grade-4-only", "grade-5"), "grade-4": ("grade-4-only", "grade-5")},
    ),
)  # fmt: skip


def leaves_in(attribute: Attribute, code: str) -> tuple[str, ...]:
    """The leaves behind a code that is not the root: a group's, or itself."""
    return attribute.groups.get(code, (code,))


ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({attribute.name: attribute for attribute in _ALL})
OF_A_PERIOD = frozenset(
    name for name, attribute in ATTRIBUTES.items() if attribute.dataset in ("attendance", "results", "suspensions")
)
"""What a pupil did, or achieved, in a period: it does not stay with them, as what they are does."""
