"""Two registers that differ by entries on the partnership framework alone look the same to everybody else.

To everybody but that head and the framework's lead: whatever is shown, listed, exported, counted, decided, recorded or
refused, byte for byte, and the exit codes with it.
"""

from __future__ import annotations

import contextlib
import io
import json
from random import Random

import hypothesis.strategies as st
import pytest
import yaml
from acting import act_as, own_account
from clock import set_clock
from hunting import examples
from hypothesis import HealthCheck, Phase, given
from random_register import ON, PARTIES, URNS, random_register
from random_requests import random_request

from kdsp_lib.cli.main import main
from kdsp_lib.source.workspace import init_workspace

PAPER = ("--reference", "file 7")
LEAD, OTHER = "officer:a1", "officer:a2"
FEW = examples(2, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
LOOKS = (
    ("register", "show", "--on", "2026-03-02", "--json"),
    ("register", "show", "--on", "2026-03-02"),
    ("register", "check"),
    ("register", "expiring", "--on", "2026-03-01", "--within", "9999d"),
    ("decide", "--requests", "requests.jsonl"),
)
LOOKS_AT_A_JOURNAL = (
    ("register", "export"),
    ("register", "export", "--known-at", "2026-01-02"),
    ("register", "entries"),
    ("register", "entries", "--section", "consents", "--json"),
    ("register", "proposals", "--json"),
    ("register", "verify"),
    ("register", "verify", "--expect", "0" * 64),
)


def framework_entry(random):
    """A consent to the item, as a register's file has it."""
    return {"establishment": random.choice(URNS), "item": "ksip", "recipient": random.choice(PARTIES), "from": ON[0]}


def kdsp(folder, asker, *arguments):
    """The exit code and all that a command says to whoever asks."""
    act_as(asker, folder)
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            return int(ended.code or 0), said.getvalue().replace(str(folder), "FOLDER")
    raise AssertionError("a command line ends")


@pytest.fixture
def at(monkeypatch):
    """Set the moment at which acts are recorded."""
    monkeypatch.delenv("KDSP_WORKSPACE", raising=False)
    own_account(monkeypatch)
    return lambda day: set_clock(monkeypatch, lambda: f"2026-01-{day:02}T09:00:00.000+00:00")


def workspace_of(folder, register, requests):
    init_workspace(folder)
    (folder / "data").mkdir()
    (folder / "data" / "register.yaml").write_text(yaml.safe_dump(register, sort_keys=False), "utf-8")
    (folder / "requests.jsonl").write_text("\n".join(map(json.dumps, requests)), "utf-8")
    return folder


@pytest.fixture
def pairs(tmp_path_factory):
    """Two folders with the same register, the second with framework entries among its consents."""

    def make(random):
        register = random_register(random)
        if random.random() < 0.5:
            register["consents"] = random.choice([[], register["consents"][:1]])
        register["consents"] = [entry for entry in register.get("consents", []) if entry["item"] != "ksip"]
        more = {**register, "consents": list(register["consents"])}
        for _ in range(random.randint(1, 3)):
            more["consents"].insert(random.randint(0, len(more["consents"])), framework_entry(random))
        if not register["consents"] and random.random() < 0.5:
            del register["consents"]
        requests = [random_request(random, more) for _ in range(20)]
        place = tmp_path_factory.mktemp("two")
        return workspace_of(place / "without", register, requests), workspace_of(place / "with", more, requests)

    return make


BESPOKE = ("establishment=990001", "item=bespoke", "recipient=officer:a1", "from=2026-01-01", "to=2026-09-01")
ACTS = (
    ("register", "consent", *BESPOKE),
    ("register", "withdraw", "establishment=990003", "from=2026-02-01"),
    ("register", "strike", "{last}"),
    ("register", "strike", "k1"),
    ("register", "revoke", "{last}", "--on", "2026-05-01"),
    ("register", "correct", "5", "name=Another"),
    ("register", "order", "effect=prohibit", "citation=Order 9", "subject=990002", "from=2026-01-01"),
    ("register", "add-establishment", "urn=990099", "name=New", "phase=primary"),
    ("register", "withdraw", "establishment=999999", "from=soon"),
    ("register", "permit", "person=partner:college", "role=information-owner", "from=2026-01-01"),
)


@FEW
@given(st.integers(0, 10**6))
def test_the_journal_looks_the_same_with_and_without_them(pairs, at, seed):
    random = Random(seed)
    without, with_ = pairs(random)
    for folder in (without, with_):
        at(1)
        assert kdsp(folder, LEAD, "register", "import", "data/register.yaml", *PAPER)[0] == 0
        for role in ("registrar", "information-owner"):
            permitted = ("person=officer:a2", f"role={role}", "from=2020-01-01", *PAPER)
            assert kdsp(folder, LEAD, "register", "permit", *permitted)[0] == 0
        (folder / "data" / "register.yaml").unlink()
    assert "item: ksip" in kdsp(with_, LEAD, "register", "export")[1]
    for day, act in enumerate(random.sample(ACTS, 4), start=2):
        at(day)
        if random.random() < 0.7:
            fields = [f"{key}={value}" for key, value in {**framework_entry(random), "to": ON[-1]}.items()]
            assert kdsp(with_, random.choice([LEAD, OTHER]), "register", "consent", *fields, *PAPER)[0] == 0
        last = json.loads(kdsp(without, OTHER, "register", "entries", "--json")[1])[-1]["number"]
        given_act = [*(word.format(last=last) for word in act), *PAPER]
        assert kdsp(without, OTHER, *given_act) == kdsp(with_, OTHER, *given_act)
    for look in (*LOOKS, *LOOKS_AT_A_JOURNAL):
        assert kdsp(without, OTHER, *look) == kdsp(with_, OTHER, *look), look


@FEW
@given(st.integers(0, 10**6))
def test_what_is_shown_of_a_register_without_a_journal_looks_the_same(pairs, at, seed):
    """Its file can be read by whoever may open it, and decides as it stands; what kdsp shows of it tells nothing."""
    without, with_ = pairs(Random(seed))
    for look in LOOKS[:-1]:
        assert kdsp(without, OTHER, *look) == kdsp(with_, OTHER, *look), look


def test_the_lead_and_that_head_see_them(pairs, at):
    _, with_ = pairs(Random(3))
    at(1)
    kdsp(with_, LEAD, "register", "import", "data/register.yaml", *PAPER)
    held = yaml.safe_load((with_ / "data" / "register.yaml").read_text("utf-8"))["consents"]
    head = next(f"establishment:{entry['establishment']}" for entry in held if entry["item"] == "ksip")
    for asker in (LEAD, head):
        shown = json.loads(kdsp(with_, asker, "register", "entries", "--section", "consents", "--json")[1])
        mine = [entry for entry in shown if entry["item"] == "ksip"]
        assert [entry["number"] for entry in mine] == [f"k{number}" for number in range(1, len(mine) + 1)]
        assert mine
    assert "With those on the partnership framework" in kdsp(with_, LEAD, "register", "verify")[1]
