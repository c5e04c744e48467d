"""The page of the last batch of a folder of outputs: what was released, with its links, and what was not, and why.

Like the index it is for the owner of the folder alone. Reports on the partnership framework are in no list (clause 12),
released or not, nor counted; nor is a parameter file of which it is not known what report it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kdsp_lib.errors import KdspError
from kdsp_lib.protocol.catalogue import catalogue_of
from kdsp_lib.release.folder import put_page
from kdsp_lib.release.index import IN_NO_LIST, INDEX, Listed, release_in
from kdsp_lib.report.html import templates

BATCH = "batch.html"


@dataclass(frozen=True, slots=True)
class Ended:
    """One report of a batch: which it was (its parameter file), and its release or the reason why there is none."""

    which: str
    report: str
    """By its name in the catalogue."""
    status: str
    folder: Path | None = None
    error: KdspError | None = None
    left_out: tuple[str, ...] = ()
    """The cells that show something of the notebook's own, which is not in the release."""


@dataclass(frozen=True, slots=True)
class BatchPage:
    """What the page lists, in the order of the batch."""

    released: tuple[tuple[Ended, Listed], ...]
    others: tuple[Ended, ...]


def write_batch_page(outputs: Path, ended: Iterable[Ended], protocol: str) -> Path:
    """``batch.html`` in a folder of outputs, in the place of the last one's; OSError where it cannot be written."""
    page = (
        templates("kdsp_lib.release").get_template("batch.html").render(batch=batch_page(ended, protocol), index=INDEX)
    )
    return put_page(outputs, BATCH, page)


def batch_page(ended: Iterable[Ended], protocol: str) -> BatchPage:
    """What may be listed of a batch under this protocol."""
    listed = list(_listed(ended, protocol))
    return BatchPage(
        tuple((each, release) for each, release in listed if release is not None),
        tuple(each for each, release in listed if release is None),
    )


def _listed(ended: Iterable[Ended], protocol: str) -> Iterator[tuple[Ended, Listed | None]]:
    catalogue = catalogue_of(protocol)
    for each in ended:
        report = catalogue.get(each.report)
        if report is None or report.item == IN_NO_LIST:
            continue
        release = None if each.folder is None else release_in(each.folder)
        if release is not None or each.error is not None:
            yield each, release
