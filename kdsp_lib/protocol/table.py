"""What a protocol calls things: its clauses, its levels and details, its title. Data, from its ``protocol.toml``.

kdsp knows four kinds of level (what a report is about) and four of detail (how much it tells of it). A protocol has its
own names for those that it uses. Requests and policies speak in these; whatever computes speaks in kdsp's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from kdsp_lib.errors import Fault
from kdsp_lib.protocol.vocabulary import DETAILS, LEVELS, is_slug

FILE_NAME: Final = "protocol.toml"
DEFAULT: Final = "knowsley"
_TEXTS: Final = ("title", "community", "version")
_TABLES: Final = ("clauses", "details", "levels")
_OF_A_LEVEL: Final = ("is", "details", "purposes")


@dataclass(frozen=True, slots=True)
class Level:
    """A column of the table of levels."""

    kind: str
    """Which of kdsp's levels it stands for."""
    details: frozenset[str]
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A protocol's names. Its own words are the keys of :attr:`levels` and :attr:`details`."""

    title: str
    community: str
    version: str
    clauses: Mapping[str, str]
    levels: Mapping[str, Level]
    details: Mapping[str, str]
    """kdsp's kind of each detail, by the protocol's own word."""

    level_kinds: Mapping[str, str] = field(init=False)
    """kdsp's kind of each level, by the protocol's own word."""
    _words: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds = {word: level.kind for word, level in self.levels.items()}
        object.__setattr__(self, "level_kinds", MappingProxyType(kinds))
        words = {
            f"{what} {kind}": word
            for what, words in (("level", kinds), ("detail", self.details))
            for word, kind in words.items()
        }
        object.__setattr__(self, "_words", words)

    def level(self, kind: str) -> str:
        """The protocol's word for a level that it has."""
        return self._words["level " + kind]

    def detail(self, kind: str) -> str:
        """The protocol's word for a detail that it has."""
        return self._words["detail " + kind]


def protocol_names() -> tuple[str, ...]:
    """The protocols that come with the library."""
    folders = resources.files(__package__).joinpath("policies").iterdir()
    return tuple(sorted(folder.name for folder in folders if folder.joinpath(FILE_NAME).is_file()))


def read_table(folder: Traversable) -> tuple[Table | None, list[Fault]]:
    """The table of a protocol's folder, or all that is wrong with it."""
    try:
        document = tomllib.loads(folder.joinpath(FILE_NAME).read_text("utf-8"))
    except FileNotFoundError:
        return None, [Fault(FILE_NAME, "is missing: it names the clauses, the details and the table of levels")]
    except (OSError, ValueError) as error:
        return None, [Fault(FILE_NAME, f"cannot be read: {error}")]
    faults = [Fault(FILE_NAME, text, field) for field, text in _faults_of(document)]
    return (None, faults) if faults else (_table(document), [])


def _table(document: Mapping[str, Any]) -> Table:
    levels = {
        word: Level(column["is"], frozenset(column["details"]), frozenset(column["purposes"]))
        for word, column in document["levels"].items()
    }
    texts = {key: document[key] for key in _TEXTS}
    clauses, details = (MappingProxyType(dict(document[key])) for key in ("clauses", "details"))
    return Table(**texts, clauses=clauses, levels=MappingProxyType(levels), details=details)


def _faults_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in document:
        if key not in (*_TEXTS, *_TABLES):
            yield key, f"is not known here; these are: {', '.join((*_TEXTS, *_TABLES))}"
    for key in _TEXTS:
        if not _is_text(document.get(key)):
            yield key, "is needed, as text in quotes"
    for key in _TABLES:
        if not isinstance(document.get(key), dict) or not document[key]:
            yield key, "is needed, as a table with an entry or more"
    clauses, details, levels = (_dict(document.get(key)) for key in _TABLES)
    for clause, title in clauses.items():
        if not _is_text(title):
            yield f"clauses.{clause}", "needs its heading, as text in quotes"
    yield from _kinds("details", details, DETAILS)
    yield from _kinds("levels", {word: _dict(column).get("is") for word, column in levels.items()}, LEVELS)
    for word, column in levels.items():
        for key in _dict(column):
            if key not in _OF_A_LEVEL:
                yield f"levels.{word}.{key}", f"is not known here; these are: {', '.join(_OF_A_LEVEL)}"
        for key, known in (("details", details), ("purposes", None)):
            words = _dict(column).get(key)
            if not isinstance(words, list) or not words or not all(map(_is_text, words)):
                yield f"levels.{word}.{key}", "is needed, as a list of one word or more"
            elif stray := [each for each in words if (each not in known if known is not None else not is_slug(each))]:
                yield f"levels.{word}.{key}", f"holds {', '.join(stray)}, which is none of the protocol's {key}"


def _kinds(key: str, given: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each word is one of kdsp's kinds, and no kind has two words."""
    for word, kind in given.items():
        if not is_slug(word):
            yield f"{key}.{word}", "must be lower-case words joined by hyphens"
        if kind not in known:
            yield f"{key}.{word}", f"must be one of {', '.join(known)}"
        elif list(given.values()).count(kind) > 1:
            yield f"{key}.{word}", f"is {kind}, and so is another"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
