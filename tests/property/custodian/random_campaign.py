"""Random sequences of reports about a small made-up authority, released by its desk, and who could see what of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from independent_attacker import (
    YEARS,
    Condition,
    Finding,
    Pupil,
    Told,
    View,
    compared,
    pupils_of,
)
from small_workspace import AUTUMN, COLLEAGUE, OFFICER, SPRING, Roll, School, SmallWorkspace, asked

from kdsp_lib.errors import KdspError, Refusal

HELPER = "appointee:helper"
WRITTEN = {
    "sex": lambda v: f"'{v}'", "ncyear": lambda v: f"'{v}'", "sen_provision": lambda v: f"'{v}'",
    "fsm6": lambda v: "TRUE" if v else "FALSE",
}  # fmt: skip


@dataclass
class Campaign:
    """What was asked, what came out and who could see it, of one seed."""

    seed: int
    schools: Mapping[str, School]
    told: list[tuple[Told, frozenset[str] | None, frozenset[str]]] = field(default_factory=list)
    """Each table with the readers who could see it (None: everybody) and the schools whose figures it told."""
    whole: list[tuple[frozenset[str], str]] = field(default_factory=list)
    """Who could see a school's figures whole, and whose they are."""
    rolls: dict[str, list[Pupil]] = field(default_factory=dict)
    period_of: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """What any one reader works out of all that it could see."""
        for reader, sees, own in self._readers():
            told = [table for table, _, _ in self.told if sees(table)]
            if not told or (own == frozenset() and reader != "public" and self._is_public(told)):
                continue
            known = frozenset[str]().union(*(schools for table, _, schools in self.told if sees(table)))
            whole = frozenset(urn for who, urn in self.whole if who & ({reader} | own))
            if len({self.schools[urn].controller for urn in whole | own}) == 1:
                own |= whole  # taken to know each pupil of these; of several bodies, what was told
            for data in sorted({table.data for table in told}):
                of_data = [table for table in told if table.data == data]
                yield from View(
                    f"{reader}, {data}", of_data, self.rolls[data], self.schools, own, known | own, whole
                ).findings()
            yield from compared(reader, told, self.rolls, self.period_of, self.schools, own, known)

    def _is_public(self, told: list[Told]) -> bool:
        return all(who is None for table, who, _ in self.told if table in told)

    def _readers(self) -> Iterator[tuple[str, Callable[[Told], bool], frozenset[str]]]:
        who_of = {id(table): who for table, who, _ in self.told}

        def sees(*names: str) -> Callable[[Told], bool]:
            return lambda table: who_of[id(table)] is None or bool(who_of[id(table)] & {*names})

        yield "public", sees(), frozenset()
        for officer in (OFFICER, COLLEAGUE, HELPER):
            yield officer, sees(officer), frozenset()
        seen: set[str] = set()
        for school in self.schools.values():
            if school.controller not in seen:
                seen.add(school.controller)
                own = frozenset(s.urn for s in self.schools.values() if s.controller == school.controller)
                yield school.controller, sees(*own), own


def run_campaign(seed: int, root: Path, steps: int) -> Campaign:
    """Draw an authority and reports about it from a seed, and release what the desk releases."""
    draw = random.Random(seed)
    schools = _schools(draw)
    workspace = SmallWorkspace(root, schools)
    campaign = Campaign(seed, workspace.schools)
    roll = _roll(draw, schools)
    _load(campaign, workspace, AUTUMN, "autumn", roll)
    later = _changed(draw, roll, schools, draw.randint(1, 8), terms=True)
    _load(campaign, workspace, SPRING, "spring", later)
    rerun_at = draw.randrange(steps) if draw.random() < 0.5 else -1
    for step in range(steps):
        if step == rerun_at:
            _load(campaign, workspace, AUTUMN, "rerun", _changed(draw, roll, schools, draw.randint(1, 3)))
        _step(campaign, workspace, draw, f"release {step + 1}")
    workspace.desk.close()
    return campaign


def _schools(draw: random.Random) -> list[School]:
    found = []
    for k in range(draw.randint(6, 10)):
        area = draw.choice([("east",), ("west",), ("east", "west")])
        special, girls = draw.random() < 0.12, draw.random() < 0.1
        found.append(
            School(
                f"9900{k + 1:02}", area, phase="special" if special else "primary", ages=(5, 8),
                run_by=draw.choice(["", "", "", "oak-trust", "elm-trust"]), gender="girls" if girls else "mixed",
                appoints=HELPER if draw.random() < 0.2 else "",
            )
        )  # fmt: skip
    return found


