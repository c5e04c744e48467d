"""Atoms: the one group-by behind all the tables of a report. Only counts and sums leave the database, never rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from kdsp_lib.analyse.absence_reason import DATASET as REASONS
from kdsp_lib.analyse.all_through import facts_by_phase
from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.cohort import BESIDE, Cohort, check_controllers, on_roll
from kdsp_lib.analyse.layout import (
    SCOPE,
    WHERE,
    Asked,
    Earlier,
    lay_out,
    used_attributes,
    used_sums,
    used_wheres,
)
from kdsp_lib.analyse.off_roll import off_roll
from kdsp_lib.analyse.source_tables import SourceTables
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Grouping


@dataclass(frozen=True)
class Atoms:
    """Pupils on roll by everything that is asked about them, and by establishment.

    ``frame`` has one column an axis (a leaf code, never null), ``urn``, ``place``, ``controller``, ``n`` and one column
    a sum of sessions, sorted. ``establishments`` holds the public facts of the subjects, a row a place: place, urn,
    phase, gender, low_age, high_age. A place is the roll of an establishment, or those of it who are on none; of an
    all-through school, either of one phase.
    """

    frame: pd.DataFrame
    axes: tuple[str, ...]
    sums: tuple[str, ...]
    asked: tuple[Asked, ...]
    establishments: pd.DataFrame
    told: frozenset[str] = frozenset()
    """Establishments whose own figures the readers may know."""

    def without(self, left_out: Mapping[str, frozenset[Grouping]]) -> Atoms:
        """The same, where rows of the tables asked now are left out, by the table's name."""
        nothing: frozenset[Grouping] = frozenset()
        asked = (one if one.earlier else replace(one, left_out=left_out.get(one.name, nothing)) for one in self.asked)
        return replace(self, asked=tuple(asked))


def count_atoms(
    tables: SourceTables,
    cohort: Cohort,
    questions: Mapping[str, Question],
    earlier: Mapping[str, Earlier] | None = None,
) -> Atoms:
    """Count the cohort (and those of earlier questions) by all axes of all questions, in one pushed-down group-by.

    Questions have passed ``check_questions``. ``BadSource`` where an establishment has no known controller.
    """
    asked = lay_out(cohort, questions, earlier)
    check_controllers(_subjects(asked), cohort.controllers)
    columns, sums = _columns(asked), used_sums(asked)
    prepared = _prepared(tables, asked)
    keys = [*(f"a{k}" for k in range(len(columns))), "urn", "place"]
    grouped = prepared.group_by(keys).aggregate(
        n=prepared.count(), **{f"s{k}": prepared[f"s{k}"].sum().cast("int64") for k in range(len(sums))}
    )
    frame = _named(_sorted(tables.frame(grouped), keys), asked)
    frame["controller"] = frame["urn"].map(dict(cohort.controllers)).astype(object)
    return Atoms(frame, (SCOPE, *columns), sums, asked, _facts(tables, asked), cohort.told)


def list_pupils(tables: SourceTables, atoms: Atoms) -> pd.DataFrame:
    """The pupils behind the atoms, one row each: ``pupil_key``, ``atom`` (a row of ``atoms.frame``) and the sums.

    For comparing populations across data sets, whose atoms have nothing in common. It never leaves the custodian.
    """
    prepared = _prepared(tables, atoms.asked)
    keys = [*(f"a{k}" for k in range(len(_columns(atoms.asked)))), "urn", "place"]
    pupils = _named(_sorted(tables.frame(prepared), [*keys, "pupil_key"]), atoms.asked)
    shared = [*_columns(atoms.asked), "place"]
    placed = pupils.merge(atoms.frame[shared].assign(atom=range(len(atoms.frame))), on=shared, how="left")
    return placed[["pupil_key", "atom", *atoms.sums]].sort_values("pupil_key", kind="stable", ignore_index=True)


def _prepared(tables: SourceTables, asked: tuple[Asked, ...]) -> Any:
    """The pupils on roll at any subject, with a column an axis (a0, a1, ...) and one a sum of sessions (s0, ...)."""
    attributes, wheres, sums = used_attributes(asked), used_wheres(asked), used_sums(asked)
    datasets = {*(attribute.dataset for attribute in attributes), *(SUMS[name].dataset for name in sums)}
    relation = on_roll(
        tables,
        _subjects(asked),
        attendance=bool(datasets & {"attendance", REASONS}),
        results=dict.fromkeys(name for attribute in attributes for name in attribute.reads),
        beside=datasets & BESIDE.keys(),
    )
    columns = [attribute.expression(relation) for attribute in attributes]
    columns += [where.condition(relation).ifelse("in", "out") for where in wheres]
    summed = [SUMS[name].expression(relation).fill_null(0) for name in sums]
    return relation.select(
        urn=relation.urn,
        place=relation.place,
        pupil_key=relation.pupil_key,
        **{f"a{k}": column for k, column in enumerate(columns)},
        **{f"s{k}": column for k, column in enumerate(summed)},
    )


def _columns(asked: tuple[Asked, ...]) -> tuple[str, ...]:
    return (
        *(attribute.name for attribute in used_attributes(asked)),
        *(f"{WHERE}{where}" for where in used_wheres(asked)),
    )


def _subjects(asked: tuple[Asked, ...]) -> tuple[str, ...]:
    return tuple(sorted({urn for one in asked for urn in one.subjects}))


def _named(frame: pd.DataFrame, asked: tuple[Asked, ...]) -> pd.DataFrame:
    frame = frame.rename(columns={f"a{k}": name for k, name in enumerate(_columns(asked))})
    frame = frame.rename(columns={f"s{k}": name for k, name in enumerate(used_sums(asked))})
    frame.insert(0, SCOPE, frame["place"].map(scopes(_sets(asked))).astype(object))
    return frame


def _sorted(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    for key in keys:
        frame[key] = frame[key].astype(object)
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def scope_name(sets: Iterable[tuple[str, ...]], own: tuple[str, ...]) -> str:
    """The code of a set of places on the scope axis: the root where everything is asked of the same ones."""
    distinct = sorted(set(sets))
    return ROOT if len(distinct) == 1 else f"scope-{distinct.index(own) + 1}"


def scopes(sets: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """For each place the leaf of the scope axis: which of the different sets it belongs to."""
    distinct = [frozenset(each) for each in sorted(set(sets))]
    places = sorted(frozenset().union(*distinct))
    return {place: "in-" + "-".join(str(k + 1) for k, s in enumerate(distinct) if place in s) for place in places}


def _sets(asked: Iterable[Asked]) -> list[tuple[str, ...]]:
    return [one.places for one in asked]


def _facts(tables: SourceTables, asked: tuple[Asked, ...]) -> pd.DataFrame:
    establishments = tables.establishments
    chosen = establishments.filter(establishments.urn.isin(_subjects(asked)))
    known = tables.frame(chosen.select("urn", "phase", "gender", "low_age", "high_age"))
    asked_of = {place for one in asked for place in one.places}
    rows = [known.assign(place=known["urn"]), known.assign(place=known["urn"].map(off_roll))]
    facts = facts_by_phase(pd.concat(rows, ignore_index=True))
    return _sorted(facts[facts["place"].isin(asked_of)].reset_index(drop=True), ["urn", "place"])
