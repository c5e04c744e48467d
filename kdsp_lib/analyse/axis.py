"""Axes: the codes that cells are named by, and which codes add up to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kdsp_lib.analyse.attribute import ROOT


@dataclass(frozen=True, slots=True)
class Split:
    """``parent`` is the sum of ``children``, whatever the codes of the other axes."""

    parent: str
    children: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """One axis of the cube: codes as sets of leaves, the root first.

    ``hidden_codes`` are never asked for; they are there because they can be worked out from what is. ``outcomes`` are
    the codes to which the all-or-none rule applies, as shares of ``base``.
    """

    name: str
    label: str
    leaves: tuple[str, ...]
    codes: Mapping[str, frozenset[str]]
    splits: tuple[Split, ...]
    hidden_codes: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    base: str = ROOT
    categories: frozenset[str] = frozenset()

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each code."""
        return {code: k for k, code in enumerate(self.codes)}


def make_axis(
    name: str,
    label: str,
    leaves: tuple[str, ...],
    used: Mapping[str, frozenset[str]],
    *,
    outcomes: bool = False,
    base: str = ROOT,
    categories: frozenset[str] = frozenset(),
) -> Axis:
    """The axis of these leaves whose ``used`` codes some table speaks of.

    Splits follow from the sets alone: a code is the sum of its leaves where all are used, and of any used part of it
    and the rest, and of parts that are apart and the rest: of six schools of which five are named, the sixth. Where the
    rest of a largest part, or of several parts, has no name it gets one, since it can be worked out.
    """
    codes: dict[str, frozenset[str]] = {ROOT: frozenset(leaves)}
    for code, members in sorted(used.items(), key=lambda item: (-len(item[1]), item[0])):
        if members and members not in codes.values():
            codes[code] = members
    hidden: list[str] = []
    names = {members: code for code, members in codes.items()}
    splits: list[Split] = []

    def rest_of(parent: str, rest: frozenset[str], *parts: str) -> str:
        if rest not in names:
            fresh = next(iter(rest)) if len(rest) == 1 else f"{parent} without {', '.join(parts)}"
            names[rest] = fresh
            codes[fresh] = rest
            hidden.append(fresh)
        return names[rest]

    for parent, whole in list(codes.items()):
        singles = tuple(names.get(frozenset({leaf}), "") for leaf in leaves if leaf in whole)
        if len(singles) > 1 and all(singles):
            splits.append(Split(parent, singles))
        inside = [code for code, part in codes.items() if part < whole and code not in hidden]
        for code in inside:
            part = codes[code]
            rest = whole - part
            largest = not any(part < codes[other] for other in inside)
            if largest and not all(singles):
                rest_of(parent, rest, code)
            pair = {code, names.get(rest, "")}
            if "" not in pair and not any(s.parent == parent and set(s.children) == pair for s in splits):
                splits.append(Split(parent, tuple(sorted(pair, key=lambda c: (-len(codes[c]), c)))))
        for parts in _apart(inside, codes):
            rest = whole.difference(*(codes[part] for part in parts))
            children = (*parts, rest_of(parent, rest, *parts)) if rest else parts
            if not any(s.parent == parent and set(s.children) == set(children) for s in splits):
                splits.append(Split(parent, children))
    whole = codes.get(base, codes[ROOT])
    shares = frozenset(code for code, part in codes.items() if outcomes and part < whole)
    return Axis(name, label, leaves, codes, tuple(splits), frozenset(hidden), shares, base, categories)


def _apart(inside: list[str], codes: Mapping[str, frozenset[str]]) -> list[tuple[str, ...]]:
    """Parts that are apart, as many as there are: the smallest taken first, and the largest taken first."""
    found = []
    for sign in (1, -1):
        taken: list[str] = []
        reached: frozenset[str] = frozenset()
        for code in sorted(inside, key=lambda c: (sign * len(codes[c]), c)):
            if codes[code].isdisjoint(reached):
                taken.append(code)
                reached |= codes[code]
        if len(taken) > 1 and tuple(taken) not in found:
            found.append(tuple(taken))
    return found


def translated(axis: Axis, members: Iterable[str]) -> str:
    """The code of ``axis`` that stands for these leaves (a code that means the same has one name)."""
    wanted = frozenset(members)
    return next(code for code, part in axis.codes.items() if part == wanted)
