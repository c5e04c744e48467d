"""Every error can happen, has a place in the tree, and is explained to whoever meets it."""

from __future__ import annotations

import ast

import kdsp_lib.errors as errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.KdspError)]
LEAVES = [kind for kind in KINDS if not any(other is not kind and issubclass(other, kind) for other in KINDS)]

RESERVED = {"ReviewNeeded": "raised by the review of releases, which is not built yet"}


def _raised(modules) -> set[str]:
    """Names of the project's errors that some module builds: raised there, or returned to be raised."""
    names = {kind.__name__ for kind in KINDS}
    return {
        node.func.id
        for path, tree in modules.items()
        if path != "errors.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    }


def test_every_kind_of_error_happens_somewhere(modules):
    assert {kind.__name__ for kind in LEAVES} - _raised(modules) == set(RESERVED)


def test_nobody_raises_a_branch_of_the_tree(modules):
    """``Refusal`` and ``Mistake`` say too little to act on."""
    branches = {kind.__name__ for kind in KINDS} - {kind.__name__ for kind in LEAVES}
    assert _raised(modules) & branches == set()


def test_the_tree_in_the_docstring_is_the_tree(house):
    tree = errors.__doc__ or ""
    for kind in KINDS:
        assert kind.__name__ in tree
    for kind in LEAVES:
        line = next(line for line in tree.splitlines() if f" {kind.__name__} " in line)
        assert f"exit {kind.exit_code} " in line


def test_codes_and_exit_codes_tell_errors_apart():
    assert len({kind.code for kind in LEAVES}) == len(LEAVES)
    assert len({kind.exit_code for kind in LEAVES}) == len(LEAVES)


def test_every_exit_code_stands_in_the_readme(house):
    readme = (house / "README.md").read_text("utf-8")
    for kind in LEAVES:
        assert f"| {kind.exit_code} |" in readme, kind.__name__


def test_no_module_of_the_library_catches_everything_in_silence(modules):
    """``except: pass`` would turn a fault into a permit."""
    silent = [
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
    ]
    assert silent == []
