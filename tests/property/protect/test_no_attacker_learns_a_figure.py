"""Whatever the table: it is refused, or no attacker learns what must be protected."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from random_tables import systems

from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.proof import unproved
from kdsp_lib.protect.system import Unprotectable

slowly = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@slowly
@given(systems())
def test_a_protected_table_tells_no_attacker_a_figure(system):
    try:
        pattern = protect_system(system, effort="quick")
    except Unprotectable as refusal:
        assert refusal.cells
        assert not system.must_hide[list(refusal.blockers)].any()
        return
    assert not (pattern.hidden & system.must_print).any()
    assert (pattern.hidden | ~system.printable)[system.primary | system.must_hide].all()
    assert not unproved(system, pattern.hidden, pattern.zeros_hidden, pattern.witnesses).size
    findings = audit_system(system, pattern.hidden, zeros_hidden=pattern.zeros_hidden)
    assert findings.is_safe, findings
    assert len(findings.insider_narrow) <= pattern.insider_narrow
