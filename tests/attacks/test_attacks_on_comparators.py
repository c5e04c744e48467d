"""A head holds the school's own figures whole, all that is told beside them, and the areas' profiles: what of others?

The attacker is a programme of this file's own over every kind of pupil there may be. It knows each pupil of the school,
so it takes these away from whatever is printed, and looks at what is left.
"""

from __future__ import annotations

import itertools
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "whole"))

from recount import Recount

from kdsp_lib.custodian.desk import Desk
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.source.demo.authority import make_authority

OFFICER, PERIOD, ON = "officer:a1", "2025/26-autumn", "2026-03-02"
AREAS = ("east", "west")
SCHOOLS = ("990005", "990054", "990056")
"""A primary, a special school of an area with three of them, and the only one of another area."""
DOMAINS = {
    "sex": ("F", "M"), "fsm6": ("yes", "no"), "sen_provision": ("N", "K", "E"), "share-eal": ("yes", "no"),
    "absence": ("none", "persistent", "other"),
}  # fmt: skip
MEASURES = {
    "fsm6": ("fsm6", "yes"), "sen-support": ("sen_provision", "K"), "ehc-plan": ("sen_provision", "E"),
    "eal": ("share-eal", "yes"), "persistent-absence": ("absence", "persistent"),
}  # fmt: skip


def asked(kind, measure, *by, **more):
    return {"kind": kind, "measure": measure, "by": list(by), "where": None, **more}


AREA = {
    "phases": asked("count", "pupils", "phase"),
    "fsm6": asked("rate", "fsm6", "sex"),
    "eal": asked("rate", "eal", "sex"),
}
OWN = {
    "fsm6": asked("rate", "fsm6", "sex", compare="authority"),
    "plans": asked("rate", "ehc-plan", "sex", compare="authority"),
    "eal": asked("rate", "eal", "sex", "fsm6", compare="authority"),
    "persistent": asked("rate", "persistent-absence", "sex", compare="authority"),
    "groups": asked("count", "pupils", "sex", "fsm6"),
}


MOST_KINDS = 20
VALUES_LEFT = 5
"""So many values of a small count are possible at least, whoever looks."""


class DeskOfTheDay(Desk):
    def today(self):
        return date.fromisoformat(ON)


def release(desk, report, questions, given, number):
    runner, notebook = (Session(s, OFFICER, s, f"run {number}", "full", os.getpid()) for s in ("runner", "notebook"))
    parameters = {**given, "period": PERIOD, "on": ON}
    desk.begin(runner, {"notebook": report, "notebook_hash": "0" * 64, "parameters": parameters})
    desk.open(notebook, {"report": report, "parameters": parameters})
    desk.tables(notebook, {"questions": questions})
    return desk.release(runner, {"texts": []})["tables"]


def profile(desk, area, number):
    group = f"collaborative:{area}"
    given = {"group": group, "recipient": group, "purpose": "commissioning-of-services"}
    return release(desk, "area-profile", AREA, given, number)


def own(desk, urn, number):
    given = {"school": urn, "recipient": f"establishment:{urn}", "purpose": "school-improvement-plan"}
    return release(desk, "bespoke-school", OWN, given, number)


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """The pupils of the authority, counted again by plain pandas; and whose areas they are in."""
    workspace = make_authority(tmp_path_factory.mktemp("truth") / "authority")
    recount = Recount(workspace)
    rows = recount.rows.assign(
        absence=np.where(
            ~recount.rows["enrolled"],
            "none",
            np.where(recount.rows["share-persistent-absence"] == "yes", "persistent", "other"),
        )
    )
    signed = {urn for urn in rows["urn"].unique() if recount.community.is_signatory(urn)}
    rows = rows[rows["urn"].isin(signed)]
    area_of = {urn: a for a in AREAS for urn in recount.community.members(f"collaborative:{a}")}
    return rows.assign(area=rows["urn"].map(area_of).fillna("nowhere"))


@pytest.fixture(scope="module", params=["areas first", "areas last", "areas between"])
def told(request, tmp_path_factory, with_edition):
    """All tables by whom they are about, in three orders."""
    desk = DeskOfTheDay(with_edition(make_authority(tmp_path_factory.mktemp("told") / "authority")))
    steps = {"areas first": (*AREAS, *SCHOOLS), "areas last": (*SCHOOLS, *AREAS)}.get(
        request.param, (*SCHOOLS[:2], *AREAS, *SCHOOLS[2:])
    )
    found = {}
    for number, step in enumerate(steps):
        found[step] = (profile if step in AREAS else own)(desk, step, number)
    desk.close()
    return found


def test_no_school_is_withheld_a_figure_of_its_own(told, truth):
    for urn in SCHOOLS:
        pupils = truth[truth["urn"] == urn]
        for table in told[urn]:
            for cell in table["cells"]:
                if "compare" not in table["question"] or cell["codes"][-1] == "own":
                    assert "c" not in cell["values"], (urn, table["name"], cell["codes"])
        (groups,) = (table for table in told[urn] if table["name"] == "groups")
        for cell in groups["cells"]:
            counted = pupils
            for name, code in zip(("sex", "fsm6"), cell["codes"], strict=True):
                counted = counted if code == "All" else counted[counted[name] == code]
            assert cell["values"] in ([str(len(counted))], ["z"])


