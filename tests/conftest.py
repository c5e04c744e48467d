"""What tests of several kinds share: a real PostgreSQL server, a browser; each started when the first asks for it."""

import compileall
import os
from contextlib import ExitStack

import cases
import hunting
import pytest
from hypothesis import settings

from kdsp_lib.register.database import Database, sqlite_url

settings.register_profile("kdsp", deadline=None, derandomize=not hunting.TIMES, print_blob=True)
settings.load_profile("kdsp")


LONGEST_FIRST = ("whole", "notebooks", "browser", "attacks")
"""Folders whose files take minutes. Begun first, they leave no process at work alone when the others have ended."""


def pytest_configure(config):
    """Compile the package once: where Python is told to keep nothing, each of a thousand processes would compile it."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(cases.PROJECT / "kdsp_lib", quiet=2)


def pytest_collection_modifyitems(config, items):
    """Long files first where several processes share the tests; ``-k case_07`` selects a field reviewer's case."""
    if hasattr(config, "workerinput"):
        items.sort(
            key=lambda item: not any(cases.PROJECT / "tests" / each in item.path.parents for each in LONGEST_FIRST)
        )
    numbers = cases.cases_by_test()
    for item in items:
        if item.path.is_relative_to(cases.PROJECT) and isinstance(item, pytest.Function):
            test = (item.path.relative_to(cases.PROJECT).as_posix(), item.originalname)
            item.extra_keyword_matches.update(numbers.get(test, ()))


@pytest.fixture(scope="session")
def postgres_server():
    """A server of the tests' own (see postgres.py); a skip where PostgreSQL is not installed, in CI a failure."""
    import postgres  # with its driver, which most tests do without

    postgres.check_installed()
    with postgres.running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server):
    """The URL of a new, empty database, with its user and password; the database is dropped afterwards."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, tmp_path):
    """An empty state database, once on SQLite and once on PostgreSQL."""
    with ExitStack() as until_then:
        if request.param == "sqlite":
            url = sqlite_url(tmp_path / "state" / "kdsp.db")
        else:
            url = until_then.enter_context(request.getfixturevalue("postgres_server").schema())
        yield until_then.enter_context(Database(url))


@pytest.fixture(scope="session")
def with_edition(tmp_path_factory):
    """Give a made-up authority the edition of its census, which is made once for all processes of a run."""
    from edition_at_hand import give_edition

    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "edition"
    return lambda workspace: give_edition(workspace, shared)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    from kdsp_lib.run.checks.browser import NoBrowser, chromium

    with ExitStack() as until_then:
        try:
            started = until_then.enter_context(chromium())
        except NoBrowser as error:
            pytest.skip(str(error))
        yield started
