"""The disclosure policy: one file, no laxer than the floor, whole or refused."""

import copy
import tomllib
from importlib import resources

import pytest

from kdsp_lib.custodian.policy_profile import checked
from kdsp_lib.errors import BadSource
from kdsp_lib.model.policy import FLOOR, NAMES, VALUES, read_policies

SHIPPED = tomllib.loads(resources.files("kdsp_lib.custodian").joinpath("disclosure.toml").read_text("utf-8"))


def bent(change):
    given = copy.deepcopy(SHIPPED)
    change(given)
    return given


def faults_of(given):
    with pytest.raises(BadSource) as refused:
        read_policies(given, "p.toml")
    return {(fault.place, fault.field) for fault in refused.value.faults}


def test_the_file_that_kdsp_ships_has_every_profile_at_the_floor_or_above():
    profiles = read_policies(SHIPPED, "p.toml")
    assert set(profiles) == set(NAMES)
    for profile in profiles.values():
        assert profile.largest_share <= FLOOR.largest_share
        assert profile.p_percent >= FLOOR.p_percent
        assert profile.sensitive_categories >= FLOOR.sensitive_categories
        assert profile.stamp == f"{profile.name}, version {SHIPPED['version']}"


@pytest.mark.parametrize(
    ("value", "lax"),
    [
        ("threshold", 5), ("threshold", 6.0), ("threshold", True), ("controllers", 2), ("sensitive_controllers", 3),
        ("largest_share", 0.86), ("largest_share", 1), ("largest_share", 0), ("p_percent", 0.09), ("p_percent", "10 %"),
        ("p_percent", float("nan")), ("sensitive_categories", ["sen"]), ("sensitive_categories", "sen"),
        ("whole_percent_below", 50), ("percent_places", 2),
    ],
)  # fmt: skip
def test_nothing_lowers_a_floor(value, lax):
    assert faults_of(bent(lambda given: given["profiles"]["external"].update({value: lax}))) == {
        ("p.toml external", value)
    }
    assert {place for place, _ in faults_of(bent(lambda given: given["every"].update({value: lax})))} == {
        f"p.toml {name}" for name in NAMES
    }


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_is_missing_is_no_permit(value):
    without = {(f"p.toml {n}", value) for n in NAMES if value not in SHIPPED["profiles"][n]}
    assert faults_of(bent(lambda given: given["every"].pop(value))) == without


@pytest.mark.parametrize(("profile", "lax"), [("public", 0), ("public", 3), ("cluster", 7), ("cluster", "5")])
def test_the_public_gets_rounded_counts_and_nobody_others_than_5_or_10(profile, lax):
    given = bent(lambda given: given["profiles"][profile].update({"round_to": lax}))
    assert faults_of(given) == {(f"p.toml {profile}", "round_to")}
    assert (
        read_policies(bent(lambda given: given["every"].update({"round_to": 10})), "p.toml")["cluster"].round_to == 10
    )


def test_a_stricter_profile_is_taken():
    stricter = {"largest_share": 0.7, "p_percent": 0.2, "threshold": 10, "controllers": 4, "percent_places": 0}
    public = read_policies(bent(lambda given: given["profiles"]["public"].update(stricter)), "p.toml")["public"]
    assert {name: getattr(public, name) for name in stricter} == stricter


def test_a_sensitive_category_needs_no_fewer_controllers_than_another():
    given = bent(lambda given: given["profiles"]["external"].update({"controllers": 5}))
    assert faults_of(given) == {("p.toml external", "sensitive_controllers")}


def test_a_category_that_the_protocol_does_not_know_is_refused():
    more = ["exclusions", "safeguarding", "sen", "shoe-size"]
    given = bent(lambda given: given["profiles"]["external"].update({"sensitive_categories": more}))
    with pytest.raises(BadSource, match="no disclosure policy"):
        checked(read_policies(given, "p.toml"))


def test_every_fault_is_told_at_once():
    def spoil(given):
        given["version"] = ""
        given["agreement"] = {"threshold": 3}
        given["profiles"]["friends"] = {}
        del given["profiles"]["public"]
        given["profiles"]["cluster"]["minimum"] = 3
        given["profiles"]["authority"] = "lax"

    assert faults_of(bent(spoil)) == {
        ("p.toml", "version"), ("p.toml", "agreement"), ("p.toml", "friends"), ("p.toml", "public"),
        ("p.toml cluster", "minimum"), ("p.toml", "authority"),
    }  # fmt: skip
    assert faults_of([]) == {("p.toml", "")}
    assert ("p.toml", "") in faults_of({"version": "1", "every": [], "profiles": []})
