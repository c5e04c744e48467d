"""The terms of use are a text with a version, and forbid what the protocol's readers agreed to leave undone."""

import pytest

from kdsp_lib.errors import Broken
from kdsp_lib.protocol.terms import terms_of_use

PRINTED = terms_of_use().printed(destroy_by="2 March 2028", contact="Avery Ashdown")


@pytest.mark.parametrize(
    "words",
    [
        "Share it with nobody but those whom it is for",
        "Do not try to recognise a pupil",
        "Do not use it to promote",
        "no decision about a child",
        "Do not train, tune or test a model",
        "Destroy it, and every copy, by 2 March 2028",
        "on the same day: to Avery Ashdown",
    ],
)
def test_each_term_is_there(words):
    assert words in PRINTED


def test_the_version_comes_first_and_each_term_has_a_line():
    terms = terms_of_use()
    assert PRINTED.splitlines()[0] == f"Terms of use, version {terms.version}."
    assert len(PRINTED.splitlines()) == len(terms.sentences) + 1


def test_a_protocol_without_terms_is_refused():
    with pytest.raises(Broken):
        terms_of_use("no-such-protocol")
