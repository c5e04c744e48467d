"""Batches: the number of workers changes no byte, and whatever is killed leaves nothing half written and no process."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from batch_texts import AUTHORITY, pupils_of
from light_notebooks import light_notebooks
from processes import (
    WARM,
    check_whole,
    command_of,
    custodians_of,
    descendants,
    ended,
    entries,
    gone,
    kernels_of,
    releases,
    started,
    wait_until,
)
from project_paths import PARAMETERS

WORKER = "kdsp_lib.run.worker"
SECRET = bytes(range(32))
PUPILS = pupils_of("990005", "990010", "990001", "990002")
WAITS = "import time\nfrom pathlib import Path\nPath('here').write_text('')\ntime.sleep(600)"


@pytest.fixture
def notebooks(tmp_path):
    return light_notebooks(tmp_path / "notebooks")


@pytest.fixture
def overlapping(tmp_path):
    """Reports that somebody could put together, others that nobody could, one that is in it twice, and a refusal."""
    whole = tmp_path / "parameters" / "area_profile" / "authority.yaml"
    whole.parent.mkdir(parents=True)
    whole.write_text(AUTHORITY)
    areas = [PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("east", "central", "refused")]
    schools = [PARAMETERS / "bespoke_school" / f"{school}.yaml" for school in ("elderhaven", "own", "juniperholt")]
    return [*areas, PARAMETERS / "pupil_report" / "elderhaven.yaml", *schools, whole, areas[0]]


@pytest.fixture
def pupils(tmp_path):
    """A batch file of four schools."""
    path = tmp_path / "parameters" / "batch" / "pupils.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(PUPILS)
    return path


def files_of(workspace):
    """Every file of every release, but for the times and the host in its manifest."""
    found = {}
    for release in releases(workspace):
        for path in sorted(release.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                if path.name == "manifest.json":
                    manifest = json.loads(content)
                    del manifest["transient"]
                    content = json.dumps(manifest, sort_keys=True).encode()
                found[path.relative_to(workspace.outputs).as_posix()] = content
    return found


def workers_of(runner):
    return [pid for pid in descendants(runner.pid) if WORKER in command_of(pid)]


def in_a_cell(runner):
    """The kernels of a batch that wait in a cell."""
    return [pid for pid in kernels_of(runner) if Path(f"/proc/{pid}/cwd/here").exists()]


def outcomes_of(said):
    return json.loads(said)


def test_the_number_of_workers_changes_no_byte(new_workspace, notebooks, overlapping):
    found, said = [], []
    for workers in (1, 4):
        workspace = new_workspace()
        (workspace.state / "custodian.key").write_bytes(SECRET)  # the same releases have the same names
        (workspace.state / "custodian.key").chmod(0o600)
        runner = started(workspace, "-j", workers, "--json", "--notebooks", notebooks, *overlapping)
        code, text = ended(runner)
        assert code == 12, text
        outcomes = outcomes_of(text)
        assert [outcome["status"] for outcome in outcomes] == [
            *("released", "released", "refused", "released", "released", "released", "released", "released"),
            "unchanged",
        ]
        check_whole(workspace, releases_there=7)
        assert len(entries(workspace, "release")) == 7
        found.append(files_of(workspace))
        said.append([{**outcome, "folder": None} for outcome in outcomes])
    alone, together = found
    assert alone.keys() == together.keys()
    assert [name for name in alone if alone[name] != together[name]] == []
    assert said[0] == said[1]


def test_a_batch_goes_on_where_it_was_stopped(workspace, notebooks, pupils):
    """Run again, what stands is left as it is, without its notebook: one that would not end proves it."""
    code, said = ended(started(workspace, "-j", 2, "--notebooks", notebooks, pupils))
    assert code == 0, said
    before = files_of(workspace)
    code, said = ended(started(workspace, "-j", 2, "--json", "--notebooks", notebooks, pupils))
    assert code == 0, said
    assert [(each["status"], each["which"]) for each in outcomes_of(said)] == [
        ("unchanged", school) for school in ("990005", "990010", "990001", "990002")
    ]
    assert files_of(workspace) == before
    assert len(entries(workspace, "answer")) == 4
    code, said = ended(started(workspace, "--resume"))
    assert code == 10, said
    assert "No batch of this workspace was stopped, and none has reports that failed." in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "asked", "killed"])
def test_no_process_outlives_a_batch(number, workspace, tmp_path, pupils):
    runner = started(workspace, "-j", 2, "--notebooks", light_notebooks(tmp_path / "waiting", first=WAITS), pupils)
    wait_until(lambda: len(in_a_cell(runner)) == 2, "two kernels in a cell")
    below = descendants(runner.pid)
    runner.send_signal(number)
    code, said = ended(runner)
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert said == ("" if number == signal.SIGKILL else "Stopped. Nothing is half written; to go on, run it again.\n")
    gone(below)
    check_whole(workspace, releases_there=0)
    light_notebooks(tmp_path / "waiting")
    code, said = ended(started(workspace, "--resume", "-j", 2))
    assert code == 0, said
    check_whole(workspace, releases_there=4)


def kill_workers(runner, _workspace):
    return workers_of(runner)


def kill_kernels(runner, _workspace):
    return kernels_of(runner)


def kill_warm_processes(runner, _workspace):
    return [pid for worker in workers_of(runner) for pid in descendants(worker) if WARM in command_of(pid)]


def kill_custodian(_runner, workspace):
    return custodians_of(workspace)


@pytest.mark.parametrize("victims", [kill_workers, kill_kernels, kill_warm_processes, kill_custodian])
def test_what_is_killed_in_a_batch_costs_no_more_than_its_report(victims, workspace, notebooks, pupils):
    runner = started(workspace, "-j", 2, "--json", "--notebooks", notebooks, pupils)
    wait_until(lambda: entries(workspace, "decision") if custodians_of(workspace) else None, "the first report")
    time.sleep(1)
    for pid in victims(runner, workspace):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    code, said = ended(runner)
    outcomes = outcomes_of(said)
    assert len(outcomes) == 4
    assert code == max(outcome["exit_code"] for outcome in outcomes)
    assert {outcome["status"] for outcome in outcomes} <= {"released", "failed"}, said
    if victims in (kill_workers, kill_custodian):  # whoever ran a report runs it again
        assert code == 0, said
    check_whole(workspace, releases_there=sum(outcome["status"] == "released" for outcome in outcomes))

    code, said = ended(started(workspace, "-j", 2, "--notebooks", notebooks, pupils))
    assert code == 0, said
    check_whole(workspace, releases_there=4)
    assert len(entries(workspace, "release")) == 4


def test_the_same_batch_twice_at_once_makes_one_of_each(workspace, notebooks, overlapping):
    runners = [started(workspace, "-j", 2, "--notebooks", notebooks, *overlapping) for _ in range(2)]
    for code, said in map(ended, runners):
        assert code in (12, 76), said
    code, said = ended(started(workspace, "-j", 2, "--notebooks", notebooks, *overlapping))
    assert code == 12, said
    check_whole(workspace, releases_there=7)
    assert len(entries(workspace, "release")) == 7
