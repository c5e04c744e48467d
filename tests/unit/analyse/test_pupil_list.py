"""Lists of pupils: the columns there are, whose pupils, and an order that tells nothing more."""

import pytest
from invented_tables import Authority

from kdsp_lib.analyse.pupil_list import LIST_COLUMNS, list_rows


@pytest.fixture
def school():
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, key="k1", sex="M", ncyear="2", sessions=(100, 10, 5))
    a.pupil(urn, key="k2", sex="F", ncyear="10", sessions=(0, 0, 0))
    a.pupil(urn, key="k3", sex="F", ncyear="R")
    a.pupil(a.school("200002"), key="k4", ncyear="2")
    return a


def rows(school, *columns):
    return list_rows(school.tables(), "200001", columns, lambda key: f"reference of {key}")


def test_one_row_for_each_pupil_of_the_establishment_and_no_other(school):
    assert {row[0] for row in rows(school, "reference")} == {"reference of k1", "reference of k2", "reference of k3"}


def test_year_groups_stand_in_their_order_and_not_in_that_of_letters(school):
    assert [row[0] for row in rows(school, "year-group")] == ["Reception", "Year 2", "Year 10"]


def test_values_are_words_and_absence_is_whole_percentages(school):
    assert rows(school, "sex", "absence") == (("Girls", "No sessions"), ("Girls", "No sessions"), ("Boys", "15"))


def test_pupils_who_agree_in_all_columns_stand_by_reference(school):
    """Not by key and not by name: neither was asked for."""
    backwards = list_rows(school.tables(), "200001", ("sex", "reference"), lambda key: f"{9 - int(key[1])}")
    assert [row[1] for row in backwards] == ["6", "7", "8"]


@pytest.mark.parametrize("never", ["upn", "dob", "postcode", "pupil_key", "urn", "ksip", "sen_type"])
def test_there_is_no_such_column(never):
    assert never not in LIST_COLUMNS
    assert all(never not in column.reads for column in LIST_COLUMNS.values())
