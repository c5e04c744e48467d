"""What may be counted, and what of. Each measure is defined once, here, as data that can be explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, Attribute
from kdsp_lib.analyse.question import Kind

Polarity = Literal["higher", "lower", "neither"]
SESSIONS = ("possible", "authorised", "unauthorised")
"""The sums of sessions that atoms carry."""

_ON_ROLL = "pupils on roll on census day (sole or main registration)"
_CENSUS = "School Census"
_ATTENDANCE = "School Census, attendance of the term"
_PERCENT = "whole below 100 pupils, else one decimal place; half away from zero"


@dataclass(frozen=True, slots=True)
class Measure:
    """A thing that can be counted, given as a rate, or averaged.

    ``attribute`` and ``holds`` say of which pupils it holds; where ``over`` is given it is a ratio of the sums of
    ``sums`` to the sum of ``over``; where only ``sums`` is given, their mean over the base.
    """

    name: str
    label: str
    kinds: tuple[Kind, ...]
    category: str
    numerator: str
    base: str
    rounding: str
    polarity: Polarity
    source: str
    attribute: str = ""
    holds: str = ROOT
    of: str = ROOT
    sums: tuple[str, ...] = ()
    over: str = ""
    unit: str = "pupils"
    counted: str = "Pupils"
    base_label: str = "Pupils on roll"
    published: bool = False
    """Whether it is known from published figures of schools alone."""

    @property
    def dataset(self) -> str:
        return ATTRIBUTES[self.attribute].dataset if self.attribute else "census"

    @property
    def offered(self) -> tuple[Kind, ...]:
        """All kinds of table: gaps and ranks are made of rates or means, where pupils' records are at hand."""
        return self.kinds if self.published or self.kinds == ("count",) else (*self.kinds, "gap", "rank")

    @property
    def sensitive(self) -> bool:
        """Whether all or none of a base is itself disclosive."""
        return bool(self.attribute) and not self.sums and ATTRIBUTES[self.attribute].sensitive

    @property
    def divides(self) -> Attribute | None:
        """The attribute whose cells it is made of, if any."""
        return ATTRIBUTES[self.attribute] if self.attribute else None


def _flag(name: str, label: str, counted: str, attribute: str, holds: str, polarity: Polarity = "neither") -> Measure:
    return Measure(
        name, label, ("count", "rate"), ATTRIBUTES[attribute].category, counted.lower(), _ON_ROLL, _PERCENT, polarity,
        _CENSUS, attribute=attribute, holds=holds, counted=counted,
    )  # fmt: skip


def _absentees(name: str, label: str, rule: str, holds: str) -> Measure:
    return Measure(
        name, label, ("count", "rate"), "attendance",
        f"enrolments whose own absence is {rule} of their own possible sessions (compared in whole sessions)",
        "enrolments with at least one possible session", _PERCENT, "lower", _ATTENDANCE,
        attribute="absence-band", holds=holds, of="enrolments", unit="enrolments", counted=f"{label}: enrolments",
        base_label="Enrolments",
    )  # fmt: skip


def _sessions(name: str, label: str, sums: tuple[str, ...]) -> Measure:
    return Measure(
        name, label, ("rate",), "attendance", f"sessions missed ({' and '.join(sums)}), summed over enrolments",
        "possible sessions of the same enrolments: a ratio of sums, never a mean of pupils' or schools' rates",
        _PERCENT, "lower", _ATTENDANCE, attribute="absence-band", holds="enrolments", of="enrolments",
        sums=sums, over="possible", unit="sessions", base_label="Enrolments",
    )  # fmt: skip


def _published(name: str, label: str, kind: Kind, numerator: str, rounding: str) -> Measure:
    return Measure(
        name, label, (kind,), "attainment", numerator,
        "pupils at the end of key stage 4 of the schools that have the figure: school figures weighted by these pupils",
        rounding, "higher", "Performance tables, key stage 4", unit="pupils",
        base_label="Pupils at the end of key stage 4", published=True,
    )  # fmt: skip


_ALL = (
    Measure("pupils", "Pupils", ("count",), "pupil-characteristics", _ON_ROLL, "", "none: a count", "neither", _CENSUS),
    _flag("fsm6", "Free school meals in the last six years", "Pupils eligible in the last six years",
          "fsm6", "yes"),
    _flag("fsm", "Free school meals now", "Pupils eligible for free school meals", "fsm", "yes"),
    _flag("sen", "Special educational needs", "Pupils with SEN support or an EHC plan", "sen", "any"),
    _flag("sen-support", "SEN support", "Pupils with SEN support", "sen", "support"),
    _flag("ehc-plan", "Education, health and care plan", "Pupils with an EHC plan", "sen", "plan"),
    _flag("eal", "First language other than English", "Pupils with a first language other than English", "eal", "eal"),
    _flag("looked-after", "Looked after", "Pupils looked after", "looked-after", "yes"),
    _absentees("persistent-absence", "Persistent absence", "10 % or more", "persistent"),
    _absentees("severe-absence", "Severe absence", "50 % or more", "severe"),
    _sessions("absence", "Overall absence", ("authorised", "unauthorised")),
    _sessions("authorised-absence", "Authorised absence", ("authorised",)),
    _sessions("unauthorised-absence", "Unauthorised absence", ("unauthorised",)),
    Measure(
        "sessions-missed", "Sessions missed", ("mean",), "attendance",
        "sessions missed (authorised and unauthorised)", "enrolments with at least one possible session",
        "one decimal place; half away from zero", "lower", _ATTENDANCE,
        attribute="absence-band", holds="enrolments", of="enrolments", sums=("authorised", "unauthorised"),
        unit="sessions", base_label="Enrolments",
    ),
    _published("attainment-8", "Attainment 8", "mean", "Attainment 8 scores", "one decimal place; half away from zero"),
    _published("english-maths-4", "English and maths at grade 4 or above", "rate",
               "pupils with grade 4 or above in English and maths", _PERCENT),
    _published("english-maths-5", "English and maths at grade 5 or above", "rate",
               "pupils with grade 5 or above in English and maths", _PERCENT),
    _published("ebacc-entry", "Entered for the English Baccalaureate", "rate", "pupils entered for it", _PERCENT),
    _published("ebacc-4", "English Baccalaureate at grade 4 or above", "rate", "pupils who achieved it", _PERCENT),
    _published("ebacc-5", "English Baccalaureate at grade 5 or above", "rate", "pupils who achieved it", _PERCENT),
    _published("ebacc-aps", "English Baccalaureate average points", "mean", "points of a pupil over six subjects",
               "two decimal places; half away from zero"),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})
