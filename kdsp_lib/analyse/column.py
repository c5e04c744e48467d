"""The columns a ``where`` may speak of, and every value each may have.

Each goes by the name of its breakdown, with that breakdown's levels, so that ``by`` and ``where`` speak alike; what is
finer than the levels goes by the codes of the School Census.

Left out, because they single somebody out: dates of birth and entry, postcodes, names, identifiers of pupils and
establishments, trusts, wards, sessions, and whatever belongs to KSIP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kdsp_lib.analyse.attribute import ATTRIBUTES, ETHNIC_GROUPS, PHASES, YEARS
from kdsp_lib.source.contract import SEN_TYPES

Value = str | bool | int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the joined relation with all its values; ``attribute`` is the attribute made from it, if any.

    ``levels``: by each leaf of the attribute the values that it is made of, where the leaves are not the values.
    ``labels``: what values are called that are finer than a leaf; ``title``: the column, where it has no attribute.
    """

    name: str
    values: tuple[Value, ...]
    attribute: str = ""
    category: str = "pupil-characteristics"
    sensitive: bool = False
    levels: Mapping[str, tuple[Value, ...]] = field(default_factory=dict, compare=False)
    labels: Mapping[Value, str] = field(default_factory=dict, compare=False)
    title: str = ""

    def made_of(self, level: str) -> tuple[Value, ...]:
        """The values behind a leaf of its attribute."""
        return self.levels.get(level, (level,))

    def in_words(self, values: frozenset[Value]) -> str:
        """``year group: Year 3 or Year 4``: by the labels of the breakdown's levels where they say it."""
        attribute = ATTRIBUTES.get(self.attribute)
        leaves = attribute.leaves if attribute else ()
        whole = [(label, self.made_of(leaf)) for leaf, label in leaves if values.issuperset(self.made_of(leaf))]
        said = {value for _, those in whole for value in those}
        names = [label for label, _ in whole]
        names += [self.labels.get(value, str(value)) for value in self.values if value in values - said]
        title = attribute.label if attribute else self.title
        return f"{title if title[:2].isupper() else title[:1].lower() + title[1:]}: {' or '.join(names)}"


def written(value: Value) -> str:
    """A value as it is spelled in a ``where``."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"'{value}'" if isinstance(value, str) else str(value)


_FLAG = (False, True)
_YES_NO: Mapping[str, tuple[Value, ...]] = MappingProxyType({"yes": (True,), "no": (False,)})
_PROVISION: Mapping[str, tuple[Value, ...]] = MappingProxyType({"none": ("N",), "support": ("K",), "plan": ("E",)})
_GROUPS: Mapping[str, tuple[Value, ...]] = MappingProxyType(
    {group: codes for group, (_, codes) in ETHNIC_GROUPS.items()}
)
_QUINTILES: Mapping[str, tuple[Value, ...]] = MappingProxyType({str(k): (2 * k - 1, 2 * k) for k in range(1, 6)})
_ETHNICITIES: Mapping[Value, str] = MappingProxyType({
    "WBRI": "White British", "WIRI": "White Irish", "WIRT": "Traveller of Irish heritage", "WROM": "Gypsy/Roma",
    "WOTH": "Any other White background", "MWBC": "White and Black Caribbean", "MWBA": "White and Black African",
    "MWAS": "White and Asian", "MOTH": "Any other Mixed background", "AIND": "Indian", "APKN": "Pakistani",
    "ABAN": "Bangladeshi", "AOTH": "Any other Asian background", "CHNE": "Chinese", "BCRB": "Black Caribbean",
    "BAFR": "Black African", "BOTH": "Any other Black background", "OOTH": "Any other ethnic group",
    "REFU": "Refused", "NOBT": "Information not yet obtained",
})  # fmt: skip
_NEEDS: Mapping[Value, str] = MappingProxyType({
    "SPLD": "Specific learning difficulty", "MLD": "Moderate learning difficulty", "SLD": "Severe learning difficulty",
    "PMLD": "Profound and multiple learning difficulty", "SEMH": "Social, emotional and mental health",
    "SLCN": "Speech, language and communication needs", "HI": "Hearing impairment", "VI": "Vision impairment",
    "MSI": "Multi-sensory impairment", "PD": "Physical disability", "ASD": "Autistic spectrum disorder",
    "DS": "Down's syndrome", "OTH": "Other difficulty or disability", "NSA": "SEN support, no specialist assessment",
})  # fmt: skip
_BASES: Mapping[Value, str] = MappingProxyType({
    "targeted": "Targeted", "expanded": "Expanded", "protected": "Transitionally protected", "unknown": "Not known",
})  # fmt: skip

_ALL = (
    Column("phase", tuple(code for code, _ in PHASES), "phase"),
    Column("sex", ("F", "M"), "sex"),
    Column("ncyear", YEARS, "year-group"),
    Column("ethnicity", tuple(code for _, codes in ETHNIC_GROUPS.values() for code in codes), "ethnicity-group",
           levels=_GROUPS, labels=_ETHNICITIES),
    Column("language", ("english", "eal", "unclassified"), "eal"),
    Column("fsm", _FLAG, "fsm", sensitive=True, levels=_YES_NO),
    Column("fsm6", _FLAG, "fsm6", sensitive=True, levels=_YES_NO),
    Column("fsm_basis", tuple(_BASES), sensitive=True, labels=_BASES, title="Basis of free school meals"),
    Column("sen_provision", ("N", "K", "E"), "sen", category="sen", sensitive=True, levels=_PROVISION),
    Column("sen_type", SEN_TYPES, category="sen", sensitive=True, labels=_NEEDS, title="Primary type of need"),
    Column("lac", _FLAG, "looked-after", sensitive=True, levels=_YES_NO),
    Column("young_carer", _FLAG, "young-carer", sensitive=True, levels=_YES_NO),
    Column("service_child", _FLAG, "service-child", levels=_YES_NO),
    Column("idaci_decile", tuple(range(1, 11)), "idaci-quintile", levels=_QUINTILES,
           labels=MappingProxyType({k: f"decile {k}" for k in range(1, 11)})),
)  # fmt: skip

COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in _ALL})


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a ``where`` may use: its column, and by each value that may be written, what that stands for.

    ``offered``: the values that messages tell of; the census's own codes for the same are read too. None of them: the
    name is the census's own for what a breakdown says, read but not offered.
    """

    name: str
    column: Column
    spelled: Mapping[Value, frozenset[Value]]
    offered: tuple[Value, ...]

    @property
    def allowed(self) -> str:
        """What may be written of it, for a message."""
        return ", ".join(written(value) for value in self.offered or self.spelled)


def _names() -> Iterator[Name]:
    for column in _ALL:
        codes = {value: frozenset({value}) for value in column.values}
        leaves = ATTRIBUTES[column.attribute].leaves if column.attribute else ()
        levels: dict[Value, frozenset[Value]] = {leaf: frozenset(column.made_of(leaf)) for leaf, _ in leaves}
        is_finer = any(len(values) > 1 for values in levels.values())
        if column.attribute:
            yield Name(column.attribute, column, levels if is_finer else {**levels, **codes}, tuple(levels))
        if column.name != column.attribute.replace("-", "_"):
            yield Name(column.name, column, codes, tuple(codes) if is_finer or not column.attribute else ())


NAMES: Mapping[str, Name] = MappingProxyType({name.name.replace("-", "_"): name for name in _names()})
"""By the name as it is read, each hyphen an underscore. A quintile's number is no decile's: they have two names."""
OFFERED: tuple[str, ...] = tuple(name.name for name in NAMES.values() if name.offered)
"""The names that messages tell of."""
