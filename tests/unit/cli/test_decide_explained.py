"""``kdsp decide PARAMETERS.yaml``: what a run of the file would be answered, in sentences, and the way to a permit."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from acting import act_as

HOUSE = Path(__file__).resolve().parents[3]
CENTRAL = HOUSE / "parameters" / "area_profile" / "central.yaml"
REFUSED = HOUSE / "parameters" / "area_profile" / "refused.yaml"


@pytest.fixture
def decide(kdsp):
    """Explain a parameter file in the made-up authority."""
    assert kdsp("demo", "--into", ".").code == 0
    return lambda file, *options: kdsp("decide", str(file), "--notebooks", str(HOUSE / "notebooks"), *options)


def written(text):
    file = Path("parameters/area_profile/mine.yaml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_a_permit_is_explained(decide):
    ended = decide(CENTRAL)
    assert ended.code == 0
    assert "The protocol permits collaborative:central" in ended.out
    assert "Clause 4: aggregated figures are shared." in ended.out
    assert "It obliges to" in ended.out


def test_a_refusal_names_each_rule_its_facts_and_the_way_out(decide):
    ended = decide(REFUSED)
    assert ended.code == 12
    assert "11-recipient-has-withdrawn" in ended.out
    assert "because  the establishment's standing is withdrawn" in ended.out
    assert "the establishment signs the protocol again" in ended.out


def test_what_would_be_enough_for_a_permit_is_told(decide):
    """Two rules forbid, and one change mends both: a signature puts the school back in the audience too."""
    told = decide(REFUSED).out.split("For a permit, ")[1]
    assert told.strip() == (
        "this is enough:\n    - the establishment that would receive signs the protocol, or signs it again"
    )
    assert json.loads(decide(REFUSED, "--json").out)["ways"] == [
        ["the establishment that would receive signs the protocol, or signs it again"]
    ]


def test_as_json_it_is_the_decision_with_its_request(decide):
    answer = json.loads(decide(REFUSED, "--json").out)
    assert answer["clauses"] == ["11", "levels"]
    assert answer["request"]["requester"] == "officer:a1"


def test_every_faulty_field_is_named_with_its_line(decide):
    text = CENTRAL.read_text("utf-8").replace("commissioning-of-services", "because")
    ended = decide(written(text.replace("recipient: collaborative:central", "recipient: establishment:999999")))
    assert ended.code == 10
    assert "line 2  recipient" in ended.err
    assert "line 3  purpose" in ended.err
    assert not ended.out


def test_after_the_journal_has_begun_the_answer_follows_it_and_the_old_one_can_be_asked(decide, kdsp):
    paper = ("--reference", "minute 4")
    assert kdsp("register", "import", "data/register.yaml", *paper).code == 0
    (held,) = json.loads(kdsp("register", "entries", "--section", "withdrawals", "--json").out)
    assert kdsp("register", "strike", str(held["number"]), *paper).code == 0
    own = decide(REFUSED)
    assert own.code == 12
    assert "permits" not in own.out + own.err
    assert "nobody asks for a report that rests on an entry they recorded" in own.err
    act_as("officer:checker")
    assert decide(REFUSED).code == 0
    act_as("officer:a1")
    assert decide(REFUSED, "--known-at", "2000-01-01").code == 10


def test_a_workspace_of_another_authority_is_answered_by_its_protocol(decide):
    """In its words and by its clauses: the demo's officer has no duty for a purpose of that table."""
    with Path("kdsp.toml").open("a") as file:
        file.write('protocol = "example_authority"\n')
    text = CENTRAL.read_text("utf-8").replace("group: collaborative:central", "group: null")
    ended = decide(written(text.replace("commissioning-of-services", "place-planning")))
    assert ended.code == 12
    assert "(summary detail, county level)" in ended.out
    assert "clause 12" in ended.out


def test_a_file_of_requests_is_answered_by_the_protocol_that_is_named(kdsp):
    Path("register.yaml").write_text("establishments: [{urn: '990001', name: Ash, phase: primary}]\n")
    request = {
        "report": "made-up", "level": "setting", "detail": "named-child", "item": None, "categories": ["safeguarding"],
        "subjects": ["990001"], "group": None, "recipient": "establishment:990001", "purpose": "moving-on",
        "requester": "establishment:990001", "on": "2026-03-02", "promotional": False,
        "data": {"current": True, "signed_off": True},
    }  # fmt: skip
    Path("requests.jsonl").write_text(json.dumps(request))
    given = ("decide", "--register", "register.yaml", "--requests", "requests.jsonl")
    assert kdsp(*given).code == 10
    assert json.loads(kdsp(*given, "--protocol", "example_authority").out)["clauses"] == ["5", "9", "13"]
    assert "example_authority, knowsley" in kdsp(*given, "--protocol", "nowhere").err


