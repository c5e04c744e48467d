"""A register is read whole or refused with every fault in it, each by its line. It never ends in a traceback."""

from __future__ import annotations

from datetime import date

import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.register import dump_register, read_register, register_from_text

GOOD = """\
establishments:
- {urn: '990001', name: Ash, phase: primary}
- {urn: '990002', name: Birch, phase: non-maintained-special, predecessors: ['990001']}
groups:
- {id: 'cluster:north', name: North}
- {id: 'collaborative:east', name: East}
people:
- {id: 'officer:a1', name: Officer, from: 2025-09-01}
- {id: 'officer:a2', name: Officer 2}
- {id: 'appointee:p1', name: Appointee}
- {id: 'external:x1', name: External}
"""
LINES = GOOD.count("\n")


def faults(text):
    with pytest.raises(BadSource) as caught:
        register_from_text(text)
    shown = str(caught.value)
    assert "Traceback" not in shown
    return [(fault.place, fault.field, fault.text) for fault in caught.value.faults]


def fault(text):
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("added", "field", "told"),
    [
        ("colours: []", "colours", "not a section"),
        ("menbers: []", "menbers", "not a section"),
        ("memberships: {}", "memberships", "list"),
        ("memberships: text", "memberships", "list"),
        ("memberships: [text]", "memberships", "mapping"),
        ("memberships: [[]]", "memberships", "mapping"),
        ("withdrawals: [{establishment: '990001', from: 2025-09-01, to: 2026-09-01}]", "to", "not a field"),
        ("withdrawals: [{establishment: '990001', form: 2025-09-01, from: 2025-09-01}]", "form", "did you mean from?"),
        ("withdrawals: [{establishment: '990001'}]", "from", "missing"),
        ("withdrawals: [{establishment: '990009', from: 2025-09-01}]", "establishment", "not an establishment"),
        ("withdrawals: [{establishment: '99001', from: 2025-09-01}]", "establishment", "six digits"),
        ("withdrawals: [{establishment: '099001', from: 2025-09-01}]", "establishment", "six digits"),
        ("withdrawals: [{establishment: 'officer:a1', from: 2025-09-01}]", "establishment", "six digits"),
        ("withdrawals: [{establishment: ~, from: 2025-09-01}]", "establishment", "empty"),
        ("withdrawals: [{establishment: ['990001'], from: 2025-09-01}]", "establishment", "one word"),
        ("withdrawals: [{establishment: {urn: '990001'}, from: 2025-09-01}]", "establishment", "one word"),
        ("withdrawals: [{establishment: '990001', from: 2025-02-30}]", "from", "no date"),
        ("withdrawals: [{establishment: '990001', from: 1 Sept}]", "from", "no date"),
        ("withdrawals: [{establishment: '990001', from: 20250901}]", "from", "no date"),
        ("withdrawals: [{establishment: '990001', from: 2025-09-01T00:00:00}]", "from", "no date"),
        ("withdrawals: [{establishment: '990001', from: '2025-9-1'}]", "from", "no date"),
        ("withdrawals: [{establishment: '990001', from: true}]", "from", "no date"),
        ("withdrawals: [{establishment: '990001', from: 9999999999-01-01}]", "from", "no date"),
        ("signatures: [{from: 2025-09-01}]", "establishment", "either"),
        ("signatures: [{establishment: '990001', person: 'officer:a1', from: 2025-09-01}]", "establishment", "either"),
        ("signatures: [{person: 'officer:a9', from: 2025-09-01}]", "person", "not in this register"),
        ("signatures: [{person: '990001', from: 2025-09-01}]", "person", "must be"),
        ("memberships: [{establishment: '990001', group: 'cluster:south', from: 2025-09-01}]", "group", "not in this"),
        ("memberships: [{establishment: '990001', group: 'officer:a1', from: 2025-09-01}]", "group", "must be"),
        ("memberships: [{establishment: '990001', group: authority, from: 2025-09-01}]", "group", "must be"),
        (
            "memberships: [{establishment: '990001', group: 'cluster:north', from: 2025-09-02, to: 2025-09-02}]",
            "to",
            "after from",
        ),
        (
            "area_leads: [{collaborative: 'cluster:north', person: 'officer:a1', from: 2025-09-01}]",
            "collaborative",
            "must be collaborative:ID",
        ),
        ("appointments: [{establishment: '990001', person: 'officer:a1', from: 2025-09-01}]", "person", "appointee:ID"),
        (
            "duties: [{person: 'officer:a1', categories: [weather], purposes: [x], from: 2025-09-01}]",
            "categories",
            "not one",
        ),
        ("duties: [{person: 'officer:a1', categories: sen, purposes: [x], from: 2025-09-01}]", "categories", "a list"),
        (
            "duties: [{person: 'officer:a1', categories: [], purposes: [x], from: 2025-09-01}]",
            "categories",
            "at least one",
        ),
        (
            "duties: [{person: 'officer:a1', categories: [[sen]], purposes: [x], from: 2025-09-01}]",
            "categories",
            "one word",
        ),
        (
            "duties: [{person: 'officer:a1', categories: [sen], purposes: [A b], from: 2025-09-01}]",
            "purposes",
            "lower-case",
        ),
        ("consents: [{establishment: '990001', item: all, recipient: public, from: 2025-09-01}]", "item", "not one of"),
        (
            "consents: [{establishment: '990001', item: ksip, recipient: 'establishment:1044', from: 2025-09-01}]",
            "recipient",
            "establishment:1044 has no URN: six digits",
        ),
        (
            "consents: [{establishment: '990001', item: ksip, recipient: 'establishment:990009', from: 2025-09-01}]",
            "recipient",
            "not in this register",
        ),
        (
            "consents: [{establishment: '990001', item: ksip, recipient: 'wizard:990001', from: 2025-09-01}]",
            "recipient",
            "not in this register",
        ),
        (
            "consents: [{establishment: '990001', item: ksip, recipient: Bob, from: 2025-09-01}]",
            "recipient",
            "not a party",
        ),
        (
            "consents: [{establishment: '990001', item: ksip, recipient: receiving, from: 2025-09-01}]",
            "recipient",
            "not a party",
        ),
        (
            "heads_agreements: [{establishments: ['990001'], recipients: [public], categories: [sen],"
            " detail: aggregate,"
            " from: 2025-09-01}]",
            "detail",
            "not one of",
        ),
        (
            "cluster_agreements: [{cluster: 'collaborative:east', recipients: [public], agreed_by: [],"
            " from: 2025-09-01}]",
            "cluster",
            "must be cluster:ID",
        ),
        (
            "agreements: [{party: 'external:x1', collaborative: 'collaborative:east', issued_by: 'officer:a1',"
            " issued_on: 2025-09-01, purpose: x, activity: y, from: 2025-09-01}]",
            "to",
            "missing",
        ),
        (
            "agreements: [{party: 'officer:a1', collaborative: 'collaborative:east', issued_by: 'officer:a1',"
            " issued_on: 2025-09-01, purpose: x, activity: y, from: 2025-09-01, to: 2026-09-01}]",
            "party",
            "external:ID",
        ),
        ("legal_orders: [{effect: allow, citation: Act, from: 2025-09-01}]", "effect", "not one of"),
        ("legal_orders: [{effect: prohibit, citation: '', from: 2025-09-01}]", "citation", "empty"),
        (
            "legal_orders: [{effect: prohibit, citation: A, categories: [], from: 2025-09-01}]",
            "categories",
            "at least one",
        ),
        (
            "legal_orders: [{effect: require, citation: Act, recipient: receiving, subject: '990001',"
            " from: 2025-09-01}]",
            "report",
            "needed",
        ),
        (
            "legal_orders: [{effect: require, citation: A, report: r, subject: '990001', from: 2025-09-01}]",
            "recipient",
            "needed",
        ),
        (
            "legal_orders: [{effect: require, citation: A, report: r, recipient: public, from: 2025-09-01}]",
            "subject",
            "names",
        ),
        ("controllers: [{establishment: '990001', controller: A Trust, from: 2025-09-01}]", "controller", "lower-case"),
    ],
)
def test_a_fault_is_named_with_its_line_and_field(added, field, told):
    place, found, text = fault(GOOD + added + "\n")
    assert place == f"line {LINES + 1}"
    assert found == field
    assert told in text


