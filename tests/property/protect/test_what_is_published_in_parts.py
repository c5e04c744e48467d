"""Only what hangs together with new figures is proved again; the rest stays as open as it was, whatever comes out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hunting import examples
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from random_tables import systems

from kdsp_lib.protect.attack import Attack, outsider
from kdsp_lib.protect.audit import audit_system
from kdsp_lib.protect.part import part_with
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.system import Unprotectable

HASTE = tuple(HealthCheck)


@st.composite
def with_news(draw):
    """A table much of which is out or withheld, and some cells of it that are asked for now."""
    system = draw(systems(magnitude=False))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = system.size
    out = (random.random(size) < draw(st.sampled_from([0.3, 0.6, 0.9]))) & ~system.primary & ~system.structural
    system = replace(system, must_print=out, must_hide=system.must_hide & ~out)
    return system, (random.random(size) < 0.2) & ~out


def protected(system, news):
    """Which cells of the part are withheld; no such table where it cannot be made safe."""
    part, places = part_with(system, news)
    try:
        pattern = protect_system(part, effort="quick")
    except Unprotectable:
        assume(False)
    return places, pattern


@examples(15, suppress_health_check=HASTE)
@given(with_news())
def test_what_is_proved_in_a_part_is_safe_in_the_whole(drawn):
    """Whatever of the rest is out already, an attacker of all that is published learns no figure of the part."""
    system, news = drawn
    places, pattern = protected(system, news)
    hidden = ~system.must_print
    hidden[places] = pattern.hidden
    found = audit_system(system, hidden, zeros_hidden=pattern.zeros_hidden)
    assert not {*found.exact, *found.narrow, *found.insider_exact} & set(places.tolist())
    assert set(np.flatnonzero(news & ~system.structural)) <= set(places.tolist())


@examples(15, suppress_health_check=HASTE)
@given(with_news())
def test_what_is_published_of_a_part_tells_nothing_of_the_rest(drawn):
    system, news = drawn
    places, pattern = protected(system, news)
    rest = np.setdiff1d(np.flatnonzero(~system.must_print & ~system.structural), places)
    before = ~system.must_print
    after = before.copy()
    after[places] = pattern.hidden
    counts, somebody = system.statistics[0], outsider(np.zeros(system.size))
    one, other = (Attack(system, counts, hidden) for hidden in (before, after))
    for cell in rest[:3]:
        value = float(counts.values[cell])
        assert one.interval(cell, value - 6, value + 6, somebody) == other.interval(
            cell, value - 6, value + 6, somebody
        )