def test_which_members_are_left_out_the_registrar_alone_reads(decide, kdsp):
    """Others learn how many. Who is registrar is told by the journal, and who asks by kdsp.toml."""
    assert kdsp("register", "import", "data/register.yaml", "--reference", "minute 4").code == 0
    text = CENTRAL.read_text("utf-8").replace("recipient: collaborative:central", "recipient: cluster:harbour")
    area = written(text)
    seen = json.loads(decide(area, "--json").out)
    refused = list(seen["recipients"]["refused"])
    assert refused
    assert all(member in decide(area).out for member in refused)
    act_as("officer:checker")
    hidden = json.loads(decide(area, "--json").out)
    assert "recipients" not in hidden
    assert hidden["left_out"] == len(refused)
    shown = decide(area)
    assert f"Members of the group that receive nothing: {len(refused)}" in shown.out
    assert not [member for member in refused if member in shown.out + shown.err]


def test_whoever_asks_must_be_in_the_register(decide):
    act_as("officer:nobody")
    ended = decide(written(CENTRAL.read_text("utf-8").replace("commissioning-of-services", "because")))
    assert ended.code == 10
    assert "kdsp.toml  requester  officer:nobody is not in the register" in ended.err
    assert "line 3  purpose" in ended.err


def test_the_tutorials_change_of_what_was_agreed_is_answered_as_it_says(decide, kdsp):
    """Permitted, forbidden once the head has changed her mind, and permitted again by what she signs herself.

    What whoever asks records themself does not do: they ended what she had given, and would give it again.
    """
    section = (HOUSE / "docs" / "tutorial.md").read_text("utf-8").split("\n## ")[5]
    lines = [line for block in section.split("```")[1::2] for line in block.strip().splitlines()]
    signing = next(i for i, line in enumerate(lines) if "--to-sign" in line)
    own = shlex.split(lines[signing].partition(" --as ")[0])
    decided = []
    for number, line in enumerate(lines):
        _, *words = shlex.split(line)
        if number == signing:
            assert kdsp(*own[1:]).code == 0
            refused = decide(HOUSE / lines[-1].split()[-1])
            assert (refused.code, "rests on what you recorded" in refused.err) == (12, True)
            number = kdsp("register", "entries", "--section", "consents").out.splitlines()[-1].split()[0]
            assert kdsp("register", "strike", number, "--reference", "mistake").code == 0
        if words[0] == "decide":
            decided.append(decide(HOUSE / words[1]).code)
        else:
            ended = kdsp(*words)
            assert ended.code == 0, ended.err
    assert decided == [0, 12, 0]


ELDERHAVEN = HOUSE / "parameters" / "bespoke_school" / "elderhaven.yaml"


def test_what_was_permitted_and_no_longer_is_is_told_as_the_custodian_refuses_it(decide, kdsp):
    """By the real clock: the consent ended long ago."""
    paper = ("--reference", "letter 4")
    assert kdsp("register", "import", "data/register.yaml", *paper).code == 0
    consents = json.loads(kdsp("register", "entries", "--section", "consents", "--json").out)
    held = next(each["number"] for each in consents if "990005" in json.dumps(each))
    assert decide(ELDERHAVEN).code == 0
    assert kdsp("register", "revoke", str(held), "--on", "2026-03-03", *paper).code == 0
    told = decide(ELDERHAVEN)
    assert told.code == 12
    assert told.out.startswith("This was permitted on 2 March 2026 and no longer is.")
    assert "12-item-stays" in told.out
    assert "The protocol permits" not in told.out
    answer = json.loads(decide(ELDERHAVEN, "--json").out)
    assert (answer["decision"], answer["clauses"], answer["permission_ended"]) == ("deny", ["12"], True)


def test_what_the_custodian_refuses_although_the_protocol_permits_it_is_nowhere_a_permit(decide):
    pupils = HOUSE / "parameters" / "pupil_report" / "elderhaven.yaml"
    file = Path("parameters/pupil_report/mine.yaml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(pupils.read_text("utf-8").replace("establishment:990005", "officer:a1"), "utf-8")
    told = decide(file)
    assert (told.code, "permits" in told.out + told.err) == (12, False)
    assert "go to the establishment whose pupils they are about" in told.err
    answer = json.loads(decide(file, "--json").out)
    assert (answer["decision"], answer["obligations"]) == ("deny", [])


def test_a_use_that_promotes_is_refused(decide):
    told = decide(written(CENTRAL.read_text("utf-8") + "promotional: true\n"))
    assert told.code == 12
    assert "6-not-to-promote" in told.out
    assert decide(written(CENTRAL.read_text("utf-8") + "promotional: false\n")).code == 0
    unknown = decide(written(CENTRAL.read_text("utf-8") + "promotional: perhaps\n"))
    assert unknown.code == 10
    assert "line 6  promotional" in unknown.err


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("2026-03-02", "2100-03-02", "line 5  on"), ("2025/26-autumn", "2026/27-autumn", "line 4  period")],
)
def test_days_that_cannot_be_are_faults_with_their_lines(decide, old, new, field):
    told = decide(written(CENTRAL.read_text("utf-8").replace(old, new)))
    assert told.code == 10
    assert field in told.err
