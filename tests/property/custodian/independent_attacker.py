"""An attacker of releases, written apart from the product: it reads tables as printed, and the true rolls of schools.

All that one reader could see of one data set is a set of linear facts about how many pupils share each combination of
attributes at each kind of school. Every figure that ought to be protected is then bounded by linear programmes over
these combinations, the ones where nobody is among them. Across loads of one period, populations are compared pupil by
pupil.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

import highspy
import numpy as np

YEARS = ("R", "1", "2", "3")
BANDS = ("no-sessions", "not-persistent", "persistent-only", "severe")
DOMAINS: Mapping[str, tuple[str, ...]] = {
    "sex": ("F", "M"),
    "year-group": YEARS,
    "fsm6": ("yes", "no"),
    "sen": ("none", "support", "plan"),
    "absence-band": BANDS,
}
"""What the pupils of these tests differ in; all else is the same for each and never asked."""
ATTRIBUTES = tuple(DOMAINS)
FAR = 10_000.0
"""More than there are of anything; what reaches it is open."""
ANY = "any"
"""In the place of an attribute that nothing told speaks of."""
COLUMNS = {"sex": "sex", "ncyear": "year-group", "fsm6": "fsm6", "sen_provision": "sen"}
VALUES: Mapping[str, Mapping[Any, str]] = {
    "sex": {"F": "F", "M": "M"},
    "ncyear": {year: year for year in YEARS},
    "fsm6": {True: "yes", False: "no"},
    "sen_provision": {"N": "none", "K": "support", "E": "plan"},
}
HOLDS = {
    "fsm6": ("fsm6", {"yes"}),
    "sen": ("sen", {"support", "plan"}),
    "sen-support": ("sen", {"support"}),
    "ehc-plan": ("sen", {"plan"}),
    "persistent-absence": ("absence-band", {"persistent-only", "severe"}),
    "severe-absence": ("absence-band", {"severe"}),
}
ENROLMENTS = frozenset(BANDS[1:])
PUBLISHED: frozenset[tuple[str, ...]] = frozenset(
    {(), ("sex",), ("year-group",), ("sex", "year-group"), ("fsm6",), ("sen",), ("absence-band",)}
)
"""What the department tells of each school, by the attributes that it is split by: nobody's secret of few schools."""
UNIT = 5
"""Counts of groups go to a neighbouring multiple of this; a multiple stays."""
SESSIONS = 160
"""The same of sessions."""
LEFT = 5
"""So many values of a small count are left open by rounded tables."""
TOGETHER: Mapping[tuple[str, str], frozenset[str]] = {
    ("year-group", "early-years"): frozenset({"R"}),
    ("year-group", "key-stage-1"): frozenset({"1", "2"}),
    ("year-group", "key-stage-2"): frozenset({"3"}),
    ("year-group", "from-year-3"): frozenset({"3"}),
    ("sen", "with-sen"): frozenset({"support", "plan"}),
    ("phase", "nursery-and-primary"): frozenset({"primary"}),
    ("phase", "special-and-alternative"): frozenset({"special"}),
    ("phase", "secondary-and-other"): frozenset({"special"}),
}
"""What rows of groups show together."""
Condition = tuple[tuple[str, frozenset[Any]], ...]
"""A filter as the columns that it narrows; all of them hold."""


@dataclass(frozen=True)
class Told:
    """One released table: whose pupils, what was asked, what was printed; ``data`` names the data set."""

    data: str
    release: str
    schools: frozenset[str]
    question: Mapping[str, Any]
    condition: Condition
    rows: Mapping[tuple[str, ...], tuple[str, ...]]
    says_zeros: bool
    left_out: frozenset[tuple[str, ...]] = frozenset()
    """The rows that are withheld whole, by the breakdowns that split them, in order."""
    whole: frozenset[str] = frozenset()
    """The school that is told its own figures whole in this release."""
    rounded: bool = False
    """Whether it is of a group: its figures are rounded."""


@dataclass(frozen=True)
class Pupil:
    key: str
    school: str
    facts: tuple[str, ...]
    missed: int


