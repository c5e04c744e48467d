"""The counts as an auditor takes them, and what an independent auditor makes of them."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from invented_tables import random_authority

from kdsp_lib.analyse.count_tables import count_tables
from kdsp_lib.model.question import Question

QUESTIONS = {
    "absence": Question("rate", "persistent-absence", ("phase", "sex")),
    "severe": Question("rate", "severe-absence", ("sex",)),
    "plans": Question("rate", "ehc-plan", ("phase",)),
    "pupils": Question("count", "pupils", ("phase", "sex", "sen")),
    "fsm6": Question("count", "fsm6", ("sex",)),
    "girls": Question("count", "pupils", ("fsm6",), "sex = 'F'"),
    "missed": Question("rate", "absence", ("year-group",)),
    "phonics": Question("rate", "phonics", ("sex",)),
    "reading": Question("mean", "ks2-reading-average", ("fsm6",)),
    "tables_check": Question("rate", "times-tables-full-marks", ("sex",)),
    "english_maths": Question("rate", "english-maths-4", ("fsm6",)),
}


@pytest.fixture(scope="module")
def cube():
    return random_authority(21, schools=5, pupils=60).cube(**QUESTIONS)


def shared():
    place = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared"))
    auditor = place / "tools" / "sdc" / "run_audit.py"
    if not auditor.exists():
        pytest.skip("the independent auditor is not here (KDSP_SHARED)")
    return auditor


def audited(cube, hidden, folder):
    auditor = shared()
    counts = count_tables(cube, hidden)
    for table in counts.tables:
        with (folder / f"{table.name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([table.header, *table.rows])
    files = {table.name: f"{table.name}.csv" for table in counts.tables}
    (folder / "release.json").write_text(json.dumps(counts.to_json(files, threshold=6)))
    done = subprocess.run(
        [sys.executable, str(auditor), str(folder / "release.json")], capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_an_auditor_finds_one_consistent_set_of_counts(cube, tmp_path):
    found = audited(cube, np.zeros(len(cube.keys), dtype=bool), tmp_path)
    assert (found["inconsistent"], found["conflict"], found["hidden"]) == (0, 0, 0)


def test_an_auditor_sees_a_cell_withheld_in_all_tables_and_works_it_out_from_its_margins(cube, tmp_path):
    hidden = np.zeros(len(cube.keys), dtype=bool)
    hidden[next(r.counted for r in cube.tables["pupils"].rows if r.codes == ("primary", "F", "plan"))] = True
    found = audited(cube, hidden, tmp_path)
    assert (found["inconsistent"], found["conflict"]) == (0, 0)
    assert found["exact"] == found["hidden"] == 1


def test_withholding_at_random_never_contradicts_itself(cube, tmp_path):
    hidden = np.random.default_rng(1).random(len(cube.keys)) < 0.2
    found = audited(cube, hidden, tmp_path)
    assert (found["inconsistent"], found["conflict"]) == (0, 0)


def test_different_things_never_share_a_cell(cube):
    counts = count_tables(cube, np.zeros(len(cube.keys), dtype=bool))
    seen = {}
    for table in counts.tables:
        for *codes, value in table.rows:
            key = tuple(sorted((d, c) for d, c in zip(table.dims, codes, strict=True) if c != counts.dims[d]["root"]))
            assert seen.setdefault(key, value) == value


def test_structural_zeros_are_left_out():
    authority = random_authority(22)
    cube = authority.cube(q=Question("count", "pupils", ("phase", "year-group")))
    rows = count_tables(cube, np.zeros(len(cube.keys), dtype=bool)).tables[0].rows
    assert not any(row[:3] == ("pupils", "primary", "9") for row in rows)
    assert len(rows) == sum(not cube.structural[r.counted] for r in cube.tables["q"].rows)
