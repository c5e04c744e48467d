"""How a batch's end is shown: what was released, then what was not, each with its way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kdsp_lib.cli.run_commands import so_far
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
        def run_batch(reports, workspace, *, workers, scheduler, progress):
            ends = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
            assert len(reports) == len(ends)
            for number, outcome in enumerate(ends):
                progress(number, outcome)
            if len(ends) < len(outcomes):
                raise outcomes[-1]
            return ends

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


def test_a_batch_ends_with_a_sum_by_codes(kdsp, batch):
    batch(
        Outcome(Path("a.yaml"), "released", folder=Path("outputs/1f")),
        Outcome(Path("b.yaml"), "refused", "990005", error=REFUSED),
    )
    ended = kdsp("run", "a.yaml", "b.yaml")
    assert ended.err.splitlines()[0] == "refused    b.yaml (990005)"
    assert ended.err.splitlines()[-1] == "2 reports: 1 refused (KDSP-401), 1 released."


def test_a_bar_says_what_was_not_released_and_how_long_the_rest_will_take():
    assert so_far({}, 90, 0.0) == "Reports"
    assert so_far({"unchanged": 30}, 90, 5.0) == "Reports"
    assert so_far({"released": 35, "refused": 2}, 90, 126.0) == "Reports, 2 refused, about 3 min left"
    assert so_far({"released": 1, "failed": 1}, 1000, 60.0) == "Reports, 1 failed, about 8 h left"
    assert so_far({"released": 89, "mistake": 1}, 90, 126.0) == "Reports, 1 with faults"


def test_what_was_stopped_goes_on_by_what_it_was_given(kdsp, batch):
    kept = Path("state/unfinished-batch.json")
    outcomes = [Outcome(Path(f"{name}.yaml"), "released", folder=Path("x")) for name in "ab"]
    batch(*outcomes, KeyboardInterrupt())
    assert kdsp("run", "a.yaml", "b.yaml").code == 130
    given = [Path(path).name for path in json.loads(kept.read_text())["parameters"]]
    assert given == ["a.yaml", "b.yaml"]
    assert kept.parent.stat().st_mode & 0o077 == 0
    batch(*outcomes)
    assert kdsp("run", "--resume").code == 0
    assert not kept.exists()
    ended = kdsp("run", "--resume")
    assert ended.code == 10
    assert "No batch of this workspace was stopped" in ended.err
    assert kdsp("run").code == 10
