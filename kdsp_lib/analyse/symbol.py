"""What stands in the place of a figure. None of these is ever 0."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HIDDEN, NOT_AVAILABLE, NOT_APPLICABLE, UNRELIABLE = "c", "x", "z", "u"
SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        HIDDEN: "confidential: withheld so that no pupil or establishment can be recognised",
        "low": "rounds to zero, and is not zero",
        UNRELIABLE: "unreliable: it would be worked out from too few pupils",
        NOT_AVAILABLE: "not available: the data has no such figure, as the notes say",
        NOT_APPLICABLE: "not applicable: nobody can be there, or there is nothing to divide by",
    }
)
