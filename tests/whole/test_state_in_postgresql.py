"""A workspace whose state is in PostgreSQL: a run is released and verified by it, and no cell reaches the server."""

import json

import psycopg
import pytest
from processes import check_whole, ended, entries, releases, started
from project_paths import PARAMETERS

from kdsp_lib.source.workspace import read_workspace

REACHING = """
import os
import psycopg
assert [name for name in os.environ if name.startswith("PG")] == []
try:
    psycopg.connect({url!r}).close()
except psycopg.OperationalError:
    pass
else:
    raise RuntimeError("a cell reached the state database")
"""


@pytest.fixture
def in_postgresql(workspace, postgres_server, postgres_url, monkeypatch):
    """The workspace, with the server's URL in kdsp.toml and the password in the environment alone."""
    bare = postgres_url.replace(f":{postgres_server.password}@", "@")
    with (workspace.root / "kdsp.toml").open("a") as file:
        file.write(f"\n[state]\ndatabase = {json.dumps(bare)}\n")
    monkeypatch.setenv("PGPASSWORD", postgres_server.password)
    return read_workspace(workspace.root)


def test_a_report_is_released_by_it_and_out_of_reach_of_its_cells(
    in_postgresql, postgres_server, postgres_url, notebooks
):
    """The cell is given all that it would need, the password too."""
    with psycopg.connect(postgres_url) as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    folder = notebooks(REACHING.format(url=postgres_url))
    code, said = ended(started(in_postgresql, PARAMETERS / "area_profile" / "central.yaml", "--notebooks", folder))
    assert code == 0, said
    check_whole(in_postgresql, releases_there=1)
    assert not list(in_postgresql.state.glob("*.db*"))
    [release] = releases(in_postgresql)
    kept = [path for path in in_postgresql.state.rglob("*") if path.is_file()]
    assert [path for path in kept if postgres_server.password.encode() in path.read_bytes()] == []
    assert entries(in_postgresql, "release")[0].report == release.name
