"""The cells a question asks for, by key: one code an axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from kdsp_lib.analyse.atoms import scope_name
from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.axes import Axes, part_leaves
from kdsp_lib.analyse.axis import Axis, translated
from kdsp_lib.analyse.layout import SCOPE, WHERE, Asked, listed_codes

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One row of a table: its codes, and the keys of its base, of what is counted in it and of the rest of it.

    A plain count has only ``counted``; a ratio of sums or a mean only ``base``.
    """

    codes: tuple[str, ...]
    base: Key | None
    counted: Key | None
    rest: Key | None
    left_out: bool = False
    """Whether the row is withheld whole: none of its cells is asked for."""

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for key in (self.base, self.counted, self.rest) if key is not None)


def places(one: Asked, axes: Axes, asked: tuple[Asked, ...]) -> Iterator[Place]:
    """Every row of a question's table, totals last; levels that its own subjects do not offer are among them."""
    by_name = {axis.name: k for k, axis in enumerate(axes.axes)}
    start = [ROOT] * len(axes.axes)
    start[by_name[SCOPE]] = scope_name([each.places for each in asked], one.places)
    scope = axes.axes[by_name[SCOPE]]
    if start[by_name[SCOPE]] not in scope.codes:
        start[by_name[SCOPE]] = ROOT
    if one.where is not None:
        start[by_name[f"{WHERE}{one.where}"]] = "in"
    dims = [by_name[attribute.name] for attribute in one.by]
    for codes in one.question.classes:
        key = list(start)
        for d, attribute, code in zip(dims, one.by, codes, strict=True):
            known = listed_codes(one, attribute, axes.axes[d].leaves)
            key[d] = ROOT if code == ROOT else translated(axes.axes[d], known[code])
        yield Place(codes, None, tuple(key), None)
    if one.is_list:
        return
    whole = frozenset[str]() if not one.is_distribution else part_leaves(one, axes.axes[dims[-1]].leaves)[one.parts[0]]
    for codes in product(*((*axes.axes[d].leaves, ROOT) for d in dims)):
        key = list(start)
        for d, code in zip(dims, codes, strict=True):
            key[d] = _code(axes.axes[d], code)
        if one.is_distribution:
            if codes[-1] == ROOT:
                key[dims[-1]] = translated(axes.axes[dims[-1]], whole)
            elif codes[-1] not in whole:
                continue
        place = _place(one, axes, by_name, codes, key)
        grouping = frozenset(name for name, code in zip(one.names, codes, strict=True) if code != ROOT)
        yield replace(place, left_out=grouping in one.left_out)


def _place(one: Asked, axes: Axes, by_name: dict[str, int], codes: tuple[str, ...], key: list[str]) -> Place:
    attribute = one.measure.attribute
    if not attribute or one.is_distribution:
        return Place(codes, None, tuple(key), None)
    here = by_name[attribute]
    axis = axes.axes[here]
    parts = part_leaves(one, axis.leaves)

    def part(code: str) -> Key | None:
        if code != ROOT and not parts.get(code):
            return None
        return (*key[:here], ROOT if code == ROOT else translated(axis, parts[code]), *key[here + 1 :])

    base, holds, rest = one.parts
    if one.question.kind == "count":
        return Place(codes, None, part(holds), None)
    if one.measure.sums_alone:
        return Place(codes, part(base), None, None)
    return Place(codes, part(base), part(holds), part(rest))


def _code(axis: Axis, leaf: str) -> str:
    return ROOT if leaf == ROOT else translated(axis, {leaf})
