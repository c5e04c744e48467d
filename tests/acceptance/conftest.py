"""The cases of a field reviewer, each by its number; docs/acceptance.md says which test answers which."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "unit" / "custodian"), str(TESTS / "spec")]


@pytest.fixture
def area(tmp_path):
    """Makes a small authority of these schools and pupils."""
    from small_workspace import workspaces

    yield from workspaces(tmp_path)
