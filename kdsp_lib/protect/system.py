"""What is to be published, as arrays: cells, the equations that tie them, and what an attacker must not learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from kdsp_lib.errors import BadParameters, Disclosive, Fault

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BALANCE = 1e-6
"""How far an equation may be off, relative to the largest figure in it, and still hold."""


class Unprotectable(Disclosive):
    """Some primary cell follows from what has to be printed; ``cells`` and ``blockers`` are indices, never values.

    ``blockers`` are the cells printed before (earlier releases, public figures) that give the primary cells away.
    """

    def __init__(self, message: str, *, cells: Sequence[int], blockers: Sequence[int] = (), remedy: str = "") -> None:
        super().__init__(message, rule="every hidden figure keeps its required interval", remedy=remedy)
        self.cells = tuple(int(cell) for cell in cells)
        self.blockers = tuple(int(cell) for cell in blockers)

    def moved(self, places: Ints) -> Unprotectable:
        """The same of a system in which the cells stand at these places."""
        cells, blockers = places[list(self.cells)].tolist(), places[list(self.blockers)].tolist()
        return Unprotectable(self.message, cells=cells, blockers=blockers, remedy=self.remedy)

    def to_json(self) -> dict[str, Any]:
        """As a plain `Disclosive`: which cells is for the custodian alone."""
        return {**super().to_json(), "error": Disclosive.__name__}


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Inequalities an attacker knows besides the equations: ``low <= rows @ values <= high``.

    A printed rate r of n in b with last digit 2h is ``-h b <= n - r b <= h b``; another vintage of a public figure is
    the interval of its rounding.
    """

    rows: sp.csr_matrix
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """One figure a cell: counts (integer) or a magnitude, none below zero unless a least value below it is stated.

    An attacker must think all of ``[values - lower, values + upper]`` possible in each primary cell, cut at its own
    lower bound. ``contributions`` (cells x owners) holds what each controller put in: owners know their own.
    ``structural``: cells that public facts leave at 0 in this statistic, beyond those of the system. ``unasked``: cells
    of which nobody is told this statistic, whatever else is printed of them. ``stated_least`` and ``stated_most``: what
    everybody knows a magnitude to lie between in each cell, where that is not 0 and no end at all.
    """

    name: str
    values: Floats
    integer: bool
    primary: Bools
    lower: Floats
    upper: Floats
    contributions: sp.csr_matrix | None = None
    limits: Limits | None = None
    structural: Bools | None = None
    unasked: Bools | None = None
    stated_least: Floats | None = None
    stated_most: Floats | None = None

    @property
    def least(self) -> Floats:
        """The least value that everybody knows each cell to have."""
        return np.zeros(len(self.values)) if self.stated_least is None else self.stated_least

    @property
    def most(self) -> Floats:
        """The greatest value that everybody knows each cell to have."""
        return np.full(len(self.values), np.inf) if self.stated_most is None else self.stated_most

    @property
    def signed(self) -> Bools:
        """The cells that may be below zero: what one contributor put in then bounds nothing of the rest."""
        return np.asarray(self.least < 0)

    @property
    def inexact(self) -> Floats:
        """The least change that keeps a figure from being exact: 1 of a count, one per cent of a magnitude."""
        if self.integer:
            return np.ones(len(self.values))
        return np.maximum(0.01 * np.abs(self.values), 1e-3)


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """All tables of a report as one: ``equations @ values == 0`` for each statistic, and one pattern for all of them.

    ``printable`` cells are asked for; the others (complements, linking margins, differences) are never printed and
    move freely. ``must_print`` cells are out already; ``must_hide`` cells are hidden from the start. ``structural``
    zeros are public. ``singles`` names the owner of each cell that holds one pupil, -1 elsewhere.
    """

    equations: sp.csr_matrix
    statistics: tuple[Statistic, ...]
    printable: Bools
    must_print: Bools
    must_hide: Bools
    cost: Floats
    structural: Bools
    singles: Ints
    zeros: Literal["printed", "hidden"] = "printed"
    codes: Ints | None = None
    """Cells x dimensions: where each cell stands. It steers the search in large tables and settles nothing."""
    held: Bools | None = None
    """Of the cells to hide from the start, those whose figure nobody may know; all of them where nothing is said."""

    @property
    def size(self) -> int:
        return int(self.equations.shape[1])

    @property
    def primary(self) -> Bools:
        """Primary for one statistic that is told of a cell is primary for all: the cell is not printed."""
        return np.asarray(np.any([each.primary & ~self.unasked_in(each) for each in self.statistics], axis=0))

    def primary_in(self, statistic: Statistic) -> Bools:
        """The cells whose figure of one statistic nobody may know: those primary for any, as they are not printed.

        Of those never printed, the ones primary for this one or for the first: of few pupils nobody may know any sum.
        What nobody is told of a cell that is printed for other figures can still follow, and is then as primary.
        """
        return statistic.primary | (self.primary & (self.printable | self.statistics[0].primary))

    def structural_in(self, statistic: Statistic) -> Bools:
        """The cells that public facts leave at 0 in one statistic."""
        return self.structural if statistic.structural is None else self.structural | statistic.structural

    def unasked_in(self, statistic: Statistic) -> Bools:
        """The cells of which nobody is told a statistic."""
        return np.zeros(self.size, bool) if statistic.unasked is None else statistic.unasked

    def fixed_in(self, statistic: Statistic) -> Bools:
        """The cells whose figure of a statistic is out already, or public."""
        return self.structural_in(statistic) | (self.must_print & ~self.unasked_in(statistic))

    def must_move_in(self, statistic: Statistic) -> Bools:
        """What may not follow exactly: primary cells; in the first statistic, the counts, printable ones that are held.

        A sum of these that no rule protects may follow from what is out already: then no pattern could keep it.
        """
        held = (self.must_hide if self.held is None else self.must_hide & self.held) & self.printable
        own = self.primary_in(statistic)
        return own | held if statistic is self.statistics[0] else own

    @property
    def sampling_zeros(self) -> Bools:
        """Zeros of the first statistic that public facts do not explain."""
        zeros: Bools = self.statistics[0].values == 0
        return zeros & ~self.structural

    def __post_init__(self) -> None:
        faults = list(_faults_of_shape(self))
        if not faults:
            faults = [fault for statistic in self.statistics for fault in _faults_of_values(self, statistic)]
            faults += _faults_of_flags(self)
        if faults:
            raise BadParameters("The tables do not form a system that can be protected.", faults=faults)


