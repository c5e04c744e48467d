"""What somebody probably meant who wrote a name that there is not: by its letters, its label or the field's words."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

FIELDS_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attendance": ("absence",),
        "cla": ("looked-after",),
        "gender": ("sex",),
        "lac": ("looked-after",),
        "late": ("absence-late",),
        "pa": ("persistent-absence",),
        "pp": ("disadvantaged",),
        "pupil-premium": ("disadvantaged",),
        "rwm": ("ks2-rwm",),
        "send": ("sen",),
        "year": ("year-group",),
    }
)
"""What people of the field call some measures, breakdowns and columns."""


def meant(given: str, labels: Mapping[str, str]) -> str | None:
    """The name, of those in ``labels``, that was probably meant; None where nothing is near."""
    plain = given.strip().lower().replace("_", "-").replace(" ", "-")
    words = plain.replace("-", " ")
    for name in (plain, *FIELDS_WORDS.get(plain, ())):
        if name in labels:
            return name
    if near := difflib.get_close_matches(plain, labels, n=1):
        return near[0]
    named = {label.lower(): name for name, label in labels.items()}
    begun = [label for label in named if label.startswith(words)] if words else []
    near = begun[:1] or difflib.get_close_matches(words, named, n=1)
    return named[near[0]] if near else None
