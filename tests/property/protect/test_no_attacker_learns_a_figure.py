"""Whatever the table: it is refused, or no attacker learns what must be protected."""

from __future__ import annotations

import pytest
from hunting import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from random_tables import systems

from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.pattern import protect_system, prove_possible
from kdsp_lib.protect.proof import unproved
from kdsp_lib.protect.system import Pattern, System, Unprotectable

HASTE = tuple(HealthCheck)
EFFORT = st.sampled_from(["quick", "normal"])


def protected(system: System, effort: str) -> Pattern | Unprotectable:
    try:
        return protect_system(system, effort=effort)
    except Unprotectable as refusal:
        return refusal


@examples(120, suppress_health_check=HASTE)
@given(systems(), EFFORT)
def test_no_attacker_learns_a_figure_of_a_protected_table(system, effort):
    pattern = protected(system, effort)
    if isinstance(pattern, Pattern):
        findings = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden)
        assert findings.is_safe, findings
        assert len(findings.insider_narrow) <= pattern.insider_narrow


@examples(60, suppress_health_check=HASTE)
@given(systems(limits=False))
def test_a_pattern_is_proved_and_keeps_what_is_settled(system):
    pattern = protected(system, "quick")
    if isinstance(pattern, Pattern):
        assert not unproved(system, pattern.hidden, pattern.zeros_hidden, pattern.witnesses).size
        assert pattern.hidden[system.primary | system.must_hide].all()
        assert not (pattern.hidden & (system.must_print | system.structural)).any()
        zeros = pattern.hidden & system.sampling_zeros
        assert pattern.zeros_hidden or not zeros.any(), "a hidden zero is said to be possible"


@examples(20, suppress_health_check=HASTE)
@given(systems(limits=False, dims=(5, 6)))
def test_no_attacker_learns_a_figure_of_a_table_of_many_dimensions(system):
    pattern = protected(system, "quick")
    if isinstance(pattern, Pattern):
        assert audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden).is_safe


@examples(30, suppress_health_check=HASTE)
@given(systems(limits=False))
def test_whether_there_is_a_proof_is_told_as_it_is_found(system):
    pattern = protected(system, "quick")
    if isinstance(pattern, Pattern):
        assert (prove_possible(system).hidden == pattern.hidden).all()
    else:
        with pytest.raises(Unprotectable) as refusal:
            prove_possible(system)
        assert set(refusal.value.cells) <= set(pattern.cells)


@examples(60, suppress_health_check=HASTE)
@given(systems(limits=False))
def test_a_refusal_names_cells_that_need_protection_and_what_was_printed_before(system):
    refusal = protected(system, "quick")
    if isinstance(refusal, Unprotectable):
        assert refusal.cells
        assert (system.primary | system.must_hide)[list(refusal.cells)].all()
        assert system.must_print[list(refusal.blockers)].all()


@examples(30, suppress_health_check=HASTE)
@given(systems(limits=False), EFFORT)
def test_the_same_table_has_the_same_pattern(system, effort):
    first, second = protected(system, effort), protected(system, effort)
    if isinstance(first, Pattern):
        assert first.hidden.tolist() == second.hidden.tolist()
        assert first.search == second.search
    else:
        assert (first.cells, first.blockers) == (second.cells, second.blockers)
