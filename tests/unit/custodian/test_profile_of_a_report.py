"""Which profile of the disclosure policy a report is made by: whoever receives it settles that."""

import pytest
from small_workspace import OFFICER, Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.custodian.policy_profile import policies, policy_for
from kdsp_lib.errors import BadParameters, Broken


def made_by(recipient, level, about="group", school="990001"):
    return policy_for(recipient, level, school if about == "school" else None).name


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


def test_every_profile_states_its_numbers_in_full():
    for name, profile in policies().items():
        assert profile.in_full.startswith(f"{name}, version {profile.version}: 6 pupils; 3 controllers (4 for ")
        assert ("rounded to 5" in profile.in_full) == (name == "public")


def test_no_reader_is_told_how_near_a_figure_may_come_to_one_part():
    """With p % and the largest share, whoever knows one part knows more nearly how large the rest is."""
    for profile in policies().values():
        told = f"{profile.in_full} {profile.to_json()}"
        assert not any(secret in told for secret in ("0.85", "0.1", "largest_share", "p_percent"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Six schools, each of whose heads agreed that an officer may read its report; 4 girls at each have a plan."""
    schools = [School(f"99{k:04}") for k in range(1, 7)]
    made = SmallWorkspace(tmp_path_factory.mktemp("agreed"), schools)
    roll = Roll()
    for school in schools:
        roll.pupils(4, school.urn, sen_provision="E")
        roll.pupils(20, school.urn)
        roll.pupils(18, school.urn, sex="M")
    made.load("2025/26-autumn", roll)
    return made


def test_no_agreement_lowers_a_floor(workspace):
    """The head agreed that the officer may have the school's figures: counts of 1 to 5 are told to the school alone."""
    plans = {"plans": asked("rate", "ehc-plan", "sex")}
    released = workspace.school("990001", plans, to=OFFICER)
    assert printed(released, "plans")["All",] == ("c", "c", "42")
    assert released["facts"]["disclosure_policy"]["threshold"] == 6
    assert printed(workspace.school("990001", plans), "plans")["All",] == ("10", "4", "42")


def test_no_parameter_and_no_question_states_a_profile_or_a_threshold(workspace):
    for more in ({"profile": "own_school"}, {"threshold": "1"}):
        with pytest.raises(BadParameters):
            workspace.area("east", {"n": asked("count", "pupils")}, **more)
        with pytest.raises(BadParameters):
            workspace.area("east", {"n": asked("count", "pupils", **more)})
