"""Random small authorities that are hard to protect, and their pupils in the words of the attackers of these tests.

Uneven schools, tiny groups, one trust with most schools, an area inside another, the same schools under two names.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from small_workspace import Roll, School

BANDS = ("no-sessions", "below-2", "below-5", "below-10", "below-20", "below-50", "severe")
FACTS: Mapping[str, tuple[str, ...]] = {
    "year-group": ("1", "2", "3"),
    "sex": ("F", "M"),
    "fsm6": ("yes", "no"),
    "sen": ("none", "support", "plan"),
    "absence-band": BANDS,
}
"""What the pupils differ in. All speak English, so the tables of that are left out."""
PROVISIONS = {"N": "none", "K": "support", "E": "plan"}
MISSED = (0, 1, 4, 8, 14, 30, 70)
POSSIBLE = 120
ENDS = ((2, "below-2"), (5, "below-5"), (10, "below-10"), (20, "below-20"), (50, "below-50"))


@dataclass(frozen=True)
class Pupil:
    """``facts`` in the order of `FACTS`; sessions as the aggregates take them."""

    key: str
    school: str
    facts: tuple[str, ...]
    sessions: Mapping[str, int]


def pupils_of(roll: Roll) -> list[Pupil]:
    """The pupils of a roll."""
    found = []
    for row in roll.rows:
        possible, authorised, unauthorised = roll.sessions[row["pupil_key"], row["urn"]]
        facts = (
            row["ncyear"],
            roll.sexes[row["pupil_key"]],
            "yes" if row["fsm6"] else "no",
            PROVISIONS[row["sen_provision"]],
            _band(possible, authorised + unauthorised),
        )
        sessions = {"possible": possible, "authorised": authorised, "unauthorised": unauthorised}
        found.append(Pupil(row["pupil_key"], row["urn"], facts, sessions))
    return found


def _band(possible: int, missed: int) -> str:
    if not possible:
        return "no-sessions"
    return next((band for end, band in ENDS if missed * 100 < end * possible), "severe")


def draw_authority(draw: random.Random, least: int = 5, most: int = 9) -> tuple[list[School], Roll]:
    """So many schools, and everybody on roll."""
    of_trust, is_inside, has_twin = (draw.random() < 0.5 for _ in range(3))
    schools = []
    for k in range(draw.randint(least, most)):
        areas = [draw.choice(("east", "west"))]
        if areas == ["east"] and is_inside and draw.random() < 0.6:
            areas.append("inner")
        if areas[0] == "west" and has_twin:
            areas.append("twin")
        run_by = "oak-trust" if draw.random() < (0.7 if of_trust else 0.2) else draw.choice(["", "", "elm-trust"])
        phase = "special" if draw.random() < 0.15 else "primary"
        schools.append(School(f"9900{k + 1:02}", tuple(areas), phase, run_by, ages=(5, 8)))
    roll = Roll()
    for school in schools:
        often = {name: draw.choice([0.02, 0.1, 0.3, 0.9]) for name in ("fsm6", "boy", "plan", "away")}
        for _ in range(draw.choice([5, 12, 30, 60])):
            draw_pupil(draw, roll, school, often)
    return schools, roll


def draw_pupil(
    draw: random.Random, roll: Roll, school: School, often: Mapping[str, float] | None = None, key: str = ""
) -> str:
    """One more pupil of a school."""
    often = often or {}
    special = school.phase == "special"
    provision = draw.choice("KE" if special else "NNNK")
    if draw.random() < often.get("plan", 0.1) / (1 if special else 5):
        provision = "E"
    missed = draw.choice(MISSED[4:] if draw.random() < often.get("away", 0.1) else MISSED[:4])
    possible = 0 if draw.random() < 0.04 else POSSIBLE
    missed = min(missed, possible)
    return roll.pupil(
        school.urn, key or f"k{len(roll.sexes):05}", sex="M" if draw.random() < often.get("boy", 0.5) else "F",
        ncyear=draw.choice(FACTS["year-group"]), fsm6=draw.random() < often.get("fsm6", 0.3),
        sen_provision=provision, sessions=(possible, missed // 2, missed - missed // 2),
    )  # fmt: skip


def controllers_of(schools: Iterable[School]) -> dict[str, frozenset[str]]:
    """The schools of each body that runs some."""
    found: dict[str, set[str]] = {}
    for school in schools:
        found.setdefault(school.controller, set()).add(school.urn)
    return {name: frozenset(urns) for name, urns in sorted(found.items())}
