"""Letters as outlines of the font that matplotlib ships: a drawing looks the same wherever it is looked at."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

POINTS: Final = 72
"""An inch."""
_PARTS: Final = 64
"""Of a point, in which the outlines of a font are measured."""
_OUTLINED: Final = 100 * _PARTS
"""The size at which they are, in those parts."""
_COMMANDS: Final = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3), 79: ("Z", 1)}
"""What SVG calls each step of a path of matplotlib's, and how many points it takes."""
_FILES: Final = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}


@dataclass(frozen=True, slots=True)
class Letter:
    """An outline, its first and last ink, and its name in a drawing."""

    name: str
    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its letters, each with where it stands; its first and last ink."""

    letters: tuple[tuple[Letter, int, int], ...]
    start: int
    end: int


def scale(size: float) -> float:
    """How many points of a drawing a part of an outline is, where the font is of that size."""
    return size / _OUTLINED


@lru_cache(maxsize=4096)
def line_of(text: str, *, bold: bool = False) -> Line:
    """A text laid out: kerned, and shaped where its script asks for it."""
    from matplotlib.textpath import TextToPath

    known = _letters(bold)
    places, new, _ = TextToPath().get_glyphs_with_font(_font(bold), text, glyph_map=known, return_new_glyphs_only=True)
    known |= {name: _letter(name, *outline) for name, outline in new.items()}
    letters = tuple((known[name], round(x * _PARTS), round(y * _PARTS)) for name, x, y, _ in places)
    ink = [(across + letter.start, across + letter.end) for letter, across, _ in letters if letter.path]
    return Line(letters, min((a for a, _ in ink), default=0), max((b for _, b in ink), default=0))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in inches, in the font that is drawn."""
    line = line_of(text, bold=bold)
    return (line.end - line.start) * scale(size) / POINTS


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """A text in lines no wider than ``width`` inches; a word that is wider stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


@lru_cache(maxsize=2)
def _letters(_bold: bool) -> dict[str, Any]:
    """Those that were drawn so far, by name: each is outlined once."""
    return {}


@lru_cache(maxsize=2)
def _font(bold: bool) -> Any:
    import matplotlib as mpl
    from matplotlib.ft2font import FT2Font

    held = io.BytesIO((Path(mpl.get_data_path()) / "fonts/ttf" / _FILES[bold]).read_bytes())
    font = FT2Font(held)  # a file would be closed in a fork of a warm process
    font.set_size(_OUTLINED / _PARTS, POINTS)
    return font


def _letter(name: str, points: Any, codes: Iterable[int]) -> Letter:
    across = [round(x * _PARTS) for x, _ in points.tolist()]
    down = [round(-y * _PARTS) for _, y in points.tolist()]
    path, steps = [], iter(zip(codes, zip(across, down, strict=True), strict=True))
    for code, point in steps:
        command, takes = _COMMANDS[int(code)]
        taken = [point, *(next(steps)[1] for _ in range(takes - 1))]
        path.append(command + ("" if command == "Z" else " ".join(f"{x} {y}" for x, y in taken)))
    inked = [x for x, code in zip(across, codes, strict=True) if int(code) != 79]
    return Letter(name, "".join(path), min(inked, default=0), max(inked, default=0))
