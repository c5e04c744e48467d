"""A sheet to draw on, from the top down in inches, whose SVG is the same bytes on every run.

It is written here and not by matplotlib, which takes some thirty times as long for the same drawing. Letters are
outlines, so no font is needed to look at it. Ids are told apart by the chart's name: several may stand in one page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Final, Self

from kdsp_lib.report.drawing.letters import POINTS, Letter, line_of, scale, text_width
from kdsp_lib.report.palette import INK, PAPER

_SPACING: Final = 1.35
SAMPLE: Final = 0.42
_BOXES, _STROKES, _TEXTS = range(1, 4)
"""What lies on what, whatever was placed first."""
_HATCHES: Final = {
    "////": (3, "M-.75 .75 .75 -.75M0 3 3 0M2.25 3.75 3.75 2.25"),
    "xxxx": (3, "M-.75 .75 .75 -.75M0 3 3 0M2.25 3.75 3.75 2.25M-.75 2.25 .75 3.75M0 0 3 3M2.25 -.75 3.75 .75"),
    "----": (3, "M0 1.5H3"),
    "....": (3, "M1.5 .75h.01M0 2.25h.01M3 2.25h.01"),
    "ooo": (4, "M.6 2a1.4 1.4 0 1 1 2.8 0a1.4 1.4 0 1 1 -2.8 0Z"),
}
"""Of each hatch the side of its tile, in points, and what stands in it."""
_MARKERS: Final = {
    "o": "M-{0} 0a{0} {0} 0 1 1 {1} 0a{0} {0} 0 1 1 -{1} 0Z",
    "s": "M-{0} -{0}H{0}V{0}H-{0}Z",
    "^": "M0 -{0}L{0} {0}H-{0}Z",
    "v": "M0 {0}L{0} -{0}H-{0}Z",
    "D": "M0 -{2}L{2} 0 0 {2} -{2} 0Z",
    "P": "M-{3} -{0}H{3}V-{3}H{0}V{3}H{3}V{0}H-{3}V{3}H-{0}V-{3}H-{3}Z",
}
"""Of each marker its outline: {0} is half its size, {1} the whole, {2} half its diagonal, {3} a sixth."""


class Sheet:
    """Things placed one under another, in inches from the left and from the top; as high as what is on it."""

    def __init__(self, name: str, width: float) -> None:
        self._name = name
        self._width = width
        self.down = 0.05
        self._placed: list[tuple[int, str]] = []
        self._letters: dict[str, Letter] = {}
        self._hatches: set[str] = set()

    def text(
        self,
        across: float,
        down: float,
        text: str,
        *,
        size: float,
        align: str = "left",
        colour: str = INK,
        bold: bool = False,
        ground: str = "",
    ) -> None:
        """A line of text whose letters stand on ``down``; where it has a ``ground``, nothing shines through."""
        line, unit = line_of(text, bold=bold), scale(size)
        self._letters |= {letter.name: letter for letter, _, _ in line.letters if letter.path}
        left = across * POINTS - unit * {"left": 0.0, "center": (line.start + line.end) / 2, "right": line.end}[align]
        at = down * POINTS
        if ground and line.letters:
            box = (left + line.start * unit - 0.8, at - size * 0.76 - 0.8)
            sides = ((line.end - line.start) * unit + 1.6, size + 1.6)
            self._place(_TEXTS, _rect((*box, *sides), {"fill": ground}))
        letters = "".join(
            f'<use xlink:href="#{self._name}-{letter.name}"{_place(x, y)}/>'
            for letter, x, y in line.letters
            if letter.path
        )
        if letters:
            transform = f"translate({_figure(left)} {_figure(at)}) scale({unit:.7f})"
            self._place(_TEXTS, f'<g transform="{transform}" fill="{colour}">{letters}</g>')

    def rectangle(
        self,
        across: float,
        down: float,
        width: float,
        height: float,
        *,
        fill: str,
        edge: str = "",
        thick: float = 0.8,
        dash: Sequence[float] = (),
        hatch: str = "",
        mark: str = "",
    ) -> None:
        """A box with its upper left corner there. ``mark`` is what it is called."""
        box = [side * POINTS for side in (across, down, width, height)]
        edged = {"stroke": edge, "stroke-width": _figure(thick), "stroke-linejoin": "miter"} if edge else {}
        edged |= _dashed(dash)
        named = {"id": f"{self._name}-{mark}"} if mark else {}
        if not hatch:
            self._place(_BOXES, _rect(box, {"fill": fill} | edged | named))
            return
        self._hatches.add(hatch)
        tile = f"url(#{self._name}-{_hatch_name(hatch)})"
        self._place(_BOXES, _rect(box, {"fill": fill} | named) + _rect(box, {"fill": tile} | edged))

    def stroke(
        self,
        points: Sequence[tuple[float, float]],
        *,
        colour: str,
        thick: float,
        dash: Sequence[float] = (),
        cap: str = "square",
        behind: bool = False,
    ) -> None:
        """A line through points; ``behind`` all boxes."""
        path = "M" + "L".join(f"{_figure(x * POINTS)} {_figure(y * POINTS)}" for x, y in points)
        style = {"fill": "none", "stroke": colour, "stroke-width": _figure(thick)} | _dashed([d * thick for d in dash])
        style |= {} if dash else {"stroke-linecap": cap}
        self._place(0 if behind else _STROKES, f"<path{_attributes({'d': path} | style)}/>")

    def marker(
        self,
        across: float,
        down: float,
        shape: str,
        *,
        size: float,
        colour: str,
        edge: str,
        thick: float,
        mark: str = "",
    ) -> None:
        """A point, so many points wide."""
        sizes = map(_figure, (size / 2, size, size / 2**0.5, size / 6))
        style = {
            "transform": f"translate({_figure(across * POINTS)} {_figure(down * POINTS)})",
            "d": _MARKERS[shape].format(*sizes),
            "fill": colour,
            "stroke": edge,
            "stroke-width": _figure(thick),
            "stroke-linejoin": "miter",
        }
        named = {"id": f"{self._name}-{mark}"} if mark else {}
        self._place(_STROKES, f"<path{_attributes(named | style)}/>")

    def write(self, text: str, *, size: float, colour: str = INK, bold: bool = False) -> None:
        """A line of text under all that is there."""
        self.down += size * _SPACING / POINTS
        self.text(0.0, self.down, text, size=size, colour=colour, bold=bold)

    def row(self, texts: Sequence[tuple[float, str]], *, size: float, colour: str) -> None:
        """Texts side by side under all that is there, each centred at its distance from the left."""
        step = size * _SPACING / POINTS
        for across, text in texts:
            for k, line in enumerate(text.split("\n"), start=1):
                self.text(across, self.down + k * step, line, size=size, align="center", colour=colour)
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
        self.rectangle(across - width / 2, down - 0.095, width, 0.19, fill=PAPER)
        self.text(across, down + 0.045, text, size=9, align="center")

    def svg(self, title: str, description: str) -> str:
        """The drawing as an image with a title and a description."""
        width, height = _figure(self._width * POINTS), _figure((self.down + 0.08) * POINTS)
        head = {
            "xmlns": "http://www.w3.org/2000/svg",
            "xmlns:xlink": "http://www.w3.org/1999/xlink",
            "width": f"{width}pt",
            "height": f"{height}pt",
            "viewBox": f"0 0 {width} {height}",
            "version": "1.1",
            "stroke-linejoin": "round",
            "role": "img",
            "aria-labelledby": f"{self._name}-title {self._name}-desc",
        }
        letters = (
            f'<path id="{self._name}-{name}" d="{letter.path}"/>' for name, letter in sorted(self._letters.items())
        )
        parts = [
            f'<title id="{self._name}-title">{escape(title)}</title>',
            f'<desc id="{self._name}-desc">{escape(description)}</desc>',
            "<defs>",
            *letters,
            *map(self._pattern, sorted(self._hatches)),
            "</defs>",
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
            *(drawn for _, drawn in sorted(self._placed, key=lambda placed: placed[0])),
        ]
        return f"<svg{_attributes(head)}>\n" + "\n".join(parts) + "\n</svg>\n"

    def _pattern(self, hatch: str) -> str:
        side, path = _HATCHES[hatch]
        name = f"{self._name}-{_hatch_name(hatch)}"
        tile = f'<pattern id="{name}" patternUnits="userSpaceOnUse" width="{side}" height="{side}">'
        round_ends = ' stroke-linecap="round"' if hatch == "...." else ""
        return f'{tile}<path d="{path}" fill="none" stroke="{INK}" stroke-width="0.7"{round_ends}/></pattern>'

    def _place(self, layer: int, drawn: str) -> None:
        self._placed.append((layer, drawn))


def _hatch_name(hatch: str) -> str:
    return f"hatch-{list(_HATCHES).index(hatch)}"


def _place(across: int, down: int) -> str:
    return (f' x="{across}"' if across else "") + (f' y="{-down}"' if down else "")


def _rect(box: Sequence[float], style: Mapping[str, str]) -> str:
    sides = zip(("x", "y", "width", "height"), map(_figure, box), strict=True)
    return f"<rect{_attributes({**dict(sides), **style})}/>"


def _dashed(dash: Sequence[float]) -> dict[str, str]:
    return {"stroke-dasharray": " ".join(map(_figure, dash))} if dash else {}


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in values.items())


def _figure(value: float) -> str:
    """To a hundredth of a point, which nobody sees."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
