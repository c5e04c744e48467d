"""What questions about a period are answered from: pupils' records, or else schools' published figures.

Which it is follows from the catalogue, never from who asks: pupils' records are preferred, since they say more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.contract import contract_of
from kdsp_lib.source.period import is_school_year, is_term, school_year, terms_of, year_before
from kdsp_lib.source.published import ABSENCE, CENSUS, DESTINATIONS, KS2, KS4, LINKS
from kdsp_lib.source.tables import EARLIER_RESULTS, LATER_CENSUS, datasets_of

PUPIL_LEVEL = ("establishments", "pupils", "census", "attendance")
OF_A_YEAR = ("results", "suspensions", "pupil-premium")
FURTHER = (*OF_A_YEAR, "attendance-reasons")
"""What a report can do without: what would be made of it is then not available."""
REGISTRATIONS = "registrations"
"""With results, as is the later census: who has some and is on no roll of the census day was somewhere all the same."""
SCHOOL_LEVEL = (CENSUS, ABSENCE, KS2, KS4, DESTINATIONS, LINKS)


def datasets_for(catalogue: Catalogue, period: str, *, may_be_published: bool) -> tuple[DataSet, ...]:
    """The data sets of a period; :class:`BadSource` that names what is missing where there are none.

    Published figures serve a school year whose census of schools is there; of the others the latest that is not of a
    later year. ``may_be_published``: whether the questions can be answered from schools' figures at all.
    """
    try:
        terms = terms_of(period)
        return tuple(dataset for name in PUPIL_LEVEL for dataset in datasets_of(catalogue, name, terms))
    except BadSource:
        if not may_be_published or is_term(period) or not _is_there(catalogue, CENSUS, period):
            raise
    names = [name for name in SCHOOL_LEVEL if any(_serves(entry, name, period) for entry in catalogue.current)]
    return tuple(dataset for name in names for dataset in datasets_of(catalogue, name, (period,)))


def further_for(catalogue: Catalogue, period: str, categories: Collection[str]) -> Iterator[tuple[DataSet, ...]]:
    """What else there is of pupils' records, a kind at a time: for what sessions were missed; results, suspensions.

    The last two are of whole school years alone. Only what is about the ``categories`` of a report. It goes into one
    where it may be used and was signed off (7); without it, the rest of the report is still had.
    """
    for name in FURTHER:
        if is_term(period) and name in OF_A_YEAR:
            continue
        if not set(contract_of(name).categories) <= set(categories):
            continue
        try:
            datasets = datasets_of(catalogue, name, terms_of(period))
        except BadSource:
            continue
        if all(str(each.period).partition("-")[0] == period.partition("-")[0] for each in datasets):
            yield tuple(datasets)
            if name == "results":
                yield from _with_results(catalogue, period, categories)


def _with_results(catalogue: Catalogue, period: str, categories: Collection[str]) -> Iterator[tuple[DataSet, ...]]:
    """The results of the year before, the later census and the registrations, where they are there."""
    wanted = {("results", year_before(period)), ("census", terms_of(period)[-1]), (REGISTRATIONS, None)}
    for each in catalogue.current:
        if (each.dataset, each.period) in wanted and set(contract_of(each.dataset).categories) <= set(categories):
            yield (each,)


def is_school_level(datasets: Iterable[str]) -> bool:
    """Whether data sets of these names (with or without their periods) are schools' published figures."""
    return any(name.partition(" ")[0] == CENSUS for name in datasets)


def tables_of(datasets: Iterable[str], period: str) -> tuple[str, ...]:
    """The tables that data sets of these names, with their periods, make for a period."""
    return tuple(dict.fromkeys(_table_of(name, period) for name in datasets))


def _table_of(dataset: str, period: str) -> str:
    if is_later(dataset, period):
        return LATER_CENSUS
    if is_school_year(period) and dataset == f"results {year_before(period)}":
        return EARLIER_RESULTS
    return dataset.partition(" ")[0]


def is_later(dataset: str, period: str) -> bool:
    """Whether a data set, by its name with its period, is the census after that of a whole year."""
    return is_school_year(period) and dataset == f"census {terms_of(period)[-1]}"


def _is_there(catalogue: Catalogue, name: str, period: str) -> bool:
    return any((entry.dataset, entry.period) == (name, period) for entry in catalogue.current)


def _serves(entry: DataSet, name: str, period: str) -> bool:
    return entry.dataset == name and (entry.period is None or entry.period <= period)


def datasets_needed(catalogue: Catalogue, period: str, names: Collection[str]) -> tuple[DataSet, ...]:
    """The data sets of these kinds of a period; BadSource where one is missing."""
    return tuple(dataset for name in names for dataset in datasets_of(catalogue, name, terms_of(period)))


def datasets_there(catalogue: Catalogue, period: str, names: Collection[str], years: int = 1) -> Iterator[DataSet]:
    """The current data sets of these kinds that there are of a period; of a yearly kind so many years, to that one."""
    last = int(period[:4])
    wanted = {school_year(year) for year in range(last - years + 1, last + 1)}
    for dataset in catalogue.current:
        contract = contract_of(dataset.dataset)
        periods = wanted if contract.yearly else terms_of(period) if contract.termly else (None,)
        if dataset.dataset in names and dataset.period in periods:
            yield dataset
