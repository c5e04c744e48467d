"""What crosses from the custodian is checked: what is unknown is refused, and all faults are named at once."""

from __future__ import annotations

import copy

import pytest

from kdsp_lib.errors import BadParameters, Broken
from kdsp_lib.report import Table


def test_a_table_comes_back_as_it_crossed(rates):
    assert Table.from_wire(rates).to_wire() == rates


def test_a_table_that_lost_rows_says_which_and_comes_back_as_it_crossed(rates):
    """A report that cannot be made safe whole loses rows; what reads its tables later has to know of them."""
    short = rates | {"left_out": {"rates": [["phase", "sex"]]}}
    assert Table.from_wire(short).to_wire() == short


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/b", "", ".", "..", "A", "a b", "x" * 61, "=HYPERLINK(1)", "-x", "a\n", None, 7]
)
def test_a_name_that_could_leave_a_folder_is_refused(rates, name):
    with pytest.raises(BadParameters, match="is not a name"):
        Table.from_wire(rates | {"name": name})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("extra",), 1),
        (("title",), " "),
        (("draft",), "no"),
        (("notes",), "one text"),
        (("symbols",), {"*": "hidden"}),
        (("statistics",), []),
        (("statistics", 0, "decimals"), True),
        (("statistics", 0, "name"), "phase"),
        (("dims", 0, "levels", 0, "code"), "All"),
        (("dims", 0, "levels", 0, "code"), "special"),
        (("dims", 0, "label"), None),
        (("cells", 0, "values", 0), "18.25"),
        (("cells", 0, "values", 1), "331.0"),
        (("cells", 0, "values", 0), 18.2),
        (("cells", 0, "values", 0), "[c]"),
        (("cells", 0, "values", 0), "18,2"),
        (("cells", 0, "values", 1), "0331"),
        (("cells", 0, "values", 1), "*"),
        (("cells", 0, "values", 1), "<b>1</b>"),
        (("cells", 0, "codes", 0), "secondary"),
        (("cells", 0, "codes"), ["primary"]),
        (("cells", 0, "codes"), ["primary", "M"]),
        (("cells", 0, "count"), 3),
    ],
)
def test_a_malformed_table_is_broken_not_shown(rates, path, value):
    data = copy.deepcopy(rates)
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(Broken, match="malformed"):
        Table.from_wire(data)


def test_a_value_may_claim_fewer_decimals_than_its_statistic(rates):
    """A percentage of fewer than 100 pupils is whole: more would give the count away."""
    rates["cells"][0]["values"] = ["18", "17", "95"]
    assert Table.from_wire(rates).values("primary", "F") == ("18", "17", "95")


def test_a_table_has_no_hole(rates):
    """A cell that is left out would tell its own tale; it is there with a symbol."""
    del rates["cells"][4]
    with pytest.raises(Broken, match="hole"):
        Table.from_wire(rates)


def test_all_faults_are_named_at_once(rates):
    rates["cells"][0]["values"][0] = "?"
    rates["cells"][1]["values"][0] = "?"
    with pytest.raises(Broken) as caught:
        Table.from_wire(rates)
    assert [fault.place for fault in caught.value.faults] == ["cell 1", "cell 2"]
