"""What a report about one school may stand beside, who could see it, and which reports are served."""

import datetime as dt

import pytest

from kdsp_lib.custodian.audience import could_see
from kdsp_lib.custodian.comparator import comparators_of
from kdsp_lib.custodian.served import SERVED, served_report
from kdsp_lib.errors import BadParameters
from kdsp_lib.protocol.catalogue import CATALOGUE
from kdsp_lib.register import register_from_text

URNS = [f"99000{k}" for k in range(1, 8)]
REGISTER = "\n".join(
    [
        "establishments:",
        *(f"- {{urn: '{urn}', name: School {urn}, phase: primary}}" for urn in URNS),
        "groups: [{id: 'collaborative:east', name: East}]",
        "people:",
        "- {id: 'appointee:helper', name: Somebody whom a head appointed}",
        "- {id: 'officer:a', name: An officer}",
        "signatures:",
        *(f"- {{establishment: '{urn}', from: 2025-09-01}}" for urn in URNS if urn != "990007"),
        "controllers:",
        "- {establishment: '990001', controller: a-trust, from: 2025-09-01}",
        "- {establishment: '990002', controller: a-trust, from: 2025-09-01}",
        "memberships:",
        *(f"- {{establishment: '{urn}', group: 'collaborative:east', from: 2025-09-01}}" for urn in URNS[:4]),
        "appointments: [{establishment: '990002', person: 'appointee:helper', from: 2025-09-01}]",
    ]
)
PHASES = dict.fromkeys(URNS, "primary")


@pytest.fixture(scope="module")
def community():
    return register_from_text(REGISTER).on(dt.date(2026, 3, 2))


def test_comparators_are_signatories_of_the_same_phase(community):
    found = comparators_of("990003", community, PHASES | {"990004": "secondary"}, community.is_signatory, 3)
    assert found["authority"] == ("990001", "990002", "990003", "990005", "990006")


def test_a_comparator_has_three_other_controllers_or_is_none(community):
    """The collaborative's four are of three controllers: without the school's own there are two."""
    assert "collaborative" not in comparators_of("990003", community, PHASES, community.is_signatory, 3)
    assert comparators_of("990001", community, dict.fromkeys(URNS[:4], "primary"), community.is_signatory, 3) == {}
    assert set(comparators_of("990003", community, PHASES, community.is_signatory, 3)) == {"authority"}


def test_a_phase_that_nobody_knows_has_no_comparator(community):
    assert comparators_of("990003", community, {}, community.is_signatory, 3) == {}


def test_one_that_has_not_signed_is_compared_with_nobody(community):
    assert comparators_of("990007", community, PHASES, community.is_signatory, 3) == {}


def test_aggregates_could_be_seen_by_everybody(community):
    assert could_see("aggregate", "collaborative:east", community) is None


def test_what_a_school_receives_its_controller_and_its_appointees_could_see(community):
    seen = could_see("establishment", "establishment:990001", community)
    assert seen == ["appointee:helper", "establishment:990001", "establishment:990002"]


def test_what_an_officer_receives_the_officer_alone_could_see(community):
    assert could_see("establishment", "officer:a", community) == ["officer:a"]


def test_every_report_served_is_catalogued_with_the_level_that_it_is_about():
    for served in SERVED.values():
        assert CATALOGUE[served.name] == served.catalogued("knowsley")
        assert (served.about == "school") == ("school" in served.catalogued("knowsley").levels)
        assert served.note
        assert served.marking.startswith("OFFICIAL")


def test_a_report_that_is_not_served_is_refused_with_those_that_are():
    with pytest.raises(BadParameters, match="pupil-report"):
        served_report("exam-review")
