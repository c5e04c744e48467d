"""The server that tests start is a real one, theirs alone, and a machine without one shows."""

import postgres
import psycopg
import pytest


def test_each_test_gets_a_database_of_its_own(postgres_server):
    with postgres_server.database() as one, postgres_server.database() as other:
        with psycopg.connect(one) as db:
            db.execute("CREATE TABLE pupils (urn text)")
        with psycopg.connect(other) as db:
            assert db.execute("SELECT to_regclass('pupils')").fetchone() == (None,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(one)


def test_it_listens_to_no_network_and_asks_for_a_password(postgres_server, postgres_url):
    with psycopg.connect(postgres_url) as db:
        assert db.execute("SHOW listen_addresses").fetchone() == ("",)
        assert db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres_url.replace(postgres_server.password, "guessed"))


@pytest.mark.parametrize(("setting", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_machine_without_one_skips_and_in_ci_fails(monkeypatch, setting, outcome):
    monkeypatch.setattr(postgres, "programs", lambda: None)
    monkeypatch.setenv(postgres.REQUIRED, setting)
    with pytest.raises(outcome, match="not installed"):
        postgres.check_installed()
