"""How a command's end becomes text and an exit code: the one place."""

from __future__ import annotations

import pytest
import typer

from kdsp_lib.cli.outcome import exit_code_of
from kdsp_lib.errors import (
    BadParameters,
    BadSource,
    Broken,
    CustodianLost,
    Disclosive,
    Fault,
    NotAuthorised,
    ReviewNeeded,
    traceback_without_figures,
)

SECRET = "Ann Other, 3 pupils"


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """A person without a workspace: the log goes to their own state folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KDSP_WORKSPACE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    return tmp_path / "own" / "kdsp" / "log"


def _raise(error):
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadParameters("x"), 10),
        (BadSource("x"), 11),
        (NotAuthorised("x"), 12),
        (Disclosive("x"), 13),
        (ReviewNeeded("x"), 14),
        (Broken("x"), 70),
        (CustodianLost("x"), 75),
    ],
)
def test_each_kind_of_error_has_its_own_exit_code(error, code, capsys):
    assert exit_code_of(_raise(error)) == code
    assert error.code in capsys.readouterr().err


def test_a_refusal_is_shown_with_clauses_and_way_out_and_nothing_goes_to_standard_output(capsys):
    refusal = NotAuthorised("It is not permitted.", clauses=["2", "11"], remedy="ask the head to sign")
    exit_code_of(_raise(refusal))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "KDSP-401  It is not permitted.",
        "  clauses  2, 11",
        "  to fix   ask the head to sign",
    ]


def test_every_fault_of_a_mistake_is_shown(capsys):
    exit_code_of(_raise(BadParameters("2 faults.", faults=[Fault("line 1", "a"), Fault("line 2", "b")])))
    err = capsys.readouterr().err
    assert "line 1  a" in err
    assert "line 2  b" in err


def test_an_unforeseen_error_shows_a_reference_and_nothing_else(capsys, own_state):
    """An exception of some library may quote the record that it stumbled over."""
    assert exit_code_of(_raise(ValueError(SECRET))) == 70
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert "Traceback" not in out + err
    (log,) = own_state.iterdir()
    assert log.stem in err
    assert log.stat().st_mode & 0o077 == 0
    assert "in command" in log.read_text()
    assert SECRET not in log.read_text()


def test_a_fault_of_ours_keeps_its_traceback_in_the_log(capsys, own_state):
    assert exit_code_of(_raise(Broken("The custodian did not start."))) == 70
    assert "The custodian did not start." in capsys.readouterr().err
    (log,) = own_state.iterdir()
    assert "Broken: KDSP-500  The custodian did not start." in log.read_text()


def test_a_refusal_leaves_no_log(own_state):
    exit_code_of(_raise(NotAuthorised("x")))
    assert not own_state.exists()


def test_in_a_workspace_the_log_stands_in_its_state(tmp_path, capsys):
    from kdsp_lib.source.workspace import init_workspace

    init_workspace(tmp_path)
    exit_code_of(_raise(RuntimeError(SECRET)))
    assert len(list((tmp_path / "state" / "log").iterdir())) == 1


def test_where_no_log_can_be_written_the_reference_still_comes(tmp_path, monkeypatch, capsys):
    (tmp_path / "own").write_text("a file where the folder should be")
    assert exit_code_of(_raise(RuntimeError(SECRET))) == 70
    assert "reference" in capsys.readouterr().err


def test_the_log_tells_the_text_of_errors_about_files_only():
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise FileNotFoundError(2, "No such file", "catalogue.json") from cause
    except FileNotFoundError as error:
        told = traceback_without_figures(error)
    assert "catalogue.json" in told
    assert "ValueError" in told
    assert SECRET not in told


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_ctrl_c_is_the_shells_own_code(error, capsys):
    assert exit_code_of(_raise(error)) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_commands_own_exit_code_is_kept():
    assert exit_code_of(lambda: 12) == 12
    assert exit_code_of(lambda: None) == 0


def test_a_log_repeats_no_refusal_and_no_mistake():
    """It would tell whose act stood in the way to whoever reads logs; a fault of kdsp's own is told."""
    secret = "consents of establishment:990001"
    try:
        try:
            raise BadParameters(secret)
        except BadParameters as cause:
            raise Broken("The notebook stopped.") from cause
    except Broken as error:
        told = traceback_without_figures(error)
    assert "The notebook stopped." in told
    assert "BadParameters: (text left out" in told
    assert "990001" not in told
