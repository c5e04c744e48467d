"""Two reports that somebody could subtract, answered side by side: the second to be released was not looked at beside
the first. So it is no release; asked again, it is made safe beside it. Whether one custodian answered both, or two."""

import os

import pytest

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import CustodianLost, Overtaken
from kdsp_lib.register.database import Database
from kdsp_lib.run import one_report
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile

QUESTIONS = {"pupils": {"kind": "count", "measure": "pupils", "by": ["year-group", "fsm6"], "where": None}}
SCHOOL = {"school": "990005", "recipient": "officer:a1", "purpose": "school-improvement-plan"}
PHASES = {"pupils": {"kind": "count", "measure": "pupils", "by": ["phase"], "where": None}}
EAST = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
WHOLE = {"group": None, "recipient": "authority", "purpose": "raising-attainment"}
PERIOD = "2025/26-autumn"
DAY, NEXT = "2026-06-15", "2026-06-16"


class Asking:
    """A run and its notebook, before a desk."""

    def __init__(self, desk, name, parameters, on=DAY):
        self.report = "bespoke-school" if "school" in parameters else "area-profile"
        self.desk, self.parameters = desk, {**parameters, "period": PERIOD, "on": on}
        self.runner = Session("runner", "officer:a1", "runner", name, "full", os.getpid())
        self.notebook = Session("notebook", "officer:a1", "notebook", name, "full", os.getpid())

    def answered(self):
        begun = {"notebook": self.report, "notebook_hash": "0" * 64, "parameters": self.parameters}
        self.desk.begin(self.runner, begun)
        self.desk.open(self.notebook, {"report": self.report, "parameters": self.parameters})
        self.desk.tables(self.notebook, {"questions": QUESTIONS if "school" in self.parameters else PHASES})
        return self

    def release(self):
        return self.desk.release(self.runner, {"texts": []})


@pytest.mark.parametrize("custodians", [1, 2])
def test_what_was_answered_beside_another_is_not_released_after_it(workspace, custodians):
    """One school as of two days, told to somebody else by its head's consent."""
    desks = [Desk(workspace) for _ in range(custodians)]
    one, other = Asking(desks[0], "one", SCHOOL).answered(), Asking(desks[-1], "other", SCHOOL, NEXT).answered()
    one.release()
    with pytest.raises(Overtaken):
        other.release()
    one.release()
    Asking(desks[-1], "again", SCHOOL, NEXT).answered().release()
    for desk in desks:
        desk.close()
    with Database(workspace.database) as database:
        ledger = Ledger(database)
        assert ledger.verify()
        assert [entry.body["parameters"]["on"] for entry in ledger.entries(kind="release")] == [DAY, NEXT]


def test_figures_of_groups_overtake_nobody(new_workspace):
    """Nor does a school's report overtake them; and they are the same, whichever comes first."""
    asked = {"east": EAST, "whole": WHOLE, "school": SCHOOL}
    found = []
    for order in (("east", "whole", "school"), ("school", "whole", "east")):
        desk = Desk(new_workspace())
        answered = {name: Asking(desk, name, asked[name], on="2026-03-02").answered() for name in asked}
        found.append({name: answered[name].release()["tables"] for name in order})
        desk.close()
    assert found[0] == found[1]


def test_a_run_that_was_overtaken_is_begun_anew_once(monkeypatch, tmp_path):
    tries = []

    def overtaken(given, workspace):
        tries.append(given)
        if len(tries) == 1:
            raise Overtaken("Something was released meanwhile.")
        return Outcome(tmp_path, "released")

    monkeypatch.setattr(one_report, "_released", overtaken)
    given = ParameterFile(tmp_path, tmp_path, {}, "area-profile")
    assert one_report.run_checked(given, None).status == "released"
    assert len(tries) == 2


@pytest.mark.parametrize(("lost", "tries"), [(1, 2), (2, 3), (3, 3)])
def test_a_run_that_loses_its_custodian_is_begun_anew_up_to_twice(lost, tries):
    begun = []

    def run():
        begun.append(1)
        if len(begun) <= lost:
            raise CustodianLost("The custodian did not answer.")
        return "ended"

    if lost < 3:
        assert one_report.begun_anew(run) == "ended"
    else:
        with pytest.raises(CustodianLost):
            one_report.begun_anew(run)
    assert len(begun) == tries
