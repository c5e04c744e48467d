"""The numbers of disclosure control stand in ``model/policy.py``, and nowhere else: not as numbers, nor in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

HOLDS = "kdsp_lib/model/policy.py"
_NAMES = re.compile(
    r"threshold|controllers|fewest|smallest_(?!file)|(^|_)p_percent|largest_share|dominan|median_pupils|quartile_pupils"
    r"|(^|_)round_to$|whole_percent|percent_places",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b1 to 5\b(?!, from)|\b(6|six|10|20) (pupils|children)\b|\b(3|three|4|four|6|six) (or more )?(other )?"
    r"(bodies|controllers)\b|\bthreshold 6\b"
)
OTHER_RULES = {
    ("kdsp_lib/analyse/spread.py", "SMALLEST_BASE"): "of how many pupils a rate says enough to be put into a band",
    ("kdsp_lib/analyse/schools_caught.py", "FEWEST"): "the department's own rule of floor standards",
    ("kdsp_lib/protect/linked_tables.py", "threshold"): "what a faulty file is read with until it is refused",
    ("kdsp_lib/protect/insider.py", "controllers"): "how many there are",
}
"""Numbers of that name which are no policy, each with what it is."""


def _is_number(node: ast.AST | None) -> bool:
    """Whether a number stands there, by itself or as the values of a table; 0 and 1 say nothing."""
    if isinstance(node, ast.Dict):
        return any(map(_is_number, node.values))
    if isinstance(node, ast.Call):
        return any(map(_is_number, node.args))
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in (0, 1)


def _numbers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        pairs: list[tuple[ast.AST, ast.AST | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.arguments):
            positional = [*node.posonlyargs, *node.args]
            defaults = [None] * (len(positional) - len(node.defaults)) + list(node.defaults)
            pairs = [*zip(positional, defaults, strict=True), *zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        elif isinstance(node, ast.Compare) and len(node.comparators) == 1:
            pairs = [(node.left, node.comparators[0])]
        for named, value in pairs:
            name = getattr(named, "id", None) or getattr(named, "arg", None) or getattr(named, "attr", "")
            if _NAMES.search(name) and _is_number(value):
                yield name, node.lineno if hasattr(node, "lineno") else value.lineno


def _words(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := _WORDS.search(node.value)):
            yield found.group(), node.lineno


def _found(house, of) -> list[str]:
    faults = []
    for path in sorted((house / "kdsp_lib").rglob("*.py")):
        place = path.relative_to(house).as_posix()
        if place != HOLDS:
            faults += [
                f"{place}:{line}: {what}"
                for what, line in of(ast.parse(path.read_text("utf-8")))
                if (place, what) not in OTHER_RULES
            ]
    return faults


def test_no_other_module_holds_a_number_of_the_policy(house):
    assert _found(house, _numbers) == []


def test_no_other_module_says_a_number_of_the_policy(house):
    """Neither what a reader is told nor a docstring: another number would make it untrue."""
    assert _found(house, _words) == []


@pytest.mark.parametrize(
    "code",
    ["THRESHOLD = 6", "FEWEST_CONTROLLERS: int = 3", "def f(a, threshold=6): ...", "x = y.controllers < 3",
     "FEWEST = {'median': 10}"],
)  # fmt: skip
def test_the_search_sees_a_number(code):
    assert list(_numbers(ast.parse(code)))


@pytest.mark.parametrize("text", ["Counts of 1 to 5 pupils", "shared by 6 pupils or more", "of 3 or more other bodies"])
def test_the_search_sees_words(text):
    assert list(_words(ast.parse(repr(text))))
