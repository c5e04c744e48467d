"""Many questions of one person, asked in drafts and never released, beside an edition: all that is said is attacked.

With filters, rates and their bases, of areas inside each other; the same pupils by other names are one figure.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hunting import TIMES
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from reader_of_editions import HOLDS, LEFT, Reader, Told, counted_of, figures_of, told_by_edition
from small_workspace import AUTUMN, OFFICER, SmallWorkspace, asked
from uneven_authority import PROVISIONS, controllers_of, draw_authority, pupils_of

from kdsp_lib.custodian.edition_making import make_edition
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import Refusal

DAY = date(2026, 3, 2)
DRAFTS, QUESTIONS = 10, 3
COLUMNS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sex": ("sex", {"'F'": "F", "'M'": "M"}),
    "ncyear": ("year-group", {f"'{year}'": year for year in "123"}),
    "fsm6": ("fsm6", {"TRUE": "yes", "FALSE": "no"}),
    "sen_provision": ("sen", {f"'{code}'": word for code, word in PROVISIONS.items()}),
}
"""What a filter may speak of, and what its values are to the attacker."""


class Questioner:
    """One who asks draft after draft of an authority drawn from a seed."""

    def __init__(self, seed: int, root: Path, drafts: int) -> None:
        draw = random.Random(seed)
        schools, roll = draw_authority(draw, least=9, most=11)
        self.place = SmallWorkspace(root / "authority", schools, random.Random(seed).randbytes(32))
        self.place.load(AUTUMN, roll)
        edition = make_edition(self.place.workspace, AUTUMN, DAY)
        self.seed, self.schools, self.pupils = seed, self.place.schools, pupils_of(roll)
        self.told = told_by_edition(edition)
        self.answered, self.refused = 0, []
        areas = sorted({area for school in schools for area in school.areas})
        for _ in range(drafts):
            area = draw.choice([None, None, *areas])
            try:
                self.told += self._draft(draw, area)
                self.answered += 1
            except Refusal as refusal:
                self.refused.append(refusal.message)
        self.place.desk.close()

    def _draft(self, draw: random.Random, area: str | None) -> list[Told]:
        drawn = [question(draw) for _ in range(QUESTIONS)]
        group = f"collaborative:{area}" if area else None
        given = {"group": group, "recipient": group or "authority", "period": AUTUMN, "on": DAY.isoformat()}
        given["purpose"] = "commissioning-of-services" if area else "raising-attainment"
        session = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
        self.place.desk.open(session, {"report": "area-profile", "parameters": given})
        answer = self.place.desk.tables(session, {"questions": {f"t{k}": q for k, (q, _) in enumerate(drawn)}})
        members = frozenset(urn for urn, school in self.schools.items() if area is None or area in school.areas)
        return [
            as_told(members, *drawn[int(table["name"].removeprefix("t"))], table["cells"]) for table in answer["tables"]
        ]

    def shows(self, leaks: list[Any], reader: str) -> None:
        assert not leaks, "\n".join([f"seed {self.seed}, {reader}", *map(str, leaks)])

    def check(self) -> None:
        outsider = Reader(self.told, self.schools, self.pupils)
        self.shows(outsider.small_counts(LEFT, finest=0), "outsider")
        self.shows(outsider.small_counts(2), "outsider, of what no table speaks of")
        self.shows(outsider.of_few_controllers(), "outsider")
        for name, own in controllers_of(self.schools.values()).items():
            self.shows(Reader(self.told, self.schools, self.pupils, own).small_counts(2), name)

    def texts(self) -> Iterator[tuple[frozenset[str], str]]:
        """The pupils that each figure counts, and what was printed. A count is shown as no more than its base."""
        phases = {urn: school.phase for urn, school in self.schools.items()}
        for table in self.told:
            bases = {codes: base for codes, (base, _) in table.rows.items()}
            for figure in figures_of(table, phases):
                *_, codes, part = figure.name
                if figure.is_number and (part == "base" or figure.text != bases[codes]):
                    yield counted_of(figure, self.pupils), figure.text


def question(draw: random.Random) -> tuple[dict[str, Any], tuple[tuple[str, frozenset[str]], ...]]:
    """A question as a notebook sends it, and its filter to the attacker."""
    kind, measure = draw.choice(
        [("count", "pupils")] * 4 + [("rate", name) for name in HOLDS] + [("count", "fsm6"), ("count", "ehc-plan")]
    )
    attribute = HOLDS[measure][0] if measure in HOLDS else ""
    breakdowns = [name for name in ("sex", "year-group", "fsm6", "sen", "phase") if name != attribute]
    by = draw.sample(breakdowns, draw.choice([0, 1, 1, 2]))
    words, condition = [], []
    for column in draw.sample(sorted(COLUMNS), draw.choice([0, 0, 1, 1, 1, 2])):
        name, values = COLUMNS[column]
        chosen = draw.sample(sorted(values), draw.randint(1, len(values) - 1))
        words.append(f"{column} in ({', '.join(chosen)})")
        condition.append((name, frozenset(values[value] for value in chosen)))
    return asked(kind, measure, *by, where=" and ".join(words) or None), tuple(condition)


def as_told(members: frozenset[str], asked_for: Mapping[str, Any], condition: Any, cells: Any) -> Told:
    """An answered table: of a rate the base is told last, and what is counted before it."""
    is_rate = asked_for["kind"] == "rate"
    rows = {tuple(cell["codes"]): (cell["values"][-1], cell["values"][1] if is_rate else "") for cell in cells}
    by = tuple(asked_for["by"])
    return Told(members, asked_for["kind"], asked_for["measure"], by, rows, condition)


def asking(seed: int, drafts: int) -> Questioner:
    with tempfile.TemporaryDirectory() as root:
        return Questioner(seed, Path(root), drafts)


@pytest.fixture(scope="module")
def asked_much():
    return asking(1, DRAFTS)


def test_many_questions_are_answered(asked_much):
    """The others are refused for a filter of too few pupils, whatever was asked before."""
    assert asked_much.answered * 3 >= DRAFTS, asked_much.refused


def test_nobody_works_a_count_out_of_many_answers(asked_much):
    asked_much.check()


def test_the_same_pupils_are_the_same_figure_by_whatever_name(asked_much):
    found: dict[frozenset[str], set[str]] = {}
    for counted, text in asked_much.texts():
        found.setdefault(counted, set()).add(text)
    assert not [(len(counted), texts) for counted, texts in found.items() if len(texts) > 1]


@pytest.mark.skipif(not TIMES, reason="the long hunt is asked for: make hunt")
@settings(max_examples=1, phases=[Phase.generate])
@given(st.integers(0, 2**32))
def test_nobody_works_a_count_out_of_a_thousand_answers(seed):
    """A thousand questions of one person at 20 times as many."""
    asking(seed, 17 * TIMES).check()
