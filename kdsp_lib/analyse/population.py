"""How many pupils, of how many controllers, a filter picks out, and how many it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from kdsp_lib.analyse.atoms import Atoms
from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.analyse.layout import WHERE, Asked, leaves_of


@dataclass(frozen=True, slots=True)
class Population:
    """A number of pupils (enrolments, for attendance) and of the controllers they come from."""

    pupils: int
    controllers: int


@dataclass(frozen=True, slots=True)
class WherePopulation:
    """A question's filter: whom it picks out of what it narrows, and whom it leaves there."""

    name: str
    where: str
    inside: Population
    outside: Population
    is_of_one_told: bool = False
    """Whether it narrows the pupils of one establishment, whose figures the readers may know."""


def where_populations(atoms: Atoms) -> tuple[WherePopulation, ...]:
    """The populations of the filter of every question asked now, within its subjects and its measure's base."""
    return tuple(_of(atoms, one) for one in atoms.asked if one.where is not None and not one.earlier)


def _of(atoms: Atoms, one: Asked) -> WherePopulation:
    frame = atoms.frame[atoms.frame["place"].isin(one.places)]
    attribute = one.measure.divides
    if attribute is not None and one.measure.of != ROOT:
        frame = frame[frame[attribute.name].isin(leaves_of(attribute, one.measure.of))]
    inside = frame[f"{WHERE}{one.where}"].eq("in")
    sides = [
        Population(int(side["n"].sum()), int(side["controller"].nunique())) for side in (frame[inside], frame[~inside])
    ]
    return WherePopulation(one.name, str(one.where), sides[0], sides[1], atoms.told.issuperset(one.subjects))