@pytest.mark.parametrize(
    ("old", "new", "field", "told"),
    [
        ("urn: '990002'", "urn: '990001'", "urn", "stands already on line 2"),
        ("'cluster:north'", "'collaborative:east'", "id", "stands already"),
        ("'officer:a2'", "'officer:a1'", "id", "stands already"),
        ("'cluster:north'", "'gang:north'", "id", "must be"),
        ("'cluster:north'", "'cluster:'", "id", "must be"),
        ("'officer:a2'", "'officer:a 2'", "id", "must be"),
        ("phase: primary", "phase: middle", "phase", "not one of"),
        ("phase: primary", "phase: primry", "phase", "did you mean primary?"),
        ("name: Ash, ", "", "name", "missing"),
        ("name: Ash", "name: ''", "name", "empty"),
        ("name: Ash", "name: ", "name", "empty"),
        ("predecessors: ['990001']", "predecessors: ['990077']", "predecessors", "not an establishment"),
        ("from: 2025-09-01", "from: soon", "from", "no date"),
        ("from: 2025-09-01", "from: 2025-09-01, to: 2025-09-01", "to", "after from"),
    ],
)
def test_so_are_faults_in_what_the_register_brings_in(old, new, field, told):
    assert old in GOOD
    _, found, text = fault(GOOD.replace(old, new))
    assert found == field
    assert told in text


