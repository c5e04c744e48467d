"""A draft of an edition: what is taken together, drawn and withheld, and how it gives way where the audit fails it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from kdsp_lib.errors import Disclosive
from kdsp_lib.sdc.audit import Audit, Failure, Findings
from kdsp_lib.sdc.identity import Bools, Floats, Ints, draws, population_names
from kdsp_lib.sdc.kinds import AskedTable, Kinds, Summed, controllers_needed, of_few_controllers
from kdsp_lib.sdc.memory import FigureName, Memory, Method
from kdsp_lib.sdc.needs import needs_of, needs_of_sums
from kdsp_lib.sdc.populations import NONE, populations_of
from kdsp_lib.sdc.recoding import Levels, RecodedTable, as_asked, climbed, enough_controllers, recoded
from kdsp_lib.sdc.rounding import NOTHING_BEFORE, interval, keep_printed, round_at_random

WHY_RECODED = "together, since fewer than {needed} organisations, or mostly one, stand behind a figure by itself"
STATISTIC = "pupils"
TRIES = 6
"""A figure that fails is drawn so often anew before it is recoded or suppressed."""
SALTS = 64
"""A figure is drawn anew until it comes out otherwise, so often at most."""


class Draft:
    """An edition in the making. Everything follows from what it is given; nothing from the order of asking.

    The first ``settled`` tables are out, as ``memory`` has them: nothing of theirs gives way. ``summed``: where kinds
    hold sums, what they are.
    """

    def __init__(
        self,
        kinds: Kinds,
        asked: Sequence[AskedTable],
        method: Method,
        memory: Memory,
        settled: int = 0,
        summed: Summed | None = None,
    ) -> None:
        self._summed = summed
        self.kinds, self.rules, self.memory = kinds, method.rules, memory
        self.asked, self._ladders, self._secret, self._settled = asked, method.ladders, method.secret, settled
        self.levels: list[Levels] = [
            memory.levels[(table.name, table.place)]
            if place < settled
            else enough_controllers(table, as_asked(table), self._ladders, self._too_few)
            for place, table in enumerate(asked)
        ]
        self.salts = dict(memory.salts)
        self._withheld: set[bytes] = set()
        self._fails: dict[int, int] = {}
        self.drawn_anew = 0
        self._lay_out()

    def _too_few(self, table: AskedTable) -> Bools:
        """Rows whose pupils are of too few controllers, but for those that rounding alone keeps in doubt enough."""
        if table.is_known or not table.is_printed:
            return np.zeros(len(table.codes), bool)
        parts = sp.csr_matrix(table.base @ self.kinds.parts)
        rounding = self.rules.rounding
        unit = rounding.sensitive_round_to if table.is_sensitive else rounding.round_to
        few = of_few_controllers(parts, controllers_needed(table, self.rules), self.rules) & ~table.published
        return few & ~self._is_kept(np.asarray(table.base @ self.kinds.pupils), unit)

    def _is_kept(self, count: Ints, unit: Ints | int) -> Bools:
        """Which figures some draw leaves in doubt by p %, above or below."""
        doubt, above = np.ceil(self.rules.policy.p_percent * count), count % unit
        return np.asarray((doubt <= unit - 1 - above) | (doubt <= above - 1))

    def _lay_out(self) -> None:
        """Everything that hangs on what is taken together."""
        self.recoded: list[RecodedTable] = [
            recoded(table, levels, self._ladders, WHY_RECODED.format(needed=controllers_needed(table, self.rules)))
            for table, levels in zip(self.asked, self.levels, strict=True)
        ]
        self.populations = populations_of(self.kinds, self.asked, self.recoded, self.rules, self._settled)
        if self._summed is not None:
            unit = np.full(len(self.populations.unit), self._summed.unit.unit)
            self.populations = replace(self.populations, unit=unit)
        member = self.populations.populations
        self.count = np.asarray(member @ self.kinds.pupils)
        self.names = self._population_names()
        self._keys = [member.indices[member.indptr[k] : member.indptr[k + 1]].tobytes() for k in range(len(self.count))]
        self._same_pupils = self._printed_of_same_pupils()
        self._before = self._printed_before()
        self._needs = needs_of(self.kinds, member, self.populations.few, self.populations.known, self.rules)
        if self._summed is not None:
            self._needs = needs_of_sums(self._needs, self._summed, member, self.populations.known, self.rules)
        self._audit = Audit(self.kinds, member, self._needs)
        self._fails = {}
        self.primary = self._primary()
        self._fix()

    def _population_names(self) -> list[str]:
        """By who is counted, be a sum of theirs corrected or not."""
        member = self.populations.populations
        people, statistic = self.kinds, STATISTIC
        if self._summed is not None:
            people, statistic = self._summed.people, f"sum of {self._summed.unit.name}"
        return population_names(np.asarray(member @ people.hashes), np.asarray(member @ people.pupils), statistic)

    def _fix(self) -> None:
        """What is out: which populations, and which of them were withheld."""
        self._fixed, self._withheld_before = np.zeros((2, len(self.count)), bool)
        out = {(table.name, table.place) for table in self.asked[: self._settled]}
        printed = self.printed()
        for name, place in self.figures():
            if name[:2] in out:
                self._fixed[place] = True
                is_withheld = name in self.memory.withheld
                self._withheld_before[place] |= is_withheld
                if not is_withheld and self.memory.printed.get(name, printed[place]) != printed[place]:
                    raise ValueError("what is out was made of other pupils")

    def _printed_before(self) -> Ints:
        """What was printed before, where it still may be: of the same pupils, or else of the same figure.

        Nothing where figures of the same pupils differed.
        """
        found: dict[str, set[int]] = {}
        for name, place in self.figures():
            value = self.memory.printed.get(name)
            if value is not None and self._may_be_kept(place, value):
                found.setdefault(self.names[place], set()).add(value)
        before = {name: values.pop() for name, values in found.items() if len(values) == 1}
        before |= {self.names[place]: self.memory.same_pupils[self.names[place]] for place in self._same_pupils}
        return np.array([before.get(name, NOTHING_BEFORE) for name in self.names], np.int64)

    def _printed_of_same_pupils(self) -> set[int]:
        """The populations that were printed before under whatever name: two draws of one would leave it less doubt."""
        printed = self.memory.same_pupils
        return {
            place
            for place, name in enumerate(self.names)
            if name in printed and self._may_be_kept(place, printed[name])
        }

    def _may_be_kept(self, place: int, value: int) -> bool:
        unit = int(self.populations.unit[place])
        return value % unit == 0 and abs(value - int(self.count[place])) < unit

    def figures(self) -> list[tuple[FigureName, int]]:
        """The figures that tables print, each with its population."""
        found = []
        for each, rows in zip(self.recoded, self.populations.rows, strict=True):
            table = each.table
            if table.is_printed and not table.is_known:
                for part, places in (("base", rows.base), ("counted", rows.counted)):
                    found += [
                        ((table.name, table.place, codes, part), int(place))
                        for codes, place in zip(table.codes, places, strict=True)
                        if place != NONE
                    ]
        return found

    def _primary(self) -> Bools:
        """Figures of too few controllers that no rung is for, and that rounding does not keep within p % of."""
        few = self.populations.few & (self.populations.worth > 0)
        bases = np.zeros(len(few), bool)
        for each, rows in zip(self.recoded, self.populations.rows, strict=True):
            if each.table.is_printed:
                bases[rows.base[self._too_few(each.table) & (rows.base != NONE)]] = True
        return few & (bases | ~self._is_kept(self.count, self.populations.unit))

    @property
    def withheld(self) -> Bools:
        """The populations of which no figure is printed, of those that tables ask for."""
        by_choice = np.array([key in self._withheld for key in self._keys], bool)
        chosen = (self.primary | by_choice) & (self.populations.worth > 0)
        return np.where(self._fixed, self._withheld_before, chosen)

    @property
    def secondary(self) -> int:
        """How many are withheld for others' sake."""
        return int((self.withheld & ~self.primary & ~self._fixed).sum())

    def withheld_for_others(self) -> list[bytes]:
        """What is withheld for others' sake, by the kinds it counts; what is worth most first."""
        places = np.flatnonzero(self.withheld & ~self.primary & ~self._fixed)
        return [self._keys[place] for place in places[np.argsort(-self.populations.worth[places], kind="stable")]]

    def show_again(self, withheld: bytes) -> None:
        """Print what was withheld."""
        self._withheld.discard(withheld)

    def withhold_again(self, withheld: bytes) -> None:
        """Withhold it after all."""
        self._withheld.add(withheld)

    def printed(self) -> Ints:
        """What each population is printed as, where it is printed."""
        salts = [self.salts.get(name, 0) for name in self.names]
        rounded = round_at_random(self.count, self.populations.unit, draws(self.names, salts, self._secret))
        then = self.memory.salts
        fresh = np.array([self.salts.get(name, 0) != then.get(name, 0) for name in self.names], bool)
        before = np.where(fresh, NOTHING_BEFORE, self._before)
        return keep_printed(self.count, rounded, before, self.populations.unit)

    def bounds(self) -> tuple[Floats, Floats]:
        """What readers know of each population: the least and the greatest number."""
        shown = (self.populations.worth > 0) & ~self.withheld
        low, high = interval(self.printed(), self.populations.unit)
        known = self.populations.known
        return (
            np.where(known, self.count, np.where(shown, low, -np.inf)),
            np.where(known, self.count, np.where(shown, high, np.inf)),
        )

    def audit(self) -> Findings:
        """What readers could tell from it as it stands."""
        return self._audit.run(*self.bounds())

    def give_way(self, failures: Sequence[Failure]) -> None:
        """Mend what fails: drawn anew, then recoded, then suppressed. `Disclosive` where nothing is left to do."""
        first: dict[int, Failure] = {}
        for failure in failures:
            first.setdefault(failure.population, failure)
        done: set[int] = set()
        for population, failure in first.items():
            if done & {population, *failure.binding}:
                continue
            done |= {population, *failure.binding[:3]}
            tries = self._fails[population] = self._fails.get(population, 0) + 1
            is_few = bool(self.populations.few[population])
            may_draw = (not is_few or self._is_shown(population)) and tries <= TRIES
            if may_draw and self._draw_anew(failure, tries):
                continue
            if not is_few and self._recode(population):
                return
            self._suppress(failure)

    def _is_shown(self, population: int) -> bool:
        return bool(self.populations.worth[population] > 0 and not self.withheld[population])

    def _draw_anew(self, failure: Failure, tries: int) -> bool:
        """Another draw of the figure itself, or of one that tells of it; False where none can come out otherwise."""
        withheld = self.withheld
        # The same pupils by other kinds, or in an edition before, are the same figure: it is out under either.
        out = {self.names[other] for other in (*np.flatnonzero(self._fixed), *self._same_pupils)}
        able = [
            place
            for place in dict.fromkeys((failure.population, *failure.binding))
            if self.populations.worth[place] > 0
            and not withheld[place]
            and self.names[place] not in out
            and not self.populations.known[place]
            and self.count[place] % self.populations.unit[place]
        ]
        if not able:
            return False
        place = able[(tries - 1) % len(able)]
        name, before = self.names[place], int(self.printed()[place])
        for _ in range(SALTS):
            self.salts[name] = self.salts.get(name, 0) + 1
            if int(self._draw(place)) != before:
                self.drawn_anew += 1
                return True
        return False

    def _draw(self, place: int) -> int:
        unit = self.populations.unit[place : place + 1]
        draw = draws([self.names[place]], [self.salts[self.names[place]]], self._secret)
        return int(round_at_random(self.count[place : place + 1], unit, draw)[0])

    def _recode(self, population: int) -> bool:
        """The next rung of a table that prints this population; False where there is none."""
        for k, (each, rows) in enumerate(zip(self.recoded, self.populations.rows, strict=True)):
            table = each.table
            if not table.is_printed or table.is_known or k < self._settled:
                continue
            if population not in rows.base and population not in rows.counted:
                continue
            at = np.flatnonzero((rows.base == population) | (rows.counted == population))
            codes = [table.codes[place] for place in at.tolist()]
            higher = climbed(self.asked[k], self.levels[k], codes, self._ladders)
            if higher is not None:
                self.levels[k] = enough_controllers(self.asked[k], higher, self._ladders, self._too_few)
                self._lay_out()
                return True
        return False

    def _suppress(self, failure: Failure) -> None:
        """Withhold what costs least of what tells of it; itself, where it is printed and nothing else helps.

        What is published of each school is no secret of a body: it stays, and where nothing but that, or what is out,
        tells of a figure of too few controllers, that asks for no more doubt. It is withheld last, for a small count
        alone. Of what follows from what everybody knows nothing is asked.
        """
        population, needs = failure.population, self._needs
        worth = np.where(self.populations.known | (self.populations.worth <= 0), np.inf, self.populations.worth)
        sparing = np.where(self.populations.published, np.inf, worth)
        places = self._to_withhold(failure, sparing)
        if not places and needs.span[population, failure.reader] == 0:
            needs.above[population] = needs.below[population] = 0
            return
        places = places or self._to_withhold(failure, worth)
        if not places and not self._audit.to_withhold(failure, worth):
            needs.span[population] = needs.above[population] = needs.below[population] = 0
            return
        if not places:
            raise Disclosive(
                "A figure follows from others that are out.",
                rule="no small count is known more nearly than the rounding leaves it",
                remedy="ask for fewer tables, or for coarser ones",
            )
        self._withheld |= {self._keys[place] for place in places}

    def _to_withhold(self, failure: Failure, cost: Floats) -> list[int]:
        """What of the figures that are not out yet costs least; the figure itself, where nothing else helps."""
        population = failure.population
        places = self._audit.to_withhold(failure, np.where(self._fixed, np.inf, cost))
        may_go = bool(np.isfinite(cost[population])) and not self._fixed[population] and self._is_shown(population)
        return places or ([population] if may_go else [])
