"""Tables that others made, held to auditors that share nothing with us."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kdsp_lib.cli.instance_files import read_instance, write_answer, write_arrays
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.certificate import certificates
from kdsp_lib.protect.pattern import protect_system

SHARED = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared"))
TOOLS = SHARED / "tools" / "sdc"
MADE = """
import sys; sys.path.insert(0, sys.argv[1])
import gen
gen.SC["tiny"] = (1, 9, 900) if sys.argv[2] != "linked" else (1, 3, 240)
table, seed, threshold, out = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
m = gen.micro("tiny", seed)
if table == "schools":
    gen.freq_inst(out, "made", m, ["sex", "eth"], "sch", t=threshold)
elif table == "areas":
    gen.freq_inst(out, "made", m, ["sex", "fsm", "sen", "att"], "col", t=threshold)
elif table == "linked":
    gen.linked_inst(out, "made", m, t=threshold)
else:
    gen.mag_inst(out, "made", m)
"""


@pytest.fixture(scope="module", autouse=True)
def auditors():
    if not (TOOLS / "auditor.py").is_file():
        pytest.skip("the other auditors are not on this machine (KDSP_SHARED)")


def told(script, *arguments):
    ended = subprocess.run(
        [sys.executable, TOOLS / script, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def made(folder, table, seed, threshold):
    subprocess.run([sys.executable, "-c", MADE, TOOLS, table, str(seed), str(threshold), folder], check=True)
    return folder / "made"


def hold(instance, folder, *, zeros="printed", contributors=True, mode="full", effort="normal"):
    system = read_instance(instance, zeros=zeros).system
    pattern = protect_system(system, effort=effort)
    write_answer(folder / "p.csv", pattern.hidden)
    write_arrays(folder / "w.npz", certificates(system, pattern))
    hides_zeros = bool((pattern.hidden & system.sampling_zeros).any())
    bound = 0 if hides_zeros or zeros == "hidden" else 1
    checked = told("certcheck.py", instance, folder / "p.csv", folder / "w.npz", "--lb", bound)
    assert {
        key: checked[key] for key in ("unbalanced", "touch_published", "sides_without_certificate")
    } == dict.fromkeys(("unbalanced", "touch_published", "sides_without_certificate"), 0)
    found = told(
        "auditor.py",
        instance,
        folder / "p.csv",
        "--mode",
        mode,
        "--lb",
        bound,
        *(["--contrib"] if contributors else []),
    )
    leaks = ("unsafe_published", "exact_linear", "exact", "exact_secondary", "below", "single_attack", "contrib_exact")
    assert {key: found.get(key, 0) for key in leaks} == dict.fromkeys(leaks, 0)
    assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden).is_safe
    return system, pattern


@pytest.mark.parametrize("table", ["schools", "areas", "magnitudes"])
@pytest.mark.parametrize(("seed", "threshold"), [(1, 5), (2, 6)])
def test_other_auditors_find_no_leak(tmp_path, table, seed, threshold):
    hold(made(tmp_path, table, seed, threshold), tmp_path, contributors=table != "areas")


def test_other_auditors_find_no_leak_where_zeros_may_be_hidden(tmp_path):
    hold(made(tmp_path, "schools", 3, 6), tmp_path, zeros="hidden")


def test_other_auditors_find_no_leak_in_linked_tables(tmp_path):
    hold(made(tmp_path, "linked", 4, 6), tmp_path, contributors=False, mode="req", effort="quick")


@pytest.mark.parametrize("name", ["P_ssb_d2", "P_insee_act_size_cj"])
def test_other_auditors_find_no_leak_in_public_tables(tmp_path, name):
    hold(SHARED / "vectors" / "sdc" / name, tmp_path)


def test_a_release_as_an_attacker_sees_it_tells_nothing(tmp_path):
    instance = made(tmp_path, "schools", 5, 6)
    system, pattern = hold(instance, tmp_path)
    meta = json.loads((instance / "meta.json").read_text())
    dims = {dim["name"]: {"root": dim["root"], "children": dim["children"]} for dim in meta["tables"][0]["dims"]}
    lines = (instance / "cells.csv").read_text().splitlines()
    names = list(dims)
    codes = [line.split(",")[1 : 1 + len(names)] for line in lines[1:]]
    value = system.statistics[0].values.astype(int)
    shown = np.where(pattern.hidden, "c", value.astype(str))
    release = {
        "threshold": 6, "integer": True, "dims": dims,
        "tables": [{"file": "t.csv", "dims": names, "value": "n", "suppressed": ["c"]}],
    }  # fmt: skip
    (tmp_path / "release.json").write_text(json.dumps(release))
    rows = [",".join([*code, text]) for code, text in zip(codes, shown, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join([",".join([*names, "n"]), *rows, ""]))
    truth = [",".join([*code, str(number)]) for code, number in zip(codes, value, strict=True)]
    (tmp_path / "truth.csv").write_text("\n".join([",".join([*names, "value"]), *truth, ""]))
    found = told("run_audit.py", tmp_path / "release.json", "--truth", tmp_path / "truth.csv")
    bad = ("inconsistent", "conflict", "exact", "small_exact", "small_below", "small_counts_printed", "bound_wrong")
    assert {key: found[key] for key in bad} == dict.fromkeys(bad, 0)
