"""What the state database refuses, is told with its way out; a password is told to nobody."""

import around
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from kdsp_lib.errors import BadSource, Broken
from kdsp_lib.register.chain import Chain
from kdsp_lib.register.database import Database, sqlite_url

LABELS = {"who": "w"}


def chain_of(url):
    return Chain(Database(url), "acts", ("who",))


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "kdsp.db"
    path.write_bytes(b"not a database, but somebody's only copy" * 100)
    for ask in (Chain.whole, Chain.end, lambda chain: chain.append(LABELS, {})):
        with pytest.raises(BadSource, match="no whole database"):
            ask(chain_of(sqlite_url(path)))
    assert path.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("folder", ["a b", "what?", "100%25", "#1", "Łódź"])
def test_a_folder_may_be_called_anything(tmp_path, folder):
    path = tmp_path / folder / "kdsp.db"
    chain_of(sqlite_url(path)).append(LABELS, {})
    assert path.is_file()


def unlocked(postgres_server, url):
    """The URL of the same database, as kdsp.toml would give it: without the password."""
    return url.replace(f":{postgres_server.password}@", "@")


def test_the_password_comes_from_the_environment_or_a_file(postgres_server, postgres_url, tmp_path, monkeypatch):
    url = unlocked(postgres_server, postgres_url)
    assert url != postgres_url
    monkeypatch.setenv("PGPASSWORD", postgres_server.password)
    chain_of(url).append(LABELS, {})
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    (tmp_path / "pgpass").write_text(f"*:*:*:{postgres_server.user}:{postgres_server.password}\n")
    (tmp_path / "pgpass").chmod(0o600)
    assert len(chain_of(url).whole()) == 1


@pytest.mark.parametrize("password", ["", "hunter2"])
def test_a_wrong_password_is_told_to_nobody(postgres_server, postgres_url, monkeypatch, password):
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    monkeypatch.setenv("PGPASSWORD", password)
    with pytest.raises(Broken, match="could not be read") as told:
        chain_of(unlocked(postgres_server, postgres_url)).whole()
    assert "PGPASSWORD or ~/.pgpass" in told.value.remedy
    assert not password or password not in f"{told.value} {told.value.__cause__}"


def test_a_server_that_is_not_there_is_a_fault_and_never_an_empty_chain(tmp_path):
    with pytest.raises(Broken, match="could not be read"):
        chain_of(f"postgresql://u@/d?host={tmp_path}").end()
    with pytest.raises(Broken, match="could not be written, so nothing is recorded or released"):
        chain_of(f"postgresql://u@/d?host={tmp_path}").append(LABELS, {})


def test_a_server_that_came_back_is_asked_again(postgres_server, postgres_url):
    chain = chain_of(postgres_url)
    chain.append(LABELS, {})
    with postgres_server.as_superuser() as db:
        db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kdsp'")
    assert chain.append(LABELS, {}).number == 2


def test_whoever_may_only_read_and_append_can_do_that_and_no_more(postgres_server, postgres_url):
    """As the manual recommends: one role makes the tables, kdsp runs as another that may not touch their triggers."""
    chain_of(postgres_url).append(LABELS, {})
    clerk = postgres_url.replace(f"//{postgres_server.user}:{postgres_server.password}@", "//clerk:clerk@")
    with postgres_server.as_superuser(postgres_url.rpartition("/made_")[2].join(("made_", "")).split("?")[0]) as db:
        db.execute("DROP ROLE IF EXISTS clerk")
        db.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk'")
        db.execute("GRANT SELECT, INSERT ON acts TO clerk")
        try:
            assert chain_of(clerk).append(LABELS, {}).number == 2
            assert len(chain_of(clerk).whole()) == 2
            for statement in ("DROP TRIGGER acts_appended_only ON acts", "DELETE FROM acts", "DROP TABLE acts"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    around.execute(Database(clerk), statement)
            db.execute("REVOKE INSERT ON acts FROM clerk")
            with pytest.raises(Broken) as told:
                chain_of(clerk).append(LABELS, {})
            assert "allow writing" in told.value.remedy
        finally:
            db.execute("DROP OWNED BY clerk; DROP ROLE clerk")


def test_an_error_of_the_database_shows_no_record(state):
    """It goes to the log with its traceback: the statement may stand there, what was to be recorded may not."""
    chain = chain_of(state.url)
    chain.append(LABELS, {})
    around.execute(state, "ALTER TABLE acts RENAME COLUMN body TO text")
    with pytest.raises(Broken) as told:
        chain.append({"who": "w"}, {"confidential": "Elderhaven"})
    assert isinstance(told.value.__cause__, DBAPIError) or told.value.__cause__ is None
    assert "Elderhaven" not in f"{told.value} {told.value.__cause__}"


def test_what_is_recorded_is_on_the_disk_whatever_the_server_is_set_to(postgres_url):
    with Database(postgres_url) as database, database.reading() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "local"
