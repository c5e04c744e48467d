"""What a cell says of its pupils, column by column: so that one population spelled in two ways is known to be one.

``fsm6`` as a filter and as a level of a breakdown mean the same; a filter on Years 7 and 8 is the sum of two levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kdsp_lib.analyse.attribute import ETHNIC_GROUPS, ROOT, UNKNOWN
from kdsp_lib.analyse.axis import Axis
from kdsp_lib.analyse.column import COLUMNS, Value
from kdsp_lib.analyse.grid import Key
from kdsp_lib.analyse.layout import SCOPE, WHERE
from kdsp_lib.analyse.linking import Row
from kdsp_lib.analyse.where import Both, Member, Where

Values = frozenset[Value | None]
Meaning = frozenset[tuple[str, Values]]
"""For each column that is narrowed, the values it may have; None stands for a value that is not known."""

_OF_ESTABLISHMENTS = (SCOPE, "phase")
_ESTABLISHMENT = "establishment"
_COLUMN_OF = {column.attribute: name for name, column in COLUMNS.items() if column.attribute}
_SEN = {"N": "none", "K": "support", "E": "plan"}
_GROUP_OF = {main: group for group, (_, mains) in ETHNIC_GROUPS.items() for main in mains}


def leaf_of(attribute: str, value: Value) -> str:
    """The leaf of an attribute that a value of its column falls into."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str((value + 1) // 2)
    return {"sen": _SEN, "ethnicity-group": _GROUP_OF}.get(attribute, {}).get(value, value)


@dataclass(frozen=True)
class Meanings:
    """The meaning of every code of every axis."""

    narrowed: tuple[Mapping[str, Mapping[str, Values]], ...]
    single: tuple[Mapping[str, Values], ...]
    """For each axis that is made of one column: the values behind each leaf."""
    columns: tuple[str, ...]

    def of(self, key: Key) -> Meaning:
        """What a cell says; a column with no value left means that nobody can be there."""
        found: dict[str, Values] = {}
        for axis, code in zip(self.narrowed, key, strict=True):
            for column, values in axis[code].items():
                found[column] = found[column] & values if column in found else values
        return frozenset(found.items())


def meanings(axes: tuple[Axis, ...], wheres: Mapping[str, Where]) -> Meanings:
    """The meanings of the codes of these axes; ``wheres`` by the name of their axis."""
    narrowed: list[Mapping[str, Mapping[str, Values]]] = []
    single: list[Mapping[str, Values]] = []
    names: list[str] = []
    for axis in axes:
        if axis.name.startswith(WHERE):
            narrowed.append(_where_meaning(axis.name, wheres[axis.name]))
            single.append({})
            names.append("")
            continue
        name = _COLUMN_OF.get(axis.name, axis.name)
        values = {leaf: _leaf_values(axis.name, leaf) for leaf in axis.leaves}
        single.append(values)
        names.append(name)
        nobody: Values = frozenset()
        narrowed.append(
            {
                code: {} if code == ROOT else {name: nobody.union(*(values[leaf] for leaf in leaves))}
                for code, leaves in axis.codes.items()
            }
        )
    return Meanings(tuple(narrowed), tuple(single), tuple(names))


def same_meaning_rows(
    keys: tuple[Key, ...], known: Meanings, only: Mapping[int, frozenset[str]] | None = None
) -> list[Row]:
    """Equations between cells that mean the same, and between a cell and the cells its meaning is the sum of.

    ``only``: the places of each cell in which public facts leave but one establishment: whatever else says so is no
    matter.
    """
    only = only or {}
    first: dict[Meaning, int] = {}
    rows: list[Row] = []
    for cell, key in enumerate(keys):
        meaning = _at_one(known.of(key), only[cell]) if cell in only else known.of(key)
        if meaning in first:
            rows.append({first[meaning]: 1, cell: -1})
        else:
            first[meaning] = cell
    for meaning, cell in first.items():
        for column, leaves in zip(known.columns, known.single, strict=True):
            parts = _parts(meaning, column, leaves)
            if len(parts) > 1 and all(part in first for part in parts):
                rows.append({cell: 1, **{first[part]: -1 for part in parts}})
    return rows


def _at_one(meaning: Meaning, places: frozenset[str]) -> Meaning:
    """The meaning with the one establishment in the place of what narrows establishments alone."""
    kept = frozenset((column, values) for column, values in meaning if column not in _OF_ESTABLISHMENTS)
    return kept | {(_ESTABLISHMENT, frozenset[Value | None](places))}


def is_empty(meaning: Meaning) -> bool:
    """Whether the words alone leave nobody."""
    return any(not values for _, values in meaning)


def _parts(meaning: Meaning, column: str, leaves: Mapping[str, Values]) -> list[Meaning]:
    """The meaning cut along the leaves of one axis, where it is a union of some of them."""
    own = dict(meaning).get(column)
    if own is None:
        return []
    parts = [values for values in leaves.values() if values <= own]
    if frozenset().union(*parts) != own:
        return []
    rest = meaning - {(column, own)}
    return [rest | {(column, values)} for values in parts]


def _leaf_values(attribute: str, leaf: str) -> Values:
    if leaf == UNKNOWN:
        return frozenset({None})
    column = COLUMNS.get(_COLUMN_OF.get(attribute, ""))
    if column is None:
        return frozenset({leaf})
    return frozenset(value for value in column.values if leaf_of(attribute, value) == leaf)


def _where_meaning(name: str, where: Where) -> Mapping[str, Mapping[str, Values]]:
    """A filter by its columns where it is a plain conjunction; else a column of its own."""
    inside: Mapping[str, Values] = {name: frozenset({"in"})}
    outside: Mapping[str, Values] = {name: frozenset({"out"})}
    parts = where.tree.parts if isinstance(where.tree, Both) else (where.tree,)
    members = [part for part in parts if isinstance(part, Member)]
    if len(members) == len(parts):
        inside = {member.column.name: frozenset[Value | None](member.values) for member in members}
        if len(members) == 1:
            column, values = members[0].column, members[0].values
            outside = {column.name: frozenset({None, *column.values}) - values}
    return {ROOT: {}, "in": inside, "out": outside}
