"""What the files of a release say, whatever they are written as."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pypdf
from PIL import Image


def text_of(path: Path) -> str:
    """All words and figures of a file: of a PDF what it prints, of a workbook all its parts, of a picture its words."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(part).decode("utf-8") for part in book.namelist())
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return "\n".join(map(str, picture.info.values()))
    return path.read_text("utf-8")


def text_of_all(paths: Iterable[Path]) -> str:
    """The texts of all of them that are files."""
    return "\n".join(text_of(path) for path in sorted(paths) if path.is_file())


def found_in(text: str, sought: Iterable[str]) -> set[str]:
    """Those of thousands of short texts that stand anywhere in a long one, looked for all at once.

    Wherever the text has letters as they begin with, those that begin so are compared.
    """
    wanted = set(sought)
    size = min(map(len, wanted))
    assert size > 4, "everything begins with so few letters"
    beginning: defaultdict[str, list[str]] = defaultdict(list)
    for each in wanted:
        beginning[each[:size]].append(each)
    letters = ("".join(sorted(set(column))) for column in zip(*beginning, strict=True))
    begins = re.compile("(?=(" + "".join(f"[{re.escape(some)}]" for some in letters) + "))")
    places = ((place.start(), beginning.get(place[1], ())) for place in begins.finditer(text))
    return {each for start, near in places for each in near if text.startswith(each, start)}
