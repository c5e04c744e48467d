"""Areas and schools, released in turn: each answer is attacked in everybody's view and in that of who knows more."""

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
STEPS = (
    ("bespoke_school", "elderhaven", {}),
    ("area_profile", "east", {}),
    ("bespoke_school", "juniperholt", {}),
    ("bespoke_school", "own", {}),
    ("area_profile", "central", {}),
    ("area_profile", "east", {"period": "2025/26-spring"}),
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
            released = release(desk, str(number), report, parameters)
            found.append((list(seen), released))
            seen.clear()
    yield found
    desk.close()


def release(desk, run, report, parameters):
    runner = Session("runner", "officer:a1", "runner", run, "full", os.getpid())
    notebook = Session("notebook", "officer:a1", "notebook", run, "full", os.getpid())
    desk.begin(runner, {"notebook": report, "notebook_hash": "0" * 64, "parameters": parameters})
    desk.open(notebook, {"report": report, "parameters": parameters})
    desk.tables(notebook, {"questions": OF_AN_AREA if report == "area_profile" else OF_A_SCHOOL})
    return desk.release(runner, {"texts": []})


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_no_attacker_gets_a_figure_in_any_view(answered, step):
    for system, pattern in answered[step][0]:
        findings = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden)
        assert findings.is_safe, findings.counts


def test_an_area_is_answered_once_for_everybody_and_once_more_for_each_who_was_told(answered):
    """Nobody was told of a school when the first came; before the last, an officer was, and a school of itself."""
    views = [len(systems) for systems, _ in answered]
    assert views[0] == 1
    assert views[1] >= 2
    assert views[5] > views[1]


def test_a_public_release_does_not_tell_of_a_private_one(answered):
    private = {
        released["id"] for (report, *_), (_, released) in zip(STEPS, answered, strict=True) if "bespoke" in report
    }
    assert len(private) == 3
    for _, released in answered:
        assert private.isdisjoint(released["facts"]["compared_with"])


def test_most_of_what_was_asked_is_printed(answered):
    for _, released in answered:
        cells = [cell for table in released["tables"] for cell in table["cells"]]
        assert sum(cell["values"][0] != "c" for cell in cells) > 0.4 * len(cells)
