"""Under which conditions a release may be used: the same words on its page, its sheets, its notebook, its folders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kdsp_lib.release.obligation import clauses_in_words, expiry_in_words, in_words

if TYPE_CHECKING:
    from kdsp_lib.release.release import Release

CONDITIONS = "CONDITIONS.txt"
"""The file beside tables and charts, which carry no words of their own."""
ON_THE_COVER = "It may be used under the terms on the Cover sheet alone."
_MARKED_UP = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~$<&])")


def conditions_of(release: Release) -> tuple[str, ...]:
    """What its readers are bound to: the terms of use, the day of expiry, and each obligation of the permit."""
    ends = (expiry_in_words(release.retain_until),) if release.retain_until else ()
    return (*release.terms.splitlines(), *ends, *in_words(release.obligations))


def line_on_each_sheet(release: Release) -> str:
    """What no sheet goes without, beside its marking."""
    ends = (expiry_in_words(release.retain_until),) if release.retain_until else ()
    return " ".join((*ends, ON_THE_COVER))


def conditions_file(release: Release) -> str:
    """``CONDITIONS.txt``: how it is marked, whom it is for, and the conditions of use."""
    head = [
        release.mark,
        "",
        release.title,
        f"For: {release.audience}",
        f"Purpose: {release.purpose}",
        f"Permitted under: {clauses_in_words(map(str, release.decision.get('clauses', ())), release.protocol)}",
        f"Disclosure policy: {release.policy}",
        f"Run: {release.id}",
    ]
    return "\n".join([*head, "", "Conditions of use", "", *conditions_of(release)]) + "\n"


def head_of_notebook(release: Release) -> str:
    """The text of the notebook's first cell: its marking."""
    return f"**{_plain(release.mark)}**"


def foot_of_notebook(release: Release) -> str:
    """The text of the notebook's last cell: the conditions of use."""
    return "\n\n".join(("## Conditions of use", *map(_plain, conditions_of(release))))


def _plain(text: str) -> str:
    """A text that Markdown leaves as it is."""
    return _MARKED_UP.sub(r"\\\1", " ".join(text.split()))
