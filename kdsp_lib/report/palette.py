"""Colours, for page and charts alike. Each pair that stands together has the contrast that WCAG AA asks."""

from __future__ import annotations

from dataclasses import dataclass

INK = "#1d2125"
QUIET = "#4b545c"
PAPER = "#ffffff"
WASH = "#f3f5f7"
LINE = "#b4bcc3"
LINK = "#144e8c"
BAND = "#1f3a55"
FOCUS = "#ffd23f"

TEXT_PAIRS = (
    (INK, PAPER),
    (QUIET, PAPER),
    (INK, WASH),
    (QUIET, WASH),
    (LINK, PAPER),
    (LINK, WASH),
    (PAPER, BAND),
    (INK, FOCUS),
)
"""Text and the ground it stands on: at least 4.5 to 1."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one series is told from the others: by colour, and by hatch or by marker and dash, never by colour alone."""

    colour: str
    hatch: str
    marker: str
    dash: tuple[int, ...]


LOOKS = (
    Look("#0072B2", "", "o", ()),
    Look("#E69F00", "////", "s", (6, 2)),
    Look("#009E73", "....", "^", (2, 2)),
    Look("#CC79A7", "xxxx", "D", (8, 2, 2, 2)),
    Look("#56B4E9", "----", "v", (4, 1, 1, 1)),
    Look("#F0E442", "ooo", "P", (1, 2)),
)
"""Okabe and Ito's colours, told apart by people of every colour vision. Bars get an edge of INK."""

SHADES = ("#f2f7fb", "#d3e5f2", "#aed0e8", "#86b9dc", "#5fa2cf")
"""Fields of a heat table from low to high; INK stands out from each."""

LINE_COLOURS = ("#0072B2", "#D55E00", "#00775A", "#1d2125")
"""The darker ones: a line has no edge, so its own colour stands at 3 to 1 or more on PAPER."""
