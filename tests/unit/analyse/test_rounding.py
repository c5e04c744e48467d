"""Half away from zero, on whole numbers."""

import pytest

from kdsp_lib.analyse.rounding import divided, percentage
from kdsp_lib.model.policy import FLOOR


@pytest.mark.parametrize(("above", "below", "places", "text"), [
    (1, 2, 0, "1"), (3, 2, 0, "2"), (5, 2, 0, "3"), (1, 4, 1, "0.3"), (1, 3, 1, "0.3"), (-1, 2, 0, "-1"),
    (-1, 4, 1, "-0.3"), (-1, 100, 1, "0.0"), (0, 5, 1, "0.0"), (1, 20, 1, "0.1"), (199, 200, 1, "1.0"),
    (12345678901234567890, 10, 1, "1234567890123456789.0"),
])  # fmt: skip
def test_halves_go_away_from_zero(above, below, places, text):
    assert divided(above, below, places) == text


def test_a_base_of_a_hundred_has_a_decimal_place():
    assert percentage(1, 99, FLOOR.places_of(99)) == "1"
    assert percentage(1, 100, FLOOR.places_of(100)) == "1.0"
    assert percentage(30, 380, FLOOR.places_of(3)) == "8"


def test_nothing_below_the_line_is_an_error():
    with pytest.raises(ZeroDivisionError):
        divided(1, 0, 1)
