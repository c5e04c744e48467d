"""Names and sizes: small modules, folders that are steps, no parameter that switches safety."""

from __future__ import annotations

import ast
import re

BARRED_FOLDERS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "base",
    "manager",
    "handler",
    "service",
    "misc",
}
BARRED_PARAMETERS = {
    "force", "unsafe", "skip_checks", "skip_check", "no_check", "protected", "safe", "insecure", "bypass",
}  # fmt: skip
LONGEST = 400


def test_no_module_is_longer_than_a_sitting(house):
    long = {
        path.relative_to(house).as_posix(): lines
        for path in (house / "kdsp_lib").rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}, "split it by step"


def test_a_folder_or_module_is_a_step_or_a_role(house):
    names = {
        path.relative_to(house).as_posix()
        for room in ("kdsp_lib", "tests")
        for path in (house / room).rglob("*")
        if (path.is_dir() or path.suffix == ".py") and path.stem in BARRED_FOLDERS
    }
    assert names == set()


def test_no_parameter_switches_safety(modules):
    found = {
        (path, node.name, argument.arg)
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if argument.arg in BARRED_PARAMETERS
    }
    assert found == set()


def test_every_module_says_what_it_is(modules):
    assert [path for path, tree in modules.items() if not ast.get_docstring(tree)] == []


def test_every_public_function_and_class_says_its_rule(modules):
    mute = [
        f"{path}: {node.name}"
        for path, tree in modules.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert mute == []


def test_test_modules_have_names_of_their_own(house):
    """pytest imports them by their bare names."""
    names = [path.name for path in (house / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_nothing_tells_of_the_machine_it_was_written_on(house, texts):
    """Absolute paths of somebody's machine mean nothing to whoever clones this. (Tests make some up.)"""
    somebodys = re.compile(r"(?<![\w./<>)-])/(?:root|home|Users|work|mnt)/\w")
    found = {path for path, text in texts.items() if not path.startswith("tests/") and somebodys.search(text)}
    assert found == set()
    assert {path for path, text in texts.items() if f"{house}/" in text} == set()


def test_documents_keep_to_british_spelling(texts):
    american = re.compile(
        r"\b(analyz|organiz|recogniz|summariz|normaliz|pseudonymiz|behavior|labeled|labeling|neighbor)",
        re.IGNORECASE,
    )
    found = {
        (path, match[0]) for path, text in texts.items() if path.endswith(".md") for match in american.finditer(text)
    }
    assert found == set()
