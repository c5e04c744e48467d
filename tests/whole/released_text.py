"""What the files of a release say, whatever they are written as."""

from __future__ import annotations

import zipfile
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
