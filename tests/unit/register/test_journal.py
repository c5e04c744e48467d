"""The journal keeps every act, in order, by whom and when; nothing in it can be changed unseen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import around
import pytest
from clock import set_clock

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.register import dump_register, read_register
from kdsp_lib.register.database import Database, sqlite_url
from kdsp_lib.register.held import held_hash, held_register
from kdsp_lib.register.history import known_by, register_of
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.recording import Paper, correct, enter, import_register, revoke, strike

REGISTER = """\
establishments:
- urn: '990002'
  phase: primary
  name: Birch – Élm 🌳
- urn: '990001'
  name: "null"
  phase: primary
duties: []
people:
- id: officer:a1
  name: An officer
- id: officer:a1
  name: An officer
signatures:
- establishment: '990001'
  from: '2025-09-01'
- person: officer:a1
  from: '2025-09-01'
consents:
- establishment: '990001'
  item: ksip
  recipient: officer:a1
  from: '2025-09-01'
"""
PAPER = Paper("officer:a1", "file 12/3")
CONSENT_NUMBER = "k1"
"""It is about the partnership framework, so it is numbered apart."""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "register.yaml"
    path.write_text(REGISTER, "utf-8")
    return path


@pytest.fixture
def at(monkeypatch):
    """The moment at which events are recorded."""

    return lambda moment: set_clock(monkeypatch, lambda: moment)


@pytest.fixture
def journal(state, file, at):
    at("2025-10-01T09:00:00.000+00:00")
    journal = Journal(state)
    import_register(journal, file, PAPER)
    return journal


@pytest.fixture
def empty(tmp_path):
    """A state database in which no journal has begun."""
    return Database(sqlite_url(tmp_path / "elsewhere" / "kdsp.db"))


def consents(journal, known_at=""):
    events = journal.events()
    register = register_of(known_by(events, known_at) if known_at else events)
    return dict(register.on(date(2026, 3, 2)).consents)


def test_what_is_imported_comes_back_as_it_was(journal, file):
    """Sections, entries, fields in their order; empty sections and equal entries too."""
    register = register_of(journal.events())
    assert register == read_register(file)
    assert dump_register(register) == dump_register(read_register(file))
    assert list(register.sections) == ["establishments", "duties", "people", "signatures", "consents"]


def test_each_act_says_who_recorded_it_when_and_from_which_paper(journal):
    event = enter(journal, "withdrawals", {"establishment": "990001", "from": "2026-01-01"}, PAPER)
    assert (event.recorder, event.recorded) == ("officer:a1", "2025-10-01T09:00:00.000+00:00")
    assert event.body["reference"] == "file 12/3"
    assert journal.events()[-1] == event


def test_a_paper_is_kept_by_its_hash(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("I consent.")
    assert len(Paper.of("officer:a1", "letter 7", letter).sha256) == 64
    with pytest.raises(BadParameters):
        Paper.of("officer:a1", " ", None)
    with pytest.raises(BadParameters):
        Paper.of("officer:a1", "letter 8", tmp_path / "none")


def test_an_old_decision_stands_after_a_late_correction(journal, at):
    """Two times: the day that is asked about, and the moment at which it was known."""
    at("2026-03-05T10:00:00.000+00:00")
    strike(journal, CONSENT_NUMBER, PAPER)
    assert consents(journal) == {}
    assert list(consents(journal, "2026-03-04")) == [("990001", "ksip")]
    assert list(consents(journal, "2026-03-05T09:59")) == [("990001", "ksip")]
    assert consents(journal, "2026-03-05T11:00+01:00") == {}
    assert consents(journal, "2026-03-05") == {}


def test_before_the_journal_began_nothing_was_known(journal):
    assert dict(register_of(known_by(journal.events(), "2025-09-30")).sections) == {}


def test_a_revoked_consent_ends_on_its_day_and_is_still_there_before(journal):
    revoke(journal, CONSENT_NUMBER, date(2026, 3, 2), PAPER)
    register = register_of(journal.events())
    assert register.on(date(2026, 3, 1)).consents
    assert not register.on(date(2026, 3, 2)).consents


def test_an_entry_is_put_right_in_its_place(journal):
    correct(journal, 3, {"name": "Beech"}, PAPER)
    names = [entry["name"] for entry in register_of(journal.events()).entries("establishments")]
    assert names == ["Beech", "null"]


@pytest.mark.parametrize(
    "act",
    [
        lambda journal: enter(journal, "consents", {"establishment": "990009", "item": "x"}, PAPER),
        lambda journal: enter(journal, "signatures", {"establishment": "990001", "frm": "2026-01-01"}, PAPER),
        lambda journal: correct(journal, 3, {"phase": "castle"}, PAPER),
        lambda journal: correct(journal, 99, {"name": "Nobody"}, PAPER),
        lambda journal: strike(journal, 3, PAPER) and strike(journal, 4, PAPER),
        lambda journal: revoke(journal, CONSENT_NUMBER, date(2025, 9, 1), PAPER),
        lambda journal: revoke(journal, 3, date(2026, 9, 1), PAPER),
    ],
)
def test_what_would_be_a_fault_of_the_register_is_not_recorded(journal, act):
    before = journal.events()
    with pytest.raises((BadParameters, BadSource)) as caught:
        act(journal)
    assert caught.value.faults
    assert journal.events()[: len(before)] == before
    register_of(journal.events())


def test_faults_are_named_by_the_number_of_the_entry(journal):
    with pytest.raises(BadParameters) as caught:
        enter(journal, "people", {"id": "officer:a1", "name": "Another"}, PAPER)
    (fault,) = caught.value.faults
    assert fault.place == "entry 12"
    assert "stands already on entry 7" in fault.text


@pytest.mark.parametrize("end", [{}, {"to": "2028-01-02"}])
def test_what_is_to_be_asked_again_ends_within_two_years(journal, end):
    consent = {"establishment": "990001", "item": "ksip", "recipient": "officer:a1", "from": "2026-01-01"}
    with pytest.raises(BadParameters) as caught:
        enter(journal, "consents", consent | end, PAPER)
    assert [fault.field for fault in caught.value.faults] == ["to"]
    enter(journal, "consents", consent | {"to": "2028-01-01"}, PAPER)


def test_a_second_file_is_not_imported(journal, file):
    with pytest.raises(BadParameters):
        import_register(journal, file, PAPER)


TAMPERED = [
    ("UPDATE journal SET body = replace(body, 'ksip', 'bespoke') WHERE number = 13", 13),
    ("UPDATE journal SET recorder = 'officer:b2' WHERE number = 5", 5),
    ("UPDATE journal SET recorded = '2024-01-01T00:00:00.000+00:00' WHERE number = 5", 5),
    ("DELETE FROM journal WHERE number = 5", 5),
]


@pytest.mark.parametrize(("statement", "entry"), TAMPERED)
def test_tampering_shows_and_names_the_entry(state, journal, statement, entry):
    around.tamper(state, "journal", statement)
    with pytest.raises(BadSource, match=f"The journal was changed: entry {entry} "):
        journal.events()


def test_a_workspace_decides_by_its_journal_once_it_has_begun(file, state, journal, empty):
    assert held_register(file, empty) == read_register(file)
    before = held_hash(file, state)
    enter(journal, "withdrawals", {"establishment": "990001", "from": "2026-01-01"}, PAPER)
    assert held_register(file, state).on(date(2026, 3, 2)).standings["990001"] == "withdrawn"
    assert held_register(file, state, "2025-09-30").sections == {}
    assert held_hash(file, state) != before


def test_a_file_changed_beside_its_journal_is_not_believed(file, state, journal):
    before = held_hash(file, state)
    file.write_text(REGISTER + "withdrawals: [{establishment: '990001', from: 2026-01-01}]\n", "utf-8")
    assert held_hash(file, state) != before
    with pytest.raises(BadSource, match="changed after its journal began"):
        held_register(file, state)
    file.unlink()
    assert held_register(file, state) == register_of(journal.events())


def test_without_a_journal_nobody_knows_what_was_known(tmp_path, file, empty):
    with pytest.raises(BadSource):
        held_register(file, empty, "2026-03-02")
    assert held_hash(tmp_path / "none", empty) == ""


def test_a_moment_is_a_date_or_a_time(journal):
    with pytest.raises(BadParameters):
        known_by(journal.events(), "yesterday")


def test_several_who_record_at_once_wait_for_each_other(state, journal):
    """Each reads what stands there, checks and appends, one after the other: no event is lost, and the chain holds."""
    begun = len(journal.events())
    urns = [f"99{number:04}" for number in range(100, 112)]

    def record(urn):
        with Database(state.url) as own:
            enter(Journal(own), "establishments", {"urn": urn, "name": urn, "phase": "primary"}, PAPER)

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(record, urns))
    recorded = journal.events()[begun:]
    assert sorted(event.body["entry"]["urn"] for event in recorded) == urns


def test_what_fails_half_way_leaves_nothing_behind(journal):
    before = journal.events()

    def stumble():
        with journal.turn() as turn:
            turn.append("officer:a1", "section", {"section": "withdrawals"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    assert journal.events() == before
