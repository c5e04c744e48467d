"""The terms of use that every output carries: a text with a version, in the protocol's folder."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from kdsp_lib.errors import Broken

_FILLED_IN: Final = {"destroy_by", "contact"}


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the terms of use."""

    version: str
    sentences: tuple[str, ...]

    def printed(self, *, destroy_by: str, contact: str) -> str:
        """The terms of one output, a line a sentence, their version first."""
        filled = (sentence.format(destroy_by=destroy_by, contact=contact) for sentence in self.sentences)
        return "\n".join((f"Terms of use, version {self.version}.", *filled))


@lru_cache(maxsize=8)
def terms_of_use(protocol: str = "knowsley") -> Terms:
    """The terms of a protocol, from the ``terms.toml`` in its folder."""
    file = resources.files(__package__).joinpath("policies", protocol, "terms.toml")
    try:
        document = tomllib.loads(file.read_text("utf-8"))
        terms = Terms(str(document["version"]), tuple(map(str, document["sentences"])))
        terms.printed(**dict.fromkeys(_FILLED_IN, ""))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise Broken(f"The terms of use of {protocol!r} cannot be read: {type(error).__name__}.") from None
    return terms
