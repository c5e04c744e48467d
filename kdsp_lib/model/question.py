"""A question: what is counted, split by what, of whom. Asked in a notebook, answered by the custodian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from kdsp_lib.errors import BadParameters, Disclosive

Kind = Literal["count", "rate", "mean", "gap", "rank", "bands", "median", "quartiles", "spread"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DISTRIBUTIONS: tuple[Kind, ...] = ("bands", "median", "quartiles")
"""Kinds of table that count by bands of a value; what they tell of its middle follows from those counts."""
EXTREMES = "extremes"
"""Minimum and maximum, which are asked for to be told that nobody gets them."""
AREAS: Mapping[str, str] = MappingProxyType({"england": "England", "neighbours": "statistical neighbours"})
"""Areas of which published figures may stand beside a rate or mean."""
OWN = "own"
"""The code of an establishment's own part of a table; as what a question compares with, nothing stands beside it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One table asked for. Only its shape is held here; ``check_questions`` says whether it may be asked."""

    kind: Kind
    measure: str
    by: tuple[str, ...] = ()
    where: str | None = None
    compare: str | None = None
    """The comparator to stand beside the establishment's own figures, in a report about one establishment."""
    to: str | None = None
    """Of a gap: the code, of the last of ``by``, of those whom all others of it are compared with."""
    beside: str | None = None
    """The area of which published figures stand beside a rate or mean."""
    classes: tuple[tuple[str, ...], ...] = ()
    """Of a list of pupils: what its rows show, a code for each of ``by``, in the place of all combinations."""

    @property
    def sets_beside_others(self) -> bool:
        """Whether a comparator stands beside the establishment's own figures."""
        return self.compare not in (None, OWN)

    def to_json(self) -> dict[str, Any]:
        asked = {"kind": self.kind, "measure": self.measure, "by": list(self.by), "where": self.where}
        asked |= {
            name: value
            for name, value in (("compare", self.compare), ("to", self.to), ("beside", self.beside))
            if value is not None
        }
        return asked | ({"classes": [list(codes) for codes in self.classes]} if self.classes else {})

    @classmethod
    def from_json(cls, data: object) -> Question:
        """The question that :meth:`to_json` wrote; ``BadParameters`` for any other shape."""
        if not isinstance(data, Mapping) or set(data) - {part.name for part in fields(cls)}:
            raise BadParameters("A question has kind, measure, by, where, compare, to and beside, and nothing else.")
        kind, measure, by, where, compare = (data.get(k) for k in ("kind", "measure", "by", "where", "compare"))
        if kind == EXTREMES:
            raise Disclosive(
                "A smallest or largest value is one pupil's own.",
                rule="minimum and maximum are off for every reader",
                remedy="ask for report.median or report.quartiles, which tell what many share",
            )
        if kind not in KINDS:
            raise BadParameters(f"A question's kind is one of {', '.join(KINDS)}.")
        if not isinstance(measure, str):
            raise BadParameters("A question's measure is the name of a measure.")
        by = [] if by is None else by
        if not isinstance(by, (list, tuple)) or not all(isinstance(b, str) for b in by):
            raise BadParameters("A question's by is a list of the names of breakdowns.")
        if where is not None and not isinstance(where, str):
            raise BadParameters("A question's where is a text.")
        if compare is not None and not isinstance(compare, str):
            raise BadParameters("A question's compare is the name of a comparator.")
        to = data.get("to")
        if to is not None and not isinstance(to, str):
            raise BadParameters("A question's to is the code of a level.")
        beside = data.get("beside")
        if beside is not None and not isinstance(beside, str):
            raise BadParameters("A question's beside is the name of an area.")
        classes = tuple(tuple(map(str, codes)) for codes in data.get("classes", ()))
        return cls(cast(Kind, kind), measure, tuple(by), where or None, compare or None, to, beside, classes)
