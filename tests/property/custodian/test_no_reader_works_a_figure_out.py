"""Random sequences of reports, released by the desk; then an attacker with programmes of its own works on all of them.

Each sequence has areas and schools, officers and trusts, filters, two terms and perhaps a rerun of the first. What any
one reader could see of it must leave every small count, and what each other controller puts in, open.

    make hunt IN=tests/property/custodian      looks at more sequences, longer ones
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hunting import TIMES, examples
from hypothesis import Phase, given
from hypothesis import strategies as st
from random_campaign import run_campaign

QUICK = (1, 4, 6)
STEPS = 4


def attacked(seed, root, steps):
    campaign = run_campaign(seed, root / "authority", steps)
    assert not campaign.faults, "\n".join([*campaign.story, *campaign.faults])
    found = list(campaign.findings())
    assert not found, "\n".join([*campaign.story, *map(str, found)])
    return campaign


@pytest.mark.parametrize("seed", QUICK)
def test_no_reader_works_a_figure_out(seed, tmp_path):
    assert attacked(seed, tmp_path, STEPS).told


@pytest.mark.skipif(not TIMES, reason="the long hunt is asked for: make hunt")
@examples(3, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_no_reader_works_a_figure_out_of_longer_sequences(seed):
    with tempfile.TemporaryDirectory() as root:
        attacked(seed, Path(root), STEPS + 4)
