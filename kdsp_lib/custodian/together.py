"""Which establishments hang together, for the plan of a batch and whoever reads it. Light: runners import it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

MOST_AT_ONCE: Final = 1000
"""So many reports may be planned by one question."""


@dataclass(slots=True)
class Together:
    """Establishments that hang together: those of one thing, and those of all things that share one with it."""

    _above: dict[str, str] = field(default_factory=dict)

    def of(self, urn: str) -> str:
        """The one that stands for all that an establishment hangs together with."""
        found = urn
        while (above := self._above.get(found, found)) != found:
            found = above
        while (above := self._above.get(urn, urn)) != found:
            self._above[urn], urn = found, above
        return found

    def join(self, urns: Iterable[str]) -> str:
        """Let these hang together; what stands for them from now on. Empty where there are none."""
        roots = sorted(set(map(self.of, urns)))
        self._above |= dict.fromkeys(roots, roots[0] if roots else "")
        return roots[0] if roots else ""