def test_two_area_leads_at_once():
    also = """\
area_leads:
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-09-01, to: 2026-01-02}
- {collaborative: 'collaborative:east', person: 'officer:a2', from: 2026-01-01}
"""
    place, _, text = fault(GOOD + also)
    assert place == f"line {LINES + 3}"
    assert f"line {LINES + 2}" in text
    register_from_text(GOOD + also.replace("2026-01-02", "2026-01-01"))


def test_overlapping_memberships_wherever_they_stand():
    also = """\
memberships:
- {establishment: '990001', group: 'cluster:north', from: 2026-01-01}
- {establishment: '990002', group: 'cluster:north', from: 2026-01-01}
- {establishment: '990001', group: 'cluster:north', from: 2025-09-01, to: 2025-10-01}
- {establishment: '990001', group: 'cluster:north', from: 2025-12-01, to: 2026-01-02}
"""
    assert fault(GOOD + also)[0] == f"line {LINES + 5}"


def test_a_long_entry_clashes_with_every_later_one():
    also = """\
area_leads:
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-01-01}
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-02-01, to: 2025-03-01}
- {collaborative: 'collaborative:east', person: 'officer:a2', from: 2025-04-01, to: 2025-05-01}
"""
    assert fault(GOOD + also)[0] == f"line {LINES + 4}"


def test_two_controllers_at_once():
    also = """\
controllers:
- {establishment: '990001', controller: trust-a, from: 2025-09-01}
- {establishment: '990001', controller: trust-b, from: 2026-01-01}
"""
    assert "controller" in fault(GOOD + also)[2]


def test_equal_entries_twice_are_allowed():
    also = """\
memberships:
- {establishment: '990001', group: 'cluster:north', from: 2025-09-01}
- {establishment: '990001', group: 'cluster:north', from: 2025-09-01}
area_leads:
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-09-01}
- {collaborative: 'collaborative:east', person: 'officer:a1', from: 2025-09-01}
"""
    register = register_from_text(
        GOOD.replace("groups:", "- {urn: '990001', name: Ash, phase: primary}\ngroups:") + also
    )
    assert len(register.entries("memberships")) == 2
    assert len(register.entries("establishments")) == 3


def test_an_agreement_may_be_signed_before_it_was_issued():
    register_from_text(
        GOOD + "agreements: [{party: 'external:x1', collaborative: 'collaborative:east', issued_by: 'officer:a1',"
        " issued_on: 2026-01-01, signed_on: 2025-09-01, purpose: x, activity: y, from: 2025-09-01, to: 2026-09-01}]"
    )


def test_every_fault_at_once_in_order_of_line():
    found = faults(
        GOOD.replace("phase: primary", "phase: middle").replace("'officer:a2'", "'oficer:a2'")
        + "withdrawals: [{establishment: '990009', from: never}]\ncolours: []\n"
    )
    assert [place for place, _, _ in found] == [
        "line 2",
        "line 9",
        f"line {LINES + 1}",
        f"line {LINES + 1}",
        f"line {LINES + 2}",
    ]