def band(sessions: tuple[int, int, int]) -> str:
    possible, authorised, unauthorised = sessions
    absent = authorised + unauthorised
    if possible <= 0:
        return "no-sessions"
    if absent * 10 < possible:
        return "not-persistent"
    return "severe" if absent * 2 >= possible else "persistent-only"


def pupils_of(roll: Any) -> list[Pupil]:
    """The pupils of a roll in this attacker's own words."""
    found = []
    for row in roll.rows:
        key, school = row["pupil_key"], row["urn"]
        sessions = roll.sessions.get((key, school), (0, 0, 0))
        facts = {"sex": roll.sexes[key], "absence-band": band(sessions)}
        facts |= {COLUMNS[c]: VALUES[c][row[c]] for c in ("ncyear", "fsm6", "sen_provision")}
        missed = sessions[1] + sessions[2] if sessions[0] > 0 else 0
        found.append(Pupil(key, school, tuple(facts[a] for a in ATTRIBUTES), missed))
    return found


Cell = tuple[frozenset[str], tuple[frozenset[str], ...]]
"""Schools, and for each attribute the values that it may have."""


def cell(schools: frozenset[str], **narrowed: frozenset[str] | set[str]) -> Cell:
    given = {name.replace("_", "-"): frozenset(values) for name, values in narrowed.items()}
    return schools, tuple(given.get(a, frozenset(DOMAINS[a])) for a in ATTRIBUTES)


def both(one: Cell, other: Cell) -> Cell:
    return one[0] & other[0], tuple(a & b for a, b in zip(one[1], other[1], strict=True))


def narrowed(of: Cell, attribute: str, values: frozenset[str] | set[str]) -> Cell:
    return both(of, cell(of[0], **{attribute: frozenset(values)}))


@dataclass(frozen=True)
class Figure:
    """A figure that a table has: its cell, what was printed (None: withheld), whether it is a sum of sessions."""

    cell: Cell
    printed: bool
    is_sum: bool = False
    says_zeros: bool = False
    text: str = ""
    """The count as it was printed, where it was."""
    rounded: bool = False

    def range_of(self, true: float) -> tuple[float, float]:
        """Between which bounds a reader knows a printed figure. Of rounded sums the multiple next to it is known."""
        if not self.rounded:
            return true, true
        unit = SESSIONS if self.is_sum else UNIT
        printed = round(true / unit) * unit if self.is_sum else int(self.text)
        return max(printed - unit + 1, 0), printed + unit - 1

    def is_as_printed(self, true: float) -> bool:
        """Whether the text can be of this count."""
        if self.rounded and self.text.isdecimal():
            low, high = self.range_of(true)
            return int(self.text) % UNIT == 0 and low <= true <= high
        return self.text in ("", "c", "z", f"{true:.0f}")


def figures_of(told: Told, phase_of: Mapping[str, str]) -> Iterator[Figure]:
    """Every figure of a table, as the manual defines them. The rest of a rounded share is in no table."""
    for figure in _figures_of(told, phase_of):
        if figure.is_sum or not told.rounded or figure.text:
            yield replace(figure, rounded=told.rounded)


def _figures_of(told: Told, phase_of: Mapping[str, str]) -> Iterator[Figure]:
    question, measure = told.question, told.question["measure"]
    whole = cell(told.schools)
    for column, values in told.condition:
        whole = narrowed(whole, COLUMNS[column], {VALUES[column][v] for v in values})
    for codes, values in told.rows.items():
        base = whole
        grouping = tuple(sorted(by for by, code in zip(question["by"], codes, strict=True) if code != "All"))
        says_zeros = told.says_zeros or grouping in told.left_out
        for by, code in zip(question["by"], codes, strict=True):
            codes_of = TOGETHER.get((by, code), frozenset({code}))
            if code != "All" and by == "phase":
                base = (frozenset(s for s in base[0] if phase_of[s] in codes_of), base[1])
            elif code != "All":
                base = narrowed(base, by, codes_of)
        if values[0] == "z" and values[-1] == "z":
            continue
        if measure == "pupils":
            yield Figure(base, values[0] != "c", says_zeros=says_zeros, text=values[0])
            continue
        if measure in ("absence", "sessions-missed"):
            base = narrowed(base, "absence-band", ENROLMENTS)
            yield Figure(base, values[-1] != "c", says_zeros=says_zeros, text=values[-1])
            yield Figure(base, values[0] not in ("c", "z", "u"), is_sum=True)
            continue
        attribute, held = HOLDS[measure]
        if attribute == "absence-band":
            base = narrowed(base, attribute, ENROLMENTS)
        counted = narrowed(base, attribute, held)
        if question["kind"] == "count":
            yield Figure(counted, values[0] != "c", says_zeros=says_zeros, text=values[0])
            continue
        rest = narrowed(base, attribute, frozenset(DOMAINS[attribute]) - held)
        yield Figure(base, values[-1] != "c", says_zeros=says_zeros, text=values[-1])
        yield Figure(counted, values[1] != "c", says_zeros=says_zeros, text=values[1])
        yield Figure(rest, values[0] != "c", says_zeros=says_zeros)


