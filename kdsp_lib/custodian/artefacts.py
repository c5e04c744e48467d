"""What the files of a release hold beside what they show: looked for in each, whatever wrote it.

It trusts nothing but the bytes: a figure that a table withholds is no use where a hidden sheet, a comment or an old
output still has it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LARGEST: Final = 64 * 1024 * 1024
"""No file of a release is longer; one that is, or that unpacks to more, is not looked into and said."""
MANIFEST: Final = "manifest.json"
_UPN: Final = re.compile(r"(?<![A-Z0-9])[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z](?![A-Z0-9])")
_PATH: Final = re.compile(r"(?<![\w/.:])/(?:home|root|tmp|Users|var|mnt)/[\w.-]+")
_OUTPUTS: Final = ("application/vnd.kdsp.", "text/html", "text/plain", "image/svg+xml", "image/png")
_PNG_WORDS: Final = (b"tEXt", b"iTXt", b"zTXt", b"eXIf")
_IN_A_PAGE: Final[Mapping[str, str]] = {
    "<!--": "a comment", "<script": "a script", "<iframe": "a frame", "<form": "a form",
}  # fmt: skip
_STYLE: Final = re.compile(r"(?is)<style[^>]*>(.*?)</style>")
_NOT_SHOWN: Final = re.compile(r"(?i)([^{}]*)\{[^{}]*(?:display\s*:\s*none|visibility\s*:\s*hidden)[^{}]*\}")
_HIDDEN_HERE: Final = re.compile(
    r"(?i)<[^>]*(?:\shidden[\s>=]|display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0)"
)
_MAY_BE_HIDDEN: Final = frozenset({".skip", "nav", "footer"})
"""What a page leaves out where it is printed."""
_IN_A_PDF: Final[Mapping[bytes, str]] = {
    b"/JavaScript": "a script", b"/EmbeddedFile": "a file within it", b"/Launch": "something to start",
    b"/Author": "an author's name",
}  # fmt: skip
_IN_A_WORKBOOK: Final[Mapping[str, str]] = {
    r'state="(very)?[hH]idden"': "a hidden sheet", r'hidden="1"': "hidden rows or columns", r"<f[ >]": "a formula",
    r"<definedName": "a name for cells", r"<dc:creator>[^<]": "an author's name",
}  # fmt: skip
_PARTS_OF_A_WORKBOOK: Final[Mapping[str, str]] = {
    "comments": "comments", "externalLinks": "links to other files", "vbaProject": "a macro",
    "customXml": "further data", "pivotCache": "the data behind a pivot table", "embeddings": "a file within it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looked:
    """One file: whether it is as its manifest says, and what was found in it that nobody sees."""

    path: str
    is_as_written: bool
    found: tuple[str, ...]


def look_into(folder: Path) -> tuple[Looked, ...]:
    """Every file of a folder that its manifest names or not, in order; nothing is told of what stands in them."""
    given = _manifest(folder)
    made = []
    there = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    for path in there:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            made.append(Looked(name, False, ("leads to another file",)))
            continue
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
        if content is None:
            made.append(Looked(name, False, ("is too long to look into",)))
            continue
        is_same = name == MANIFEST or hashlib.sha256(content).hexdigest() == given.get(name)
        made.append(Looked(name, is_same, tuple(dict.fromkeys(_found(path.suffix, content)))))
    lost = sorted(set(given) - {each.path for each in made})
    return (*made, *(Looked(name, False, ("is missing",)) for name in lost))


def _manifest(folder: Path) -> Mapping[str, str]:
    try:
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return files if isinstance(files, dict) else {}


def _found(suffix: str, content: bytes) -> Iterator[str]:
    looks: Mapping[str, Callable[[bytes], Iterator[str]]] = {
        ".xlsx": _in_workbook, ".ipynb": _in_notebook, ".pdf": _in_pdf, ".png": _in_png,
        ".html": _in_page, ".svg": _in_page, ".csv": _in_text, ".json": _in_text, ".txt": _in_text, ".xml": _in_text,
    }  # fmt: skip
    look = looks.get(suffix)
    if look is None:
        yield "is of a kind that nobody looks into"
        return
    try:
        yield from look(content)
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        yield "cannot be read as what its name says"


def _in_text(content: bytes) -> Iterator[str]:
    text = content.decode("utf-8-sig")
    if _UPN.search(text):
        yield "what looks like a UPN"
    if _PATH.search(text):
        yield "a path of the machine it was made on"


def _in_page(content: bytes) -> Iterator[str]:
    yield from _in_text(content)
    text = content.decode("utf-8")
    styles = "".join(_STYLE.findall(text))
    selectors = {each.strip() for rule in _NOT_SHOWN.findall(styles) for each in rule.split(",")}
    if selectors - _MAY_BE_HIDDEN or _HIDDEN_HERE.search(_STYLE.sub("", text)):
        yield "something that is not shown"
    plain = re.sub(r"\s+", "", text.casefold())
    yield from (what for mark, what in _IN_A_PAGE.items() if mark in plain)


def _in_pdf(content: bytes) -> Iterator[str]:
    if not content.startswith(b"%PDF-"):
        raise ValueError
    yield from (what for mark, what in _IN_A_PDF.items() if mark in content)


def _in_png(content: bytes) -> Iterator[str]:
    """A picture may carry its title and its description, which its page says too."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError
    place = 8
    while place < len(content):
        size, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        body = content[place + 8 : place + 8 + size]
        if kind in _PNG_WORDS and body.partition(b"\0")[0] not in (b"Title", b"Description"):
            yield "words beside the picture"
        place += 12 + size
        if kind == b"IEND" and place < len(content):
            yield "bytes after its end"
            return


def _in_notebook(content: bytes) -> Iterator[str]:
    yield from _in_text(content)
    for cell in json.loads(content)["cells"]:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                yield "an error with its traceback"
            yield from _in_output(output.get("data", {}))
        if set(cell.get("metadata", {})) - {"tags"}:
            yield "more than tags beside a cell"
        if cell.get("attachments"):
            yield "a file within a cell"


def _in_output(data: Mapping[str, Any]) -> Iterator[str]:
    if any(not kind.startswith(_OUTPUTS) for kind in data):
        yield "an output of a kind that is not shown"


def _in_workbook(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        if sum(part.file_size for part in book.infolist()) > LARGEST:
            yield "is too long to look into"
            return
        for part in book.infolist():
            yield from (what for name, what in _PARTS_OF_A_WORKBOOK.items() if name in part.filename)
            text = book.read(part).decode("utf-8", "replace")
            yield from (what for mark, what in _IN_A_WORKBOOK.items() if re.search(mark, text))
            if _UPN.search(text):
                yield "what looks like a UPN"
