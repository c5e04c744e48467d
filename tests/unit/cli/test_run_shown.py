"""How a batch's end is shown: what was released, then what was not, each with its way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kdsp_lib.errors import BadParameters, Broken, NotAuthorised
from kdsp_lib.run.outcome import Outcome

REFUSED = NotAuthorised("It is not permitted.", clauses=["11"], remedy="ask the head to sign again")


@pytest.fixture
def batch(kdsp, monkeypatch):
    """A workspace with two parameter files, whose reports end as the test says."""
    kdsp("init")
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text("on: 2026-03-02\n")

    def ending(*outcomes):
        def run_batch(reports, workspace, *, workers, progress):
            assert len(reports) == len(outcomes)
            for number, outcome in enumerate(outcomes):
                progress(number, outcome)
            return list(outcomes)

        monkeypatch.setattr("kdsp_lib.run.batch.run_batch", run_batch)

    return ending


def test_released_reports_are_named_with_their_folders(kdsp, batch):
    batch(
        Outcome(Path("a.yaml"), "released", folder=Path("outputs/1f")),
        Outcome(Path("b.yaml"), "unchanged", folder=Path("outputs/2e")),
    )
    ended = kdsp("run", "a.yaml", "b.yaml")
    assert ended.code == 0
    assert ended.err == ""
    assert [line.split() for line in ended.out.splitlines()] == [
        ["released", "a.yaml", "->", "outputs/1f"],
        ["unchanged", "b.yaml", "->", "outputs/2e"],
    ]


def test_a_refusal_goes_to_standard_error_and_into_the_exit_code(kdsp, batch):
    batch(
        Outcome(Path("a.yaml"), "released", folder=Path("outputs/1f")),
        Outcome(Path("b.yaml"), "refused", error=REFUSED),
    )
    ended = kdsp("run", "a.yaml", "b.yaml")
    assert ended.code == 12
    assert "outputs/1f" in ended.out
    assert "b.yaml" not in ended.out
    for part in ("b.yaml", "KDSP-401", "11", "ask the head to sign again"):
        assert part in ended.err


def test_the_exit_code_is_the_gravest(kdsp, batch):
    batch(
        Outcome(Path("a.yaml"), "refused", error=REFUSED),
        Outcome(Path("b.yaml"), "failed", error=Broken("The kernel died.")),
    )
    ended = kdsp("run", "a.yaml", "b.yaml")
    assert ended.code == 70
    assert "reference" in ended.err


def test_as_json_every_report_has_its_end(kdsp, batch):
    batch(
        Outcome(Path("a.yaml"), "released", folder=Path("outputs/1f")),
        Outcome(Path("b.yaml"), "mistake", error=BadParameters("1 fault.")),
    )
    ended = kdsp("run", "a.yaml", "b.yaml", "--json")
    assert ended.code == 10
    first, second = json.loads(ended.out)
    assert (first["status"], first["folder"], first["error"]) == ("released", "outputs/1f", None)
    assert (second["status"], second["exit_code"], second["error"]["error"]) == ("mistake", 10, "BadParameters")


def test_a_folder_stands_for_its_parameter_files(kdsp, batch):
    Path("north").mkdir()
    Path("a.yaml").rename("north/a.yaml")
    Path("b.yaml").rename("north/b.yaml")
    batch(
        Outcome(Path("north/a.yaml"), "released", folder=Path("x")),
        Outcome(Path("north/b.yaml"), "released", folder=Path("y")),
    )
    assert kdsp("run", "north").code == 0
