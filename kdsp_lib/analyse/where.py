"""A ``where``: a small expression over allowed columns. Parsed, checked and rebuilt; never run as given.

Every column has a short list of values, so that every comparison is a set of them. Two expressions that say the same of
each column are one expression, whatever their order and spelling. A pupil whose value is not known satisfies neither a
comparison nor its opposite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kdsp_lib.analyse.column import COLUMNS, Column, Value, written


@dataclass(frozen=True, slots=True)
class Member:
    """``column`` has one of ``values``."""

    column: Column
    values: frozenset[Value]

    def __str__(self) -> str:
        listed = [v for v in self.column.values if v in self.values]
        if len(listed) == 1:
            (only,) = listed
            if isinstance(only, bool):
                return self.column.name if only else f"NOT {self.column.name}"
            return f"{self.column.name} = {written(only)}"
        return f"{self.column.name} IN ({', '.join(written(v) for v in listed)})"


@dataclass(frozen=True, slots=True)
class Both:
    """All of ``parts`` hold."""

    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        return " AND ".join(f"({p})" if isinstance(p, Either) else str(p) for p in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of ``parts`` holds."""

    parts: tuple[Tree, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({p})" if isinstance(p, Both) else str(p) for p in self.parts)


Tree = Member | Both | Either


@dataclass(frozen=True, slots=True)
class Where:
    """A checked filter, in its one canonical form."""

    tree: Tree

    def __str__(self) -> str:
        return str(self.tree)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it speaks of, in the order of the list of columns."""
        named = {member.column.name for member in _members(self.tree)}
        return tuple(column for name, column in COLUMNS.items() if name in named)

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(column.category for column in self.columns)

    @property
    def sensitive(self) -> bool:
        return any(column.sensitive for column in self.columns)

    def required(self, column: str) -> frozenset[Value] | None:
        """The values that every pupil in it has of ``column``; None where that does not follow from its form."""
        parts = self.tree.parts if isinstance(self.tree, Both) else (self.tree,)
        return next((p.values for p in parts if isinstance(p, Member) and p.column.name == column), None)

    def sets_of(self, column: str) -> tuple[frozenset[Value], ...]:
        """Every set of values that it asks of a column for."""
        return tuple(member.values for member in _members(self.tree) if member.column.name == column)

    def in_words(self) -> str:
        """What a title says of it: ``special educational needs: SEN support; sex: Girls``."""
        return _in_words(self.tree)

    def holds(self, values: Mapping[str, Value | None]) -> bool:
        """Whether it holds of a pupil with these values of its columns."""
        return _holds(self.tree, values)

    def condition(self, relation: Any) -> Any:
        """The filter as an ibis boolean over the joined relation, never null."""
        return _condition(self.tree, relation).fill_null(False)


def simplified(tree: Tree) -> Tree:
    """Flattened, one member a column, parts in the order of their text."""
    if isinstance(tree, Member):
        return tree
    kind = type(tree)
    members: dict[str, Member] = {}
    others: dict[str, Tree] = {}
    for part in _flattened(tree, kind):
        if isinstance(part, Member):
            known = members.get(part.column.name)
            members[part.column.name] = part if known is None else _merged(known, part, kind)
        else:
            others[str(part)] = part
    if kind is Both:
        impossible = [m for m in members.values() if not m.values]
        if impossible:
            return impossible[0]
    else:
        members = {name: m for name, m in members.items() if m.values} or dict(list(members.items())[:1])
        if others:
            members = {name: m for name, m in members.items() if m.values}
    parts = sorted((*members.values(), *others.values()), key=str)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def negated(tree: Tree) -> Tree:
    """The opposite, with every value that is known."""
    if isinstance(tree, Member):
        return Member(tree.column, frozenset(tree.column.values) - tree.values)
    opposite = tuple(negated(part) for part in tree.parts)
    return Either(opposite) if isinstance(tree, Both) else Both(opposite)


def _flattened(tree: Both | Either, kind: type) -> Iterator[Tree]:
    for part in tree.parts:
        simple = simplified(part)
        if not isinstance(simple, Member) and isinstance(simple, kind):
            yield from simple.parts
        else:
            yield simple


def _merged(left: Member, right: Member, kind: type) -> Member:
    values = left.values & right.values if kind is Both else left.values | right.values
    return Member(left.column, values)


def _members(tree: Tree) -> Iterator[Member]:
    if isinstance(tree, Member):
        yield tree
    else:
        for part in tree.parts:
            yield from _members(part)


def _holds(tree: Tree, values: Mapping[str, Value | None]) -> bool:
    if isinstance(tree, Member):
        return values[tree.column.name] in tree.values
    return (all if isinstance(tree, Both) else any)(_holds(part, values) for part in tree.parts)


def _in_words(tree: Tree) -> str:
    if isinstance(tree, Member):
        return tree.column.in_words(tree.values)
    within = [f"({_in_words(part)})" if not isinstance(part, Member) else _in_words(part) for part in tree.parts]
    return ("; " if isinstance(tree, Both) else "; or ").join(within)


def _condition(tree: Tree, relation: Any) -> Any:
    if isinstance(tree, Member):
        return relation[tree.column.name].isin([v for v in tree.column.values if v in tree.values])
    conditions = [_condition(part, relation).fill_null(False) for part in tree.parts]
    total = conditions[0]
    for condition in conditions[1:]:
        total = total & condition if isinstance(tree, Both) else total | condition
    return total
