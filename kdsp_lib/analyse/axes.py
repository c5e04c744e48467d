"""The axes of a set of questions over counted atoms: which levels there are, which codes are spoken of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from kdsp_lib.analyse.all_through import NO_PHASE
from kdsp_lib.analyse.atoms import Atoms, scope_name, scopes
from kdsp_lib.analyse.attribute import ROOT, UNKNOWN, Attribute
from kdsp_lib.analyse.axis import Axis, make_axis
from kdsp_lib.analyse.layout import SCOPE, WHERE, Asked, leaves_of, listed_codes, used_attributes, used_wheres
from kdsp_lib.analyse.off_roll import is_off_roll
from kdsp_lib.analyse.possible import Flags, leaf_possible, where_possible

UNKNOWN_LABEL = "Not known"


@dataclass(frozen=True)
class Axes:
    """The axes, in order, and for each code and each leaf of each the establishments at which a pupil of it may be."""

    axes: tuple[Axis, ...]
    possible: tuple[dict[str, Flags], ...]

    def places(self, key: tuple[str, ...]) -> Flags:
        """The establishments at which a pupil of a cell may be."""
        return np.asarray(np.logical_and.reduce([self.possible[k][code] for k, code in enumerate(key)]), dtype=bool)


def make_axes(atoms: Atoms) -> Axes:
    """The axes of all questions asked of ``atoms``. Levels that no subject offers, and nobody has, are left out."""
    facts = atoms.establishments
    pairs = [_scope(atoms)]
    for attribute in used_attributes(atoms.asked):
        pairs.append(_attribute(atoms, attribute))
    for where in used_wheres(atoms.asked):
        name = f"{WHERE}{where}"
        axis = make_axis(
            name, f"where {where}", ("in", "out"), {"in": frozenset({"in"})},
            outcomes=where.sensitive, categories=where.categories,
        )  # fmt: skip
        inside, outside = where_possible(where, facts)
        pairs.append((axis, {ROOT: np.ones(len(facts), dtype=bool), "in": inside, "out": outside}))
    return Axes(tuple(axis for axis, _ in pairs), tuple(possible for _, possible in pairs))


def _scope(atoms: Atoms) -> tuple[Axis, dict[str, Flags]]:
    places, sets = list(atoms.establishments["place"]), [one.places for one in atoms.asked]
    leaf = scopes(sets)
    leaves = tuple(sorted(set(leaf.values())))
    used = {scope_name(sets, each): frozenset(leaf[place] for place in each) for each in sets}
    used.pop(ROOT, None)
    axis = make_axis(SCOPE, "Establishments", leaves, used)
    sets_of_leaves = {each: frozenset({each}) for each in leaves} | dict(axis.codes)
    return axis, {
        code: np.array([leaf[place] in members for place in places], dtype=bool)
        for code, members in sets_of_leaves.items()
    }


def _attribute(atoms: Atoms, attribute: Attribute) -> tuple[Axis, dict[str, Flags]]:
    facts = atoms.establishments
    seen = set(atoms.frame[attribute.name])
    flags = {leaf: leaf_possible(attribute.name, leaf, facts) for leaf, _ in attribute.leaves}
    leaves = tuple(leaf for leaf, _ in attribute.leaves if leaf in seen or flags[leaf].any())
    if UNKNOWN in seen:
        leaves += (UNKNOWN,)
        flags[UNKNOWN] = _where_unknown(atoms, attribute.name)
    used: dict[str, frozenset[str]] = defaultdict(frozenset)
    for one in atoms.asked:
        if one.is_list:
            used |= listed_codes(one, attribute, leaves)
        elif attribute in one.by:
            used |= {leaf: frozenset({leaf}) for leaf in leaves}
        if one.measure.attribute == attribute.name:
            for code, members in part_leaves(one, leaves).items():
                used[code] = members
    axis = make_axis(
        attribute.name, attribute.label, leaves, used,
        outcomes=attribute.sensitive, base=attribute.base,
        categories=frozenset({attribute.category}),
    )  # fmt: skip
    nowhere = np.zeros(len(facts), dtype=bool)
    return axis, flags | {
        code: np.logical_or.reduce([flags[leaf] for leaf in leaves if leaf in members] or [nowhere])
        for code, members in axis.codes.items()
    }


def _where_unknown(atoms: Atoms, attribute: str) -> Flags:
    """On all rolls where somebody's on a roll is not known; off them where it is so of somebody there.

    A phase is not known of a pupil of an all-through school alone, in no year group: of a place of no phase.
    """
    if attribute == "phase":
        return np.asarray(atoms.establishments["phase"].eq(NO_PHASE), dtype=bool)
    unknown = atoms.frame.loc[atoms.frame[attribute] == UNKNOWN, "place"]
    kinds = {is_off_roll(place) for place in unknown}
    return np.asarray([is_off_roll(place) in kinds for place in atoms.establishments["place"]], dtype=bool)


def part_leaves(one: Asked, leaves: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """The leaves behind base, counted and rest of a question, of those there are; unknown is part of the rest."""
    attribute = one.measure.divides
    if attribute is None:
        return {}
    there = frozenset(leaves)
    base, holds, rest = one.parts
    whole = there if base == ROOT else leaves_of(attribute, base) & there
    counted = leaves_of(attribute, holds) & there
    found = {base: whole, holds: counted}
    if one.question.kind == "count":
        del found[base]
    elif rest:
        found[rest] = whole - counted
    return {code: members for code, members in found.items() if code != ROOT}
