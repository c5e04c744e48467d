"""The register as the community reads it, with nothing in it that clause 12 keeps confidential."""

import json

import pytest
from small_workspace import OFFICER, School, SmallWorkspace

from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.report.pupil_list import PupilList

URNS = [f"99{k:04}" for k in range(1, 6)]
ASKED = {"recipient": "authority", "purpose": "raising-attainment"}
OPEN = f"""
withdrawals: [{{establishment: "{URNS[4]}", from: 2025-11-01}}]
agreements:
- {{party: "external:u", collaborative: "collaborative:east", issued_by: {OFFICER}, issued_on: 2025-10-01,
   signed_on: 2025-10-08, purpose: raising-attainment, activity: made up, from: 2025-10-08, to: 2026-03-20}}
- {{party: "external:u", collaborative: "collaborative:east", issued_by: {OFFICER}, issued_on: 2025-10-01,
   purpose: raising-attainment, activity: never signed, from: 2025-10-08, to: 2026-10-20}}
"""
PEOPLE = (
    '- {id: "officer:new", name: "Quill Unsigned-Surname"}\n- {id: "external:u", name: "A university made up"}\n'
    '- {id: "officer:lead", name: "Vale Nobody"}\n'
)
CONFIDENTIAL = {
    "consents": [
        *(f'{{establishment: "{urn}", item: ksip, recipient: "{OFFICER}", from: 2025-09-01}}' for urn in URNS[:2]),
        f'{{establishment: "{URNS[2]}", item: bespoke, recipient: authority, from: 2025-09-01, to: 2026-03-10}}',
    ],
    "commissions": [f'{{establishment: "{URNS[1]}", purpose: phonics-project, from: 2025-09-01, to: 2026-03-10}}'],
    "stakeholders": [f'{{establishment: "{URNS[1]}", party: "external:u", from: 2025-09-01, to: 2026-03-10}}'],
    "heads_agreements": [
        f'{{establishments: ["{URNS[0]}", "{URNS[1]}"], recipients: ["establishment:{URNS[0]}"], categories: [ksip], '
        "detail: establishment, from: 2025-09-01, to: 2026-03-10}"
    ],
    "legal_orders": [
        f'{{effect: prohibit, citation: made-up order 9, subject: "{URNS[3]}", categories: [sen], from: 2025-09-01}}'
    ],
    "duties": [
        f"{{person: {OFFICER}, categories: [ksip], purposes: [school-improvement-plan], from: 2024-09-01}}",
        "{person: officer:new, categories: [inspection], purposes: [raising-attainment], from: 2024-09-01}",
    ],
}


def made(folder, confidential):
    """A workspace whose heads consent to reports or whose register has none of that."""
    workspace = SmallWorkspace(folder, [School(urn, consents=confidential) for urn in URNS])
    text = workspace.workspace.register.read_text("utf-8").replace("exclusions, sen]", "exclusions, sen, inspection]")
    text = text.replace("people:\n", "people:\n" + PEOPLE) + OPEN
    for section, entries in CONFIDENTIAL.items() if confidential else ():
        lines = "".join(f"- {entry}\n" for entry in entries)
        text = text.replace(f"{section}:\n", f"{section}:\n{lines}") if f"{section}:\n" in text else (
            text + f"{section}:\n{lines}"
        )  # fmt: skip
    if not confidential:
        text += "legal_orders: []\n"
    workspace.workspace.register.write_text(text, "utf-8")
    return workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return made(tmp_path_factory.mktemp("register"), confidential=True)


@pytest.fixture(scope="module")
def released(workspace):
    return workspace.lists("signatory-register", ASKED)


def rows(released, name):
    (found,) = (each for each in released["listings"] if each["name"] == name)
    return [tuple(row) for row in found["rows"]]


def test_who_has_signed_and_who_has_not_or_no_longer(released):
    assert [row[1] for row in rows(released, "members")] == URNS[:4]
    assert rows(released, "outside") == [(f"Made-up School {URNS[4]}", URNS[4], "Withdrawn", "1 November 2025")]


def test_an_agreement_that_nobody_signed_is_not_in_force_and_one_that_ends_is_told(released):
    assert [row[3] for row in rows(released, "agreements")] == ["made up"]
    assert ("19 March 2026", "Confidentiality agreement", "A university made up; East") in rows(released, "ending")


def test_what_clause_12_keeps_confidential_changes_not_a_byte(released, tmp_path):
    """Consents to items, commissions, stakeholders, orders and duties: a register without them reads the same."""
    without = made(tmp_path, confidential=False).lists("signatory-register", ASKED)
    assert json.dumps(without["listings"], sort_keys=True) == json.dumps(released["listings"], sort_keys=True)
    assert without["disclosure_note"] == released["disclosure_note"]


@pytest.mark.parametrize("word", ["ksip", "bespoke", "phonics", "made-up order", "Unsigned-Surname", "Vale"])
def test_no_word_of_it_is_in_what_is_released(released, word):
    assert word not in json.dumps([released["listings"], released["decision"], released["title"], released["scope"]])


def test_no_row_is_a_pupil_and_the_wire_says_so(released):
    assert {PupilList.from_wire(each).of_pupils for each in released["listings"]} == {False}
    assert (released["tables"], released["counts"]) == ([], [])


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        ({"recipient": f"establishment:{URNS[4]}"}, "11"),
        ({"recipient": "officer:new"}, "2"),
        ({"recipient": "external:u"}, "2"),
        ({"recipient": "public"}, "2"),
        ({"purpose": "school-improvement-plan", "recipient": f"establishment:{URNS[0]}"}, "9"),
    ],
    ids=["one that has withdrawn", "one who has not signed", "an external of whom no area is", "the public", "purpose"],
)
def test_it_is_refused_to_all_but_its_audience(workspace, changed, clause):
    with pytest.raises(NotAuthorised) as caught:
        workspace.lists("signatory-register", ASKED | changed)
    assert clause in caught.value.clauses
    assert "signatory-register" in str(caught.value)


@pytest.mark.parametrize("asker", ["officer:new", f"establishment:{URNS[0]}", "external:u"])
def test_nobody_asks_for_it_without_a_duty(workspace, asker):
    with pytest.raises(NotAuthorised):
        workspace.lists("signatory-register", ASKED, asker)


@pytest.mark.parametrize("more", [{"period": "2025/26-autumn"}, {"school": URNS[0]}, {"known_at": "2026-01-01"}])
def test_it_takes_no_other_parameter(workspace, more):
    with pytest.raises(BadParameters):
        workspace.lists("signatory-register", ASKED | more)


def test_it_answers_no_tables_and_others_answer_no_lists(workspace):
    with pytest.raises(NotAuthorised, match="answers no tables"):
        workspace.release("signatory-register", {"a": {"kind": "count", "measure": "pupils", "by": []}}, ASKED)
