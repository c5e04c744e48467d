"""The cases of a field reviewer, each by its number; docs/acceptance.md says which test answers which."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "unit" / "custodian"), str(TESTS / "spec")]


@pytest.fixture
def area(tmp_path):
    """Makes a small authority of these schools and pupils."""
    from small_workspace import AUTUMN, SmallWorkspace

    made = []

    def make(schools, roll, *periods):
        made.append(SmallWorkspace(tmp_path / f"authority {len(made)}", schools))
        for period in periods or (AUTUMN,):
            made[-1].load(period, roll)
        return made[-1]

    yield make
    for each in made:
        each.desk.close()
