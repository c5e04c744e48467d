"""Random sequences of reports, released by the desk; then an attacker with programmes of its own works on all of them.

Each sequence has areas and schools, officers and trusts, filters, two terms and perhaps a rerun of the first. What any
one reader could see of it must leave every small count, and what each other controller puts in, open.

    KDSP_CAMPAIGNS=200 python -m pytest tests/property/custodian      looks at more sequences, longer ones
"""

from __future__ import annotations

import os

import pytest
from random_campaign import run_campaign

QUICK = (1, 4, 6)
STEPS = 4
MORE = int(os.environ.get("KDSP_CAMPAIGNS", "0"))


def attacked(seed, root, steps):
    campaign = run_campaign(seed, root / "authority", steps)
    assert not campaign.faults, "\n".join([*campaign.story, *campaign.faults])
    found = list(campaign.findings())
    assert not found, "\n".join([*campaign.story, *map(str, found)])
    return campaign


@pytest.mark.parametrize("seed", QUICK)
def test_no_reader_works_a_figure_out(seed, tmp_path):
    assert attacked(seed, tmp_path, STEPS).told


@pytest.mark.skipif(not MORE, reason="the long hunt is asked for with KDSP_CAMPAIGNS=200")
@pytest.mark.parametrize("seed", range(100, 100 + MORE))
def test_no_reader_works_a_figure_out_of_longer_sequences(seed, tmp_path):
    attacked(seed, tmp_path, STEPS + 4)
