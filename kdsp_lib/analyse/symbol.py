"""What stands in the place of a figure."""

from __future__ import annotations

from collections.abc import Mapping

HIDDEN = "c"
NOT_APPLICABLE = "z"
SYMBOLS: Mapping[str, str] = {
    HIDDEN: "confidential: withheld so that no pupil or establishment can be recognised",
    NOT_APPLICABLE: "not applicable: nobody can be there, or there is nothing to divide by",
}