def test_a_key_that_stands_twice():
    assert fault(GOOD + "people: []\n")[:2] == (f"line {LINES + 1}", "people")
    assert fault(GOOD.replace("name: Ash", "name: Ash, name: Oak"))[:2] == ("line 2", "name")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "establishments: &all [*all]\n",
        "establishments: *nowhere\n",
        "people:\n- <<: {id: 'officer:a1'}\n  name: x\n",
        "establishments: !!python/object/apply:os.system ['true']\n",
        "establishments: !!set {a}\n",
        "establishments: [\n",
        "establishments: {\n",
        "establishments:\n\t- x\n",
        "a: b: c\n",
        "'unclosed\n",
        "? [complex, key]\n: x\n",
        "{}: x\n",
        "~: []\n",
        "- just\n- a list\n",
        "just text\n",
        "42\n",
        "--- {}\n--- {}\n",
        "%YAML 9.9\n---\n",
        "%TAG ! x\n%TAG ! y\n---\n",
        "[" * 5_000,
        "{a: " * 5_000,
        "- " * 5_000,
        "establishments: [[[[[[[[[]]]]]]]]]\n",
        "establishments: \x00\n",
        "establishments: \x07\n",
        "establishments: \ud800\n",
        "establishments:\n- |\n  text\n- >\n  more\n",
        "@: x\n",
        "`: x\n",
        "{a: 1, a}\n",
    ],
)
def test_no_document_does_harm(text):
    found = faults(text)
    assert found
    assert all(place.startswith("line ") for place, _, _ in found)


def test_an_alias_repeats_an_entry():
    text = GOOD + "withdrawals:\n- &w {establishment: '990001', from: 2025-09-01}\n- *w\n"
    register = register_from_text(text)
    assert register.entries("withdrawals") == register.entries("withdrawals")[:1] * 2
    assert register_from_text(dump_register(register)) == register


def test_a_bomb_of_aliases_in_a_good_place_is_refused():
    lists = "heads_agreements:\n- recipients: &r [" + "public," * 1000 + "]\n" + "- recipients: *r\n" * 600
    assert "repeat more" in fault(GOOD + lists)[2]


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing yet\n", "---\n", "{}\n", "establishments:\n", "establishments: []\n"]
)
def test_a_register_may_be_empty(text):
    register = register_from_text(text)
    assert register.entries("establishments") == ()
    assert register.on(date(2026, 3, 2)).standings == {}


def test_dates_may_stand_quoted_or_bare():
    bare = register_from_text(GOOD + "withdrawals: [{establishment: '990001', from: 2025-09-01}]\n")
    quoted = register_from_text(GOOD + "withdrawals: [{establishment: '990001', from: '2025-09-01'}]\n")
    assert bare == quoted


def test_names_are_the_text_that_stands_there():
    register = register_from_text(GOOD.replace("name: Ash", "name: No").replace("name: Birch", "name: 007"))
    assert [entry["name"] for entry in register.entries("establishments")] == ["No", "007"]
    assert register_from_text(dump_register(register)) == register


def test_a_missing_file_is_a_mistake_not_a_traceback(tmp_path):
    with pytest.raises(BadSource, match="cannot be read"):
        read_register(tmp_path / "nowhere.yaml")
    with pytest.raises(BadSource, match="cannot be read"):
        read_register(tmp_path)


def test_a_file_that_is_not_text(tmp_path):
    file = tmp_path / "register.yaml"
    file.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadSource, match="UTF-8"):
        read_register(file)


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    file = tmp_path / "register.yaml"
    file.write_text(GOOD, "utf-8-sig")
    assert read_register(str(file)) == register_from_text(GOOD)


def test_the_fault_names_the_file(tmp_path):
    file = tmp_path / "register.yaml"
    file.write_text("colours: []\n", "utf-8")
    with pytest.raises(BadSource) as caught:
        read_register(file)
    assert caught.value.shown().startswith(f"KDSP-110  {file} has 1 fault.")
