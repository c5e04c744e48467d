"""Schools and areas, released in turn: what is told by name is attacked in everybody's view and in that of who knows
more; what is told of a group binds nobody and hangs on nothing."""

from __future__ import annotations

import os
import shutil

import pytest
import yaml
from project_paths import PARAMETERS

from kdsp_lib.custodian import protecting
from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.source.workspace import read_workspace


def asked(kind, measure, *by, **more):
    return {"kind": kind, "measure": measure, "by": list(by), "where": None, **more}


OF_AN_AREA = {
    "phases": asked("count", "pupils", "phase"),
    "fsm6": asked("rate", "fsm6", "sex"),
    "absence": asked("rate", "absence", "phase"),
}
OF_A_SCHOOL = {
    "pupils": asked("count", "pupils", "year-group"),
    "fsm6": asked("rate", "fsm6", "sex", compare="authority"),
    "sen": asked("rate", "sen", compare="authority"),
    "absence": asked("rate", "absence", compare="authority"),
}
QUESTIONS = {"area_profile": OF_AN_AREA, "bespoke_school": OF_A_SCHOOL}
OF_ITS_GIRLS = {"girls": asked("count", "pupils", "sex", "year-group"), "fsm6": asked("count", "fsm6", "year-group")}
STEPS = (
    ("bespoke_school", "elderhaven", {}),
    ("area_profile", "east", {}),
    ("bespoke_school", "juniperholt", {}),
    ("bespoke_school", "own", {}),
    ("area_profile", "central", {}),
    ("area_profile", "east", {"period": "2025/26-spring"}),
    ("bespoke_school", "elderhaven", {"on": "2026-03-03"}),
)


@pytest.fixture(scope="module")
def answered(authority, tmp_path_factory):
    """By step: each system that was protected for it with its pattern, and what came out; the desk last."""
    root = tmp_path_factory.mktemp("views") / "authority"
    shutil.copytree(authority.root, root, ignore=shutil.ignore_patterns(authority.state.name, authority.outputs.name))
    workspace = read_workspace(root)
    workspace.state.mkdir(mode=0o700)
    desk = Desk(workspace)
    protect, seen, found = protecting.protect_system, [], []

    def watched(system, **how):
        seen.append((system, pattern := protect(system, **how)))
        return pattern

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protecting, "protect_system", watched)
        for number, (report, name, changes) in enumerate(STEPS):
            parameters = yaml.safe_load((PARAMETERS / report / f"{name}.yaml").read_text()) | changes
            asks = OF_ITS_GIRLS if number == len(STEPS) - 1 else QUESTIONS[report]
            released = release(desk, str(number), report, parameters, asks)
            found.append((list(seen), released))
            seen.clear()
    yield found
    desk.close()


def release(desk, run, report, parameters, questions):
    runner = Session("runner", "officer:a1", "runner", run, "full", os.getpid())
    notebook = Session("notebook", "officer:a1", "notebook", run, "full", os.getpid())
    desk.begin(runner, {"notebook": report, "notebook_hash": "0" * 64, "parameters": parameters})
    desk.open(notebook, {"report": report, "parameters": parameters})
    desk.tables(notebook, {"questions": questions})
    return desk.release(runner, {"texts": []})


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_no_attacker_gets_a_figure_in_any_view(answered, step):
    for system, pattern in answered[step][0]:
        findings = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden)
        assert findings.is_safe, findings.counts


def test_an_area_hangs_on_nothing_that_is_out(answered):
    """It comes from the edition, so that no system of it is protected; a school told by consent is one of its own."""
    assert [len(systems) for systems, _ in answered] == [1, 0, 1, 0, 0, 0, 1]


def test_a_later_report_of_a_school_is_attacked_beside_what_its_reader_holds(answered):
    """What the officer was told of it before stands in the system of the last as out already."""
    (first, _), (last, _) = answered[0][0][0], answered[-1][0][0]
    assert not first.must_print.any()
    assert last.must_print.any()


def test_no_release_tells_of_one_that_others_could_not_see(answered):
    private = {
        released["id"] for (report, *_), (_, released) in zip(STEPS, answered, strict=True) if "bespoke" in report
    }
    assert len(private) == 4
    for _, released in answered:
        assert private.isdisjoint(released["facts"]["compared_with"])


def test_what_was_asked_is_printed(answered):
    """Of areas, and of a school to itself, all of it."""
    for systems, released in answered:
        cells = [cell for table in released["tables"] for cell in table["cells"]]
        shown = sum("c" not in cell["values"] for cell in cells)
        assert shown > 0.4 * len(cells) if systems else shown == len(cells)
