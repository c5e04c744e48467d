"""What is shown together where too few organisations stand behind a row: the ladder of each breakdown, as data.

The file is ``measures/ladders.toml``. Every ladder ends with the table not being split by that breakdown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from kdsp_lib.analyse.attribute import ROOT, UNKNOWN
from kdsp_lib.analyse.breakdown import BREAKDOWNS
from kdsp_lib.analyse.school_facet import SCHOOL_PHASES
from kdsp_lib.errors import BadSource, Fault
from kdsp_lib.sdc.recoding import Ladder, Rung

FILE = "ladders.toml"
UNKNOWN_LABEL = "Not known"
PUBLISHED_PHASE = "published-phase"
"""The phases of published figures: of schools that no authority keeps, too."""
_LEVELS = MappingProxyType({**{name: each.levels for name, each in BREAKDOWNS.items()}, PUBLISHED_PHASE: SCHOOL_PHASES})


@lru_cache(maxsize=1)
def ladders() -> Mapping[str, Ladder]:
    """The ladder of every breakdown, by its name. Raises `BadSource` with every fault of the file."""
    return read_ladders(tomllib.loads(resources.files("kdsp_lib.analyse.measures").joinpath(FILE).read_text("utf-8")))


def read_ladders(document: Mapping[str, Any]) -> Mapping[str, Ladder]:
    """The ladders that a document states. Raises `BadSource` with all that is unknown or cuts through a rung before."""
    faults = [
        Fault(FILE, f"there is no such breakdown; there are {', '.join(_LEVELS)}", name)
        for name in document
        if name not in _LEVELS
    ]
    found: dict[str, Ladder] = {}
    for name, levels in _LEVELS.items():
        leaves = {**dict(levels), UNKNOWN: UNKNOWN_LABEL}
        wrong = _faults(name, document.get(name, []), leaves)
        faults += wrong
        if not wrong:
            try:
                found[name] = Ladder(name, _rungs(document.get(name, []), leaves))
            except ValueError as error:
                faults.append(Fault(FILE, f"each rung is made of whole groups of the one before it ({error})", name))
    if faults:
        raise BadSource(f"{FILE} does not say what is shown together.", faults=faults)
    return MappingProxyType(found)


def _faults(name: str, rungs: Sequence[Mapping[str, Any]], leaves: Mapping[str, str]) -> list[Fault]:
    faults = []
    for number, rung in enumerate(rungs, 1):
        taken: set[str] = set()
        for code, group in rung.items():
            place = f"{name}, rung {number}, {code}"
            if code in leaves or code == ROOT:
                faults.append(Fault(FILE, "a group has a code of its own", place))
            if not isinstance(group, Mapping) or set(group) != {"label", "of"}:
                faults.append(Fault(FILE, "a label is expected, and of: a list of codes", place))
                continue
            faults += [
                Fault(FILE, f"{each} is no level of it, or in two groups", place)
                for each in group["of"]
                if each not in leaves or each in taken
            ]
            taken |= set(group["of"])
    return faults


def _rungs(rungs: Sequence[Mapping[str, Any]], leaves: Mapping[str, str]) -> tuple[Rung, ...]:
    groups = {leaf: leaf for leaf in leaves}
    labels = dict(leaves)
    made = []
    for rung in rungs:
        for code, group in rung.items():
            groups = {**groups, **dict.fromkeys(group["of"], code)}
            labels[code] = group["label"]
        made.append(Rung(groups, {code: labels[code] for code in dict.fromkeys(groups.values())}))
    return (*made, Rung(dict.fromkeys(leaves, ROOT), {}))
