"""Why a published figure is missing, in the source's words and in ours. The edition decides what a symbol means.

``c`` withheld, ``low`` rounds to zero but is not, ``u`` too few for a reliable figure, ``x`` not available, ``z`` not
applicable. An empty cell is ``x``: never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOT_GIVEN = "NA"
"""Not available or not applicable: the column decides."""
_ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "SUPP": "c", "RE": "c", "*": "c", "C": "c",
        "NE": "z", "NEW": "z", "Z": "z",
        "NP": "x", ":": "x", "..": "x", "": "x",
        "LOWCOV": "u", "U": "u",
        "SP": "low", "SN": "low", "~": "low", "LOW": "low", "K": "low",
    }
)  # fmt: skip
LAST_X_FOR_WITHHELD = "2017/18"
"""Until the files of this school year a printed ``x`` meant withheld; since then it means not available."""


def symbols_of(period: str | None) -> Mapping[str, str]:
    """The symbols of the files of a school year, in capitals, each with ours."""
    withheld = period is not None and period <= LAST_X_FOR_WITHHELD
    return {**_ALWAYS, "X": "c" if withheld else "x"}
