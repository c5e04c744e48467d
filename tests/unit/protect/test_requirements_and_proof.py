"""What has to be shown of each cell, and what counts as showing it."""

import numpy as np
import pytest
import scipy.sparse as sp
from made_up_tables import Sums

from kdsp_lib.protect.certificate import certificates
from kdsp_lib.protect.insider import Insiders
from kdsp_lib.protect.pattern import protect_system
from kdsp_lib.protect.proof import unproved
from kdsp_lib.protect.requirement import floor_values, is_consistent, requirements
from kdsp_lib.protect.system import Witnesses

TABLE = Sums({"all": ["girls", "boys"]}, girls=3, boys=40)
SYSTEM = TABLE.system()
COUNTS = SYSTEM.statistics[0]


def change(table=TABLE, **moves):
    column = np.zeros((len(table.names), 1))
    for name, by in moves.items():
        column[table.at(name)] = by
    return sp.csc_matrix(column)


def asked(system):
    needed = requirements(system, system.statistics[0])
    rows = zip(needed.cell, needed.side, needed.amount, needed.floor, strict=True)
    return {(TABLE.names[cell], int(side), float(amount), int(floor)) for cell, side, amount, floor in rows}


def test_a_small_count_must_reach_six_and_one_and_before_who_ignores_zeros_nought():
    assert asked(SYSTEM) == {("girls", 1, 3.0, 1), ("girls", -1, 2.0, 1), ("girls", -1, 3.0, 0)}


def test_a_cell_hidden_before_must_not_be_exact():
    assert ("boys", 0, 1.0, 1) in asked(TABLE.system(must_hide=["boys"]))


def test_who_knows_that_zeros_are_printed_knows_nothing_of_what_is_never_printed():
    never = TABLE.system(printable=~TABLE.flags(["boys"]))
    assert floor_values(SYSTEM, COUNTS, 1).tolist() == [1, 1, 1]
    assert floor_values(never, COUNTS, 1).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("moves", "fits"),
    [
        ({"girls": 3, "boys": -3}, True),
        ({"girls": 3, "boys": -2}, False),
        ({"girls": 0.5, "boys": -0.5}, False),
        ({"girls": 3, "all": 3}, False),
        ({"girls": np.nan, "boys": np.nan}, False),
    ],
    ids=["a second table", "sums break", "no whole pupils", "a printed cell moves", "no number"],
)
def test_a_second_table_fits_all_that_is_published(moves, fits):
    hidden = TABLE.flags(["girls", "boys"])
    assert is_consistent(SYSTEM, COUNTS, hidden, change(**moves)).tolist() == [fits]


def test_a_printed_rate_binds_a_second_table():
    limits = TABLE.rate("girls", "all", printed=0.07, half=0.005)
    rated = TABLE.system(TABLE.statistic(limits=limits))
    hidden = TABLE.flags(["girls", "boys"])
    assert is_consistent(rated, rated.statistics[0], hidden, change(girls=3, boys=-3)).tolist() == [False]


def test_a_pattern_without_its_witnesses_is_not_proved():
    pattern = protect_system(SYSTEM)
    assert unproved(SYSTEM, pattern.hidden, pattern.zeros_hidden, pattern.witnesses).tolist() == []
    none = (Witnesses(sp.csc_matrix((3, 0))),)
    assert TABLE.named(unproved(SYSTEM, pattern.hidden, pattern.zeros_hidden, none)) == {"girls"}
    assert TABLE.named(unproved(SYSTEM, pattern.hidden, pattern.zeros_hidden, ())) == {"girls"}


def test_a_bent_witness_proves_nothing():
    pattern = protect_system(SYSTEM)
    bent = pattern.witnesses[0].changes.copy()
    bent.data[:] = bent.data + 1
    assert TABLE.named(unproved(SYSTEM, pattern.hidden, False, (Witnesses(bent),))) == {"girls"}


def test_a_printed_primary_is_not_proved():
    pattern = protect_system(SYSTEM)
    assert TABLE.named(unproved(SYSTEM, TABLE.flags(["boys"]), False, pattern.witnesses)) == {"girls"}


def test_a_certificate_can_be_checked_without_us():
    pattern = protect_system(SYSTEM)
    kept = certificates(SYSTEM, pattern)
    assert {(int(c), int(s)) for c, s in zip(kept["cell"], kept["side"], strict=True)} == {(0, 1), (0, -1)}
    for number, (start, end) in enumerate(zip(kept["ptr"], kept["ptr"][1:], strict=False)):
        moved = np.zeros(3)
        moved[kept["idx"][start:end]] = kept["val"][start:end]
        assert not (SYSTEM.equations @ moved).any()
        assert (COUNTS.values + moved >= 0).all()
        assert not moved[~pattern.hidden].any()
        assert kept["side"][number] * moved[kept["cell"][number]] > 0


def test_an_insider_refutes_what_moves_its_own_cells_or_takes_its_own_part():
    parts = TABLE.parts(a={"girls": 3, "all": 3}, b={"boys": 38, "all": 38}, c={"boys": 2, "all": 2})
    insiders = Insiders(SYSTEM, TABLE.statistic(contributions=parts))
    refuted = insiders.refutes(change(girls=3, boys=-3)).toarray().ravel().tolist()
    assert refuted == [1, 1, 0], "a knows the girls, b that 38 boys are its own, c nothing of it"


def test_a_school_whose_pupils_are_all_of_the_area_knows_every_part():
    parts = TABLE.parts(a={"girls": 3, "boys": 40, "all": 43})
    insiders = Insiders(SYSTEM, TABLE.statistic(contributions=parts))
    assert insiders.knows_anyway(0).tolist() == list(range(SYSTEM.size))


def test_no_insider_has_to_doubt_what_everybody_knows():
    """Three pupils are withheld who, as all know, have no sessions: of those there is nothing to protect."""
    pupils = Sums({"all": ["x", "y", "z"]}, x=3, y=40, z=50)
    sessions = Sums({"all": ["x", "y", "z"]}, x=0, y=400, z=500)
    several = {"a": {"y": 20, "z": 10, "all": 30}, "b": {"x": 3, "y": 20, "z": 40, "all": 63}}
    missed = {"a": {"y": 200, "z": 100, "all": 300}, "b": {"y": 200, "z": 400, "all": 600}}
    nobody = sessions.needing()
    system = pupils.system(
        pupils.statistic(contributions=pupils.parts(**several)),
        sessions.statistic(
            nobody, integer=False, contributions=sessions.parts(**missed), structural=sessions.flags(["x"])
        ),
    )
    assert pupils.told(protect_system(system).hidden) > {"x"}
