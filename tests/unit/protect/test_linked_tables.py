"""A release's tables of counts, attacked as whoever gets the folder could."""

import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.protect.linked_tables import attack_linked, read_linked_tables

SEX = {"root": "All", "children": {"All": ["F", "M"]}}
PHASE = {"root": "All", "children": {"All": ["primary", "secondary"]}}


def described(*tables, **changes):
    listed = [
        {"file": f"{number}.csv", "dims": dims, "value": "n", "suppressed": ["c"], **more}
        for number, (dims, more) in enumerate(tables)
    ]
    return {"threshold": 6, "integer": True, "dims": {"sex": SEX, "phase": PHASE}, "tables": listed, **changes}


def attacked(*tables, **changes):
    """Each table: its dimensions, its rows as text, and further keys."""
    linked = read_linked_tables(described(*((dims.split(), more) for dims, _, more in tables), **changes), "t.json")
    texts = {}
    for number, (dims, rows, _) in enumerate(tables):
        columns = zip(*(row.split() for row in rows), strict=True)
        texts[f"{number}.csv"] = dict(zip([*dims.split(), "n"], map(list, columns), strict=True))
    return attack_linked(linked, texts)


def told(result):
    return [(cell.id, cell.low, cell.high, cell.how) for cell in result.recovered]


def test_a_lone_withheld_part_is_the_rest_of_its_total():
    result = attacked(("sex", ["All 43", "F c", "M 40"], {}))
    assert told(result) == [("sex F", 3, 3, "all, 43, minus sex M, 40, gives sex F, 3")]


def test_two_tables_are_one_system():
    """Girls are withheld in one table; the other prints girls in each phase."""
    by_sex = ("sex", ["All 100", "F c", "M c"], {})
    both = ("sex phase", ["F primary 10", "F secondary 20"], {})
    assert {cell.id for cell in attacked(by_sex, both).recovered} == {"sex F", "sex M"}
    assert attacked(by_sex, ("sex phase", ["F primary 10", "F secondary c"], {})).recovered == ()


def test_parts_in_other_tables_never_come_to_more_than_their_total():
    """A phase alone is no whole, but no more than the whole: girls are 94 to 97, boys 3 to 6."""
    result = attacked(("sex", ["All 100", "F c", "M c"], {}), ("sex phase", ["F primary 97"], {}))
    assert [(cell.id, cell.low, cell.high) for cell in result.small] == [("sex M", 0, 3)]


def test_what_is_withheld_here_and_printed_there_is_known():
    result = attacked(("sex", ["All 100", "F c", "M c"], {}), ("sex", ["F 20"], {}))
    assert told(result)[0] == ("sex F", 20, 20, "withheld in 0.csv, printed in 1.csv")


def test_a_small_count_that_is_printed_is_a_leak():
    assert told(attacked(("sex", ["F 5", "M 6"], {}))) == [("sex F", 5, 5, "is printed, and below the threshold")]


def test_where_zeros_are_printed_a_withheld_count_is_one_at_least():
    rows = ["All 2", "F c", "M c"]
    girls = [cell for cell in attacked(("sex", rows, {})).small if cell.id == "sex F"]
    assert [(cell.low, cell.high) for cell in girls] == [(0, 2)]
    girls = [cell for cell in attacked(("sex", rows, {}), zeros="printed").recovered if cell.id == "sex F"]
    assert [(cell.low, cell.high) for cell in girls] == [(1, 1)]


def test_a_rounded_figure_is_an_inequality():
    rounded = attacked(("sex", ["All 100", "F 40", "M 60"], {"round": 5}))
    assert rounded.recovered == ()
    with pytest.raises(BadSource, match="a multiple of 5 is expected"):
        attacked(("sex", ["All 101"], {"round": 5}))


def test_a_rounded_figure_beside_an_exact_one_is_narrower():
    """60 to the nearest 5 is 58 to 62: of 62 in all, girls are 0 to 4."""
    result = attacked(
        ("sex", ["M 60"], {"round": 5, "rounding": "nearest"}),
        ("sex", ["All 62", "F c"], {}),
    )
    assert [(cell.id, cell.low, cell.high) for cell in result.small] == [("sex F", 0, 4)]


def test_a_rounded_count_that_sums_tell_to_be_small_is_told():
    """All are 11 at least, girls 9 at most: so boys are 2 to 4, though each figure alone leaves nine values."""
    rounded = {"round": 5, "rounding": "adjacent"}
    result = attacked(("sex", ["All 15", "F 5", "M 0"], rounded))
    assert [(cell.id, cell.low, cell.high) for cell in result.small] == [("sex M", 2, 4)]
    assert result.recovered == ()
    assert attacked(("sex", ["All 15", "F 10", "M 0"], rounded)).small == ()


def test_every_fault_of_a_description_is_told_at_once():
    wrong = described((["sex", "age"], {"round": 0}), (["sex"], {"file": "../x.csv"}), threshold="6", integer=False)
    wrong["dims"]["phase"] = {"root": "All", "children": {"primary": ["x"]}}
    wrong["tables"].append({"file": "z.csv"})
    with pytest.raises(BadSource) as refused:
        read_linked_tables(wrong, "t.json")
    assert {(fault.place, fault.field) for fault in refused.value.faults} == {
        ("t.json", "threshold"), ("t.json", "integer"), ("t.json", "phase"), ("t.json table 1", "age"),
        ("t.json table 1", "round"), ("t.json table 2", "file"), ("t.json table 3", ""),
    }  # fmt: skip
    for nothing in (None, [], {"threshold": 6}):
        with pytest.raises(BadSource):
            read_linked_tables(nothing, "t.json")


def test_every_fault_of_the_tables_is_told_at_once():
    with pytest.raises(BadSource) as refused:
        attacked(("sex", ["All 10", "F ten", "X 3", "F 4", "F 4"], {}), ("sex", ["All 11"], {}))
    assert [(fault.place, fault.text) for fault in refused.value.faults] == [
        ("0.csv line 3", "a whole number or a symbol for a withheld one is expected"),
        ("0.csv line 4", "a code of this dimension's hierarchy is expected"),
        ("0.csv line 6", "is the same cell as line 5"),
        ("1.csv line 2", "is another figure than in 0.csv"),
    ]
