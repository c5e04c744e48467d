"""What public facts rule out: girls in a boys' school, Year 7 in an infant school, a special school without SEN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kdsp_lib.analyse.absence_reason import NO_ABSENCE
from kdsp_lib.analyse.all_through import NO_PHASE
from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, UNKNOWN
from kdsp_lib.analyse.spread import SPREADS
from kdsp_lib.analyse.where import Where

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

STARTING_AGE = {"N1": 2, "N2": 3, "R": 4, **{str(k): k + 4 for k in range(1, 15)}}
"""Age on 31 August before the year begins."""

_ANY = frozenset({ROOT})
NO_SESSIONS, SOME_SESSIONS = "no-sessions", "below-2"
_ENROLMENTS: Mapping[str, set[str]] = {
    "absence-band": set(ATTRIBUTES["absence-band"].groups["enrolments"]),
    "absence-reason": {leaf for leaf, _ in ATTRIBUTES["absence-reason"].leaves} - {NO_SESSIONS},
}
_NO_SESSIONS_FOR = (
    {"year-group": {"N1", "N2", "12", "13", "14"}},
    {"phase": {"nursery", "childrens-centre", "college"}},
)
NEVER_TOGETHER: tuple[Mapping[str, set[str]], ...] = (
    *({**where, name: leaves} for where in _NO_SESSIONS_FOR for name, leaves in _ENROLMENTS.items()),
    {"absence-band": {NO_SESSIONS}, "absence-reason": _ENROLMENTS["absence-reason"]},
    {"absence-band": _ENROLMENTS["absence-band"], "absence-reason": {NO_SESSIONS}},
    {"absence-band": _ENROLMENTS["absence-band"] - {SOME_SESSIONS}, "absence-reason": {NO_ABSENCE}},
    {"english-maths": {"not-at-end"}, "ebacc": set(ATTRIBUTES["ebacc"].groups["at-end"])},
    {"english-maths": set(ATTRIBUTES["english-maths"].groups["at-end"]), "ebacc": {"not-at-end"}},
    {"english-maths": {"below"}, "ebacc": set(ATTRIBUTES["ebacc"].groups["grade-4"])},
    {"english-maths": {"grade-4-only"}, "ebacc": {"grade-5"}},
)
"""Leaves that no pupil has at once: sessions are returned for Reception to Year 11, and by schools alone; who had none
missed none, and who missed 2 % or more of theirs has a reason, if only one that is not recorded. English and
mathematics are parts of the English Baccalaureate, of the same pupils."""


YEARS_APART = 1
"""So far from the usual age a pupil may sit a key stage's tests, a year held back or put forward; none is further."""


def is_ruled_out(leaves: Mapping[str, frozenset[str]]) -> bool:
    """Whether no pupil has, of each attribute named, one of these leaves: by what is returned of whom, or by age."""
    if any(all(leaves.get(name, _ANY) <= ruled for name, ruled in rule.items()) for rule in NEVER_TOGETHER):
        return True
    ages = [found for name, among in leaves.items() if (found := _ages(name, among)) is not None]
    return bool(ages) and not frozenset[int].intersection(*ages)


def ruled_out(among: Mapping[str, tuple[Sequence[frozenset[str]], Ints]]) -> Flags:
    """The same of many at once: of each attribute the leaves there may be, and which of these each of them has."""
    found = np.zeros(len(next(iter(among.values()))[1]), dtype=bool)
    for rule in NEVER_TOGETHER:
        if rule.keys() <= among.keys():
            found |= np.logical_and.reduce(
                [np.array([leaves <= rule[name] for leaves in among[name][0]])[among[name][1]] for name in rule]
            )
    ages = {age: n for n, age in enumerate(sorted(STARTING_AGE.values()))}
    left = np.ones((len(found), len(ages)), dtype=bool)
    for name, (sets, at) in among.items():
        of_sets = [_ages(name, leaves) for leaves in sets]
        fits = np.array([[known is None or age in known for age in ages] for known in of_sets], dtype=bool)
        left &= fits[at]
    return found | ~left.any(axis=1)


def _ages(attribute: str, leaves: frozenset[str]) -> frozenset[int] | None:
    """How old pupils of these leaves may be on 31 August before the year; None where the leaves say nothing of it."""
    if attribute == "year-group":
        return frozenset(STARTING_AGE[leaf] for leaf in leaves) if leaves <= STARTING_AGE.keys() else None
    known = ATTRIBUTES.get(attribute)
    if known is None or known.dataset != "results" or {known.leaves[0][0], UNKNOWN} & leaves:
        return None
    return frozenset(range(known.age - YEARS_APART, known.age + YEARS_APART + 1))


def leaf_possible(attribute: str, leaf: str, facts: pd.DataFrame) -> Flags:
    """At which establishments a pupil of that leaf may be, by the register's phase, gender and statutory ages.

    Special schools admit pupils for their special educational needs alone (Children and Families Act 2014, section 34).
    """
    everywhere = np.ones(len(facts), dtype=bool)
    if leaf == UNKNOWN or attribute in SPREADS:
        return everywhere
    if attribute == "phase":
        return np.asarray(facts["phase"].eq(leaf), dtype=bool)
    if attribute == "sex":
        other = {"F": "boys", "M": "girls"}[leaf]
        return np.asarray(facts["gender"].ne(other), dtype=bool)
    if attribute == "year-group":
        in_some_year: Flags = np.asarray(facts["phase"].ne(NO_PHASE), dtype=bool)
        return np.logical_and(in_some_year, _of_age(STARTING_AGE[leaf], facts))
    known = ATTRIBUTES[attribute]
    if known.dataset == "results" and leaf != known.leaves[0][0]:
        return _of_age(known.age, facts)
    if attribute == "sen" and leaf == "none":
        return np.asarray(facts["phase"].ne("special"), dtype=bool)
    return everywhere


def _of_age(age: int, facts: pd.DataFrame) -> Flags:
    """Statutory ages: the lowest at entry, the highest at leaving. Reception is entered at 4 where the lowest is 5."""
    low = pd.to_numeric(facts["low_age"]).to_numpy(dtype=float)
    high = pd.to_numeric(facts["high_age"]).to_numpy(dtype=float)
    low, high = np.where(np.isnan(low), 0, low), np.where(np.isnan(high), 99, high)
    return np.asarray(((age >= low) | ((age == 4) & (low == 5))) & (age < high), dtype=bool)


def where_possible(where: Where, facts: pd.DataFrame) -> tuple[Flags, Flags]:
    """At which establishments a pupil may be in the filter, and at which outside it."""
    inside = np.ones(len(facts), dtype=bool)
    outside = np.ones(len(facts), dtype=bool)
    for column in ("phase", "sex", "ncyear"):
        values = where.required(column)
        if values is not None:
            name = {"ncyear": "year-group"}.get(column, column)
            inside &= np.logical_or.reduce([leaf_possible(name, str(v), facts) for v in sorted(values, key=str)])
            if column == "phase" and [c.name for c in where.columns] == ["phase"]:
                outside = ~inside
    return inside, outside
