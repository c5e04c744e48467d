"""Writing a release: page, notebook, workbook, tables, counts, charts and manifest, together or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.errors import Broken
from kdsp_lib.release.body import body_of
from kdsp_lib.release.conditions import CONDITIONS, conditions_file, foot_of_notebook, head_of_notebook
from kdsp_lib.release.count import tables_json
from kdsp_lib.release.folder import place
from kdsp_lib.release.manifest import MANIFEST, content_hash, manifest_of
from kdsp_lib.release.notebook import LeftOut, normalise
from kdsp_lib.release.page import front_matter, page_html
from kdsp_lib.release.read import manifest_if_sound
from kdsp_lib.release.release import Release, parsed_charts, parsed_counts, parsed_listings, parsed_tables
from kdsp_lib.release.story import REPORT_MIME, Item, ShownChart, ShownPupils, ShownReport, ShownTable
from kdsp_lib.release.tidy import list_csv, table_csv
from kdsp_lib.report.canonical import readable_json
from kdsp_lib.report.slug import is_slug
from kdsp_lib.report.table import Table
from kdsp_lib.source.files import sha256_of


@dataclass(frozen=True, slots=True)
class WrittenRelease:
    """Where a release stands. ``outcome``: written, unchanged (the same was there), or replaced (another was)."""

    folder: Path
    content_hash: str
    outcome: str
    manifest: dict[str, Any]
    manifest_hash: str
    """Of the manifest that stands there, as a file: of its times and hosts too."""


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """A release as bytes, before it stands anywhere: it may have been made on another machine."""

    id: str
    files: Mapping[str, bytes]
    """Every file of its folder, the manifest too."""
    is_private: bool
    """Whether nobody but the owner of the folder may look in."""

    def manifest(self) -> dict[str, Any]:
        """Its manifest; Broken where it is not the manifest of these very files."""
        try:
            manifest: dict[str, Any] = json.loads(self.files[MANIFEST])
            named = {MANIFEST, *manifest["files"]}
            is_whole = named == set(self.files) and manifest["content_hash"] == content_hash(manifest)
            is_same = all(sha256_of(self.files[path]) == digest for path, digest in manifest["files"].items())
        except (KeyError, ValueError, TypeError, AttributeError):
            is_whole = is_same = False
        if not (is_whole and is_same and is_slug(self.id)):
            raise Broken("A release is not what its manifest says, so it is not written.", remedy="run it again")
        return manifest


def write_release(release: Release, into: Path) -> WrittenRelease:
    """Write a release into ``into/<id>``, as :func:`write_built` does what :func:`build` makes of it."""
    return write_built(build(release), into)


def build(release: Release) -> BuiltRelease:
    """Make all files of a release. BadParameters where the notebook shows what is not in the release."""
    files, left_out = files_of(release)
    manifest = manifest_of(release, files, left_out=left_out)
    whole = {**files, MANIFEST: readable_json(manifest).encode()}
    return BuiltRelease(release.id, whole, release.has_to_leave_encrypted())


def write_built(built: BuiltRelease, into: Path) -> WrittenRelease:
    """Write it into ``into/<id>``. An equal one that stands there unharmed is left as it is.

    Broken, with nothing left behind, where it cannot be written, or is not what its manifest says.
    """
    manifest = built.manifest()
    content = manifest["content_hash"]
    outcome = place(
        built.files,
        into,
        built.id,
        private=built.is_private,
        is_same=lambda folder: (manifest_if_sound(folder) or {}).get("content_hash") == content,
    )
    folder = into / built.id
    return WrittenRelease(folder, content, outcome, manifest, sha256_of((folder / MANIFEST).read_bytes()))


def files_of(release: Release) -> tuple[dict[str, bytes], tuple[LeftOut, ...]]:
    """Every file of a release but its manifest, and which outputs of the notebook were left out."""
    from kdsp_lib.release.pdf import pdf_bytes
    from kdsp_lib.release.picture import png_of
    from kdsp_lib.release.workbook import workbook_bytes

    tables, counts = parsed_tables(release), parsed_counts(release)
    charts, listings = parsed_charts(release, tables), parsed_listings(release)
    body = body_of(release, tables, charts, listings)
    drawings = {name: chart.svg() for name, chart in charts.items()}
    shown: dict[Item, dict[str, Any]] = {
        ShownReport(): _about(release, tables),
        **{ShownTable(name): table.bundle() for name, table in tables.items()},
        **{ShownPupils(name): pupils.bundle() for name, pupils in listings.items()},
        **{ShownChart(name): chart.bundle(drawings[name]) for name, chart in charts.items()},
    }
    head, foot = head_of_notebook(release), foot_of_notebook(release)
    notebook, left_out = normalise(
        release.notebook, release=release.id, parameters=release.parameters, shown=shown, head=head, foot=foot
    )
    conditions = conditions_file(release)
    beside = {"charts/": charts, "attachments/": release.attachments}
    places = ("", "tables/", *(place for place, there in beside.items() if there))
    texts = {
        "report.html": page_html(release, tables, body),
        "report.ipynb": notebook,
        "tables.json": tables_json(counts, release.facts.get("disclosure_policy", {})),
        **{f"{place}{CONDITIONS}": conditions for place in places},
        **{f"tables/{name}.csv": table_csv(table, release.policy) for name, table in tables.items()},
        **{f"tables/{name}.csv": list_csv(pupils, release.policy) for name, pupils in listings.items()},
        **{f"attachments/{name}": text for name, text in release.attachments.items()},
        **{f"tables/counts/{count.name}.csv": count.to_csv() for count in counts},
        **{f"charts/{name}.svg": f"{_XML}{drawing}" for name, drawing in drawings.items()},
    }
    return {
        "report.pdf": pdf_bytes(release, tables, body),
        "report.xlsx": workbook_bytes(release, tables, listings),
        **{f"charts/{name}.png": png_of(charts[name], drawing) for name, drawing in drawings.items()},
        **{path: text.encode() for path, text in texts.items()},
    }, left_out


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _about(release: Release, tables: dict[str, Table]) -> dict[str, Any]:
    """What the notebook shows in the place of the report it opened."""
    facts = [[fact.label, text] for fact in front_matter(release, tables) for text in fact.texts]
    lines = [release.mark, release.title, *(f"  {label:<20} {text}" for label, text in facts)]
    return {REPORT_MIME: {"title": release.title, "facts": facts}, "text/plain": "\n".join(lines)}