@dataclass(frozen=True)
class Finding:
    """What a reader works out that nobody should: in whose eyes, of which cell, between which bounds."""

    reader: str
    kind: str
    cell: Cell
    true: int
    low: float
    high: float
    asked: bool

    def __str__(self) -> str:
        schools, narrowed_to = self.cell
        words = [
            f"{a} {'/'.join(sorted(v))}"
            for a, v in zip(ATTRIBUTES, narrowed_to, strict=True)
            if len(v) < len(DOMAINS[a])
        ]
        return (
            f"{self.reader}: {self.kind}{'' if self.asked else ' (not asked)'}: {self.true} lies in "
            f"[{self.low:g}, {self.high:g}]: {' and '.join(words) or 'all'} at {', '.join(sorted(schools))}"
        )


class View:
    """One data set as one reader sees it: the facts, and the programme that bounds whatever they leave open."""

    def __init__(
        self,
        reader: str,
        told: Sequence[Told],
        pupils: Sequence[Pupil],
        schools: Mapping[str, Any],
        own: frozenset[str],
        known: frozenset[str],
        whole: frozenset[str] = frozenset(),
    ) -> None:
        self.reader, self.schools, self.own, self.known, self.whole = reader, schools, own, known, whole | own
        phases = {urn: school.phase for urn, school in schools.items()}
        self.figures = [figure for table in told for figure in figures_of(table, phases)]
        self.scopes = sorted({table.schools for table in told}, key=sorted)
        counts = [figure for figure in self.figures if not figure.is_sum]
        self.asked = {figure.cell for figure in counts}
        in_rounded = {figure.cell for figure in counts if figure.rounded}
        self.exact = {figure.cell for figure in counts if not figure.rounded}
        self.exact_alone = {of for of in self.exact if all(both(of, wider) != of for wider in in_rounded)}
        self.kinds = self._kinds()
        self.used = [
            k for k, a in enumerate(ATTRIBUTES) if any(len(f.cell[1][k]) < len(DOMAINS[a]) for f in self.figures)
        ]
        domains = [values if k in self.used else (ANY,) for k, values in enumerate(DOMAINS.values())]
        self.columns = [
            (urns, facts) for urns in self.kinds for facts in product(*domains) if _may_be(schools[min(urns)], facts)
        ]
        kind_of = {urn: urns for urns in self.kinds for urn in urns}
        place = {column: k for k, column in enumerate(self.columns)}
        self.count = np.zeros(len(self.columns))
        self.missed = np.zeros(len(self.columns))
        for pupil in pupils:
            if pupil.school in kind_of:
                facts = tuple(fact if k in self.used else ANY for k, fact in enumerate(pupil.facts))
                k = place[kind_of[pupil.school], facts]
                self.count[k] += 1
                self.missed[k] += pupil.missed
        self.values = np.array([facts for _, facts in self.columns])
        self.school = np.array([self.kinds.index(urns) for urns, _ in self.columns])

    def _kinds(self) -> list[frozenset[str]]:
        """Schools that nothing told tells apart: of the same tables, controller and public facts."""
        groups: dict[Any, set[str]] = {}
        for urn, school in self.schools.items():
            in_scopes = tuple(urn in scope for scope in self.scopes)
            if any(in_scopes):
                key = (in_scopes, school.controller, school.phase, school.gender, urn if urn in self.known else "")
                groups.setdefault(key, set()).add(urn)
        return [frozenset(urns) for _, urns in sorted(groups.items(), key=str)]

    def mask(self, of: Cell) -> np.ndarray:
        """The columns of a cell. Its schools are whole kinds."""
        there = np.array([urns <= of[0] for urns in self.kinds])[self.school]
        for k in self.used:
            if len(of[1][k]) < len(DOMAINS[ATTRIBUTES[k]]):
                there = there & np.isin(self.values[:, k], list(of[1][k]))
        return there

    def findings(self) -> list[Finding]:
        counts = self._bounds(self.count, [f for f in self.figures if not f.is_sum], self._targets(), integer=True)
        sums = [f for f in self.figures if f.is_sum]
        if sums:
            counts += self._bounds(self.missed, sums, self._withheld_sums(), integer=False)
        return counts

    def _targets(self) -> list[tuple[str, Cell, bool]]:
        """What must stay open to this reader: small counts, and what one controller puts in, where that is a secret."""
        found: dict[tuple[str, Cell], bool] = {}
        for of in self._cells():
            true = int(self.count[self.mask(of)].sum())
            asked = of in self.asked
            if 1 <= true <= 5 and not of[0] <= self.whole:
                found["small", of] = asked
            if of not in self.exact and _split(of) in PUBLISHED:
                continue
            parts = [*self._parts(of)]
            for one in parts:
                true = int(self.count[self.mask(one)].sum())
                if true > 5:
                    found.setdefault(("controller", one), one in self.asked or (asked and len(parts) == 1))
        return [(kind, of, asked) for (kind, of), asked in found.items()]

    def _cells(self) -> list[Cell]:
        """Cells of up to two attributes in every area told of, and in what two areas have without each other."""
        areas = {*self.scopes}
        for one, other in combinations(self.scopes, 2):
            areas |= {one - other, other - one, one & other}
        found: dict[Cell, None] = dict.fromkeys(self.asked)
        values: dict[str, list[frozenset[str]]] = {a: [frozenset({v}) for v in DOMAINS[a]] for a in ATTRIBUTES}
        values["sen"].append(frozenset({"support", "plan"}))
        values["absence-band"].append(frozenset({"persistent-only", "severe"}))
        names = [ATTRIBUTES[k] for k in self.used]
        for area in sorted(filter(None, areas), key=sorted):
            found[cell(area)] = None
            for a in names:
                for v in values[a]:
                    found[narrowed(cell(area), a, v)] = None
            for a, b in combinations(names, 2):
                for v, w in product(values[a], values[b]):
                    found[narrowed(narrowed(cell(area), a, v), b, w)] = None
        for of in list(self.asked):
            for name in names:
                if of[1][ATTRIBUTES.index(name)] == frozenset(DOMAINS[name]):
                    found.update((narrowed(of, name, {v}), None) for v in DOMAINS[name])
        return list(found)

    def _parts(self, of: Cell) -> Iterator[Cell]:
        """The part of each other controller in a cell, but for schools whose figures this reader may know."""
        by_controller: dict[str, set[str]] = {}
        for urns in self.kinds:
            if urns <= of[0]:
                by_controller.setdefault(self.schools[min(urns)].controller, set()).update(urns)
        for _, urns in sorted(by_controller.items()):
            if not urns & (self.own | self.known):
                yield frozenset(urns), of[1]

    def _withheld_sums(self) -> list[tuple[str, Cell, bool]]:
        """Sums withheld for themselves, and each controller's part of any.

        A sum over many pupils of three other controllers or more tells of none: where it is withheld, that is for
        another's sake, and the one school of the other phase may work it out by its own.
        """
        found = []
        for figure in self.figures:
            mask = self.mask(figure.cell)
            tells = self.count[mask].sum() <= 5 or len([*self._parts(figure.cell)]) < 3
            withheld = figure.is_sum and not figure.printed and tells and self.missed[mask].sum() > 0
            if withheld and not figure.cell[0] <= (self.own | self.known):
                found.append(("sessions", figure.cell, True))
            if figure.is_sum:
                found += [
                    ("sessions", one, False)
                    for one in self._parts(figure.cell)
                    if one[0] != figure.cell[0] and self.missed[self.mask(one)].sum() > 0
                ]
        return list(dict.fromkeys(found))

    def _bounds(
        self, true: np.ndarray, figures: Sequence[Figure], targets: Sequence[tuple[str, Cell, bool]], *, integer: bool
    ) -> list[Finding]:
        mine = np.array([urns <= self.own for urns in self.kinds])[self.school]
        programme = Programme(len(self.columns))
        programme.fix(np.flatnonzero(mine), true)
        seen: dict[tuple[bytes, str], None] = {}
        for figure in figures:
            mask = self.mask(figure.cell)
            value = float(true[mask].sum())
            assert figure.is_as_printed(value), f"printed {figure.text}, counted {value}: {figure}"
            if figure.printed:
                if (mask.tobytes(), figure.text) not in seen:
                    seen[mask.tobytes(), figure.text] = None
                    programme.between(mask, *figure.range_of(value))
            elif integer and not figure.says_zeros and value >= 1:
                programme.between(mask, 1.0, highspy.kHighsInf)
        theirs = np.array([urns <= self.whole for urns in self.kinds])[self.school]
        masks = [self.mask(of) for _, of, _ in targets]
        open_masks = [mask & ~mine for mask in masks]
        kept = [k for k, mask in enumerate(open_masks) if true[mask].sum() > 0]
        values = {k: float(true[open_masks[k]].sum()) for k in kept}

        def is_leak(k: int, low: float, high: float) -> bool:
            kind, of, asked = targets[k]
            own, exactly = bool((masks[k] & theirs).any()), of in self.exact_alone
            return _is_leak(kind, values[k], low, high, asked, own=own, integer=integer, exactly=exactly)

        bounds = programme.bounds({k: open_masks[k] for k in kept}, true, is_leak)
        return [
            Finding(self.reader, targets[k][0], targets[k][1], int(values[k]), low, high, targets[k][2])
            for k, (low, high) in bounds.items()
        ]


