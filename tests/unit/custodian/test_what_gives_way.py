"""What is left out, or said, where a report cannot be made safe beside what was released before."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp

from kdsp_lib.custodian.answering import Before, refusal_of
from kdsp_lib.custodian.giving_way import rows_in_the_way
from kdsp_lib.protect.system import Unprotectable

LINKS = 6


def chain(links, printed=()):
    """Cells in a chain of equations, the last one of them in a row that is asked for now; and which are printed."""
    equations = sp.lil_matrix((links, links + 1))
    for link in range(links):
        equations[link, link] = equations[link, link + 1] = 1
    row = SimpleNamespace(cells=[links], codes=("F",), left_out=False)
    table = SimpleNamespace(rows=[row], asked=SimpleNamespace(names=("sex",)))
    nobody = np.zeros(links + 1, bool)
    cube = SimpleNamespace(tables={"absence": table}, structural=nobody, told=nobody)
    shown = nobody.copy()
    shown[list(printed)] = True
    return cube, equations, shown


def test_a_row_gives_way_to_what_hangs_on_it_through_many_earlier_releases():
    """Each release that is out links figures with others: of a school with many, the row asked for is far away."""
    cube, equations, printed = chain(LINKS)
    assert rows_in_the_way(cube, equations, [0], printed) == {"absence": frozenset({frozenset({"sex"})})}


def test_no_row_gives_way_for_what_does_not_hang_on_it():
    cube, equations, printed = chain(LINKS, printed=[3])
    assert rows_in_the_way(cube, equations, [0], printed) == {}


@pytest.mark.parametrize("blockers", [(), (2,)])
def test_a_refusal_names_the_tables_and_the_earlier_releases(blockers):
    error = Unprotectable("Some figures cannot be made safe.", cells=[1], blockers=blockers, remedy="merge groups")
    refusal = refusal_of(Before(releases=("f00",)), error, ["absence"])
    assert [fault.place for fault in refusal.faults] == ["table absence", "beside the earlier release"]
    assert "known already" in refusal.message if blockers else "beside what was released before" in refusal.message
    alone = refusal_of(Before(), error, ["absence"])
    assert (alone.message, alone.remedy) == (error.message, error.remedy)
    assert [fault.place for fault in alone.faults] == ["table absence"]
