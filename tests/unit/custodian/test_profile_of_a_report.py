"""Which profile of the disclosure policy a report is made by: whoever receives it settles that."""

from types import SimpleNamespace

import pytest

from kdsp_lib.custodian.policy_profile import profile_of
from kdsp_lib.errors import Broken


def made_by(recipient, level, about="group", school="990001"):
    opened = SimpleNamespace(
        request=SimpleNamespace(recipient=recipient, level=level),
        served=SimpleNamespace(about=about),
        parameters={"school": school, "group": "collaborative:east", "profile": "own_school"},
    )
    return profile_of(opened).name


@pytest.mark.parametrize(
    ("recipient", "level", "about", "profile"),
    [
        ("public", "authority", "group", "public"),
        ("external:e1", "collaborative", "group", "external"),
        ("external:e1", "school", "school", "external"),
        ("establishment:990001", "school", "school", "own_school"),
        ("establishment:990002", "school", "school", "cluster"),
        ("officer:a1", "school", "school", "cluster"),
        ("establishment:990001", "collaborative", "group", "collaborative"),
        ("cluster:oak", "cluster", "group", "cluster"),
        ("collaborative:east", "collaborative", "group", "collaborative"),
        ("authority", "authority", "group", "authority"),
        ("officer:a1", "authority", "group", "authority"),
    ],
)
def test_the_recipient_settles_the_profile_and_then_the_level(recipient, level, about, profile):
    assert made_by(recipient, level, about) == profile


def test_a_level_without_a_profile_is_refused():
    with pytest.raises(Broken):
        made_by("officer:a1", "region")
