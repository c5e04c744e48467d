"""The tables of an edition as disclosure control takes them: rows by kinds of pupils, from pupils counted once.

A kind is all that the tables tell apart. The kinds are those of the pupils there are, and one more for each row that
might have pupils and has none: of the others nobody needs to reckon with fewer, so what is proved by these holds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from kdsp_lib.analyse.atoms import Atoms, count_atoms, list_pupils
from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT
from kdsp_lib.analyse.axes import Axes, make_axes
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.grid import Key, Place
from kdsp_lib.analyse.grid import places as rows_of
from kdsp_lib.analyse.layout import SCOPE, WHERE, Asked, Earlier, used_wheres
from kdsp_lib.analyse.meaning import Meanings, is_empty, meanings
from kdsp_lib.analyse.measure import MEASURES
from kdsp_lib.analyse.membership import memberships, owners
from kdsp_lib.analyse.possible import is_ruled_out
from kdsp_lib.analyse.silent import leaves_of
from kdsp_lib.analyse.sum import SUMS, Sum
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import DISTRIBUTIONS, Question
from kdsp_lib.sdc.identity import hashes_by_kind, pupil_hashes
from kdsp_lib.sdc.kinds import SHARED, AskedTable, Kinds
from kdsp_lib.source.period import terms_of

if TYPE_CHECKING:
    from kdsp_lib.source.tables import SourceTables

Bools = npt.NDArray[np.bool_]
_BETWEEN = "\n"
"""What stands between a place and the form in the name of a question; neither has it."""
PHASE = "phase"
ROLL = "pupils"
"""The measure of those on roll."""
TEMPLATES = 50
"""So many of the kinds there are are tried, to make one of a row that has none."""


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table of some establishments' pupils: ``place`` is the name of these establishments, ``form`` what is asked."""

    place: str
    members: tuple[str, ...]
    form: Question

    @property
    def name(self) -> str:
        """The name of what is asked, the same at every place."""
        return name_of(self.form)


@dataclass(frozen=True, eq=False)
class CountedTables:
    """Kinds of pupils, the tables over them (those that nobody is shown come last), and the sums that some need.

    ``sums``: kinds by controllers, by the name of the sum, what each pupil puts in cut at the most that one may.
    """

    kinds: Kinds
    asked: tuple[AskedTable, ...]
    sums: Mapping[str, sp.csr_matrix]


def form_of(question: Question) -> Question:
    """The table that a question is answered from: a gap, a rank, or a median is worked out from what is printed."""
    kind = question.kind
    if kind in DISTRIBUTIONS:
        kind = "bands"
    elif kind in ("gap", "rank"):
        kind = "mean" if "mean" in MEASURES[question.measure].kinds else "rate"
    return Question(kind, question.measure, question.by, question.where)


def name_of(form: Question) -> str:
    """A form as text."""
    return json.dumps(form.to_json(), sort_keys=True, separators=(",", ":"))


def form_named(name: str) -> Question:
    """The form that was named so."""
    return Question.from_json(json.loads(name))


def sums_of(form: Question) -> tuple[str, ...]:
    """The sums that a table's rates or means are made of."""
    measure = MEASURES[form.measure]
    if form.kind not in ("rate", "mean") or not measure.sums:
        return ()
    return (*measure.sums, *((measure.over,) if measure.over else ()))


def count_tables_of(
    tables: SourceTables,
    placed: Sequence[PlacedTable],
    controllers: Mapping[str, str],
    policy: DisclosurePolicy,
    secret: bytes,
) -> CountedTables:
    """Count all of these tables together. The forms have been checked; ``secret``: of the pupils' hashes."""
    asked_of = {f"{each.place}{_BETWEEN}{each.name}": Earlier(each.form, each.members) for each in placed}
    everybody = tuple(sorted({urn for each in placed for urn in each.members}))
    atoms = count_atoms(tables, Cohort(everybody, controllers, tables.period), {}, asked_of)
    return _Counting(atoms, list_pupils(tables, atoms), placed, policy, secret, len(terms_of(tables.period))).counted()


