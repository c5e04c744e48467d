"""`kdsp run --scheduler`: the same batch on a Dask cluster, the same bytes, also where a worker is killed midway."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from far import far_workspace, new_token, serving
from light_notebooks import light_notebooks
from processes import command_of, descendants, ended, entries, gone, releases, started, wait_until
from project_paths import PARAMETERS, PROJECT

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.release.read import verify_release
from kdsp_lib.run.cluster import ClusterWorkers, check_scheduler
from kdsp_lib.run.far_report import job_of, made_of, make_reports
from kdsp_lib.run.one_report import Made
from kdsp_lib.run.parameters import read_parameters

SECRET = bytes(range(32))
MARKS = "import time\nfrom pathlib import Path\nPath('here').write_text('')\ntime.sleep(2)"
PROFILES = [PARAMETERS / "area_profile" / f"{area}.yaml" for area in ("east", "refused")]
SCHOOLS = ("990005", "990010", "990001")
PUPILS = """school: "{school}"
recipient: establishment:{school}
purpose: school-improvement-plan
period: 2025/26-autumn
"on": "2026-03-02"
"""
AUTHORITY = """group: null
recipient: authority
purpose: raising-attainment
period: 2025/26-autumn
"on": "2026-03-02"
"""


@pytest.fixture
def batch(tmp_path):
    """An area, a refusal, three schools, and last the authority, which waits for the area."""
    whole = tmp_path / "parameters" / "area_profile" / "authority.yaml"
    whole.parent.mkdir(parents=True)
    whole.write_text(AUTHORITY)
    folder = tmp_path / "parameters" / "pupil_report"
    folder.mkdir(parents=True)
    for school in SCHOOLS:
        (folder / f"{school}.yaml").write_text(PUPILS.format(school=school))
    return [*PROFILES, folder, whole]


@pytest.fixture
def same_names(new_workspace):
    """Make a made-up authority whose releases have the same names as those of another."""

    def make():
        made = new_workspace()
        (made.state / "custodian.key").write_bytes(SECRET)
        (made.state / "custodian.key").chmod(0o600)
        return made

    return make


@pytest.fixture
def far(same_names, tmp_path):
    """A custodian, and the workspaces of other machines by their names."""
    home = same_names()
    with serving(home) as told, ExitStack() as until_then:

        def make(name, person=home.requester):
            _, token = new_token(home, person)
            return until_then.enter_context(far_workspace(tmp_path / name, told, token))

        yield home, make


@pytest.fixture
def dask(tmp_path):
    """Start processes of a Dask cluster: ``dask("scheduler", ...)``; they end with the test."""
    running = []

    def start(command, *options, workspace=None):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KDSP_")}
        if workspace is not None:
            environment["KDSP_WORKSPACE"] = str(workspace.root)
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{command}", *map(str, options), "--no-dashboard"],
            env={**environment, "PYTHONPATH": str(PROJECT)},
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(dask, tmp_path):
    """A scheduler's address, once it has one."""
    found = tmp_path / "scheduler.json"
    dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", found)
    wait_until(lambda: found.exists() and found.read_text().rstrip().endswith("}"), "the scheduler")
    return json.loads(found.read_text())["address"]


def files_of(workspace):
    """Every file of every release, but for the times and the host in its manifest."""
    found = {}
    for release in releases(workspace):
        assert not verify_release(release)
        for path in release.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                if path.name == "manifest.json":
                    content = {key: value for key, value in json.loads(content).items() if key != "transient"}
                found[path.relative_to(workspace.outputs).as_posix()] = content
    return found


def statuses(said):
    return [outcome["status"] for outcome in json.loads(said)]


def in_a_cell(process):
    """Whether a report's kernel below a worker waits in a cell."""
    return any(Path(f"/proc/{pid}/cwd/here").exists() for pid in descendants(process.pid))


