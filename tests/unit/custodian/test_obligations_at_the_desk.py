"""What a permit obliges to before anything is released: which columns leave; how many were left out, never which."""

from types import SimpleNamespace

import pytest

from kdsp_lib.analyse.pseudonymous_list import LISTABLE
from kdsp_lib.analyse.pupil_list import LIST_COLUMNS, REFERENCE
from kdsp_lib.custodian import words
from kdsp_lib.custodian.listing import permitted_columns
from kdsp_lib.errors import NotAuthorised
from kdsp_lib.protocol.decision import Decision
from kdsp_lib.protocol.vocabulary import CATEGORIES


def about(*categories):
    """A report about these categories of data."""
    return SimpleNamespace(request=SimpleNamespace(categories=frozenset(categories), protocol="knowsley"))


@pytest.mark.parametrize("there", [tuple(LIST_COLUMNS), (REFERENCE, *LISTABLE)])
def test_only_the_columns_of_the_requests_categories_leave(there):
    """Clause 3: a column of every other category is refused, in the same words as one that is not there at all."""
    for category in {column.category for column in LIST_COLUMNS.values()}:
        for name in there:
            if LIST_COLUMNS[name].category == category:
                assert permitted_columns([name], about(category), there) == (name,)
                with pytest.raises(NotAuthorised) as caught:
                    permitted_columns([name], about(*(set(CATEGORIES) - {category})), there)
                assert caught.value.clauses == ("3",)
                assert name not in str(caught.value.remedy).split()


def test_it_says_how_many_were_left_out_and_not_which():
    """Clauses 2 and 11; nor does the decision that goes with a release say who else of a group receives."""
    left_out = {"establishment:990031": ("11",), "establishment:990032": ("2",)}
    decision = Decision("permit", ("4",), ("coverage-note",), permitted=("establishment:990001",), refused=left_out)
    opened = SimpleNamespace(in_place=41, left_out=2, decision=decision)
    assert words.coverage(opened) == (
        "39 of 41 establishments are counted. The others have not signed the protocol or have withdrawn from it."
    )
    assert "9900" not in words.coverage(opened) + str(words.decision(opened))
    assert words.coverage(SimpleNamespace(in_place=41, left_out=0)) == "All 41 establishments are counted."
    assert words.coverage(SimpleNamespace(in_place=0, left_out=0)) == ""