def _is_leak(
    kind: str, true: float, low: float, high: float, asked: bool, *, own: bool, integer: bool, exactly: bool
) -> bool:
    """Exact figures always; too narrow ones where a table asked for them, and the reader has no part in them."""
    if not integer:
        return high - low < 1e-3 * max(1.0, true)
    low, high = math.ceil(low - 1e-5), math.floor(high + 1e-5)
    if low == high:
        return True
    if not asked or own:
        return False
    if kind == "small":
        return (low > 1 or high < 6) if exactly else high - low + 1 < LEFT
    slack = max(5.0 if exactly else 0.0, math.ceil(0.1 * true))
    return low > max(true - slack, 1) or high < true + slack


def _split(of: Cell) -> tuple[str, ...]:
    """The attributes that narrow a cell."""
    return tuple(a for a, v in zip(ATTRIBUTES, of[1], strict=True) if len(v) < len(DOMAINS[a]))


class _Quiet(highspy.Highs):
    """Silent from the first."""

    def enableCallbacks(self) -> None:  # noqa: N802  (the name is theirs)
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class Programme:
    """Linear facts about non-negative unknowns, and the bounds that they leave to sums of these."""

    def __init__(self, size: int) -> None:
        self.solver = _Quiet()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.size = size
        self.solver.addVars(size, np.zeros(size), np.full(size, FAR))
        self.fixed: np.ndarray = np.zeros(size, bool)

    def fix(self, columns: np.ndarray, true: np.ndarray) -> None:
        for column in columns:
            self.solver.changeColBounds(int(column), float(true[column]), float(true[column]))

    def between(self, mask: np.ndarray, low: float, high: float) -> None:
        columns = np.flatnonzero(mask).astype(np.int32)
        self.solver.addRow(low, high, len(columns), columns, np.ones(len(columns)))

    def bounds(
        self, masks: Mapping[int, np.ndarray], true: np.ndarray, is_leak: Callable[[int, float, float], bool]
    ) -> dict[int, tuple[float, float]]:
        """The bounds of each sum that leak; what other solutions show wide is not solved for."""
        if not masks:
            return {}
        place = {k: row for row, k in enumerate(masks)}
        wide = np.stack(list(masks.values())).astype(float)
        low = high = wide @ true
        leaks = {}
        for k, row in place.items():
            for way in (1, -1):
                if not is_leak(k, low[row], high[row]):
                    break
                sums = wide @ self._solve(masks[k], way)
                low, high = np.minimum(low, sums), np.maximum(high, sums)
            if is_leak(k, low[row], high[row]):
                leaks[k] = (float(low[row]), float(high[row]))
        return leaks

    def _solve(self, mask: np.ndarray, way: int) -> np.ndarray:
        self.solver.changeColsCost(self.size, np.arange(self.size, dtype=np.int32), mask.astype(float))
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize if way > 0 else highspy.ObjSense.kMinimize)
        self.solver.run()
        assert self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, "the facts contradict each other"
        return np.array(self.solver.getSolution().col_value)


