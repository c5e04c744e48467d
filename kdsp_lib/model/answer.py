"""An answer: protected tables, with what is needed to bind later ones to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Table

Whole = Literal["school", "officers"]
"""Whom an establishment's own figures are told whole: itself, or officers who have a recorded duty to see them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Protected tables and the questions that they answer, as they were made safe together."""

    questions: Mapping[str, Question]
    subjects: tuple[str, ...]
    tables: tuple[Table, ...]
    counts: tuple[Mapping[str, Any], ...]
    """The counts behind the tables, as an auditor takes them: for a release's ``tables.json``."""
    zeros_hidden: bool
    search: Mapping[str, int]
    compared_with: tuple[str, ...] = ()
    """The earlier releases that it was protected together with, of those that everybody could see; public sources."""
    comparators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Whose pupils stand beside those of the subjects, by the name of the comparator."""
    round_to: int = 0
    """What its counts are multiples of; 0 where they are as they are."""
    published: tuple[str, ...] = ()
    """The snapshots of the published figures that stand beside its own."""
    own: tuple[int, ...] = ()
    """The ledger's entries of what whoever asked had been told before, where that binds it too."""
    whole_for: Whole | None = None
    """Whom an establishment's own figures were told whole; its comparators were made safe from who knows its pupils."""
    edition: str = ""
    """The edition that its aggregates are of: all its figures, or those of the comparators."""

    @property
    def is_aggregate(self) -> bool:
        """Whether all its figures are an edition's, and bind nothing."""
        return bool(self.edition) and not self.comparators

    @property
    def is_of_list(self) -> bool:
        """Whether these are the cells of a list of pupils, and no tables."""
        return any(table.asked.classes for table in self.tables)

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it: definitions and printed figures."""
        return {
            "questions": {name: question.to_json() for name, question in self.questions.items()},
            "subjects": list(self.subjects),
            "tables": [table.to_json() for table in self.tables],
            "counts": list(self.counts),
            "zeros_hidden": self.zeros_hidden,
            "search": dict(self.search),
            "compared_with": list(self.compared_with),
            "comparators": {name: list(urns) for name, urns in self.comparators.items()},
            **({"round_to": self.round_to} if self.round_to else {}),
            **({"published": list(self.published)} if self.published else {}),
            **({"own": list(self.own)} if self.own else {}),
            **({"whole_for": self.whole_for} if self.whole_for else {}),
            **({"edition": self.edition} if self.edition else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What :meth:`to_json` wrote."""
        return cls(
            {name: Question.from_json(question) for name, question in data["questions"].items()},
            tuple(data["subjects"]),
            tuple(map(Table.from_json, data["tables"])),
            tuple(data["counts"]),
            bool(data["zeros_hidden"]),
            data["search"],
            tuple(data["compared_with"]),
            {name: tuple(urns) for name, urns in data.get("comparators", {}).items()},
            int(data.get("round_to", 0)),
            tuple(data.get("published", ())),
            tuple(data.get("own", ())),
            data.get("whole_for"),
            data.get("edition", ""),
        )


def is_of_list(answer: Mapping[str, Any]) -> bool:
    """Whether an answer, as the ledger keeps it, is the cells of a list of pupils."""
    return any("classes" in table["question"] for table in answer["tables"])
