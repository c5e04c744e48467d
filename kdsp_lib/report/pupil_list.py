"""A list of pupils, or of named establishments, as the custodian gave it: shown in a notebook, printed in a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from kdsp_lib.errors import Broken
from kdsp_lib.report.slug import check_slug, is_slug
from kdsp_lib.report.table import DRAFT

if TYPE_CHECKING:
    import pandas as pd

PUPILS_MIME = "application/vnd.kdsp.pupils+json"
_PARTS = {"name", "title", "scope", "columns", "rows", "notes"}


@dataclass(frozen=True, slots=True, repr=False)
class PupilList:
    """One row a pupil (or an establishment), every value a text. Its ``repr`` names the columns and nobody."""

    name: str
    title: str
    scope: str
    columns: Mapping[str, str]
    """The words of each column by its name, in order."""
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    draft: bool
    of_pupils: bool = True
    """Whether a row is a pupil; of the register or of an audit none is."""

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Self:
        """The list of the custodian's answer; Broken, without a word of it, where it is malformed."""
        try:
            sound = _is_sound(data)
        except (TypeError, KeyError, AttributeError):
            sound = False
        if not sound:
            raise Broken("A list of pupils is malformed.", remedy="report this: the custodian wrote it")
        return cls(
            name=check_slug(data["name"], "list"),
            title=data["title"],
            scope=data["scope"],
            columns=MappingProxyType({column["name"]: column["label"] for column in data["columns"]}),
            rows=tuple(tuple(row) for row in data["rows"]),
            notes=tuple(data["notes"]),
            draft=data.get("draft", False),
            of_pupils=data.get("of_pupils", True),
        )

    def to_wire(self) -> dict[str, Any]:
        """The list as it crossed from the custodian."""
        return {
            "name": self.name,
            "title": self.title,
            "scope": self.scope,
            "columns": [{"name": name, "label": label} for name, label in self.columns.items()],
            "rows": [list(row) for row in self.rows],
            "notes": list(self.notes),
            "draft": self.draft,
            **({} if self.of_pupils else {"of_pupils": False}),
        }

    def frame(self) -> pd.DataFrame:
        """The list in pandas: a column a name, every value a text."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(self.columns), dtype="str")

    def plain(self) -> str:
        """The list in plain text."""
        lines = [list(self.columns.values()), *map(list, self.rows)]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.columns))]
        body = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        foot = [DRAFT] if self.draft else []
        return "\n".join([self.title, self.scope, "", body[0], rule, *body[1:], "", *self.notes, *foot])

    def bundle(self) -> dict[str, Any]:
        """What a notebook stores: the list itself, its page and its plain text."""
        from kdsp_lib.report.html import notebook_list_html

        wire = json.loads(json.dumps(self.to_wire(), sort_keys=True))
        return {PUPILS_MIME: wire, "text/html": notebook_list_html(self), "text/plain": self.plain()}

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        from kdsp_lib.report.session import is_of_a_release

        is_looked_at = self.draft or is_of_a_release()
        return self.bundle() if is_looked_at else {PUPILS_MIME: self.to_wire(), "text/plain": self.title}

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"PupilList({', '.join(self.columns)})"


def _is_sound(data: Mapping[str, Any]) -> bool:
    columns = [column["name"] for column in data["columns"]]
    texts = [data["title"], data["scope"], *data["notes"], *(column["label"] for column in data["columns"])]
    return (
        set(data) - {"draft", "of_pupils"} == _PARTS
        and bool(columns)
        and all(map(is_slug, columns))
        and len(set(columns)) == len(columns)
        and all(len(row) == len(columns) for row in data["rows"])
        and all(isinstance(text, str) for text in (*texts, *(text for row in data["rows"] for text in row)))
        and isinstance(data.get("draft", False), bool)
        and isinstance(data.get("of_pupils", True), bool)
    )