def _may_be(school: Any, facts: tuple[str, ...]) -> bool:
    """What everybody knows: girls' schools have no boys, special schools nobody without special needs."""
    if school.gender == "girls" and facts[0] == "M":
        return False
    return not (school.phase == "special" and facts[3] == "none")


def compared(
    reader: str,
    told: Sequence[Told],
    rolls: Mapping[str, Sequence[Pupil]],
    period_of: Mapping[str, str],
    schools: Mapping[str, Any],
    own: frozenset[str],
    known: frozenset[str],
) -> list[Finding]:
    """Printed cells of two loads of one period that differ by a few pupils, alone or two of them together.

    Of a school that was told its own figures whole each pupil is known, and taken out of a cell first. A rounded cell
    tells of no few pupils.
    """
    phases = {urn: school.phase for urn, school in schools.items()}
    people = sorted({pupil.key for pupils in rolls.values() for pupil in pupils})
    place = {key: k for k, key in enumerate(people)}
    sets: dict[str, dict[bytes, tuple[np.ndarray, Cell]]] = {}
    for table in told:
        for figure in figures_of(table, phases):
            if not figure.printed or figure.is_sum or figure.rounded:
                continue
            members = np.zeros(len(people), bool)
            for pupil in rolls[table.data]:
                if pupil.school in figure.cell[0] - table.whole and all(
                    f in v for f, v in zip(pupil.facts, figure.cell[1], strict=True)
                ):
                    members[place[pupil.key]] = True
            if members.sum() > 5:
                sets.setdefault(table.data, {})[members.tobytes()] = (members, figure.cell)
    found = []
    for one, other in combinations(sorted(sets), 2):
        if period_of[one] != period_of[other]:
            continue
        left, right = [*sets[one].values()], [*sets[other].values()]
        a, b = np.stack([m for m, _ in left]), np.stack([m for m, _ in right])
        apart = a.sum(1)[:, None] + b.sum(1)[None, :] - 2 * (a.astype(int) @ b.T.astype(int))
        for i, j in zip(*np.nonzero((apart >= 1) & (apart <= 5)), strict=True):
            change = int(a[i].sum()) - int(b[j].sum())
            found.append(Finding(reader, f"{one} and {other}", left[i][1], abs(change), abs(change), abs(change), True))
        for first, second in ((left, right), (right, left)):
            found += _threes(reader, f"{one} and {other}", first, second)
    return found


def _threes(reader: str, kind: str, wholes: Sequence[Any], parts: Sequence[Any]) -> list[Finding]:
    """A whole of one data set that two parts of the other nearly fill."""
    found = []
    inside = np.stack([m for m, _ in parts])
    for whole, of in wholes:
        held = np.flatnonzero((inside & ~whole).sum(1) == 0)
        for i, j in combinations(held, 2):
            if (inside[i] & inside[j]).any():
                continue
            rest = int(whole.sum() - inside[i].sum() - inside[j].sum())
            if 1 <= rest <= 5:
                found.append(Finding(reader, f"{kind}, two parts", of, rest, rest, rest, True))
    return found
