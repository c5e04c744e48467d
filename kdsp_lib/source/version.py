"""The versions of a data set: each load is one, none is ever lost, and which is current can be chosen.

A version that is not current stays with its snapshot, so that a release that was made from it can be made again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.change import Agree, change_to
from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.files import one_writer
from kdsp_lib.source.workspace import Workspace

_WRITTEN = re.compile(r"(?P<name>[^@\s]+)@(?P<number>[1-9][0-9]{0,5})", re.ASCII)


def versions(catalogue: Catalogue) -> Iterator[tuple[int, DataSet]]:
    """Every data set that was loaded, with its number among those of its name and period, from 1."""
    count: Counter[tuple[str, str | None]] = Counter()
    for entry in catalogue.datasets:
        count[entry.dataset, entry.period] += 1
        yield count[entry.dataset, entry.period], entry


def written(number: int, entry: DataSet) -> str:
    """A version as it is named to a command: ``census@2 2025/26-autumn``."""
    return f"{entry.dataset}@{number}" + ("" if entry.period is None else f" {entry.period}")


def remove(workspace: Workspace, name: str, period: str | None, agree: Agree) -> tuple[int, DataSet]:
    """Leave no current data set of that name and period. Its versions stay, to be restored."""
    with one_writer(workspace.data):
        catalogue = Catalogue.load(workspace)
        entry = catalogue.dataset(name, period)
        number = next(number for number, each in versions(catalogue) if each is entry)
        agree((change_to(catalogue, str(entry), entry, None),))
        _keep(catalogue, entry, None)
    return number, entry


def restore(workspace: Workspace, which: str, period: str | None, agree: Agree) -> DataSet:
    """Make a version current again, as it was loaded: what it was signed off for and how long it may be used too.

    Its rows are read first: a version whose snapshot is gone or changed, or that an older kdsp made, is refused.
    """
    asked = _WRITTEN.fullmatch(which)
    if asked is None:
        raise BadParameters(f"{which[:80]!r} names no version.", remedy="kdsp data list --versions names them: KIND@2")
    name, wanted = asked["name"], int(asked["number"])
    with one_writer(workspace.data):
        catalogue = Catalogue.load(workspace)
        found = {number: each for number, each in versions(catalogue) if (each.dataset, each.period) == (name, period)}
        if wanted not in found:
            there = [written(number, each) for number, each in versions(catalogue) if each.dataset == name]
            raise BadSource(
                f"There is no version {which}{'' if period is None else f' of {period}'}.",
                faults=[Fault("there is", each) for each in there],
                remedy="kdsp data list --versions names what there is",
            )
        entry = found[wanted]
        if entry.current:
            raise BadParameters(f"{written(wanted, entry)} is current already.", remedy="there is nothing to restore")
        table, schema = catalogue.read(entry), arrow_schema(contract_of(entry.dataset))
        if (table.schema.names, table.schema.types) != (schema.names, schema.types):
            raise BadSource(
                f"{written(wanted, entry)} has other columns than such data has today.", remedy="load its file again"
            )
        old = next((each for each in found.values() if each.current), None)
        agree((change_to(catalogue, str(entry), old, table, entry.status),))
        _keep(catalogue, old, entry)
    return replace(entry, current=True)


def _keep(catalogue: Catalogue, old: DataSet | None, new: DataSet | None) -> None:
    """Write the catalogue with another version current, or none; order and number of the versions stay."""
    datasets = tuple(
        replace(each, current=each is new) if each is old or each is new else each for each in catalogue.datasets
    )
    Catalogue(catalogue.data, datasets).write()
