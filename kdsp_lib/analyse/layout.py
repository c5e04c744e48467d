"""Where a question lies among the axes: which it is split by, and which codes of the others it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kdsp_lib.analyse.all_through import further_places
from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT, Attribute, leaves_in
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.measure import MEASURES, Measure
from kdsp_lib.analyse.off_roll import off_roll
from kdsp_lib.analyse.spread import SPREADS, counted_by_spread, divides, spread_name
from kdsp_lib.analyse.sum import with_their_wholes
from kdsp_lib.analyse.where import Where
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.model.question import DISTRIBUTIONS, Question
from kdsp_lib.model.table import Cell, Grouping

SCOPE = "scope"
WHERE = "where: "


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its name in the report, and whose pupils it is about."""

    name: str
    question: Question
    subjects: tuple[str, ...]
    earlier: bool = False
    left_out: frozenset[Grouping] = frozenset()
    """Rows that are withheld whole, so that nothing is told of them; with a grouping all that are finer."""
    answered: Sequence[Cell] = ()
    """The cells of its table, if it is an earlier one."""
    settled: bool = False
    """Whether what it printed was proved safe beside all that came before it."""
    public: bool = False
    """Whether others have published it: what it tells needs no protection any more."""
    proved: bool = False
    """Whether it was made safe from readers who know more than others: no rule is asked of it again."""

    @property
    def measure(self) -> Measure:
        measure = MEASURES[self.question.measure]
        return counted_by_spread(measure) if self.is_spread else measure

    @property
    def places(self) -> tuple[str, ...]:
        """Where its pupils are: on the rolls of its subjects, and of results also off them; in either phase."""
        found = (*self.subjects, *map(off_roll, self.subjects)) if self.measure.of_results else self.subjects
        return (*found, *further_places(found))

    @property
    def is_list(self) -> bool:
        """Whether its rows are the cells of a list of pupils."""
        return bool(self.question.classes)

    @property
    def is_distribution(self) -> bool:
        """Whether its last dimension is its measure's attribute, in bands."""
        return self.question.kind in DISTRIBUTIONS

    @property
    def is_spread(self) -> bool:
        """Whether it splits establishments by their own rate, and tells how many they are."""
        return self.question.kind == "spread"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what its cells are split by."""
        if self.is_spread:
            return (spread_name(self.question.measure),)
        return (*self.question.by, self.measure.attribute) if self.is_distribution else self.question.by

    @property
    def by(self) -> tuple[Attribute, ...]:
        return tuple(divides(name) for name in self.names)

    @property
    def where(self) -> Where | None:
        return None if self.question.where is None else read_where(self.question.where)

    @property
    def parts(self) -> tuple[str, str, str]:
        """The codes, on its measure's attribute, of its base, of what it counts, and of the rest of the base.

        For a plain count only the second is asked for; for a ratio of sums or a mean only the first.
        """
        measure = self.measure
        if measure.divides is None:
            return ROOT, ROOT, ""
        if self.is_distribution:
            return measure.of, measure.of, ""
        return measure.of, measure.holds, "" if measure.sums_alone else f"not-{measure.holds}"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A question already answered, here or in a release on the same snapshot, and whose pupils it was about."""

    question: Question
    subjects: tuple[str, ...]
    left_out: frozenset[Grouping] = frozenset()
    answered: Sequence[Cell] = ()
    settled: bool = True
    public: bool = False
    is_rounded: bool = False
    """Whether its counts were printed as multiples of something."""
    proved: bool = False


def lay_out(
    cohort: Cohort, questions: Mapping[str, Question], earlier: Mapping[str, Earlier] | None = None
) -> tuple[Asked, ...]:
    """All that is asked together, in an order that does not hang on that of the questions."""
    asked = [Asked(name, question, cohort.subjects) for name, question in questions.items()]
    for name, old in (earlier or {}).items():
        subjects = tuple(sorted(set(old.subjects)))
        given = (old.left_out, old.answered, old.settled, old.public)
        asked.append(Asked(name, old.question, subjects, True, *given, proved=old.proved))
    return tuple(sorted(asked, key=lambda a: (a.earlier, a.name)))


def used_attributes(asked: Iterable[Asked]) -> tuple[Attribute, ...]:
    """Every attribute that a table is split by or made of, in the order of the list of attributes."""
    names: set[str] = set()
    for one in asked:
        names.update(attribute.name for attribute in one.by)
        if one.measure.attribute:
            names.add(one.measure.attribute)
    return tuple(attribute for name, attribute in {**ATTRIBUTES, **SPREADS}.items() if name in names)


def used_wheres(asked: Iterable[Asked]) -> tuple[Where, ...]:
    """Every different filter, in the order of its text."""
    wheres = {str(where): where for one in asked if (where := one.where) is not None}
    return tuple(wheres[text] for text in sorted(wheres))


def used_sums(asked: Iterable[Asked]) -> tuple[str, ...]:
    """The sums that some rate or mean is made of, and what these leave of wholes that they are parts of."""
    names = {name for one in asked if one.measure.sums for name in (*one.measure.sums, one.measure.over) if name}
    return tuple(sorted(with_their_wholes(names)))


LISTED_TOGETHER = "|"
"""What stands between the leaves of a code of a list of pupils."""


def listed_codes(one: Asked, attribute: Attribute, leaves: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """The leaves behind each code of a list's column, of those there are; the root is none of them."""
    if attribute not in one.by:
        return {}
    place, there = one.by.index(attribute), frozenset(leaves)
    codes = {codes[place] for codes in one.question.classes} - {ROOT}
    return {
        code: frozenset(leaf for part in code.split(LISTED_TOGETHER) for leaf in leaves_in(attribute, part)) & there
        for code in sorted(codes)
    }


def leaves_of(attribute: Attribute, code: str) -> frozenset[str]:
    """The leaves behind a code of an attribute: itself, a group's, or for the root all of them."""
    if code == ROOT:
        return frozenset(leaf for leaf, _ in attribute.leaves)
    return frozenset(leaves_in(attribute, code))
