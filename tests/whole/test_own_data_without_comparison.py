"""An establishment outside the protocol receives its own data, and nothing of others to compare it with (2, 11)."""

import os
import shutil

import pytest
import yaml
from project_paths import PARAMETERS

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters
from kdsp_lib.source.workspace import read_workspace

WITHDRAWN, SIGNED, NURSERY = "990046", "990030", "990060"
COMPARED = {"kind": "rate", "measure": "fsm6", "by": ["sex"], "where": None, "compare": "authority"}


@pytest.fixture(scope="module")
def desk(authority, tmp_path_factory):
    root = tmp_path_factory.mktemp("alone") / "authority"
    shutil.copytree(authority.root, root, ignore=shutil.ignore_patterns(authority.state.name, authority.outputs.name))
    workspace = read_workspace(root)
    workspace.state.mkdir(mode=0o700)
    desk = Desk(workspace)
    yield desk
    desk.close()


@pytest.fixture
def answered(desk):
    """What a school's report for itself says, and what its question about free school meals is answered."""

    def answered(urn, **more):
        own = yaml.safe_load((PARAMETERS / "bespoke_school" / "own.yaml").read_text())
        session = Session("notebook", "officer:a1", "notebook", "", "full", os.getpid())
        about = {"school": urn, "recipient": f"establishment:{urn}"}
        opened = desk.open(session, {"report": "bespoke_school", "parameters": {**own, **about}})
        (table,) = desk.tables(session, {"questions": {"fsm6": {**COMPARED, **more}}})["tables"]
        again = desk.tables(session, {"questions": {"fsm6": {**COMPARED, **more}}})["tables"]
        assert again == [table]
        return opened, table

    return answered


def whose(table):
    return {cell["codes"][-1] for cell in table["cells"]}


def test_a_signatory_is_compared(answered):
    opened, table = answered(SIGNED)
    assert whose(table) == {"own", "authority"}
    assert "Own data only" not in dict(opened["facts"])


def test_one_that_has_withdrawn_gets_the_same_table_with_its_own_part_alone(answered):
    opened, table = answered(WITHDRAWN)
    facts = dict(opened["facts"])
    assert "own-data-only" in facts["Obliges to"]
    assert "without comparison" in facts["Own data only"]
    assert "Comparators" not in facts
    assert whose(table) == {"own"}
    assert [level["code"] for level in table["dims"][-1]["levels"]] == ["own"]
    assert any("without comparison" in note for note in table["notes"])
    assert "beside" not in table["scope"]
    assert any(cell["values"][0] != "c" for cell in table["cells"])


def test_one_of_whose_phase_too_few_others_are_run_gets_the_same_table_with_its_own_part_alone(answered):
    """The only nursery of the authority: a batch of all its schools has its report too."""
    opened, table = answered(NURSERY)
    facts = dict(opened["facts"])
    assert facts["Comparators"].startswith("none: too few others")
    assert "own-data-only" not in facts["Obliges to"]
    assert whose(table) == {"own"}
    assert any("stand alone" in note for note in table["notes"])
    assert any(cell["values"][0] != "c" for cell in table["cells"])


def test_what_compares_with_nothing_is_no_comparator_of_others(answered):
    with pytest.raises(BadParameters):
        answered(SIGNED, compare="own")
