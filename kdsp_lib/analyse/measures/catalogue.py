"""The measures that kdsp knows, by name."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from kdsp_lib.analyse.measures.definition import Definition
from kdsp_lib.analyse.measures.reading import Catalogue, read_definitions
from kdsp_lib.analyse.measures.standard import Standard
from kdsp_lib.errors import BadParameters

FILE = "measures.toml"


@lru_cache(maxsize=1)
def document() -> Mapping[str, Any]:
    """The file of definitions as it stands."""
    return tomllib.loads(resources.files(__package__).joinpath(FILE).read_text("utf-8"))


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """All definitions, with their version. Raises `BadSource` with every fault of the file."""
    return read_definitions(document(), FILE)


def definition_of(name: str) -> Definition:
    """The measure of that name; :class:`BadParameters` with the nearest names otherwise.

    A hyphen may be written as an underscore, and any letter as a capital.
    """
    measures = catalogue().measures
    asked = name.strip().lower().replace("_", "-")
    if asked in measures:
        return measures[asked]
    labels = {each.label.lower(): each.name for each in measures.values()}
    near = difflib.get_close_matches(asked, measures, n=3, cutoff=0.5)
    near += [labels[label] for label in difflib.get_close_matches(asked.replace("-", " "), labels, n=2)]
    near += [each for each in measures if asked and asked in each][:3]
    remedy = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "kdsp measures lists them"
    raise BadParameters(f"There is no measure {name[:60]!r}.", remedy=remedy)


def national_standard(name: str, year: str) -> Standard | None:
    """The floor or coasting standard of a school year; None where there was none, or kdsp does not hold it.

    Why there is none, the measure of that name says.
    """
    return next((each for each in catalogue().standards.get(name, ()) if each.span.holds(year)), None)


def rounding_of(definition: Definition) -> str:
    """How kdsp's tables round a measure, in words."""
    return str(document()["roundings"][definition.rounding])