def test_the_same_bytes_as_on_one_machine_though_a_worker_is_killed_midway(
    same_names, far, cluster, dask, batch, tmp_path
):
    notebooks = light_notebooks(tmp_path / "notebooks", first=MARKS)
    alone = same_names()
    code, said = ended(started(alone, "-j", 3, "--json", "--notebooks", notebooks, *batch, stderr=subprocess.DEVNULL))
    expected = ["released", "refused", "released", "released", "released", "released"]
    assert (code, statuses(said)) == (12, expected)

    home, machine = far
    begun_from = machine("begun-from")
    workers = [
        dask("worker", cluster, "--nthreads", "1", "--no-nanny", "--local-directory", tmp_path / f"dask{number}",
             workspace=machine(f"worker{number}"))
        for number in range(2)
    ]  # fmt: skip
    options = ("--scheduler", cluster, "--json", "--notebooks", notebooks, *batch)
    runner = started(begun_from, *options, stderr=subprocess.DEVNULL)
    at_work = wait_until(lambda: [each for each in workers if in_a_cell(each)] or runner.poll() is not None, "a report")
    assert runner.poll() is None, "it ended before a worker could be killed"
    below = descendants(at_work[0].pid)
    at_work[0].kill()
    code, said = ended(runner)
    assert (code, statuses(said)) == (12, expected), said
    gone([pid for pid in below if "kdsp_lib.custodian.relay" not in command_of(pid)])
    assert files_of(begun_from) == files_of(alone)
    assert not list(home.outputs.iterdir()), "the custodian's machine writes none"
    assert not list(tmp_path.glob("worker?/outputs")), "nor does a worker"
    assert len(entries(home, "release")) == 5
    assert len(entries(home, "written")) == 5

    lost = releases(begun_from)[0]
    lost.rename(tmp_path / "lost")
    code, said = ended(started(begun_from, *options, stderr=subprocess.DEVNULL))
    assert code == 12
    assert sorted(statuses(said)) == ["refused", "released", *["unchanged"] * 4], "what stands is left as it is"
    assert files_of(begun_from) == files_of(alone)


def test_a_worker_makes_no_report_of_another_person_and_none_without_a_workspace(far, tmp_path, monkeypatch):
    """Asked by their function, as Dask does: what comes back is an outcome, never a traceback."""
    home, machine = far
    notebooks = light_notebooks(tmp_path / "notebooks")
    given = read_parameters(PROFILES[0], notebooks)
    job = job_of(given, home.requester, anew=False, required=False)
    monkeypatch.setenv("KDSP_WORKSPACE", str(machine("other", "officer:b1").root))
    [other] = make_reports([job])
    assert other["outcome"]["status"] == "mistake"
    assert "has the token of officer:b1" in other["outcome"]["error"]["message"]
    monkeypatch.delenv("KDSP_WORKSPACE")
    monkeypatch.chdir(tmp_path)
    [none] = make_reports([job])
    assert none["outcome"]["status"] == "mistake"
    assert "has no workspace" in none["outcome"]["error"]["message"]
    assert not entries(home, "release")


def test_what_a_worker_sends_back_is_checked(tmp_path):
    made = {"run": "r", "release": "x", "content_hash": "", "built": {"id": "x", "files": {}, "is_private": False}}
    assert isinstance(made_of(made), Made)
    with pytest.raises(Broken, match="not what its manifest says"):
        made_of(made).built.manifest()
    for wrong in ({}, {**made, "built": {"id": "x"}}, {**made, "built": 3}, {**made, "release": "../x"}):
        with pytest.raises(Broken, match="what is no release"):
            made_of(wrong)


def test_a_machine_with_data_takes_no_scheduler_of_another(authority, kdsp):
    """What a cluster sends back is unpickled."""
    for here in ("tcp://127.0.0.1:8786", "tcp://localhost:8786", "tls://127.0.0.1:8786", "tcp://[::1]:8786"):
        check_scheduler(here, authority)
    for away in ("tcp://10.0.0.5:8786", "tls://scheduler.example.org:8786", "tcp://localhost.example.org:1"):
        with pytest.raises(BadParameters, match="This machine holds the data") as refused:
            check_scheduler(away, authority)
        assert "[custodian]" in refused.value.remedy
    for wrong in ("127.0.0.1:8786", "http://127.0.0.1:1", "tcp://127.0.0.1", "inproc://x", "tcp://h:99999", ""):
        with pytest.raises(BadParameters, match="is no scheduler"):
            check_scheduler(wrong, authority)
    ended = kdsp("run", PROFILES[0], "--scheduler", "tcp://127.0.0.1:1", "-j", "2")
    assert ended.returncode == 10
    assert "leave -j out" in ended.stderr


def test_a_cluster_that_is_not_there_or_has_no_workers_is_told_so(cluster, authority, monkeypatch):
    """In this process, which waits for less long."""
    monkeypatch.setattr("kdsp_lib.run.cluster._CONNECT_SECONDS", 2)
    with pytest.raises(BadParameters, match="has no workers") as refused:
        ClusterWorkers(authority, cluster)
    assert refused.value.exit_code == 10
    with pytest.raises(BadParameters, match="There is no scheduler"):
        ClusterWorkers(authority, "tcp://127.0.0.1:1")
