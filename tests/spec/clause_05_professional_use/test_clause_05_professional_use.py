"""Clause 5: all recipients use what they receive in a professional manner: every permit binds to the terms of use."""

import pytest

AREA = {"level": "collaborative", "group": "collaborative:east", "purpose": "commissioning-of-services"}
ORDER = (
    "legal_orders: [{effect: require, citation: Act, report: made-up, subject: '990001', "
    "recipient: 'officer:none', from: 2025-09-01}]"
)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"detail": "pseudonymous"},
        {"detail": "establishment"},
        AREA | {"detail": "aggregate"},
        AREA | {"detail": "aggregate", "recipient": "collaborative:east"},
        {"subjects": ["990006"], "recipient": "establishment:990006"},
    ],
)
def test_every_permit_binds_to_the_terms_of_use(obligations, fields):
    assert "terms-of-use" in obligations(**fields)


def test_one_by_law_too(obligations):
    assert "terms-of-use" in obligations(ORDER, recipient="officer:none")


def test_a_denial_binds_to_nothing(ask):
    assert ask(promotional=True).obligations == ()
