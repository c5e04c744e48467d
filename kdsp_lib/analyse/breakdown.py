"""What a table may be split by. Data: a new breakdown is a new line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, Attribute


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A split of the pupils on roll by the leaves of one attribute, and their total."""

    name: str
    attribute: Attribute
    total: str = ROOT

    @property
    def label(self) -> str:
        return self.attribute.label

    @property
    def category(self) -> str:
        return self.attribute.category

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        return self.attribute.leaves

    @property
    def sensitive(self) -> bool:
        return self.attribute.sensitive


_NAMES = (
    "phase", "sex", "year-group", "fsm6", "fsm", "sen", "eal", "ethnicity-group", "idaci-quintile", "looked-after",
    "young-carer", "service-child", "disadvantaged", "absence-reason",
)  # fmt: skip

BREAKDOWNS: Mapping[str, Breakdown] = MappingProxyType({name: Breakdown(name, ATTRIBUTES[name]) for name in _NAMES})
