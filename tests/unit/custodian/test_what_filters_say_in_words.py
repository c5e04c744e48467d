"""Filters that say the same of each other in words: what is withheld of one follows from others, pupils unseen.

Those with two things and those without them are all there are; all less those of Years 5 and 6 are those of Years 3
and 4. So their number is as good as told, and with it how many of them have no sessions to attend.
"""

import pytest
from small_workspace import OFFICER, Roll, School, asked, printed, workspaces

from kdsp_lib.errors import Refusal

SCHOOL = "990001"
YOUNGER = "ncyear IN ('3', '4')"
BOTH = f"{YOUNGER} AND sen_provision IN ('K', 'E')"
RELEASES = [
    {"younger": asked("count", "pupils", where=YOUNGER), "rate": asked("rate", "persistent-absence", where=YOUNGER)},
    {"others": asked("count", "pupils", where=f"NOT ({YOUNGER})")},
    {"both": asked("count", "pupils", where=BOTH)},
    {"not_both": asked("count", "pupils", where=f"NOT ({BOTH})")},
]


@pytest.fixture
def workspace(tmp_path):
    yield from workspaces(tmp_path)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_one_pupil_without_sessions_does_not_follow_from_filters_and_their_opposites(workspace, order):
    roll = Roll()
    for n in range(40):
        year, sen = ("34" if n < 18 else "56")[n % 2], "K" if n < 6 else "N"
        roll.pupil(SCHOOL, ncyear=year, sen_provision=sen, sessions=(0, 0, 0) if n == 17 else (120, 30 * (n % 3), 0))
    made, told = workspace([School(SCHOOL)], roll), {}
    for number in order:
        try:
            released = made.school(SCHOOL, RELEASES[number], OFFICER)
        except Refusal:
            continue
        told |= {name: printed(released, name)[()][-1] for name in RELEASES[number]}
    shown = {name for name, value in told.items() if value != "c"}
    assert not shown >= {"rate", "younger"}
    assert not shown >= {"rate", "others", "both", "not_both"}
    assert len(shown) > 1