@dataclass(frozen=True, slots=True, eq=False)
class Witnesses:
    """Second tables, one a column: ``values + changes[:, k]`` is consistent with all that is published.

    They hold differences of true values and never leave the custodian.
    """

    changes: sp.csc_matrix

    @property
    def size(self) -> int:
        return int(self.changes.shape[1])


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look, in linear programmes: never in seconds, so that the same table gives the same pattern."""

    print_again: int
    widen: int

    @classmethod
    def named(cls, name: str) -> Effort:
        try:
            return EFFORTS[name]
        except KeyError:
            raise BadParameters(f"There is no effort {name!r}.", remedy=f"choose one of {', '.join(EFFORTS)}") from None


EFFORTS = {
    "quick": Effort(print_again=0, widen=0),
    "normal": Effort(print_again=1_000, widen=2_000),
    "thorough": Effort(print_again=20_000, widen=15_000),
}


@dataclass(frozen=True, slots=True)
class Counters:
    """What the search did."""

    programmes: int = 0
    products: int = 0
    integer_programmes: int = 0
    zeros_opened: int = 0
    printed_again: int = 0
    insider_repairs: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Which cells are hidden, with the witnesses that prove it; exists only where every primary is proved.

    ``insider_narrow`` counts primary cells of which some insider can work out less than the required interval (never
    the figure itself). ``zeros_hidden``: a release says so, which zeros is the custodian's record alone.
    """

    hidden: Bools
    zeros_hidden: bool
    witnesses: tuple[Witnesses, ...]
    insider_narrow: int
    search: Counters = field(default_factory=Counters)

    @property
    def proved(self) -> Literal[True]:
        return True


def default_cost(values: Floats) -> Floats:
    """Hiding a cell costs more the more pupils it counts, so that totals and headline rows go last."""
    return np.asarray(1.0 + np.sqrt(np.abs(values)) / 2.0, dtype=np.float64)


def make_system(
    equations: Any,
    statistics: Sequence[Statistic],
    *,
    printable: Bools | None = None,
    must_print: Bools | None = None,
    must_hide: Bools | None = None,
    cost: Floats | None = None,
    structural: Bools | None = None,
    singles: Ints | None = None,
    zeros: Literal["printed", "hidden"] = "printed",
    codes: Ints | None = None,
    held: Bools | None = None,
) -> System:
    """A `System` whose cells are all printable, none is settled beforehand, and no single pupil is known as such."""
    matrix = sp.csr_matrix(equations, dtype=np.float64)
    size = matrix.shape[1]
    values = statistics[0].values if statistics else np.zeros(size)
    return System(
        equations=matrix,
        statistics=tuple(statistics),
        printable=np.ones(size, bool) if printable is None else printable,
        must_print=np.zeros(size, bool) if must_print is None else must_print,
        must_hide=np.zeros(size, bool) if must_hide is None else must_hide,
        cost=default_cost(values) if cost is None else cost,
        structural=np.zeros(size, bool) if structural is None else structural,
        singles=np.full(size, -1, np.int64) if singles is None else singles,
        zeros=zeros,
        codes=codes,
        held=held,
    )


