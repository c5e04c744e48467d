"""A list of pupils: the columns it may have, as data, and the rows of one establishment by the columns asked for.

What is not here cannot be listed: dates of birth, postcodes, UPNs, where pupils live, whatever belongs to KSIP or
safeguarding. Names are here, and are given where they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.attribute import ATTRIBUTES, UNKNOWN, Attribute, leaves_in
from kdsp_lib.analyse.axes import UNKNOWN_LABEL
from kdsp_lib.analyse.cohort import on_roll
from kdsp_lib.analyse.rounding import percentage
from kdsp_lib.analyse.source_tables import SourceTables

KEY = "pupil_key"
REFERENCE = "reference"
"""The column of stand-ins for pupils' keys: made by who holds the secret."""
_LISTED = (
    "year-group", "sex", "fsm6", "fsm", "sen", "eal", "ethnicity-group", "looked-after", "young-carer", "service-child",
    "absence-band",
)  # fmt: skip
NOT_GIVEN = "Not given"
NO_SESSIONS = "No sessions"


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list: its words, what its data is about, and which columns of the data it is read from."""

    name: str
    label: str
    category: str
    reads: tuple[str, ...]
    text: Callable[..., str]
    order: Callable[[str], Any] = str


def _of_attribute(attribute: Attribute) -> ListColumn:
    words = {**dict(attribute.leaves), **attribute.group_labels}
    told = attribute.listed or tuple(leaf for leaf, _ in attribute.leaves)
    labels = {leaf: words[code] for code in told for leaf in leaves_in(attribute, code)} | {UNKNOWN: UNKNOWN_LABEL}
    places = {label: place for place, label in enumerate(dict.fromkeys(labels.values()))}
    name = f"attribute:{attribute.name}"
    return ListColumn(
        attribute.name, attribute.label, attribute.category, (name,), labels.__getitem__, places.__getitem__
    )


def _name(name: str | None) -> str:
    return NOT_GIVEN if name is None else name


def _absence(possible: Any, absent: Any) -> str:
    return NO_SESSIONS if not possible else percentage(int(absent), int(possible), places=0)


_ALL = (
    ListColumn(REFERENCE, "Reference", "pupil-characteristics", (REFERENCE,), str),
    ListColumn("surname", "Surname", "pupil-characteristics", ("surname",), _name),
    ListColumn("forename", "Forename", "pupil-characteristics", ("forename",), _name),
    *(_of_attribute(ATTRIBUTES[name]) for name in _LISTED),
    ListColumn("absence", "Absence (% of sessions)", "attendance", ("possible", "absent"), _absence),
)
LIST_COLUMNS: Mapping[str, ListColumn] = MappingProxyType({column.name: column for column in _ALL})


def list_rows(
    tables: SourceTables, urn: str, columns: Sequence[str], references: Callable[[str], str]
) -> tuple[tuple[str, ...], ...]:
    """The pupils on roll at an establishment, one row each, as texts: those columns and no other.

    Sorted by the columns as they are asked for, pupils who agree in all by their ``references``: the order tells
    nothing that the list does not.
    """
    asked = [LIST_COLUMNS[name] for name in columns]
    rows = [(references(row[KEY]), row) for row in _read(tables, urn, asked)]
    made = []
    for reference, row in rows:
        known = {**row, REFERENCE: reference}
        texts = tuple(column.text(*(known[name] for name in column.reads)) for column in asked)
        place = tuple(column.order(text) for column, text in zip(asked, texts, strict=True))
        made.append((place, reference, texts))
    return tuple(texts for _, _, texts in sorted(made, key=lambda one: one[:2]))


def _read(tables: SourceTables, urn: str, asked: Sequence[ListColumn]) -> Iterable[Mapping[str, Any]]:
    """What is read of each pupil: nothing but what the columns are made from."""
    needed = {name for column in asked for name in column.reads}
    attributes = [a for name, a in ATTRIBUTES.items() if f"attribute:{name}" in needed]
    attendance = "possible" in needed or any(attribute.dataset == "attendance" for attribute in attributes)
    names = [name for name in ("surname", "forename") if name in needed]

    def pupils_at(urn: str) -> Any:
        relation = on_roll(tables, (urn,), attendance=attendance)
        if names:
            people = tables.pupils.select(KEY, *names)
            relation = relation.left_join(people, KEY).drop(f"{KEY}_right")
        chosen: dict[str, Any] = {name: relation[name] for name in (KEY, *names)}
        chosen |= {f"attribute:{a.name}": a.expression(relation) for a in attributes}
        if "possible" in needed:
            chosen["possible"] = relation.possible.fill_null(0)
            chosen["absent"] = (relation.authorised + relation.unauthorised).fill_null(0)
        return relation.select(**chosen)

    found: list[dict[str, Any]] = tables.arrow_of(("list", *sorted(needed)), pupils_at, urn).to_pylist()
    return found
