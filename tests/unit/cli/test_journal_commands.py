"""``kdsp register``: acts are recorded from the command line, and the workspace decides by them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from acting import act_as

REGISTER = """\
establishments:
- urn: '990001'
  name: Ash Primary
  phase: primary
people:
- id: officer:a1
  name: An officer
- id: officer:b2
  name: Another
- id: officer:c3
  name: A third
signatures:
- establishment: '990001'
  from: '2025-09-01'
- person: officer:a1
  from: '2025-09-01'
"""
PAPER = ("--reference", "file 12/3")
OWNER = ("person=officer:b2", "role=information-owner", "from=2020-01-01")
WITHDRAWAL = ("establishment=990001", "from=2026-01-01")


@pytest.fixture
def begun(kdsp):
    """A workspace whose journal has begun."""
    assert kdsp("init", ".").code == 0
    Path("data").mkdir(exist_ok=True)
    Path("data/register.yaml").write_text(REGISTER, "utf-8")
    assert kdsp("register", "import", "data/register.yaml", *PAPER).code == 0
    return kdsp


def standing(kdsp, *options):
    shown = kdsp("register", "show", "--on", "2026-03-02", "--json", *options)
    return json.loads(shown.out)["establishments"]["990001"]["standing"]


def test_import_and_export_give_the_same_register_back(begun):
    assert begun("register", "export").out == REGISTER
    assert begun("register", "export", "--into", "out.yaml").code == 0
    assert Path("out.yaml").read_text("utf-8") == REGISTER
    assert begun("register", "export", "--into", "out.yaml").code == 10


def test_an_act_counts_from_its_day_and_what_was_known_before_is_kept(begun):
    assert standing(begun) == "signatory"
    assert begun("register", "withdraw", *WITHDRAWAL, *PAPER).code == 0
    assert standing(begun) == "withdrawn"
    number = json.loads(begun("register", "entries", "--section", "withdrawals", "--json").out)[0]["number"]
    assert begun("register", "strike", str(number), *PAPER).code == 0
    assert standing(begun) == "signatory"
    assert "990001" not in begun("register", "show", "--on", "2026-03-02", "--known-at", "2020-01-01").out


REQUEST = {
    "report": "made-up", "level": "authority", "detail": "aggregate", "item": None, "categories": ["attendance"],
    "subjects": ["990001"], "group": None, "recipient": "establishment:990001", "requester": "officer:a1",
    "purpose": "raising-attainment", "on": "2026-03-02", "promotional": False,
    "data": {"current": True, "signed_off": True},
}  # fmt: skip


def decided(kdsp, *options):
    Path("requests.jsonl").write_text(json.dumps(REQUEST))
    return json.loads(kdsp("decide", "--requests", "requests.jsonl", *options).out)


def test_an_old_decision_can_be_made_again_after_a_late_correction(begun):
    """Of one day, 2 March: as it was known before a withdrawal was recorded, with it, and after it was struck out."""
    answers, moments = [], []
    for act in (None, ("withdraw", *WITHDRAWAL), ("strike",)):
        if act == ("strike",):
            (held,) = json.loads(begun("register", "entries", "--section", "withdrawals", "--json").out)
            act = ("strike", str(held["number"]))
        if act is not None:
            assert begun("register", *act, *PAPER).code == 0
        answers.append(decided(begun))
        moments.append(datetime.now(UTC).isoformat())
    assert [answer["clauses"] for answer in answers] == [["3"], ["3", "levels"], ["3"]]
    assert [decided(begun, "--known-at", moment) for moment in moments] == answers


def test_decisions_follow_the_journal(begun):
    def clauses():
        return decided(begun)["clauses"]

    assert clauses() == ["3"]
    assert begun("register", "permit", *OWNER, *PAPER).code == 0
    act_as("officer:b2")
    duty = ("person=officer:a1", "categories=attendance,sen", "purposes=raising-attainment", "from=2026-01-01")
    assert begun("register", "assign", *duty, "to=2026-12-31", *PAPER).code == 0
    assert clauses() == ["4", "9"]


def test_revoke_and_correct(begun):
    duty = ("person=officer:a1", "categories=sen", "purposes=raising-attainment", "from=2026-01-01", "to=2026-12-31")
    begun("register", "permit", *OWNER, *PAPER)
    act_as("officer:b2")
    begun("register", "assign", *duty, *PAPER)
    (held,) = json.loads(begun("register", "entries", "--section", "duties", "--json").out)
    assert begun("register", "correct", str(held["number"]), "categories=sen,attendance", *PAPER).code == 0
    assert begun("register", "revoke", str(held["number"]), "--on", "2026-06-01", *PAPER).code == 0
    listed = begun("register", "entries", "--section", "duties").out
    assert "categories=sen,attendance" in listed
    assert "to=2026-06-01" in listed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("withdraw", "establishment=990009", "from=2026-01-01", *PAPER), "990009"),
        (("withdraw", "establishment=990001", "from=soon", *PAPER), "from"),
        (("withdraw", "establishment=990001", "frm=2026-01-01", *PAPER), "did you mean from?"),
        (("withdraw", "establishment", *PAPER), "FIELD=VALUE"),
        (("withdraw", "from=2026-01-01", "from=2026-01-02", *PAPER), "stands twice"),
        (("withdraw", *WITHDRAWAL), "--reference"),
        (("revoke", "4", *PAPER), "--on"),
        (("strike", "99", *PAPER), "entry 99"),
        (("export", "--known-at", "soon"), "--known-at"),
        (("show", "data/register.yaml", "--on", "2026-03-02", "--known-at", "2026-03-02"), "--known-at"),
        (("expiring", "--within", "soon"), "--within"),
    ],
)
def test_what_cannot_be_recorded_or_read_is_said(begun, arguments, told):
    ended = begun("register", *arguments)
    assert ended.code in (10, 11)
    assert told in ended.err
    assert begun("register", "export").out == REGISTER


def test_before_it_has_begun_there_is_nothing_to_add_to(kdsp):
    kdsp("init", ".")
    ended = kdsp("register", "withdraw", *WITHDRAWAL, *PAPER)
    assert ended.code == 10
    assert "kdsp register import" in ended.err


def test_verify_says_the_last_hash_and_looks_for_one_that_was_noted(begun):
    noted = begun("register", "verify").out.split()[-1]
    begun("register", "withdraw", *WITHDRAWAL, *PAPER)
    assert begun("register", "verify", "--expect", noted).code == 0
    assert begun("register", "verify", "--expect", "0" * 64).code == 11


def test_expiring_looks_ahead(begun):
    consent = ("establishment=990001", "item=ksip", "recipient=officer:a1", "from=2026-01-01", "to=2026-03-20")
    begun("register", "consent", *consent, *PAPER)
    assert "2026-03-20" in begun("register", "expiring", "--within", "30d", "--on", "2026-03-02").out
    assert json.loads(begun("register", "expiring", "--on", "2026-03-02", "--json").out)[-1]["section"] == "consents"
    assert "2026-03-20" not in begun("register", "expiring", "--within", "5d", "--on", "2026-03-02").out


def test_the_file_no_longer_counts_and_says_so_once_it_is_changed(begun):
    Path("data/register.yaml").write_text(REGISTER + "withdrawals: []\n", "utf-8")
    ended = begun("register", "check")
    assert ended.code == 11
    assert "changed after its journal began" in ended.err


def test_recording_is_a_permission_of_its_own(begun):
    duty = ("person=officer:a1", "categories=sen", "purposes=x", "from=2026-01-01", "to=2026-06-01")
    ended = begun("register", "assign", *duty, *PAPER)
    assert ended.code == 12
    assert "duties are recorded by the information owner" in ended.err
    act_as("officer:b2")
    assert begun("register", "withdraw", *WITHDRAWAL, *PAPER).code == 12
    assert begun("register", "permit", "person=officer:b2", "role=registrar", "from=2020-01-01", *PAPER).code == 12


def test_a_legal_order_takes_two(begun):
    for person in ("officer:b2", "officer:c3"):
        begun("register", "permit", f"person={person}", "role=information-owner", "from=2020-01-01", *PAPER)
    act_as("officer:b2")
    order = ("effect=prohibit", "citation=Order 7", "subject=990001", "from=2026-01-01")
    proposed = begun("register", "order", *order, *PAPER)
    assert proposed.code == 0
    number = proposed.out.split("event ")[1].split()[0]
    assert begun("register", "export").out == REGISTER
    assert begun("register", "second", number, *PAPER).code == 12
    act_as("officer:c3")
    waiting = begun("register", "proposals")
    assert "Order 7" in waiting.out
    assert "by officer:b2" in waiting.out
    assert "file 12/3" in waiting.out
    assert begun("register", "second", number, *PAPER).code == 0
    assert "Order 7" in begun("register", "export").out
    assert begun("register", "second", number, *PAPER).code == 10
    assert begun("register", "proposals").out == ""


def test_entries_on_the_partnership_framework_are_seen_by_that_head_and_its_lead_alone(begun):
    """To everybody else the register looks the same with and without them."""
    begun("register", "permit", "person=officer:b2", "role=registrar", "from=2020-01-01", *PAPER)
    before, counted = begun("register", "export").out, begun("register", "check").out
    consent = ("establishment=990001", "item=ksip", "recipient=officer:a1", "from=2026-01-01", "to=2026-03-20")
    assert begun("register", "consent", *consent, *PAPER).code == 0
    looks = [("export",), ("check",), ("expiring", "--on", "2026-03-02"), ("entries", "--section", "consents")]
    for look in looks:
        assert any(word in begun("register", *look).out for word in ("ksip", "consents 1"))
    act_as("establishment:990001")
    assert "ksip" in begun("register", "export").out
    act_as("officer:b2")
    assert begun("register", "export").out == before
    assert begun("register", "check").out == counted
    for look in looks:
        assert "ksip" not in begun("register", *look).out
