"""What is unknown or badly written is an error that names every faulty field and its line; never a permit or a deny.

Valid requests, parameter files, registers and acts of a command line are spoilt in a few places at once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hunting import examples
from hypothesis import HealthCheck, given

from kdsp_lib.custodian.requesting import unknown_parameters
from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.protocol.jsonl import answer_lines
from kdsp_lib.register import register_from_text
from kdsp_lib.register.database import Database, sqlite_url
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.recording import Paper, enter, import_register
from kdsp_lib.run.parameters import read_parameters

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
REGISTER = """\
establishments:
- urn: '990001'
  name: Ash
  phase: primary
- urn: '990002'
  name: Birch
  phase: special
groups:
- id: collaborative:east
  name: East
people:
- id: officer:a1
  name: An officer
- id: external:x1
  name: A consultant
signatures:
- establishment: '990001'
  from: 2025-09-01
- person: officer:a1
  from: 2025-09-01
withdrawals:
- establishment: '990002'
  from: 2026-01-01
memberships:
- establishment: '990001'
  group: collaborative:east
  from: 2025-09-01
  to: 2027-09-01
area_leads:
- collaborative: collaborative:east
  person: officer:a1
  from: 2025-09-01
duties:
- person: officer:a1
  categories:
  - attendance
  - sen
  purposes:
  - school-development
  from: 2025-09-01
agreements:
- party: external:x1
  collaborative: collaborative:east
  issued_by: officer:a1
  issued_on: 2025-09-01
  purpose: a-study
  activity: A study
  from: 2025-09-01
  to: 2026-09-01
consents:
- establishment: '990001'
  item: ksip
  recipient: officer:a1
  from: 2025-09-01
legal_orders:
- effect: prohibit
  citation: Order 7
  subject: '990002'
  recipient: authority
  from: 2025-09-01
