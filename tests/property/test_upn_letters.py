"""Whatever digit is mistyped, or whichever two neighbours are swapped, the check letter of a UPN tells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.source.pseudonym import AUTHORITIES, LETTERS, check_letter, is_upn, pseudonym

DIGITS = "0123456789"
bodies = st.tuples(
    st.sampled_from(sorted(AUTHORITIES)), st.text(DIGITS, min_size=8, max_size=8), st.sampled_from(DIGITS + LETTERS)
).map("".join)
SECRET = bytes(range(32))


@given(bodies)
def test_a_body_has_one_check_letter(body):
    assert [letter for letter in LETTERS if is_upn(letter + body)] == [check_letter(body)]


@given(bodies, st.integers(0, 10), st.sampled_from(DIGITS))
def test_one_mistyped_digit_is_noticed(body, place, digit):
    upn = check_letter(body) + body
    mistyped = upn[: place + 1] + digit + upn[place + 2 :]
    assert is_upn(mistyped) == (mistyped == upn)


@given(bodies, st.integers(0, 9))
def test_two_swapped_digits_are_noticed(body, place):
    upn = check_letter(body) + body
    first, second = upn[place + 1], upn[place + 2]
    swapped = upn[: place + 1] + second + first + upn[place + 3 :]
    assert first == second or not is_upn(swapped)


@given(st.text(max_size=20))
def test_any_text_is_judged_without_an_error(text):
    assert is_upn(text) in (True, False)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_pseudonyms_differ_between_pupils_and_between_families(key, other, family):
    mine = pseudonym(key, secret=SECRET, family=family)
    assert mine == pseudonym(key, secret=SECRET, family=family)
    assert (mine == pseudonym(other, secret=SECRET, family=family)) == (key == other)
    assert mine != pseudonym(key, secret=SECRET, family=family + "-next-term")
    assert mine != pseudonym(key, secret=SECRET[::-1], family=family)
