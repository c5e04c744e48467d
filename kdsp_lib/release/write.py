"""Writing a release: page, notebook, workbook, tables, counts, charts and manifest, together or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdsp_lib.release.body import body_of
from kdsp_lib.release.conditions import CONDITIONS, conditions_file, foot_of_notebook, head_of_notebook
from kdsp_lib.release.count import tables_json
from kdsp_lib.release.folder import place
from kdsp_lib.release.manifest import MANIFEST, manifest_of
from kdsp_lib.release.notebook import normalise
from kdsp_lib.release.page import front_matter, page_html
from kdsp_lib.release.read import manifest_if_sound
from kdsp_lib.release.release import Release, parsed_charts, parsed_counts, parsed_listings, parsed_tables
from kdsp_lib.release.story import REPORT_MIME, Item, ShownChart, ShownPupils, ShownReport, ShownTable
from kdsp_lib.release.tidy import list_csv, table_csv
from kdsp_lib.report.canonical import readable_json
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


def write_release(release: Release, into: Path) -> WrittenRelease:
    """Write a release into ``into/<id>``.

    An equal one that stands there unharmed is left as it is. BadParameters where the notebook shows what is not in the
    release; Broken, with nothing left behind, where it cannot be written.
    """
    files, left_out = files_of(release)
    manifest = manifest_of(release, files, left_out=left_out)
    content = manifest["content_hash"]
    outcome = place(
        {**files, MANIFEST: readable_json(manifest).encode()},
        into,
        release.id,
        private=release.has_to_leave_encrypted(),
        is_same=lambda folder: (manifest_if_sound(folder) or {}).get("content_hash") == content,
    )
    folder = into / release.id
    return WrittenRelease(folder, content, outcome, manifest, sha256_of((folder / MANIFEST).read_bytes()))


def files_of(release: Release) -> tuple[dict[str, bytes], int]:
    """Every file of a release but its manifest, and how many outputs of the notebook were left out."""
    from kdsp_lib.release.pdf import pdf_bytes
    from kdsp_lib.release.workbook import workbook_bytes

    tables, counts = parsed_tables(release), parsed_counts(release)
    charts, listings = parsed_charts(release, tables), parsed_listings(release)
    body = body_of(release, tables, charts, listings)
    pictures = {name: chart.pictures() for name, chart in charts.items()}
    shown: dict[Item, dict[str, Any]] = {
        ShownReport(): _about(release, tables),
        **{ShownTable(name): table.bundle() for name, table in tables.items()},
        **{ShownPupils(name): pupils.bundle() for name, pupils in listings.items()},
        **{ShownChart(name): chart.bundle(pictures[name][0]) for name, chart in charts.items()},
    }
    head, foot = head_of_notebook(release), foot_of_notebook(release)
    notebook, left_out = normalise(release.notebook, parameters=release.parameters, shown=shown, head=head, foot=foot)
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
        **{f"charts/{name}.svg": f"{_XML}{drawing}" for name, (drawing, _) in pictures.items()},
    }
    return {
        "report.pdf": pdf_bytes(release, tables, body),
        "report.xlsx": workbook_bytes(release, tables, listings),
        **{f"charts/{name}.png": dots for name, (_, dots) in pictures.items()},
        **{path: text.encode() for path, text in texts.items()},
    }, left_out


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _about(release: Release, tables: dict[str, Table]) -> dict[str, Any]:
    """What the notebook shows in the place of the report it opened."""
    facts = [[fact.label, text] for fact in front_matter(release, tables) for text in fact.texts]
    lines = [release.mark, release.title, *(f"  {label:<20} {text}" for label, text in facts)]
    return {REPORT_MIME: {"title": release.title, "facts": facts}, "text/plain": "\n".join(lines)}
