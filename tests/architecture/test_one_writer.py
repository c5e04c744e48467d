"""Files are written in few places, so that whether something unprotected can be written is a short question."""

from __future__ import annotations

import ast
from collections.abc import Iterator

WRITERS = {
    "source/files.py": "whole files or none, for every room",
    "release/": "the only code that writes a release",
}

EXCEPTIONS = {
    ("custodian/kernelspec.py", "write_text"): "the kernel's specification, in Jupyter's own folder",
    ("custodian/own_disk.py", "write_text"): "a process's own maps of accounts, in /proc",
    ("custodian/removal.py", "rename"): "a folder to be removed is moved up first",
    ("custodian/secret.py", "fdopen"): "the custodian's secret, linked into place",
    ("custodian/secret.py", "os.open"): "the custodian's secret, linked into place",
    ("custodian/serving.py", "os.open"): "the lock that whoever serves a workspace holds, with its process's number",
    ("custodian/start.py", "open"): "the lock that one start holds, and the custodian's log, which is appended to",
    ("register/database.py", "create_engine"): "the state database: SQLite or PostgreSQL does its own writing",
    ("run/rerun_trials.py", "copyfile"): "a kdsp put together for a trial, in scratch",
    ("run/rerun_trials.py", "symlink_to"): "the workspace by another name for a trial, in scratch",
    ("source/snapshot.py", "write_table"): "a snapshot is built in memory; source/files.py puts it on the disk",
}

WRITING_METHODS = {
    "write_text", "write_bytes", "to_csv", "to_parquet", "to_excel", "to_pickle", "to_feather", "savefig",
    "write_table", "write_csv", "write_parquet", "write_feather", "tofile", "savez", "savez_compressed", "savetxt",
    "create_engine", "copyfile", "copytree", "copy2", "symlink_to", "hardlink_to", "touch",
}  # fmt: skip
WRITING_FLAGS = {"O_WRONLY", "O_RDWR", "O_APPEND", "O_CREAT"}


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _owner(call: ast.Call) -> str:
    value = getattr(call.func, "value", None)
    return value.id if isinstance(value, ast.Name) else ""


def _opens_for_writing(call: ast.Call) -> bool:
    """True where a mode is given that writes, or one that only a run could tell.

    ``path.open`` takes its mode first; ``open`` and ``os.fdopen`` second. A method ``open`` of something else than a
    path may be given anything, so that there a bare name counts only where it says ``mode``.
    """
    is_method = isinstance(call.func, ast.Attribute) and _name(call) == "open"
    given = [k.value for k in call.keywords if k.arg == "mode"] or call.args[0 if is_method else 1 :][:1]
    if not given:
        return False
    mode = given[0]
    if isinstance(mode, ast.Constant):
        text = str(mode.value)
        return set(text) <= set("rwaxbt+") and bool(set("wax+") & set(text))
    return not is_method or (isinstance(mode, ast.Name) and mode.id == "mode")


def writes(tree: ast.AST) -> Iterator[str]:
    """The calls in a module that put bytes on a disk, by name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name, owner = _name(node), _owner(node)
        if name == "open" and owner == "os":
            named = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            if WRITING_FLAGS & named and "devnull" not in named:
                yield "os.open"
        elif name in ("open", "fdopen") and _opens_for_writing(node):
            yield name
        elif name == "connect" and owner == "sqlite3":
            yield "sqlite3.connect"
        elif name in WRITING_METHODS or (name in ("rename", "replace", "copy", "move") and owner in ("os", "shutil")):
            yield name


def _is_writer(path: str) -> bool:
    return any(path == writer or (writer.endswith("/") and path.startswith(writer)) for writer in WRITERS)


def test_only_the_writers_write(modules):
    found = {(path, call) for path, tree in modules.items() if not _is_writer(path) for call in writes(tree)}
    assert found - set(EXCEPTIONS) == set(), "write through source/files.py or release/, or say why not in EXCEPTIONS"


def test_every_exception_is_still_needed(modules):
    found = {(path, call) for path, tree in modules.items() for call in writes(tree)}
    assert set(EXCEPTIONS) <= found


MAKERS = {
    "custodian/address.py": "the folder of the socket, which must be nobody else's",
    "custodian/kernelspec.py": "Jupyter's own folder of kernels",
    "custodian/scratch.py": "a kernel's folder beside the socket",
    "register/database.py": "the folder of the state database: this room may not import that of files",
    "release/folder.py": "the folders of a release, each with the release's mode",
    "source/files.py": "every other, with its mode: make_folder",
}
"""Who makes a folder. `Path.mkdir` gives a mode to the last alone, and without one lets everybody look in."""


def test_folders_are_made_in_one_place(modules):
    found = {
        path: [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) in ("mkdir", "makedirs")]
        for path, tree in modules.items()
    }
    assert {path for path, calls in found.items() if calls} == set(MAKERS), "make_folder of source/files.py makes them"
    without = [
        path for path, calls in found.items() for call in calls if "mode" not in {word.arg for word in call.keywords}
    ]
    assert sorted(without) == ["custodian/kernelspec.py", "source/files.py"], (
        "the last says that a file is in its place"
    )


def test_the_check_sees_the_ways_to_write():
    ways = """
open("f", "w"); open("f", mode="ab"); path.open("x"); path.open(mode); open("f"); open("f", "rb"); path.open()
path.write_text(""); frame.to_csv("f"); os.open("f", os.O_WRONLY | os.O_CREAT); os.open("f", os.O_RDONLY)
os.replace("a", "b"); "text".replace("a", "b"); shutil.move("a", "b"); sqlite3.connect("f"); figure.savefig("f")
create_engine("f")
"""
    assert list(writes(ast.parse(ways))).count("open") == 4
    assert sorted(set(writes(ast.parse(ways)))) == [
        "create_engine", "move", "open", "os.open", "replace", "savefig", "sqlite3.connect", "to_csv", "write_text",
    ]  # fmt: skip
