"""Unique pupil numbers: thirteen characters of which the first checks the rest.

The check letter stands for the sum of each later character's value times its position, modulo 23, in an alphabet
without I, O and S. A letter at the end makes the number a temporary one; it takes its place in that alphabet as value.
"""

from __future__ import annotations

import pytest

from kdsp_lib.source.pseudonym import LETTERS, check_letter, is_temporary, is_upn, upn_fault


@pytest.mark.parametrize(
    ("upn", "remainder"),
    [
        ("B801200005001", 1),
        ("F340200024017", 5),
        ("Q340461520001", 14),
        ("G340205019123", 6),
    ],
)
def test_a_permanent_number_is_valid(upn, remainder):
    assert is_upn(upn)
    assert not is_temporary(upn)
    assert LETTERS[remainder] == upn[0]


@pytest.mark.parametrize(
    ("upn", "remainder"),
    [("C34020501902A", 2), ("N34046112300B", 12), ("B34000001901Z", 1)],
)
def test_a_letter_at_the_end_makes_it_temporary(upn, remainder):
    assert is_upn(upn)
    assert is_temporary(upn)
    assert LETTERS[remainder] == upn[0]


def test_another_letter_than_the_check_letter_is_refused():
    assert not is_upn("A801200005001")
    assert upn_fault("A801200005001") == "has the wrong check letter: a character of it was mistyped"


def test_a_number_printed_wrongly_in_a_suppliers_help_page_is_refused():
    """It adds up to 266, whose letter is P; the page says Q."""
    assert not is_upn("Q207000016049")
    assert check_letter("207000016049") == "P"
    assert is_upn("P207000016049")


@pytest.mark.parametrize("upn", ["X80120000A001", "a801200005001", "b801200005001", "B80120000500"])
def test_letters_stand_at_the_ends_only_and_are_capitals(upn):
    assert not is_upn(upn)


@pytest.mark.parametrize("letter", ["I", "O", "S"])
def test_letters_that_look_like_digits_are_barred(letter):
    assert not is_upn(f"{letter}801200005001")
    assert not is_upn(f"B80120000500{letter}")


def test_a_number_from_another_authority_is_valid():
    """A pupil first schooled elsewhere brings the number along: the form is checked, never the authority."""
    assert is_upn("B801200005001")
    assert is_upn("F340200024017")


@pytest.mark.parametrize("upn", ["", " B801200005001", "B801200005001 ", "B801200005001\n", "B80120000500１", "UN1"])
def test_what_only_looks_like_one_is_none(upn):
    assert not is_upn(upn)


def test_what_is_wrong_is_said_without_repeating_it():
    """A message about a pupil's number goes to logs and screens where the number must not."""
    for wrong in ("A801200005001", "X80120000A001"):
        assert wrong not in str(upn_fault(wrong))


@pytest.mark.parametrize("authority", ["001", "201", "213", "340", "380", "420", "660", "708", "801", "896", "943"])
def test_any_authority_that_there_is_or_was_may_have_given_it(authority):
    """A pupil first schooled elsewhere brings the number along: whose record this is does not matter."""
    body = f"{authority}400025017"
    assert is_upn(check_letter(body) + body)


@pytest.mark.parametrize("authority", ["000", "006", "199", "214", "345", "500", "709", "804", "999"])
def test_a_number_that_no_authority_has_is_a_slip(authority):
    body = f"{authority}400025017"
    assert "no authority has" in upn_fault(check_letter(body) + body)
