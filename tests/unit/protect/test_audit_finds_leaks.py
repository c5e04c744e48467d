"""The second opinion finds what is planted, and nothing else. It does not lean on the search."""

import ast
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from made_up_tables import Sums

import kdsp_lib.protect.attack
import kdsp_lib.protect.audit
import kdsp_lib.sdc.solver
from kdsp_lib.protect.attack import Attack, outsider
from kdsp_lib.protect.audit import Findings, audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import Witnesses

GRID = Sums(
    [
        ("r1", ["a", "b", "c"]), ("r2", ["d", "e", "f"]),
        ("k1", ["a", "d"]), ("k2", ["b", "e"]), ("k3", ["c", "f"]), ("all", ["r1", "r2"]),
    ],
    a=3, b=20, c=90, d=50, e=10, f=60,
)  # fmt: skip


def attacked(table, system, *hidden, zeros_hidden=False):
    return audit_system(system, table.flags(hidden), zeros_hidden=zeros_hidden)


@pytest.mark.parametrize("module", [kdsp_lib.protect.audit, kdsp_lib.protect.attack])
def test_the_audit_shares_no_code_with_the_search(module):
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    ours = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and "kdsp_lib" in (node.module or "")
    }
    assert ours <= {f"kdsp_lib.{name}" for name in ("errors", "protect.attack", "protect.system", "protect.programme")}


def test_what_the_search_and_the_audit_have_in_common_is_a_solver_without_its_banner():
    assert {name for name in vars(kdsp_lib.sdc.solver) if not name.startswith(("__", "@"))} == {
        "SilentSolver", "annotations", "highspy",
    }  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        {"a": 3.0, "b": -3.0},
        {"a": 3.0, "b": -3.0, "c": 0.0, "d": -3.0, "e": 3.0},
        {"a": 0.5, "c": -0.5, "d": -0.5, "f": 0.5},
        {"a": -9.0, "b": 9.0, "d": 9.0, "e": -9.0},
    ],
    ids=["sums that do not hold", "moves what is printed", "no whole pupil", "below zero"],
)
def test_the_audit_believes_no_witness_that_is_none(told):
    """Hidden are a and b alone, so that a follows from its row; whatever the search says."""
    changes = np.zeros((len(GRID.names), 1))
    for name, by in told.items():
        changes[GRID.at(name), 0] = by
    witness = Witnesses(sp.csc_matrix(changes))
    hidden = GRID.flags(["a", "b"])
    plain = audit_system(GRID.system(), hidden, zeros_hidden=False)
    assert plain.exact
    assert audit_system(GRID.system(), hidden, zeros_hidden=False, witnesses=[witness]) == plain


def test_a_witness_that_is_one_spares_a_programme(monkeypatch):
    changes = np.zeros((len(GRID.names), 2))
    for name, by in {"a": 3.0, "b": -3.0, "d": -3.0, "e": 3.0}.items():
        changes[GRID.at(name)] = by, -by
    witness = Witnesses(sp.csc_matrix(changes))
    monkeypatch.setattr(kdsp_lib.protect.attack.Programme, "whole", None)
    hidden = GRID.flags(["a", "b", "d", "e"])
    assert audit_system(GRID.system(), hidden, zeros_hidden=True, witnesses=[witness]) == Findings()


def test_the_witnesses_of_a_pattern_answer_all_that_is_asked_of_it(monkeypatch):
    """A figure need not be followed further than it has to go: a checked table on either side is enough."""
    system = GRID.system()
    pattern = protect_system(system)
    monkeypatch.setattr(kdsp_lib.protect.attack.Part, "furthest", None)
    monkeypatch.setattr(Attack, "determined", None)
    proved = {"zeros_hidden": pattern.zeros_hidden, "witnesses": pattern.witnesses}
    assert audit_system(system, pattern.hidden, **proved) == Findings()


def test_an_interval_ends_where_what_is_asked_of_it_is_shown():
    """Nothing is asked of one side where the other shows a second figure; without one, both sides are followed."""
    system = GRID.system()
    ring, somebody = GRID.flags(["a", "b", "d", "e"]), outsider(system.statistics[0].least)
    asked = Attack(system, system.statistics[0], ring).interval
    assert asked(GRID.at("a"), 3.0, 3.0, somebody) == (3.0, 3.0)
    assert asked(GRID.at("a"), 3.0, 3.0, somebody, apart=1.0) == (3.0, 4.0)
    row = Attack(system, system.statistics[0], GRID.flags(["a", "b"])).interval
    assert row(GRID.at("a"), 3.0, 3.0, somebody, apart=1.0) == (3.0, 3.0)


