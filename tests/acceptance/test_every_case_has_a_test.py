"""docs/acceptance.md names every odd case, and each test that it names is there."""

import ast
from pathlib import Path

from cases import PROJECT, cases_by_test, named_by_case

NAMED = named_by_case()


def functions_of(file: str) -> set[str]:
    tree = ast.parse((PROJECT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_odd_case_stands_there_and_has_a_test():
    assert sorted(NAMED) == list(range(1, 90, 2))
    assert [number for number, tests in NAMED.items() if not tests] == []


def test_every_test_that_is_named_is_there():
    gone = [(file, test) for tests in NAMED.values() for file, test in tests if test not in functions_of(file)]
    assert gone == []


def test_every_numbered_test_stands_in_the_row_of_its_number():
    files = sorted(path.relative_to(PROJECT).as_posix() for path in Path(__file__).parent.glob("test_*.py"))
    numbered = {(file, test) for file in files for test in functions_of(file) if test.startswith("test_case_")}
    rows = {(file, test): number for number, tests in NAMED.items() for file, test in tests}
    assert {each: rows.get(each) for each in numbered} == {each: int(each[1].split("_")[2]) for each in numbered}


def test_every_test_of_a_case_is_selected_by_its_number(request):
    """Of those that are collected: whatever a test is called, ``-k case_07`` runs it."""
    numbers = cases_by_test()
    for item in request.session.items:
        test = (item.path.relative_to(PROJECT).as_posix(), getattr(item, "originalname", ""))
        assert set(numbers.get(test, ())) <= set(item.listextrakeywords()), item.nodeid