def _faults_of_shape(system: System) -> list[Fault]:
    size = system.size
    faults = []
    if not system.statistics:
        faults.append(Fault("statistics", "at least one is needed"))
    if system.zeros not in ("printed", "hidden"):
        faults.append(Fault("zeros", "is either printed or hidden"))
    for name in ("printable", "must_print", "must_hide", "structural"):
        faults += _fault_of_array(name, getattr(system, name), size, "b")
    if system.held is not None:
        faults += _fault_of_array("held", system.held, size, "b")
    faults += _fault_of_array("cost", system.cost, size, "f")
    faults += _fault_of_array("singles", system.singles, size, "i")
    if system.codes is not None and (system.codes.ndim != 2 or len(system.codes) != size or (system.codes < 0).any()):
        faults.append(Fault("codes", f"needs {size} rows, one a cell, of numbers that are not below 0"))
    for statistic in system.statistics:
        for name, kind in (("values", "f"), ("primary", "b"), ("lower", "f"), ("upper", "f")):
            faults += _fault_of_array(f"{statistic.name}.{name}", getattr(statistic, name), size, kind)
        if statistic.contributions is not None and statistic.contributions.shape[0] != size:
            faults.append(Fault(f"{statistic.name}.contributions", f"needs {size} rows, one a cell"))
        for name in ("stated_least", "stated_most"):
            stated = getattr(statistic, name)
            if stated is not None and (stated.shape != (size,) or np.isnan(stated).any()):
                faults.append(Fault(f"{statistic.name}.{name}", f"needs {size} floats, one a cell"))
        limits = statistic.limits
        if limits is not None and not (
            limits.rows.shape[1] == size and limits.rows.shape[0] == len(limits.low) == len(limits.high)
        ):
            faults.append(Fault(f"{statistic.name}.limits", f"needs {size} columns and a low and high for each row"))
    return faults


def _fault_of_array(name: str, array: Any, size: int, kind: str) -> list[Fault]:
    if not isinstance(array, np.ndarray) or array.shape != (size,) or array.dtype.kind != kind:
        wanted = {"b": "booleans", "f": "floats", "i": "integers"}[kind]
        return [Fault(name, f"needs {size} {wanted}, one a cell")]
    if kind == "f" and not np.isfinite(array).all():
        return [Fault(name, "every figure must be finite")]
    return []


def _faults_of_values(system: System, statistic: Statistic) -> list[Fault]:
    name, values = statistic.name, statistic.values
    faults = []
    if ((values < statistic.least) | (values > statistic.most)).any():
        faults.append(Fault(f"{name}.values", "no figure may be below zero, or beyond the bounds stated of it"))
    if statistic.integer and not (statistic.stated_least is None and statistic.stated_most is None):
        faults.append(Fault(f"{name}.stated_least, {name}.stated_most", "are of magnitudes alone"))
    if statistic.integer and (values != np.round(values)).any():
        faults.append(Fault(f"{name}.values", "counts must be whole numbers"))
    if (statistic.lower < 0).any() or (statistic.upper < 0).any():
        faults.append(Fault(f"{name}.lower, {name}.upper", "a required slack is never below zero"))
    for flags in ("structural", "unasked"):
        if getattr(statistic, flags) is not None:
            faults += _fault_of_array(f"{name}.{flags}", getattr(statistic, flags), system.size, "b")
    if faults:
        return faults
    structural = system.structural_in(statistic)
    if (statistic.primary & structural).any():
        faults.append(Fault(f"{name}.primary", "a structural zero is public and cannot be primary"))
    size = np.maximum(abs(system.equations) @ np.abs(values), 1.0)
    if (np.abs(system.equations @ values) > BALANCE * size).any():
        faults.append(Fault(f"{name}.values", "do not satisfy the equations"))
    if (values[structural] != 0).any():
        faults.append(Fault("structural", f"marks cells that are not zero in {name}"))
    if statistic.contributions is not None and (statistic.contributions[~statistic.signed].data < 0).any():
        faults.append(Fault(f"{name}.contributions", "none may be below zero to a cell that cannot be"))
    if statistic.limits is not None:
        known = statistic.limits.rows @ values
        slack = BALANCE * np.maximum(abs(statistic.limits.rows) @ np.abs(values), 1.0)
        if ((known < statistic.limits.low - slack) | (known > statistic.limits.high + slack)).any():
            faults.append(Fault(f"{name}.limits", "do not hold for the true values"))
    return faults


def _faults_of_flags(system: System) -> list[Fault]:
    faults = []
    if (system.must_print & system.must_hide).any():
        faults.append(Fault("must_print, must_hide", "a cell cannot be both"))
    if (system.must_print & ~system.printable).any():
        faults.append(Fault("must_print", "a cell that is never printed cannot be out already"))
    if (system.must_hide & system.structural).any():
        faults.append(Fault("must_hide", "a structural zero is public"))
    if (system.cost < 0).any():
        faults.append(Fault("cost", "is never below zero"))
    if (system.singles < -1).any():
        faults.append(Fault("singles", "is the owner's number, or -1"))
    return faults
