"""What is to be published, as arrays: what does not fit together is refused, all at once."""

import numpy as np
import pytest
import scipy.sparse as sp
from made_up_tables import Sums

from kdsp_lib.errors import BadParameters
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import Effort, Limits, make_system

TABLE = Sums({"all": ["girls", "boys"]}, girls=3, boys=40)


def faults(*statistics, **more):
    with pytest.raises(BadParameters) as refused:
        make_system(TABLE.equations, statistics or [TABLE.statistic()], **more)
    return " | ".join(str(fault) for fault in refused.value.faults)


def bent(**changes):
    from dataclasses import replace

    return replace(TABLE.statistic(), **changes)


def test_every_array_has_one_figure_a_cell():
    told = faults(cost=np.ones(2), structural=np.zeros(3), singles=np.full(3, -1.0))
    assert "cost" in told
    assert "structural" in told
    assert "singles" in told


def test_a_figure_is_finite_not_negative_and_adds_up():
    assert "finite" in faults(bent(values=np.array([3.0, np.nan, 43.0])))
    assert "below zero" in faults(bent(values=np.array([-3.0, 46.0, 43.0])))
    assert "equations" in faults(bent(values=np.array([3.0, 41.0, 43.0])))
    assert "whole numbers" in faults(bent(values=np.array([2.5, 40.5, 43.0])))


def test_flags_that_contradict_each_other_are_named():
    girls = TABLE.flags(["girls"])
    assert "both" in faults(must_print=girls, must_hide=girls)
    assert "never printed" in faults(must_print=girls, printable=~girls)
    assert "structural" in faults(structural=girls)


def test_limits_and_contributions_hold_for_the_true_figures():
    never = Limits(sp.csr_matrix([[1.0, 0, 0]]), np.array([4.0]), np.array([5.0]))
    assert "true values" in faults(bent(limits=never))
    assert "contribution" in faults(bent(contributions=sp.csr_matrix([[-1.0], [0], [0]])))
    assert "contributions" in faults(bent(contributions=sp.csr_matrix([[1.0]])))


def test_there_is_something_to_publish():
    with pytest.raises(BadParameters, match="system"):
        make_system(TABLE.equations, [])


def test_an_unknown_effort_names_the_known_ones():
    with pytest.raises(BadParameters) as refused:
        protect_system(TABLE.system(), effort="heroic")
    assert "quick, normal, thorough" in refused.value.remedy
    assert Effort.named("quick").print_again == 0


def test_a_table_without_anything_to_protect_is_published_whole():
    table = Sums({"all": ["girls", "boys"]}, girls=30, boys=40)
    pattern = protect_system(table.system())
    assert not pattern.hidden.any()
    assert pattern.proved
