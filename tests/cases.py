"""The cases of a field reviewer by the tests that hold them, as docs/acceptance.md names them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
Test = tuple[str, str]
"""A file of tests, from the project's folder on, and a function of it."""


def named_by_case() -> dict[int, list[Test]]:
    """The tests of each case by its number, in the order of the page."""
    page = (PROJECT / "docs" / "acceptance.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", page, re.MULTILINE)
    return {int(number): re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text) for number, text in rows}


def cases_by_test() -> Mapping[Test, list[str]]:
    """What selects each test by number: ``case_07``."""
    found: dict[Test, list[str]] = defaultdict(list)
    for number, tests in named_by_case().items():
        for test in tests:
            found[test].append(f"case_{number:02}")
    return found
