"""A batch in shards: the lines and files of docs/how-to/run-on-a-cluster.md, run as they stand."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from batch_texts import AUTHORITY, pupils_of
from light_notebooks import light_notebooks
from processes import check_whole, entries
from project_paths import PARAMETERS, PROJECT

PAGE = (PROJECT / "docs" / "how-to" / "run-on-a-cluster.md").read_text("utf-8")
PUPILS = pupils_of("990005", "990010")


def documented(language, holding):
    """The one block of the page that is of a language and holds a text."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.S | re.M)
    [found] = [text for written_in, text in blocks if written_in == language and holding in text]
    return found


@pytest.fixture
def home(workspace):
    """A home whose folder `reports` is the workspace, as a cluster's nodes share it."""
    (workspace.root.parent / "reports").symlink_to(workspace.root)
    light_notebooks(workspace.root / "notebooks")
    batch = workspace.root / "parameters" / "batch" / "pupil_reports_of_primaries.yaml"
    batch.parent.mkdir(parents=True)
    batch.write_text(PUPILS)
    return workspace.root.parent


def shell(home, script, **variables):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KDSP_")},
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        **variables,
    }
    return subprocess.run(
        ["bash", "-c", script],
        env=environment, cwd=home / "reports", capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def asked_in(shard):
    """What the parameter files of a shard ask for, in the order in which they are run."""
    return [(path.parent.name, yaml.safe_load(path.read_text("utf-8"))) for path in sorted(shard.rglob("*.yaml"))]


def test_the_documented_shards_are_the_batch_and_each_task_runs_its_own(home, workspace):
    making = documented("", "kdsp shards parameters/batch").strip()
    central = PARAMETERS / "area_profile" / "central.yaml"
    whole = workspace.root / "parameters" / "area_profile" / "authority.yaml"
    whole.parent.mkdir()
    whole.write_text(AUTHORITY)
    made = shell(home, making.replace(" --of", f" {central} {whole} --of"))
    assert made.returncode == 0, made.stderr
    assert made.stdout.split() == ["shards/0", "shards/1", "shards/2"]
    shards = [asked_in(workspace.root / folder) for folder in made.stdout.split()]
    areas_of = [[values["group"] for name, values in shard if name == "area_profile"] for shard in shards]
    assert sorted(areas_of, key=len) == [[], [], ["collaborative:central", None]], "together, in their order"
    schools = [values["school"] for shard in shards for name, values in shard if name == "pupil_report"]
    assert sorted(schools) == ["990005", "990010"]

    again = shell(home, making)
    assert again.returncode == 10
    assert "is left as it is" in again.stderr

    sbatch = documented("bash", "#SBATCH")
    assert "#SBATCH --array=0-2\n" in sbatch
    for number in range(3):
        task = {"SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_CPUS_PER_TASK": "1"}
        ended = shell(home, sbatch, **task)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.count("released ") == len(shards[number])
    check_whole(workspace, releases_there=4)
    assert len(entries(workspace, "release")) == 4

    job = yaml.safe_load(documented("yaml", "kind: Job"))
    spec = job["spec"]
    assert (spec["completionMode"], spec["completions"]) == ("Indexed", 3)
    [container] = spec["template"]["spec"]["containers"]
    assert container["command"] == ["bash", "-c"]
    [script] = container["args"]
    for number in range(3):
        ended = shell(home, script, JOB_COMPLETION_INDEX=str(number))
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.count("unchanged ") == len(shards[number]), "an index that is tried again does what is left"
    stopped = shell(home, sbatch, SLURM_ARRAY_TASK_ID="0", SLURM_ARRAY_TASK_COUNT="2")
    assert stopped.returncode == 10
    assert "--array=0-2" in stopped.stderr


def test_shards_of_a_batch_with_faults_are_not_written(home, workspace):
    wrong = workspace.root / "parameters" / "area_profile" / "wrong.yaml"
    wrong.parent.mkdir()
    wrong.write_text("group: nowhere\n")
    ended = shell(home, "kdsp shards parameters --of 2 --into shards")
    assert ended.returncode == 10
    assert "wrong.yaml" in ended.stderr
    assert not (workspace.root / "shards").exists()
    for options in ("--of 2", "--into shards", ""):
        ended = shell(home, f"kdsp shards parameters {options}")
        assert ended.returncode == 10
        assert "--of 16 --into shards" in ended.stderr


def test_the_job_fails_an_index_at_once_for_what_trying_again_does_not_change():
    spec = yaml.safe_load(documented("yaml", "kind: Job"))["spec"]
    assert spec["backoffLimitPerIndex"], "without it there is no FailIndex"
    [rule] = spec["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailIndex"
    assert rule["onExitCodes"] == {"containerName": "kdsp", "operator": "In", "values": [10, 11, 12, 13, 14]}
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    [container] = pod["containers"]
    assert [variable["name"] for variable in container["env"]] == ["KDSP_TOKEN"]
    assert "valueFrom" in json.dumps(container["env"]), "the token stands in a secret, not in the file"
