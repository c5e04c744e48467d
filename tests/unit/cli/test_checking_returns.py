"""``kdsp data check RETURNS --into DIR``: each school's own faults, and the exit code of bad data."""

from __future__ import annotations

import pytest

from kdsp_lib.cli.main import main
from kdsp_lib.source.demo.authority import make_authority


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """The made-up authority as the workspace, and a folder for its files."""
    workspace = make_authority(tmp_path / "authority")
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    return workspace


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_known_faults_are_told_and_sent_to_each_school(authority, tmp_path, capsys):
    assert run("demo", "--into", str(authority.root), "--files", "--faults") == 0
    returns = authority.root / "files" / "school-census" / "2025-26-autumn-with-faults"
    assert run("data", "check", str(returns), "--into", str(tmp_path / "out")) == 11
    said = capsys.readouterr()
    assert "7 of 7 schools have something to mend" in said.out
    assert "7 of 7 returns have faults" in said.err
    assert "line 7" in said.err
    assert len(list((tmp_path / "out").iterdir())) == 7
    assert run("data", "add", "school-census-xml", str(returns)) == 11
    good = sorted((authority.root / "files" / "school-census" / "2025-26-autumn").iterdir())[0]
    assert run("data", "check", str(good)) == 0
    assert "no fault" in capsys.readouterr().out
    assert run("data", "check", "--into", str(tmp_path / "out")) == 10
