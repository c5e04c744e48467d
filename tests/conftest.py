"""What tests of several kinds share: a real PostgreSQL server, started when the first of them asks for one."""

import pytest


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