"""
LINES = REGISTER.splitlines()
FREE = ("name", "citation", "activity", "categories", "purposes", "purpose", "- school-development")
"""What may hold any text, any slug, or a list."""
CHECKED = [
    number for number, line in enumerate(LINES) if line.startswith(("- ", "  ")) and not line[2:].startswith(FREE)
]
"""The lines that hold a value of a known form."""
JUNK = ["establishment:999999", "Officer 1", "99000", "2026-02-30", "??", "weather?", "officer:", "collaborative:no "]
REQUEST = {
    "report": "made-up", "level": "collaborative", "detail": "aggregate", "item": None, "categories": ["attendance"],
    "subjects": ["990001"], "group": "collaborative:east", "recipient": "establishment:990001",
    "requester": "officer:a1", "purpose": "commissioning-of-services", "on": "2026-03-02", "receiving": [],
    "promotional": False, "data": {"current": True, "signed_off": True},
}  # fmt: skip
PARAMETERS = {
    "group": "collaborative:east",
    "recipient": "establishment:990001",
    "purpose": "commissioning-of-services",
    "period": "2025/26-autumn",
    "on": "2026-03-02",
}
UNKNOWN = {
    "group": ["collaborative:nowhere", "cluster:x", "east"],
    "recipient": ["establishment:999999", "officer:nobody", "somebody"],
    "purpose": ["because", "Because of that"],
    "period": ["2025", "2025/27-autumn", "autumn"],
    "on": ["2026-02-30", "soon", "02/03/2026"],
}
AGREEMENT = {
    "establishment": "990001", "item": "bespoke", "recipient": "officer:a1", "from": "2026-01-01", "to": "2026-09-01",
}  # fmt: skip
UNKNOWN_ACT = {
    "establishment": ["999999", "Ash"],
    "item": ["weather", "KSIP"],
    "recipient": ["officer:nobody", "establishment:999999", "me"],
    "from": ["soon", "2026-13-01"],
    "to": ["2025-12-31", "2029-01-01", "never"],
}
FEW = examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
spoilt_fields = st.sets(st.sampled_from(sorted(REQUEST)), min_size=1, max_size=4)


def some_of(words):
    """A few of the keys, each with one of its bad values."""
    return st.sets(st.sampled_from(sorted(words)), min_size=1).flatmap(
        lambda keys: st.fixed_dictionaries({key: st.sampled_from(words[key]) for key in sorted(keys)})
    )


@pytest.fixture(scope="module")
def register():
    return register_from_text(REGISTER)


def test_what_is_spoilt_here_is_good_to_begin_with(register):
    (line,) = answer_lines([json.dumps(REQUEST)], register)
    assert not line.is_malformed


@FEW
@given(spoilt_fields, st.sampled_from([None, 7, "weather?", ["??"], {"a": 1}, "2026-02-30?"]))
def test_every_faulty_field_of_a_request_is_named(register, fields, junk):
    fields = {field for field in fields if junk is not None or field not in ("item", "group")}
    text = json.dumps(REQUEST | dict.fromkeys(fields, junk))
    (line,) = answer_lines([text], register)
    answer = json.loads(line.text)
    if not fields:
        return
    assert line.is_malformed
    assert answer.keys() == {"line", "errors"}
    assert {error["field"].split(".")[0] for error in answer["errors"]} >= fields


@FEW
@given(st.sampled_from(sorted(REQUEST)), st.text("abcdefgh", min_size=3, max_size=9))
def test_an_unknown_field_of_a_request_is_named(register, field, name):
    text = json.dumps({(name if key == field else key): value for key, value in REQUEST.items()})
    answer = json.loads(next(answer_lines([text], register)).text)
    assert name in [error["field"] for error in answer["errors"]]
    assert "decision" not in answer


@FEW
@given(some_of(UNKNOWN))
def test_every_faulty_line_of_a_parameter_file_is_named(register, tmp_path, spoilt):
    folder = tmp_path / "area_profile"
    folder.mkdir(exist_ok=True)
    file = folder / "mine.yaml"
    file.write_text("\n".join(f'{key}: "{value}"' for key, value in (PARAMETERS | spoilt).items()), "utf-8")
    with pytest.raises(BadParameters) as caught:
        read_parameters(
            file, NOTEBOOKS, lambda name, values: unknown_parameters(name, values, "officer:a1", register, "knowsley")
        )
    lines = {key: f"line {number}" for number, key in enumerate(PARAMETERS, start=1)}
    assert {(fault.place, fault.field) for fault in caught.value.faults} == {(lines[key], key) for key in spoilt}


@FEW
@given(st.dictionaries(st.sampled_from(CHECKED), st.sampled_from(JUNK), min_size=1, max_size=4))
def test_every_faulty_line_of_a_register_is_named(spoilt):
    lines = list(LINES)
    for number, junk in spoilt.items():
        before = re.match(r"(- |  - |  )(\w+: )?", lines[number])
        lines[number] = f"{before[0]}'{junk}'"
    with pytest.raises(BadSource) as caught:
        register_from_text("\n".join(lines))
    named = {fault.place for fault in caught.value.faults}
    assert {f"line {number + 1}" for number in spoilt} <= named


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("journal")
    (folder / "register.yaml").write_text(REGISTER, "utf-8")
    with Database(sqlite_url(folder / "kdsp.db")) as database:
        journal = Journal(database)
        import_register(journal, folder / "register.yaml", Paper("officer:a1", "minute 1"))
        yield journal


@FEW
@given(some_of(UNKNOWN_ACT), st.sampled_from(["officer:a1", "officer:nobody"]))
def test_every_faulty_field_of_an_act_is_named_whoever_records_it(journal, spoilt, recorder):
    before = journal.last_hash()
    with pytest.raises(BadParameters) as caught:
        enter(journal, "consents", AGREEMENT | spoilt | {"colour": "red"}, Paper(recorder, "minute 2"))
    named = {fault.field for fault in caught.value.faults}
    assert named >= {*spoilt, "colour"} - ({"to"} if "from" in spoilt else set())
    assert named <= {*spoilt, "colour", "to"}
    assert journal.last_hash() == before
