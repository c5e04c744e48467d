"""What a file holds beside what it shows is found, whatever wrote it; and nothing that it holds is told."""

import hashlib
import io
import json
import zipfile

import pytest

from kdsp_lib.custodian.artefacts import look_into
from kdsp_lib.source.pseudonym import check_letter

UPN = check_letter("999400021001") + "999400021001"
PAGE = "<html><style>nav{display:none}</style><body>%s</body></html>"
PICTURE = b"\x89PNG\r\n\x1a\n%s\0\0\0\0IEND\xaeB`\x82"


def chunk(word, text):
    body = word + b"\0" + text
    return len(body).to_bytes(4, "big") + b"tEXt" + body + b"0000"


def book(**parts):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, text in {"xl/workbook.xml": "<workbook/>", **parts}.items():
            file.writestr(name, text)
    return made.getvalue()


def notebook(*outputs, **more):
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": list(outputs), **more}
    return json.dumps({"cells": [cell], "metadata": {}})


def folder_of(tmp_path, **files):
    listed = {}
    for name, content in files.items():
        name = name.replace("_", ".")
        content = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(content)
        listed[name] = hashlib.sha256(content).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps({"files": listed}))
    return tmp_path


CLEAN = {
    "a_html": PAGE % "Pupils on roll",
    "b_csv": "n\n12\n",
    "c_xlsx": book(),
    "d_png": PICTURE % chunk(b"Title", b"Pupils"),
    "e_ipynb": notebook({"output_type": "display_data", "data": {"text/plain": "12"}}),
    "f_pdf": b"%PDF-1.7 nothing",
}
HIDING = {
    "a comment": ("a_html", PAGE % "<!-- 3 pupils -->"),
    "a script": ("a_html", PAGE % "<script>let n = 3</script>"),
    "something that is not shown": ("a_html", PAGE % '<p style="display: none">3</p>'),
    "a hidden sheet": ("c_xlsx", book(**{"xl/workbook.xml": '<sheet state="veryHidden"/>'})),
    "hidden rows or columns": ("c_xlsx", book(**{"xl/worksheets/sheet1.xml": '<row hidden="1"/>'})),
    "a formula": ("c_xlsx", book(**{"xl/worksheets/sheet1.xml": "<c><f>A1</f></c>"})),
    "comments": ("c_xlsx", book(**{"xl/comments1.xml": "<x/>"})),
    "the data behind a pivot table": ("c_xlsx", book(**{"xl/pivotCache/records.xml": "<x/>"})),
    "an author's name": ("c_xlsx", book(**{"docProps/core.xml": "<dc:creator>Somebody</dc:creator>"})),
    "words beside the picture": ("d_png", PICTURE % chunk(b"Comment", b"3 pupils")),
    "bytes after its end": ("d_png", PICTURE % b"" + b"3 pupils"),
    "an error with its traceback": ("e_ipynb", notebook({"output_type": "error", "traceback": []})),
    "an output of a kind that is not shown": (
        "e_ipynb", notebook({"output_type": "display_data", "data": {"application/x-widget": "3"}}),
    ),
    "a file within a cell": ("e_ipynb", notebook(attachments={"a.csv": {"text/csv": "3"}})),
    "a file within it": ("f_pdf", b"%PDF-1.7 /EmbeddedFile"),
    "what looks like a UPN": ("b_csv", f"pupil\n{UPN}\n"),
    "a path of the machine it was made on": ("b_csv", "from\n/home/somebody/rows.csv\n"),
    "cannot be read as what its name says": ("c_xlsx", b"no workbook"),
}  # fmt: skip


def test_of_clean_files_there_is_nothing_to_tell(tmp_path):
    looked = look_into(folder_of(tmp_path, **CLEAN))
    assert len(looked) == len(CLEAN) + 1
    assert all(each.is_as_written and each.found == () for each in looked), looked


@pytest.mark.parametrize("what", list(HIDING))
def test_what_a_file_hides_is_found_and_not_told(what, tmp_path):
    name, content = HIDING[what]
    looked = {each.path: each for each in look_into(folder_of(tmp_path, **{**CLEAN, name: content}))}
    assert looked.pop(name.replace("_", ".")).found == (what,)
    assert all(each.found == () for each in looked.values())
    assert "3" not in what
    assert UPN not in what


def test_a_page_may_not_leave_out_more_than_its_contents_in_print(tmp_path):
    page = "<html><style>nav,.secret{visibility:hidden}</style><p class=secret>3</p></html>"
    (first, *_) = look_into(folder_of(tmp_path, a_html=page))
    assert first.found == ("something that is not shown",)


def test_what_was_changed_added_or_lost_is_said(tmp_path):
    folder = folder_of(tmp_path, **CLEAN)
    (folder / "b.csv").write_text("n\n13\n")
    (folder / "more.csv").write_text("n\n3\n")
    (folder / "f.pdf").unlink()
    (folder / "link.csv").symlink_to("/etc/hostname")
    (folder / "tool.exe").write_bytes(b"MZ")
    odd = {each.path: each.found for each in look_into(folder) if not each.is_as_written}
    assert odd == {
        "b.csv": (), "more.csv": (), "f.pdf": ("is missing",), "link.csv": ("leads to another file",),
        "tool.exe": ("is of a kind that nobody looks into",),
    }  # fmt: skip
