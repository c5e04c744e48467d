"""A mark out of its range is a fault where it is loaded: a measure would take it for a code, and so for not met."""

import pandas as pd

from kdsp_lib.source.row_rule import ROW_RULES


def test_numbers_are_held_to_the_range_of_their_qualifier_and_codes_are_not():
    rows = pd.DataFrame(
        [("NS", "80", True), ("NS", "120", True), ("NS", "79", False), ("NS", "121", False), ("NS", "A", True),
         ("PM", "0", True), ("PM", "40", True), ("PM", "41", False), ("PM", "D", True), ("GR", "9", True),
         ("PTS", "45.5", True), ("NS", None, True)],
        columns=["qualifier", "result", "kept"],
    )  # fmt: skip
    assert list(ROW_RULES["marks-in-range"](rows)) == list(rows["kept"])