def test_a_ring_of_four_hides_a_cell():
    assert attacked(GRID, GRID.system(), "a", "b", "d", "e") == Findings()


@pytest.mark.parametrize("hidden", [["a"], ["a", "b"], ["a", "d"], ["a", "b", "e"], ["a", "r1"], ["a", "b", "d", "f"]])
def test_less_than_a_ring_gives_the_cell_back(hidden):
    assert GRID.named(attacked(GRID, GRID.system(), *hidden).exact) == {"a"}


def test_a_printed_primary_is_known():
    assert GRID.named(attacked(GRID, GRID.system(), "b", "d", "e").exact) == {"a"}


def test_sums_alone_tell_a_cell_without_any_inequality():
    system = GRID.system()
    attack = Attack(system, system.statistics[0], GRID.flags(["a", "b", "d", "e", "f"]))
    assert GRID.named(attack.determined) == {"f"}


def test_a_figure_pinned_only_because_none_is_below_zero_is_known():
    """Two hidden counts sum to 0, each with a hidden partner: linear algebra leaves them open, the signs do not."""
    table = Sums([("s", ["x", "y"]), ("t", ["u", "w"]), ("both", ["y", "u"])], x=5, y=0, u=0, w=4)
    system = table.system(table.statistic(table.needing(y=(0, 6))))
    hidden = ["x", "y", "u", "w"]
    assert Attack(system, system.statistics[0], table.flags(hidden)).determined.tolist() == []
    assert table.named(attacked(table, system, *hidden, zeros_hidden=True).exact) == {"y"}


def test_an_interval_too_narrow_is_told_apart_from_a_known_figure():
    """Two hidden counts sum to 4: neither is known, and neither can be 6."""
    table = Sums([("pair", ["a", "b"]), ("all", ["pair", "c"])], a=2, b=2, c=40)
    system = table.system(table.statistic(table.needing(a=(2, 4), b=(2, 4))))
    seen = attacked(table, system, "a", "b", zeros_hidden=True)
    assert (seen.exact, table.named(seen.narrow)) == ((), {"a", "b"})
    assert not seen.is_safe


def test_magnitudes_need_their_slack_to_the_last_tenth():
    table = Sums({"all": ["x", "y"]}, x=100.0, y=7.0)
    wide = table.system(table.statistic(table.needing(x=(5.0, 7.0)), integer=False))
    narrow = table.system(table.statistic(table.needing(x=(5.0, 7.5)), integer=False))
    assert attacked(table, wide, "x", "y", zeros_hidden=True) == Findings()
    assert table.named(attacked(table, narrow, "x", "y", zeros_hidden=True).narrow) == {"x"}


def test_whole_pupils_leave_less_than_fractions_would():
    """3x + 2y is printed, 6: half pupils would leave x anything up to 2, whole ones 0 or 2."""
    table = Sums([("t", ["x", "y"])], x=2, y=0)
    import scipy.sparse as sp

    table.equations = sp.csr_matrix([[3.0, 2.0, -1.0]])
    table.values = np.array([2.0, 0.0, 6.0])
    system = table.system(table.statistic(table.needing(x=(1, 0))))
    assert attacked(table, system, "x", "y", zeros_hidden=True).exact == ()
    one = table.system(table.statistic(table.needing(x=(1, 0))), structural=["y"])
    assert table.named(attacked(table, one, "x", "y", zeros_hidden=True).exact) == {"x"}


def test_every_statistic_of_a_hidden_cell_is_attacked():
    sessions = Sums({"all": ["x", "y"]}, x=60.0, y=0.0)
    table = Sums({"all": ["x", "y"]}, x=3, y=40)
    system = table.system(
        table.statistic(), sessions.statistic(sessions.needing(x=(6, 6)), integer=False), structural=[]
    )
    seen = attacked(table, system, "x", "y")
    assert table.named(seen.narrow) == {"x"}, "y has no sessions to lend"


def test_counts_of_findings_and_their_cells():
    found = Findings(exact=(3,), narrow=(4, 5), insider_narrow=(6,))
    assert found.counts == {"exact": 1, "narrow": 2, "insider_exact": 0, "insider_narrow": 1}
    assert found.to_json()["recoverable"] == 3
    assert Findings(insider_narrow=(6,)).is_safe
    assert not Findings(insider_exact=(6,)).is_safe
