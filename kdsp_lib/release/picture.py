"""A chart as a picture of dots, for slides and letters: the drawing that stands beside it, made to dots by Typst."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kdsp_lib.errors import Broken
from kdsp_lib.report.chart import Chart

if TYPE_CHECKING:
    import typst

_DOTS: Final = 160
"""An inch."""
_LAYOUT: Final = b"""
#set page(width: auto, height: auto, margin: 0.15in)
#image(bytes(sys.inputs.drawing), format: "svg")
"""
_HEAD: Final = 33
"""Bytes of a PNG's signature and its first chunk, its size; what it is called follows."""


def png_of(chart: Chart, drawing: str) -> bytes:
    """The drawing of a chart, with its title and words in the metadata; the same bytes each time."""
    import typst

    made = typst.compile(
        _LAYOUT, format="png", ppi=_DOTS, sys_inputs={"drawing": drawing}, font_paths=_no_fonts(), timestamp=0
    )
    if not isinstance(made, bytes):
        raise Broken("A chart could not be made to dots.")
    words = {"Title": chart.spec.title, "Description": chart.description}
    return made[:_HEAD] + b"".join(_words(key, text) for key, text in words.items()) + made[_HEAD:]


@lru_cache(maxsize=1)
def _no_fonts() -> typst.Fonts:
    """Its letters are outlines."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)


def _words(key: str, text: str) -> bytes:
    """A chunk of text, as international text where it has to be."""
    try:
        kind, data = b"tEXt", key.encode("ascii") + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        kind, data = b"iTXt", key.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8")
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