@pytest.mark.parametrize("urn", SCHOOLS)
def test_a_head_works_no_figure_of_others_out(urn, told, truth):
    """Of each count of 1 to 5 of others' pupils, printed or left by subtracting, five values are possible or more."""
    head = Head(urn, truth)
    for area in AREAS:
        for table in told[area]:
            head.reads(table, lambda rows, area=area: rows["area"] == area, beside=False)
    phase = truth[truth["urn"] == urn]["phase"].iloc[0]
    for table in told[urn]:
        head.reads(table, lambda rows: rows["phase"] == phase, beside=True)
    assert head.printed > 30
    assert head.small()
    assert not head.worked_out()


def test_the_attacker_finds_what_is_given_away(told, truth):
    """Told exactly all but one kind of those who are few, it has the last."""
    head = Head(SCHOOLS[0], truth)
    head.reads(told["east"][1], lambda rows: rows["area"] == "east", beside=False)
    mask = np.zeros(len(head.kinds), bool)
    mask[np.flatnonzero((head.true >= 1) & (head.true <= 5))[0]] = True
    head.asked = {mask.tobytes(): mask}
    assert not head.worked_out()
    for kind in np.eye(len(head.kinds))[~mask]:
        head.knows(kind, head.true @ kind, head.true @ kind)
    head.knows(np.ones(len(head.kinds)), head.true.sum(), head.true.sum())
    assert head.worked_out()


class Head:
    """Who runs one school: what they know as equations over the kinds of all other pupils."""

    def __init__(self, urn, truth):
        axes = {"area": sorted(truth["area"].unique()), "phase": sorted(truth["phase"].unique()), **DOMAINS}
        self.kinds = [dict(zip(axes, kind, strict=True)) for kind in itertools.product(*axes.values())]
        there = truth.groupby(["area", "phase"]).size()
        self.kinds = [kind for kind in self.kinds if (kind["area"], kind["phase"]) in there.index]
        self.columns = {axis: np.array([kind[axis] for kind in self.kinds]) for axis in axes}
        others = truth[truth["urn"] != urn].groupby(list(axes)).size()
        self.true = np.array([others.get(tuple(kind.values()), 0) for kind in self.kinds], dtype=float)
        own = truth[truth["urn"] == urn].groupby(list(axes)).size()
        self.own = np.array([own.get(tuple(kind.values()), 0) for kind in self.kinds], dtype=float)
        self.rows, self.low, self.high, self.asked = [], [], [], {}
        self.printed = 0

    def reads(self, table, whose, *, beside):
        """Take in a table: of one with a comparator the comparator's rows."""
        question = table["question"]
        if beside and "compare" not in question:
            return
        inside = whose(self.columns)
        measure = question["measure"]
        for cell in table["cells"]:
            codes = cell["codes"]
            if beside and codes[-1] == "own":
                continue
            base = inside.copy()
            for by, code in zip(question["by"], codes, strict=False):
                base &= (code == "All") | (self.columns[by] == code)
            values = cell["values"]
            if set(values) == {"z"} or any(
                code != "All" and code not in self.columns[by] for by, code in zip(question["by"], codes, strict=False)
            ):
                continue  # a row of several taken together tells less than these
            if measure == "pupils":
                self._told(base, values[0])
                continue
            base &= (self.columns["absence"] != "none") | (measure != "persistent-absence")
            axis, held = MEASURES[measure]
            counted = base & (self.columns[axis] == held)
            self._told(base, values[2])
            self._told(counted, values[1])
            self.asked[(base & ~counted).tobytes()] = base & ~counted

    def _told(self, mask, printed):
        """A figure of all pupils, the head's own among them, each within 4 of what is printed."""
        self.asked[mask.tobytes()] = mask
        if printed == "c":
            return
        self.printed += 1
        own, count = self.own[mask].sum(), self.true[mask].sum()
        assert int(printed) % 5 == 0
        assert abs(int(printed) - own - count) < 5
        self.knows(mask.astype(float), int(printed) - 4 - own, int(printed) + 4 - own)

    def knows(self, row, low, high):
        """That a sum over kinds of others lies between two numbers."""
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def small(self):
        """What tables ask for of others that is 1 to 5 pupils, and some kinds of pupils of whom
        there are so few."""
        few = np.flatnonzero((self.true >= 1) & (self.true <= 5))
        kinds = np.eye(len(self.kinds), dtype=bool)[few[:: max(1, len(few) // MOST_KINDS)]]
        return [*(mask for mask in self.asked.values() if 1 <= self.true[mask].sum() <= 5), *kinds]

    def worked_out(self):
        """Those of which fewer than five values are possible."""
        rows = np.array(self.rows)
        above, below = np.concatenate([rows, -rows]), np.concatenate([self.high, -np.array(self.low)])
        found = []
        for mask in self.small():
            ends = []
            for way in (1.0, -1.0):
                done = linprog(way * mask, A_ub=above, b_ub=below, bounds=(0, None), method="highs")
                assert done.status in (0, 3), done.message
                ends.append(way * done.fun if done.status == 0 else np.inf)
            low, high = np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)
            if high - low + 1 < VALUES_LEFT:
                found.append((self.true[mask].sum(), low, high))
        return found
