"""A release that was made on another machine: written as it was made, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from made_up_release import release

from kdsp_lib.errors import Broken
from kdsp_lib.release.manifest import MANIFEST, content_hash
from kdsp_lib.release.read import verify_release
from kdsp_lib.release.write import build, write_built, write_release


@pytest.fixture(scope="module")
def built():
    return build(release())


def test_it_is_written_as_one_that_was_made_here(built, tmp_path):
    written = write_built(built, tmp_path / "away")
    here = write_release(release(), tmp_path / "here")
    assert not verify_release(written.folder)
    assert written.content_hash == here.content_hash
    assert {path.relative_to(written.folder): path.read_bytes() for path in written.folder.rglob("*.*")} == {
        path.relative_to(here.folder): path.read_bytes() for path in here.folder.rglob("*.*")
    }


def altered(built, **files):
    return replace(built, files={**built.files, **files})


def with_manifest(built, **said):
    """The manifest says something else, and its own hash fits that."""
    manifest = {**json.loads(built.files[MANIFEST]), **said}
    manifest["content_hash"] = content_hash(manifest)
    return altered(built, **{MANIFEST: json.dumps(manifest).encode()})


BENT = {
    "a file was changed": lambda b: altered(b, **{"report.html": b"<p>3 pupils"}),
    "a file was added": lambda b: altered(b, **{"more.txt": b""}),
    "a file is missing": lambda b: replace(b, files={k: v for k, v in b.files.items() if k != "report.pdf"}),
    "the manifest is missing": lambda b: replace(b, files={k: v for k, v in b.files.items() if k != MANIFEST}),
    "the manifest is none": lambda b: altered(b, **{MANIFEST: b"[]"}),
    "the manifest is no text": lambda b: altered(b, **{MANIFEST: b"\xff"}),
    "the manifest was changed": lambda b: altered(b, **{MANIFEST: b.files[MANIFEST].replace(b'"permit"', b'"refuse"')}),
    "its files are a list": lambda b: with_manifest(b, files=["report.html"]),
    "a file stands outside": lambda b: altered(
        with_manifest(b, files={**json.loads(b.files[MANIFEST])["files"], "../out": "0" * 64}), **{"../out": b"x"}
    ),
    "its name leads elsewhere": lambda b: replace(b, id="../elsewhere"),
    "it has no name": lambda b: replace(b, id=""),
}


@pytest.mark.parametrize("bend", BENT.values(), ids=BENT)
def test_what_is_not_what_its_manifest_says_is_not_written(built, tmp_path, bend):
    outputs = tmp_path / "outputs"
    with pytest.raises(Broken, match="not what its manifest says"):
        write_built(bend(built), outputs)
    assert not outputs.exists()
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "out").exists()


def test_a_whole_one_whose_file_would_stand_outside_is_not_written_either(built, tmp_path):
    from kdsp_lib.source.files import sha256_of

    named = {**json.loads(built.files[MANIFEST])["files"], "../out": sha256_of(b"x")}
    with pytest.raises(Broken, match="outside"):
        write_built(altered(with_manifest(built, files=named), **{"../out": b"x"}), tmp_path / "outputs")
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "outputs").iterdir())
