"""The index of the releases in a folder of outputs: what was made, for whom, until when, and where it stands.

It is for the owner of the folder alone, and tells nothing that the folders themselves do not. Reports on the
partnership framework are in no list (clause 12), so that nobody learns from one whether there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.errors import KdspError
from kdsp_lib.protocol.catalogue import catalogue_of
from kdsp_lib.release.folder import put_page
from kdsp_lib.release.obligation import day_in_words
from kdsp_lib.release.read import load_manifest
from kdsp_lib.report.html import templates

INDEX = "index.html"
_OPENED = {"report.html": "page", "report.pdf": "PDF", "report.xlsx": "workbook", "report.ipynb": "notebook"}
IN_NO_LIST = "ksip"
"""The item of reports whose existence nobody may learn from a list."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One release as it stands in the index."""

    folder: str
    title: str
    period: str
    audience: str
    marking: str
    on: str
    expires: str
    delivery: str
    files: tuple[tuple[str, str], ...]
    """What can be opened: its name in words, and its place."""


def write_index(outputs: Path) -> Path:
    """``index.html`` in a folder of outputs, made anew from the manifests there; OSError where it cannot be written."""
    return put_page(outputs, INDEX, index_html(releases_in(outputs)))


def releases_in(outputs: Path) -> tuple[Listed, ...]:
    """The releases of a folder by title and day; what cannot be read, or is of no known report, is not listed."""
    return tuple(sorted(_listed(outputs), key=lambda each: (each.title.casefold(), each.on, each.folder)))


def index_html(releases: tuple[Listed, ...]) -> str:
    """The page."""
    return templates("kdsp_lib.release").get_template("index.html").render(releases=releases)


def _listed(outputs: Path) -> Iterator[Listed]:
    for folder in outputs.iterdir():
        if folder.name.startswith(".") or folder.is_symlink() or not folder.is_dir():
            continue
        if (found := release_in(folder)) is not None:
            yield found


def release_in(folder: Path) -> Listed | None:
    """The release of a folder; None where it cannot be read, or may be in no list."""
    try:
        manifest = load_manifest(folder)
        return _line(folder.name, manifest) if _may_be_listed(manifest) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, KdspError):
        return None


def _may_be_listed(manifest: Mapping[str, Any]) -> bool:
    report = catalogue_of(manifest["protocol"]["name"]).get(manifest["report"])
    return report is not None and report.item != IN_NO_LIST


def _line(name: str, manifest: Mapping[str, Any]) -> Listed:
    end, destroyed = manifest["retain_until"], manifest.get("destroy_by")
    expires = f"destroy by {day_in_words(destroyed)}" if destroyed else ""
    return Listed(
        folder=name,
        title=str(manifest["title"]),
        period=_period(str(manifest["parameters"].get("period") or "")),
        audience=str(manifest["audience"]),
        marking=str(manifest["marking"]),
        on=day_in_words(manifest["on"]),
        expires=day_in_words(end) if end else expires,
        delivery=str(manifest["delivery"]),
        files=tuple((words, f"{name}/{file}") for file, words in _OPENED.items() if file in manifest["files"]),
    )


def _period(text: str) -> str:
    """``2025/26-autumn`` as people say it; of a report of no period there is none."""
    year, _, term = text.partition("-")
    return f"{term} {year}".strip()
