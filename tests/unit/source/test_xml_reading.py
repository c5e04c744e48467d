"""XML from anybody: no entity, no network, nothing that grows; and whatever is wrong is told by line."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.errors import BadSource
from kdsp_lib.source import xml_reading
from kdsp_lib.source.xml_reading import XmlFile, records

GOOD = """<all>
 <one>
  <a>1</a>
  <b>é</b>
 </one>
 <one><a>2</a></one>
 <other><one><a>3</a></one></other>
</all>
"""
LAUGHS = "\n".join(
    ["<!DOCTYPE all [", '<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)), "]>"]
)


def read(tmp_path, content: str | bytes) -> tuple[list, XmlFile]:
    path = tmp_path / "file.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = XmlFile(path.name)
    return list(records(path, ("one",), file)), file


def test_records_come_one_by_one_wherever_they_stand(tmp_path):
    found, file = read(tmp_path, GOOD)
    assert [record.said("a") for record in found] == ["1", "2", "3"]
    assert found[0].said("b") == "é"
    assert found[0].said("c", "b") == "é"
    assert [record.line for record in found] == [2, 6, 7]
    assert file.faults == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_other_encodings_are_read_where_the_file_names_them(tmp_path, encoding):
    said = "" if encoding in ("utf-8-sig", "utf-16") else f'<?xml version="1.0" encoding="{encoding}"?>\n'
    found, file = read(tmp_path, (said + GOOD).encode(encoding))
    assert file.faults == []
    assert found[0].said("b") == "é"


def test_a_namespace_and_its_prefix_do_not_matter(tmp_path):
    found, _ = read(tmp_path, '<x:all xmlns:x="urn:any"><x:one><x:a>1</x:a></x:one></x:all>')
    assert [record.said("a") for record in found] == ["1"]


BAD = {
    "entities that multiply": (LAUGHS + "<all><one><a>&a9;</a></one></all>", 1, "document type"),
    "a file from outside": (
        '<!DOCTYPE all [<!ENTITY x SYSTEM "file:///etc/passwd">]><all>&x;</all>',
        1,
        "document type",
    ),
    "an address outside": ('<!DOCTYPE all SYSTEM "http://example.invalid/all.dtd"><all/>', 1, "document type"),
    "parameters of a document type": (
        '<!DOCTYPE all [<!ENTITY % p SYSTEM "file:///x"> %p;]><all/>',
        1,
        "document type",
    ),
    "an entity that nobody defined": ("<all>\n<one>&x;</one></all>", 2, "not well-formed"),
    "cut off in a tag": (GOOD[:30], 4, "cut off"),
    "cut off between tags": (GOOD[:-8], 7, "cut off"),
    "elements without end": ("<all>" + "<b>" * 100, 1, "deep"),
    "a text without end": ("<all><one><a>" + "x" * 9_000_000, 1, "record of more"),
    "a long text": ("<all><one><a>" + "x" * 30_000 + "</a></one></all>", 1, "text of more"),
    "a record without end": ("<all><one>" + "<a/>" * 30_000, 1, "record of more"),
    "a tag without end": ('<all a="' + "x" * 3_000_000, 1, "tag or a remark"),
    "a remark without end": ("<all><!-- " + "x" * 3_000_000, 1, "tag or a remark"),
    "NUL": ("<all>\n<one>\0</one></all>", 2, "not well-formed"),
    "an encoding of nobody": ('<?xml version="1.0" encoding="utf-7"?><all/>', 1, "UTF-8"),
    "bytes that are not its encoding": ("<all>\n<one>é</one></all>".encode("latin-1"), 2, "not well-formed"),
    "no XML": ("upn,dob\n1,2\n", 1, "not well-formed"),
    "two roots": ("<all/>\n<all/>", 2, "not well-formed"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_good_is_refused_where_it_begins(tmp_path, name):
    content, line, text = BAD[name]
    _, file = read(tmp_path, content)
    assert len(file.faults) == 1
    assert file.faults[0].place == f"file.xml line {line}"
    assert text in file.faults[0].text


def test_memory_does_not_follow_the_file(tmp_path):
    """Twenty megabytes that are passed over, and records that are let go one by one."""
    path = tmp_path / "file.xml"
    path.write_bytes(b"<all>" + b"<one><a>1</a></one><other>" * 300_000)
    file = XmlFile(path.name)
    tracemalloc.start()
    for _ in records(path, ("one",), file):
        pass
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_gigabyte_is_refused_unread(tmp_path):
    path = tmp_path / "file.xml"
    with path.open("wb") as sparse:
        sparse.write(b"<all>")
        sparse.truncate(xml_reading.MOST_BYTES + 1)
    with pytest.raises(BadSource, match="larger than 512 MiB"):
        list(records(path, ("one",), XmlFile(path.name)))


@given(st.text("<>/=\"'ab!?-[]&;# \n\0é", max_size=60))
def test_any_text_ends_in_records_or_in_one_fault(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.xml"
    path.write_text(text)
    if path.stat().st_size:
        file = XmlFile(path.name)
        found = list(records(path, ("a", "b"), file))
        assert file.faults or all(record.name in ("a", "b") for record in found)
        assert len(file.faults) <= 1
