"""A page of a made-up release."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def made_up():
    """The maker of made-up releases that the tests of the release room use."""
    path = Path(__file__).resolve().parents[1] / "unit/release/made_up_release.py"
    spec = importlib.util.spec_from_file_location("made_up_release_for_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def page(made_up) -> str:
    """The page's text."""
    from kdsp_lib.release.write import files_of

    return files_of(made_up.release(coverage_note="Two establishments are not counted."))[0]["report.html"].decode()
