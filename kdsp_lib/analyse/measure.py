"""What may be asked of pupils and schools: the measures that tables of reports can take, with how they are taken.

What each one is stands in ``measures/measures.toml``, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, Attribute
from kdsp_lib.analyse.measures.catalogue import catalogue
from kdsp_lib.analyse.measures.definition import Definition, Taken
from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.errors import Broken
from kdsp_lib.model.question import Kind

_PLACES = {"one-place": 1, "two-places": 2}


@dataclass(frozen=True, slots=True)
class Measure:
    """A thing that can be counted, given as a rate, or averaged.

    ``attribute`` and ``holds`` say of which pupils it holds; where ``over`` is given it is a ratio of the sums of
    ``sums`` to the sum of ``over``; where only ``sums`` is given, their mean over the base (or so many for every 100 of
    it). Where only some of the base have anything to sum, they are what it ``holds`` of, and counted with it.
    """

    definition: Definition
    attribute: str = ""
    holds: str = ROOT
    of: str = ROOT
    sums: tuple[str, ...] = ()
    over: str = ""

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def label(self) -> str:
        return self.definition.label

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self.definition.kinds

    @property
    def category(self) -> str:
        return self.definition.category

    @property
    def source(self) -> str:
        """What its tables name: of several sources that which pupils' records come from."""
        records = [source.title for source in self.definition.sources if "census" in source.datasets]
        return records[0] if records and not self.published else self.definition.source

    @property
    def sums_are_counted(self) -> bool:
        """Whether its sum is of a part of its base, so that how many they are has to be safe to tell."""
        return bool(self.sums) and self.holds != self.of

    @property
    def sums_alone(self) -> bool:
        """Whether it is made of sums over its whole base, and of no count beside that."""
        return bool(self.sums) and self.holds == self.of

    @property
    def scale(self) -> int:
        """How many of what is summed make one of what is printed."""
        return SUMS[self.sums[0]].scale if self.sums else 1

    @property
    def counted(self) -> str:
        """What heads the column of the numerator."""
        return self.definition.counted

    @property
    def base_label(self) -> str:
        """What heads the column of the denominator."""
        return self.definition.base_label

    @property
    def places(self) -> int:
        """Decimal places of a mean."""
        return _PLACES[self.definition.rounding]

    @property
    def published(self) -> bool:
        """Whether it is known from published figures of schools alone."""
        return self.definition.is_taken_from_schools and self.definition.taken is None

    @property
    def dataset(self) -> str:
        return ATTRIBUTES[self.attribute].dataset if self.attribute else "census"

    @property
    def offered(self) -> tuple[Kind, ...]:
        """All kinds of table: gaps and ranks are made of rates or means, where pupils' records are at hand."""
        is_divided = not self.published and {"rate", "mean"}.intersection(self.kinds)
        return (*self.kinds, "gap", "rank") if is_divided else self.kinds

    @property
    def of_results(self) -> bool:
        """Whether pupils' results of a school year say it: then who is on no roll of the census day counts too."""
        return self.dataset == "results" and not self.published

    @property
    def sensitive(self) -> bool:
        """Whether all or none of a base is itself disclosive."""
        return bool(self.attribute) and not self.sums and ATTRIBUTES[self.attribute].sensitive

    @property
    def divides(self) -> Attribute | None:
        """The attribute whose cells it is made of, if any."""
        return ATTRIBUTES[self.attribute] if self.attribute else None


def _measure(definition: Definition) -> Measure:
    way = definition.taken or Taken()
    if way.attribute:
        _check(definition.name, way, ATTRIBUTES.get(way.attribute))
    return Measure(definition, way.attribute, way.holds or ROOT, way.of or ROOT, way.sums, way.over)


def _check(name: str, way: Taken, attribute: Attribute | None) -> None:
    """Holds what data and code say of each other together."""
    codes = {*(leaf for leaf, _ in attribute.leaves), *attribute.groups, ""} if attribute else set()
    if not {way.holds, way.of} <= codes:
        raise Broken(f"The measure {name} is taken of {way.attribute} {way.holds} {way.of}, which is not there.")
    if stray := {*way.sums, way.over} - {*SUMS, ""}:
        raise Broken(f"The measure {name} sums {', '.join(sorted(stray))}, which is not there.")


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        name: _measure(definition)
        for name, definition in catalogue().measures.items()
        if definition.taken is not None or definition.is_taken_from_schools
    }
)
"""The measures that tables of reports can take."""