def _roll(draw: random.Random, schools: list[School]) -> Roll:
    roll = Roll()
    for school in schools:
        for _ in range(draw.choice([12, 25, 40, 60])):
            _pupil(draw, roll, school)
    return roll


def _pupil(draw: random.Random, roll: Roll, school: School, key: str = "") -> None:
    sen = draw.choice("KKE") if school.phase == "special" else draw.choice("NNNNNNNKKE")
    possible = draw.choice([120] * 12 + [0])
    missed = min(possible, draw.choice([0, 3, 5, 8, 11, 14, 30, 70]))
    roll.pupil(
        school.urn, key or f"k{len(roll.sexes):05}", sex="F" if school.gender == "girls" else draw.choice("FM"),
        ncyear=draw.choice(YEARS), fsm6=draw.random() < 0.3, sen_provision=sen,
        sessions=(possible, missed // 2, missed - missed // 2),
    )  # fmt: skip


def _changed(draw: random.Random, roll: Roll, schools: list[School], changes: int, *, terms: bool = False) -> Roll:
    """Some join, some leave; from term to term everybody's absence is another."""
    after = roll.copy()
    for _ in range(changes):
        if draw.random() < 0.6:
            _pupil(draw, after, draw.choice(schools), f"joiner{draw.randrange(10**9)}")
        else:
            gone = after.rows.pop(draw.randrange(len(after.rows)))
            del after.sessions[gone["pupil_key"], gone["urn"]]
    if terms:
        for place, (possible, *_) in list(after.sessions.items()):
            missed = min(possible, draw.choice([0, 3, 5, 8, 11, 14, 30, 70]))
            after.sessions[place] = (possible, missed // 2, missed - missed // 2)
    return after


def _load(campaign: Campaign, workspace: SmallWorkspace, period: str, name: str, roll: Roll) -> None:
    workspace.load(period, roll)
    campaign.rolls[name], campaign.period_of[name] = pupils_of(roll), period
    campaign.story.append(f"load {name}: {len(roll.rows)} pupils")


def _step(campaign: Campaign, workspace: SmallWorkspace, draw: random.Random, name: str) -> None:
    period = draw.choice([AUTUMN, AUTUMN, AUTUMN, SPRING])
    data = [d for d in campaign.rolls if campaign.period_of[d] == period][-1]
    about_school = draw.random() < 0.4
    schools = campaign.schools
    compares = False
    if about_school:
        urn = draw.choice(sorted(schools))
        others = {s.controller for s in schools.values() if s.phase == schools[urn].phase} - {schools[urn].controller}
        compares = len(others) >= 3
    questions, conditions = {}, {}
    for k in range(draw.randint(1, 3)):
        questions[f"t{k}"], conditions[f"t{k}"] = _question(draw, about_school, compares, campaign.seed % 3 == 0)
    try:
        if about_school:
            recipient = draw.choice([OFFICER, COLLEAGUE, f"establishment:{urn}"])
            who = _could_see(schools, recipient)
            campaign.story.append(f"{name}: {data}, {urn} to {recipient}: {_spelled(questions)}")
            released, whose, told = workspace.school(urn, questions, recipient, period), frozenset({urn}), {urn}
            if recipient == f"establishment:{urn}":
                campaign.whole.append((who, urn))
                campaign.faults += _withheld_of(released)
        else:
            area = draw.choice(["east", "west", None])
            if area and not any(area in s.areas for s in schools.values()):
                return
            campaign.story.append(f"{name}: {data}, {area}: {_spelled(questions)}")
            whose = frozenset(s.urn for s in schools.values() if area is None or area in s.areas)
            released, who, told = workspace.area(area, questions, period), None, set()
    except Refusal as refusal:
        campaign.refused.append(f"{name}: {refusal.message}")
        campaign.story.append(f"   refused: {refusal.message}")
        return
    except KdspError as fault:
        campaign.faults.append(f"{name}: {fault!r}")
        campaign.story.append(f"   FAULT: {fault!r}")
        return
    alike = frozenset(s.urn for s in schools.values() if about_school and s.phase == schools[urn].phase)
    for table in released["tables"]:
        rows = {tuple(cell["codes"]): tuple(cell["values"]) for cell in table["cells"]}
        says = "Zeros may be" in " ".join(table["notes"])
        question, condition = questions[table["name"]], conditions[table["name"]]
        if "compare" in question:
            own = {codes[:-1]: values for codes, values in rows.items() if codes[-1] == "own"}
            beside = {codes[:-1]: values for codes, values in rows.items() if codes[-1] != "own"}
            parts = [(table["name"], whose, own), (f"{table['name']} beside", alike, beside)]
        else:
            parts = [(table["name"], whose, rows)]
        for part, of, values in parts:
            gone = frozenset(tuple(sorted(grouping)) for grouping in table.get("left_out", {}).get(part, ()))
            if gone:
                campaign.story.append(f"   {part} without {sorted(gone)}")
            whole = frozenset(told) if about_school and recipient == f"establishment:{urn}" else frozenset()
            of_group = part.endswith(" beside") or not about_school
            told_of = Told(data, name, of, question, condition, values, says, gone, whole, of_group)
            campaign.told.append((told_of, who, frozenset(told)))


def _withheld_of(released: Mapping[str, Any]) -> list[str]:
    """The figures of its own that a school was not told."""
    return [
        f"{table['name']} withholds {cell} from the school itself"
        for table in released["tables"]
        for cell in table["cells"]
        if "c" in cell["values"] and ("compare" not in table["question"] or cell["codes"][-1] == "own")
    ]


def _could_see(schools: Mapping[str, School], recipient: str) -> frozenset[str]:
    """The establishments and people who could see what goes to one: principle 3, in this test's own words."""
    if not recipient.startswith("establishment:"):
        return frozenset({recipient})
    urn = recipient.removeprefix("establishment:")
    together = {s.urn for s in schools.values() if s.controller == schools[urn].controller}
    return frozenset(together | {schools[u].appoints for u in together if schools[u].appoints})


def _spelled(questions: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{q['kind']} {q['measure']} by {','.join(q['by'])}{' where ' + q['where'] if q['where'] else ''}"
        f"{' beside ' + q['compare'] if 'compare' in q else ''}"
        for q in questions.values()
    )


def _question(
    draw: random.Random, about_school: bool, compares: bool, tracks: bool
) -> tuple[dict[str, Any], Condition]:
    """A question; one who ``tracks`` asks mostly for counts by filter."""
    kind, measure = draw.choice(
        [("count", "pupils")] * 4
        + [("rate", m) for m in ("fsm6", "sen", "sen-support", "ehc-plan", "persistent-absence", "severe-absence")]
        + [("count", "fsm6"), ("count", "ehc-plan"), ("rate", "absence"), ("mean", "sessions-missed")]
    )
    if tracks and draw.random() < 0.7:
        kind, measure = draw.choice([("count", "pupils"), ("count", "pupils"), ("count", "fsm6"), ("count", "sen")])
    speaks_of = {"fsm6": "fsm6", "sen": "sen", "sen-support": "sen", "ehc-plan": "sen"}.get(measure, "")
    breakdowns = [b for b in ("sex", "year-group", "fsm6", "sen", "phase") if b != speaks_of]
    by = draw.sample(breakdowns, draw.choice([0, 0, 0, 1] if tracks else [0, 1, 1, 2, 2]))
    condition: Condition = ()
    if draw.random() < (0.7 if tracks else 0.35):
        columns = draw.sample(["sex", "ncyear", "fsm6", "sen_provision"], draw.choice([1, 1, 2]))
        condition = tuple((column, _some(draw, column)) for column in sorted(columns))
    where = " and ".join(
        f"{column} in ({', '.join(WRITTEN[column](v) for v in sorted(values))})" for column, values in condition
    )
    more = {"compare": "authority"} if about_school and compares and draw.random() < 0.5 else {}
    return asked(kind, measure, *by, where=where or None, **more), condition


def _some(draw: random.Random, column: str) -> frozenset[Any]:
    values = {"sex": ["F", "M"], "ncyear": list(YEARS), "fsm6": [True, False], "sen_provision": ["N", "K", "E"]}[column]
    return frozenset(draw.sample(values, draw.randint(1, len(values) - 1)))