class _Counting:
    """The steps from atoms to tables, which share the axes and the kinds."""

    def __init__(
        self,
        atoms: Atoms,
        pupils: pd.DataFrame,
        placed: Sequence[PlacedTable],
        policy: DisclosurePolicy,
        secret: bytes,
        terms: int,
    ) -> None:
        self._terms = terms
        self._atoms, self._pupils, self._policy, self._secret = atoms, pupils, policy, secret
        self._axes: Axes = make_axes(atoms)
        self._scope = next(k for k, axis in enumerate(self._axes.axes) if axis.name == SCOPE)
        wheres = {f"{WHERE}{where}": where for where in used_wheres(atoms.asked)}
        self._known: Meanings = meanings(self._axes.axes, wheres)
        by_name = {one.name: one for one in atoms.asked}
        self._asked: list[tuple[PlacedTable, Asked]] = [
            (each, by_name[f"{each.place}{_BETWEEN}{each.name}"]) for each in placed
        ]
        self._rows = [tuple(self._offered(one)) for _, one in self._asked]
        self._frame = atoms.frame[list(atoms.axes)].drop_duplicates(ignore_index=True)
        number = {row: k for k, row in enumerate(self._frame.itertuples(index=False, name=None))}
        of_atoms = atoms.frame[list(atoms.axes)].itertuples(index=False, name=None)
        self._kind_of_atom = np.array([number[row] for row in of_atoms], dtype=np.int64)

    def counted(self) -> CountedTables:
        keys = [key for rows in self._rows for row in rows for key in (_base(row), row.counted) if key is not None]
        self._place = {key: k for k, key in enumerate(dict.fromkeys(keys))}
        self._add_kinds_for(list(self._place))
        self._member = memberships(tuple(self._place), self._axes.axes, self._frame)
        printed = [self._table(each, one, rows) for (each, one), rows in zip(self._asked, self._rows, strict=True)]
        controllers = tuple(sorted(set(self._atoms.frame["controller"])))
        owner = owners(self._atoms.frame["controller"], controllers)
        parts = self._by_kind(self._atoms.frame["n"].to_numpy(dtype=np.int64)) @ owner
        of_pupils = self._kind_of_atom[self._pupils["atom"].to_numpy(dtype=np.int64)]
        hashes = hashes_by_kind(pupil_hashes(self._pupils["pupil_key"], self._secret), of_pupils, len(self._frame))
        kinds = Kinds(np.asarray(parts.sum(axis=1)).ravel(), sp.csr_matrix(parts), hashes, self._sole(controllers))
        sums = {name: sp.csr_matrix(self._summed(name) @ owner) for name in self._atoms.sums}
        return CountedTables(kinds, (*printed, *self._remainders(printed)), sums)

    def _sole(self, controllers: Sequence[str]) -> npt.NDArray[np.int64]:
        """Of each kind whose schools alone are in its places and of its phase; `SHARED` where others' are too."""
        public = [name for name in (SCOPE, PHASE) if name in self._frame]
        there = self._atoms.frame.groupby(public)["controller"].agg(["nunique", "first"])
        number = {name: place for place, name in enumerate(controllers)}
        sole = {
            key if isinstance(key, tuple) else (key,): number[first] if several == 1 else SHARED
            for key, several, first in there.itertuples(name=None)
        }
        kinds = self._frame[public].itertuples(index=False, name=None)
        return np.array([sole.get(key, SHARED) for key in kinds], dtype=np.int64)

    def _by_kind(self, weights: npt.NDArray[np.int64]) -> sp.csr_matrix:
        shape = (len(self._frame), len(weights))
        return sp.csr_matrix((weights, (self._kind_of_atom, np.arange(len(weights)))), shape=shape)

    def _summed(self, name: str) -> sp.csr_matrix:
        """A sum by kind and atom, of each pupil the part that counts."""
        parts = part_counted(SUMS[name], self._pupils[name].to_numpy(dtype=np.int64), self._terms)
        of_atoms = np.bincount(self._pupils["atom"], weights=parts, minlength=len(self._atoms.frame))
        return self._by_kind(of_atoms.astype(np.int64))

    def _offered(self, one: Asked) -> Iterator[Place]:
        """The rows of a table that its establishments may have pupils for."""
        return (
            row
            for row in rows_of(one, self._axes, self._atoms.asked)
            if (key := _base(row)) is not None and not self._is_impossible(key)
        )

    def _is_impossible(self, key: Key) -> bool:
        if not self._axes.places(key).any() or is_empty(self._known.of(key)):
            return True
        return is_ruled_out(leaves_of(key, self._axes.axes))

    def _add_kinds_for(self, keys: list[Key]) -> None:
        """A kind for each row that has none and might have pupils: nobody outside knows that there are none."""
        member = memberships(tuple(keys), self._axes.axes, self._frame)
        empty = [keys[place] for place in np.flatnonzero(np.diff(member.indptr) == 0)]
        there = list(self._frame.itertuples(index=False, name=None))
        added: dict[tuple[str, ...], None] = {}
        for key in empty:
            if not self._is_impossible(key):
                added[self._kind_of(key, there)] = None
        new = [kind for kind in added if kind not in set(there)]
        if new:
            more = pd.DataFrame(new, columns=self._frame.columns)
            self._frame = pd.concat([self._frame, more], ignore_index=True)

    def _kind_of(self, key: Key, there: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """A kind that a row would count, as like some kind there is as can be."""
        step = max(1, len(there) // TEMPLATES)
        kind = there[0]
        for template in there[::step]:
            kind = tuple(
                leaf if code == ROOT or leaf in axis.codes[code] else min(axis.codes[code])
                for axis, code, leaf in zip(self._axes.axes, key, template, strict=True)
            )
            named = {axis.name: frozenset({leaf}) for axis, leaf in zip(self._axes.axes, kind, strict=True)}
            flags = [self._axes.possible[k][leaf] for k, leaf in enumerate(kind) if leaf in self._axes.possible[k]]
            if np.logical_and.reduce(flags).any() and not is_ruled_out(named):
                return kind
        return kind

    def _table(self, placed: PlacedTable, one: Asked, rows: tuple[Place, ...]) -> AskedTable:
        measure = one.measure
        categories = {measure.category, *(ATTRIBUTES[name].category for name in placed.form.by)}
        bases = self._members([_base(row) for row in rows])
        has_counted = placed.form.kind == "rate" and not measure.sums
        return AskedTable(
            placed.name,
            placed.place,
            tuple(one.names),
            tuple(row.codes for row in rows),
            bases,
            self._members([row.counted for row in rows]) if has_counted else None,
            is_sensitive=not self._policy.sensitive_categories.isdisjoint(categories),
            is_published=np.array([is_in_school_files(placed.form, _split(one.names, row)) for row in rows], bool),
            is_base_published=np.array(
                [is_base_in_school_files(placed.form, _split(one.names, row)) for row in rows], bool
            ),
            is_headline=measure.definition.headline,
        )

    def _members(self, keys: Sequence[Key | None]) -> sp.csr_matrix:
        """Rows by kinds; nothing where there is no such cell."""
        there = [place for place, key in enumerate(keys) if key is not None]
        cells = [self._place[key] for key in keys if key is not None]
        shape = (len(keys), len(self._place))
        chosen = sp.csr_matrix((np.ones(len(there), dtype=np.int64), (there, cells)), shape=shape)
        return sp.csr_matrix(chosen @ self._member)

    def _remainders(self, printed: Sequence[AskedTable]) -> Iterator[AskedTable]:
        """What is left of a place beside another, and what two have in common: shown to nobody, and kept safe."""
        scopes = self._frame[SCOPE].to_numpy()
        inside = {
            placed.place: np.isin(scopes, list(self._leaves(rows[0].keys[0])))
            for (placed, _), rows in zip(self._asked, self._rows, strict=True)
            if rows
        }
        by_form: dict[str, list[AskedTable]] = {}
        for table in printed:
            by_form.setdefault(table.name, []).append(table)
        for name, of_form in by_form.items():
            masks = {inside[table.place].tobytes() for table in of_form}
            whole = _together(of_form)
            for mask in _parts([inside[table.place] for table in of_form]):
                if mask.tobytes() not in masks:
                    masks.add(mask.tobytes())
                    yield _within(whole, mask, f"{name}, part {len(masks)}")

    def _leaves(self, key: Key) -> frozenset[str]:
        """The leaves of the scope that a row's establishments are."""
        return self._axes.axes[self._scope].codes[key[self._scope]]


def is_in_school_files(form: Question, split: Collection[str] = ()) -> bool:
    """Whether the department publishes a figure of each school: then one of few controllers is no secret.

    ``split``: the breakdowns that the figure is split by, of those of the form.
    """
    by = MEASURES[form.measure].definition.school_files
    return by is not None and form.where is None and form.kind not in DISTRIBUTIONS and set(split) <= {"phase", *by}


def is_base_in_school_files(form: Question, split: Collection[str] = ()) -> bool:
    """The same of the pupils that a rate is of: those on roll, of each year and sex, or with one characteristic."""
    if form.kind == "count" or form.where is not None:
        return False
    told = set(split) - {"phase"}
    by = MEASURES[ROLL].definition.school_files or ()
    named = MEASURES[next(iter(told))].definition if len(told) == 1 and told <= MEASURES.keys() else None
    return told <= set(by) or (named is not None and named.school_files is not None)


def _split(names: Sequence[str], row: Place) -> list[str]:
    return [name for name, code in zip(names, row.codes, strict=True) if code != ROOT]


def part_counted(summed: Sum, parts: npt.NDArray[np.int64], terms: int) -> npt.NDArray[np.int64]:
    """What each pupil puts into a sum: what is above the least that anybody can have, up to the most that counts."""
    return np.clip(parts - summed.least, 0, summed.most(terms))


def _base(row: Place) -> Key | None:
    """A plain count has no base but what is counted."""
    return row.counted if row.base is None else row.base


def _together(tables: Sequence[AskedTable]) -> AskedTable:
    """The rows of a form wherever it is asked."""
    rows: dict[tuple[str, ...], list[sp.csr_matrix]] = {}
    counted: dict[tuple[str, ...], list[sp.csr_matrix]] = {}
    for table in tables:
        for k, codes in enumerate(table.codes):
            rows.setdefault(codes, []).append(table.base[k])
            if table.counted is not None:
                counted.setdefault(codes, []).append(table.counted[k])

    def union(parts: Iterable[sp.csr_matrix]) -> sp.csr_matrix:
        return sp.csr_matrix(sum(parts[1:], parts[0]) > 0, dtype=np.int64)  # type: ignore[index]

    first = tables[0]
    is_free = {codes: flag for table in tables for codes, flag in zip(table.codes, table.published, strict=True)}
    is_base_free = {
        codes: flag for table in tables for codes, flag in zip(table.codes, table.base_published, strict=True)
    }
    return replace(
        first,
        codes=tuple(rows),
        is_published=np.array([is_free[codes] for codes in rows], bool),
        is_base_published=np.array([is_base_free[codes] for codes in rows], bool),
        base=sp.vstack([union(each) for each in rows.values()], format="csr"),
        counted=sp.vstack([union(each) for each in counted.values()], format="csr") if counted else None,
    )


def _parts(masks: Sequence[Bools]) -> Iterator[Bools]:
    """What places leave of each other, and have in common; what all of them leave of the widest."""
    for one, other in combinations(masks, 2):
        yield from (one & ~other, other & ~one, one & other)
    signatures = np.stack(masks)
    for pattern in np.unique(signatures, axis=1).T:
        yield np.asarray((signatures == pattern[:, None]).all(axis=0))


def _within(table: AskedTable, mask: Bools, place: str) -> AskedTable:
    """The rows of a table among some kinds, but for those without any."""
    keep = sp.diags_array(mask.astype(np.int64), format="csr", dtype=np.int64)
    base = sp.csr_matrix(table.base @ keep)
    rows = np.flatnonzero(np.diff(base.indptr) > 0)
    counted = None if table.counted is None else sp.csr_matrix(table.counted @ keep)[rows]
    return replace(
        table,
        place=place,
        codes=tuple(table.codes[k] for k in rows),
        base=base[rows],
        counted=counted,
        is_published=table.published[rows],
        is_base_published=table.base_published[rows],
        is_printed=False,
    )
