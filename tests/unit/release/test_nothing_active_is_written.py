"""Whatever a release's author wrote or a kernel showed: no file of a release runs, fetches or links to anything."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_up_release import code, notebook, release, words
from markdown_it import MarkdownIt

import kdsp_lib
from kdsp_lib.release.write import files_of

THERE = "http://elsewhere.example/row"
TEXTS = (
    f"![a picture]({THERE}) and <img src='{THERE}'>",
    f"![a picture][1]\n\n[1]: {THERE}\n\n<script>fetch('{THERE}')</script>",
    f"<iframe src='{THERE}'></iframe> <a href='{THERE}' onclick='x()'>x</a>",
    f"<meta http-equiv='refresh' content='0;url={THERE}'><base href='{THERE}'><link rel='preconnect' href='{THERE}'>",
)
SHOWN = {"text/html": f"<img src='{THERE}'>", "application/javascript": "1", "image/svg+xml": "<svg onload='x()'/>"}
KINDS = {"text/html", "text/plain", "image/svg+xml"}


@pytest.fixture(scope="module")
def files():
    raw = {"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": TEXTS[1]}
    shown = {"output_type": "display_data", "metadata": {}, "data": SHOWN}
    written, _ = files_of(release(notebook=notebook(*map(words, TEXTS), raw, code("show()", shown))))
    return written


class Active(HTMLParser):
    """The tags that run or fetch, and the attributes that do, but links that a reader may follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag in {
            "script",
            "iframe",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "img",
            "image",
            "video",
            "audio",
            "foreignobject",
        }:
            self.found.append(tag)
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.found.append(tag)
        for name, value in given.items():
            if name.startswith("on") or name in {"src", "srcset", "ping", "background", "poster", "action"}:
                self.found.append(f"{tag} {name}")
            if re.search(r"url\(\s*['\"]?(?!#)", value) or value.lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data):
        if self.cdata_elem == "style" and re.search(r"url\(|@import", data):
            self.found.append("style")


def test_pages_and_drawings(files):
    pages = {path: content for path, content in files.items() if path.endswith((".html", ".svg"))}
    assert {Path(path).suffix for path in pages} == {".html", ".svg"}
    for path, content in pages.items():
        assert Active(content.decode()).found == [], path


def test_the_notebook(files):
    written = json.loads(files["report.ipynb"])
    for cell in written["cells"]:
        if cell["cell_type"] != "code":
            assert "attachments" not in cell
            rendered = cell["source"] if cell["cell_type"] == "raw" else MarkdownIt().render(cell["source"])
            assert Active(rendered).found == [], cell["source"]
        for output in cell.get("outputs", ()):
            kinds = {kind for kind in output["data"] if not kind.startswith("application/vnd.kdsp.")}
            assert kinds <= KINDS
            for kind in kinds - {"text/plain"}:
                assert Active(output["data"][kind]).found == []


def test_the_workbook_and_the_pdf(files):
    for path, content in files.items():
        if path.endswith((".xlsx", ".ods")):
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                names = parts.namelist()
                assert not [name for name in names if re.search(r"vba|externalLink|activeX|embeddings", name)]
                links = b"".join(parts.read(name) for name in names if name.endswith(".rels"))
            assert b"elsewhere.example" not in links
        if path.endswith(".pdf"):
            assert not re.search(rb"/(?:JavaScript|JS|Launch|OpenAction|EmbeddedFile|SubmitForm|GoToR)\b", content)


def test_every_template_of_a_page():
    """What the files above do not show: pages of batches and of all releases."""
    templates = sorted(Path(kdsp_lib.__file__).parent.glob("re*/templates/*.html"))
    assert len(templates) > 5
    for template in templates:
        assert Active(template.read_text("utf-8")).found == [], template
