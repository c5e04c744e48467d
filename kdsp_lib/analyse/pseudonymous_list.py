"""A list with a row a pupil whom nobody recognises: which columns it may have, how far each is told, in what words.

What is not here cannot be listed: names, dates, places, numbers of sessions. A column is sensitive where its attribute
is; by the others somebody might know a pupil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, UNKNOWN, Attribute, leaves_in
from kdsp_lib.analyse.axes import UNKNOWN_LABEL
from kdsp_lib.analyse.layout import LISTED_TOGETHER
from kdsp_lib.model.question import Question

NOT_SHOWN = "Not shown"
LISTABLE = (
    "year-group", "sex", "fsm6", "fsm", "sen", "eal", "ethnicity-group", "looked-after", "young-carer", "service-child",
    "absence-band",
)  # fmt: skip
"""Attributes that a column may tell of."""
_IN_ORDER = ("year-group",)
"""Attributes of which several neighbouring values are told as from one to another."""
Leaves = tuple[str, ...]
_TOGETHER: Mapping[str, tuple[tuple[Leaves, ...], ...]] = MappingProxyType(
    {
        "year-group": (
            (("N1", "N2", "R", "1", "2", "3", "4", "5", "6"), ("7", "8", "9", "10", "11", "12", "13", "14")),
            (("N1", "N2", "R"), ("1", "2"), ("3", "4", "5", "6"), ("7", "8", "9"), ("10", "11"), ("12", "13", "14")),
        ),
        "sen": ((("none",), ("support", "plan")),),
        "absence-band": ((("no-sessions",), ("below-2", "below-5", "below-10"), ("below-20", "below-50", "severe")),),
    }
)
"""From coarse to fine, the leaves that are told apart before each single one is: phases, key stages."""


def list_question(columns: Sequence[str]) -> Question:
    """What is asked of the data for a list of these columns: all combinations of their leaves, counted."""
    return Question("count", "pupils", tuple(columns))


def levels_of(attribute: Attribute, leaves: Leaves) -> tuple[tuple[Leaves, ...], ...]:
    """The partitions of the leaves by which a column may tell them apart, from coarse to fine."""
    levels = []
    for groups in _TOGETHER.get(attribute.name, ()):
        parts = [tuple(leaf for leaf in group if leaf in leaves) for group in groups]
        named = {leaf for part in parts for leaf in part}
        levels.append((*filter(None, parts), *((leaf,) for leaf in leaves if leaf not in named)))
    told = attribute.listed or leaves
    parts = [tuple(leaf for leaf in leaves if leaf in leaves_in(attribute, code)) for code in told]
    named = {leaf for part in parts for leaf in part}
    return (*levels, (*filter(None, parts), *((leaf,) for leaf in leaves if leaf not in named)))


def code_of(values: Leaves, leaves: Leaves) -> str:
    """The code of some of a column's leaves: the root for all of them."""
    return ROOT if set(values) == set(leaves) else LISTED_TOGETHER.join(leaf for leaf in leaves if leaf in values)


def words_of(attribute: Attribute, code: str) -> str:
    """What a row shows for a code."""
    if code == ROOT:
        return NOT_SHOWN
    labels = {**dict(attribute.leaves), UNKNOWN: UNKNOWN_LABEL}
    values = _leaves_of(attribute, code)
    named = [
        label for group, label in attribute.group_labels.items() if set(leaves_in(attribute, group)) == set(values)
    ]
    if named:
        return named[0]
    if attribute.name in _IN_ORDER and len(values) > 1 and _are_neighbours(values, list(labels)):
        return f"{labels[values[0]]} to {labels[values[-1]]}"
    return " or ".join(labels[value] for value in values)


def class_of_each(frame: pd.DataFrame, question: Question) -> list[int]:
    """Of each row of counted atoms the place of its class among the question's."""
    found = np.full(len(frame), -1)
    for place, codes in enumerate(question.classes):
        is_in = np.ones(len(frame), dtype=bool)
        for name, code in zip(question.by, codes, strict=True):
            if code != ROOT:
                is_in &= np.asarray(frame[name].isin(_leaves_of(ATTRIBUTES[name], code)), dtype=bool)
        found[is_in] = place
    return [int(place) for place in found]


def place_of(attribute: Attribute, code: str) -> tuple[int, ...]:
    """Where a code stands in the order of a column: by its leaves; what is not shown last."""
    order = [*(leaf for leaf, _ in attribute.leaves), UNKNOWN]
    return (len(order),) if code == ROOT else tuple(map(order.index, _leaves_of(attribute, code)))


def _leaves_of(attribute: Attribute, code: str) -> Leaves:
    return tuple(leaf for part in code.split(LISTED_TOGETHER) for leaf in leaves_in(attribute, part))


def is_sensitive(name: str) -> bool:
    """Whether a column tells something sensitive of a pupil."""
    return ATTRIBUTES[name].sensitive


def _are_neighbours(values: Sequence[str], order: Sequence[str]) -> bool:
    places = [order.index(value) for value in values]
    return places == list(range(places[0], places[0] + len(places)))
