"""What the made-up register permits, and what it refuses: the cases that the demonstration reports rest on."""

from __future__ import annotations

from datetime import date

import pytest

from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.request import Request
from kdsp_lib.register import read_register
from kdsp_lib.source.demo.place import places_of

ON = "2026-03-02"
PLACES = places_of(0, 0)


@pytest.fixture(scope="module")
def ask(made):
    register = read_register(made.register)

    def decided(recipient: str, subjects: list[str], purpose: str, on: str = ON, **given):
        request = {
            "recipient": recipient,
            "subjects": subjects,
            "purpose": purpose,
            "on": on,
            "requester": "officer:a1",
            "group": None,
            "promotional": False,
            "data": {"current": True, "signed_off": True},
            **given,
        }
        community = register.on(date.fromisoformat(on))
        return decide(Request.from_mapping(request, community), community)

    return decided


def members(area: str) -> list[str]:
    return [place.urn for place in PLACES if place.area == area]


def area_profile(ask, area: str, recipient: str = "", **given):
    group = f"collaborative:{area}"
    return ask(
        recipient or group,
        members(area),
        "commissioning-of-services",
        report="area-profile",
        level="collaborative",
        group=group,
        **given,
    )


@pytest.mark.parametrize("area", ["east", "west", "central"])
def test_each_area_may_have_its_profile(ask, area):
    decision = area_profile(ask, area)
    assert decision.is_permit
    assert decision.clauses == ("4", "9")


def test_nobody_of_an_area_is_left_out(ask):
    decision = area_profile(ask, "east")
    assert not decision.refused
    assert "coverage-note" not in decision.obligations


def test_the_authority_may_have_its_own(ask):
    subjects = [place.urn for place in PLACES if place.number not in (45, 46)]
    assert ask("authority", subjects, "raising-attainment", report="area-profile", level="authority").is_permit


@pytest.mark.parametrize("number", [0, 17, 47, 53])
def test_a_school_may_have_its_pupils(ask, number):
    urn = PLACES[number].urn
    decision = ask(f"establishment:{urn}", [urn], "school-improvement-plan", report="pupil-report", level="school")
    assert decision.is_permit


def test_an_external_is_shared_with_while_its_agreement_is_live(ask):
    assert area_profile(ask, "east", "external:university").is_permit
    assert area_profile(ask, "east", "external:consultancy").clauses == ("2", "levels")
    assert area_profile(ask, "east", "external:consultancy", on="2026-01-12").is_permit


def test_who_has_not_signed_or_has_withdrawn_is_refused(ask):
    assert area_profile(ask, "east", f"establishment:{PLACES[45].urn}").clauses == ("11", "levels")
    assert area_profile(ask, "east", f"establishment:{PLACES[46].urn}").clauses == ("2", "levels")
    assert "2" in area_profile(ask, "east", "officer:unsigned").clauses


def test_an_appointment_that_has_ended_counts_no_more(ask):
    assert area_profile(ask, "east", "appointee:data-manager").is_permit
    assert area_profile(ask, "east", "appointee:adviser").clauses == ("2",)


def test_a_heads_consent_lets_the_officer_have_a_bespoke_analysis(ask):
    def bespoke(number: int):
        urn = PLACES[number].urn
        categories = ["attendance"]
        return ask(
            "officer:a1",
            [urn],
            "school-improvement-plan",
            report="bespoke-school",
            level="school",
            categories=categories,
        )

    assert bespoke(4).is_permit
    assert bespoke(3).clauses == ("12",)


def test_one_cluster_agreed_to_be_named(ask):
    def named(cluster: str):
        subjects = [place.urn for place in PLACES if place.cluster == cluster]
        return ask(
            f"cluster:{cluster}",
            subjects,
            "school-improvement-plan",
            report="cluster-vulnerable",
            level="cluster",
            detail="establishment",
            group=f"cluster:{cluster}",
        )

    assert named("orchard").is_permit
    assert "6" in named("ridge").clauses
