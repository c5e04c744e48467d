"""A sheet to draw on, from the top down in inches, whose SVG is the same bytes on every run.

matplotlib is set from its own defaults whatever a notebook has set, writes neither date nor name nor version, draws
letters as paths from the font it ships, and gives its ids from a fixed salt; here they are told apart by the chart's
name, so that several charts may stand in one page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from html import escape
from types import TracebackType
from typing import Any, Self

from kdsp_lib.report.palette import INK, PAPER

_SETTINGS: Any = {
    "svg.hashsalt": "kdsp",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.7,
    "path.sketch": None,
    "text.usetex": False,
    "text.parse_math": False,
}
_POINTS = 72
_DOTS = 160
"""An inch."""
_MARGIN = 0.15
"""Around a picture that stands alone."""
_SPACING = 1.35
SAMPLE = 0.42


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in inches, in the font that is drawn."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text.replace("$", "S"), size=size, prop=font).get_extents().width) / _POINTS


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


class Sheet:
    """Things placed one under another, in inches from the left and from the top; as high as what is on it."""

    def __init__(self, name: str, width: float) -> None:
        self._name = name
        self._width = width
        self.down = 0.05
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self._stack.enter_context(mpl.rc_context())
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        self._figure = Figure(figsize=(self._width, 1.0))
        self._flip = Affine2D()
        self._at = self._flip + self._figure.dpi_scale_trans
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def text(self, across: float, down: float, text: str, *, size: float, align: str = "left", **style: Any) -> None:
        """A line of text whose letters stand on ``down``."""
        self._figure.text(across, down, text, size=size, ha=align, transform=self._at, **({"color": INK} | style))

    def rectangle(self, across: float, down: float, width: float, height: float, **style: Any) -> None:
        """A box with its upper left corner there."""
        from matplotlib.patches import Rectangle

        self._figure.add_artist(Rectangle((across, down), width, height, transform=self._at, **style))

    def stroke(self, points: Sequence[tuple[float, float]], **style: Any) -> None:
        """A line through points, or the marker at a single one."""
        from matplotlib.lines import Line2D

        across, down = zip(*points, strict=True)
        self._figure.add_artist(Line2D(across, down, transform=self._at, **style))

    def write(self, text: str, *, size: float, colour: str = INK, bold: bool = False) -> None:
        """A line of text under all that is there."""
        self.down += size * _SPACING / _POINTS
        self.text(0.0, self.down, text, size=size, color=colour, weight="bold" if bold else "normal")

    def row(self, texts: Sequence[tuple[float, str]], *, size: float, colour: str) -> None:
        """Texts side by side under all that is there, each centred at its distance from the left."""
        step = size * _SPACING / _POINTS
        for across, text in texts:
            for k, line in enumerate(text.split("\n"), start=1):
                self.text(across, self.down + k * step, line, size=size, align="center", color=colour)
        self.down += step * max(text.count("\n") + 1 for _, text in texts)

    def key(self, labels: Sequence[str], sample: Callable[[Self, int, float, float], None]) -> None:
        """What each colour and pattern stands for, in as many lines as it takes."""
        across = 0.0
        self.down += 0.17
        for k, label in enumerate(labels):
            width = SAMPLE + 0.1 + text_width(label, 9.5) + 0.25
            if across and across + width > self._width:
                across = 0.0
                self.down += 0.22
            sample(self, k, across, self.down)
            self.text(across + SAMPLE + 0.08, self.down, label, size=9.5)
            across += width
        self.down += 0.06

    def label(self, across: float, down: float, text: str) -> None:
        """A text around a point, on a ground of its own, so that no hatch runs through it."""
        width = text_width(text, 9) + 0.1
        self.rectangle(across - width / 2, down - 0.095, width, 0.19, facecolor=PAPER, edgecolor="none")
        self.text(across, down + 0.045, text, size=9, align="center")

    def png(self, title: str, description: str) -> bytes:
        """The drawing as a picture of dots, for slides and letters; its title and words are in its metadata."""
        self._fit(margin=_MARGIN)
        written = io.BytesIO()
        words = {"Software": None, "Title": title, "Description": description}
        self._figure.savefig(written, format="png", dpi=_DOTS, facecolor=PAPER, metadata=words)
        return written.getvalue()

    def svg(self, title: str, description: str) -> str:
        """The drawing as an image with a title and a description."""
        self._fit()
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        self._figure.savefig(written, format="svg", facecolor=PAPER, metadata=nothing)
        return _as_image(written.getvalue(), self._name, title, description)

    def _fit(self, *, margin: float = 0.0) -> None:
        """As high as what is on it, with so much around it."""
        height = self.down + 0.08
        self._figure.set_size_inches(self._width + 2 * margin, height + 2 * margin)
        self._flip.clear().scale(1, -1).translate(margin, height + margin)


def _as_image(svg: str, name: str, title: str, description: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\s*|<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{name}-", svg)
    opening, rest = svg.split(">", 1)
    drawn = 'stroke-linejoin="round" stroke-linecap="butt"'
    return (
        f'{opening} {drawn} role="img" aria-labelledby="{name}-title {name}-desc">\n'
        f' <title id="{name}-title">{escape(title)}</title>\n <desc id="{name}-desc">{escape(description)}</desc>{rest}'
    )
