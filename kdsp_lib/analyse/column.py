"""The columns a ``where`` may speak of, and every value each may have.

Left out, because they single somebody out: dates of birth and entry, postcodes, names, identifiers of pupils and
establishments, trusts, wards, sessions, and whatever belongs to KSIP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kdsp_lib.analyse.attribute import ETHNIC_GROUPS, PHASES, YEARS
from kdsp_lib.source.contract import SEN_TYPES

Value = str | bool | int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the joined relation with all its values; ``attribute`` is the attribute made from it, if any."""

    name: str
    values: tuple[Value, ...]
    attribute: str = ""
    category: str = "pupil-characteristics"
    sensitive: bool = False

    @property
    def allowed(self) -> str:
        """What may be written of it, for a message."""
        return ", ".join(written(value) for value in self.values)


def written(value: Value) -> str:
    """A value as it is spelled in a ``where``."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"'{value}'" if isinstance(value, str) else str(value)


_FLAG = (False, True)

_ALL = (
    Column("phase", tuple(code for code, _ in PHASES), "phase"),
    Column("sex", ("F", "M"), "sex"),
    Column("ncyear", YEARS, "year-group"),
    Column("ethnicity", tuple(code for _, codes in ETHNIC_GROUPS.values() for code in codes), "ethnicity-group"),
    Column("language", ("english", "eal", "unclassified"), "eal"),
    Column("fsm", _FLAG, "fsm", sensitive=True),
    Column("fsm6", _FLAG, "fsm6", sensitive=True),
    Column("fsm_basis", ("targeted", "expanded", "protected", "unknown"), sensitive=True),
    Column("sen_provision", ("N", "K", "E"), "sen", category="sen", sensitive=True),
    Column("sen_type", SEN_TYPES, category="sen", sensitive=True),
    Column("lac", _FLAG, "looked-after", sensitive=True),
    Column("young_carer", _FLAG, "young-carer", sensitive=True),
    Column("service_child", _FLAG, "service-child"),
    Column("idaci_decile", tuple(range(1, 11)), "idaci-quintile"),
)

COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in _ALL})
