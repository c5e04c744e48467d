"""A release holds where its files, the ledger, the register and the day agree; whatever does not is named."""

from __future__ import annotations

import datetime as dt
import shutil

import around
import pytest
from clock import set_clock
from made_up_release import release

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.errors import BadSource, NotAuthorised
from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.request import Request
from kdsp_lib.register.database import Database
from kdsp_lib.register.held import held_register, holding
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.recording import Paper, import_register, strike
from kdsp_lib.release import write_release
from kdsp_lib.release.folder import exchange
from kdsp_lib.release.index import write_index
from kdsp_lib.release.outputs import stray, verify_all
from kdsp_lib.release.verification import verify
from kdsp_lib.source.workspace import init_workspace

REGISTER = """\
establishments:
- {urn: '990001', phase: primary, name: Ash Primary}
- {urn: '990002', phase: primary, name: Birch Primary}
people: [{id: 'officer:a1', name: An officer}]
signatures:
- {establishment: '990001', from: '2025-09-01'}
- {establishment: '990002', from: '2025-09-01'}
- {person: 'officer:a1', from: '2025-09-01'}
duties:
- {person: 'officer:a1', categories: [attendance, pupil-characteristics, sen], purposes: [school-development],
   from: '2025-09-01', to: '2027-09-01'}
consents:
- {establishment: '990001', item: bespoke, recipient: 'establishment:990002', from: '2025-09-01', to: '2026-08-31'}
stakeholders:
- {establishment: '990001', party: 'establishment:990002', from: '2025-09-01', to: '2026-10-01'}
"""
REQUEST = {
    "report": "attendance-termly",
    "subjects": ["990001"],
    "group": None,
    "recipient": "establishment:990002",
    "requester": "officer:a1",
    "purpose": "school-development",
    "on": "2026-03-02",
    "promotional": False,
    "data": {"current": True, "signed_off": True},
}
ON = dt.date(2026, 3, 2)


@pytest.fixture
def workspace(tmp_path):
    made = init_workspace(tmp_path / "authority")
    made.register.parent.mkdir(parents=True)
    made.register.write_text(REGISTER)
    made.state.mkdir()
    return made


@pytest.fixture
def state(workspace):
    with Database(workspace.database) as state:
        yield state


@pytest.fixture
def released(workspace, state):
    """Release what the register permits, as the custodian enters it; its folder."""

    def make(**changed):
        known_at = holding(workspace.register, state).pins_for(REQUEST["requester"], ON)["known_at"]
        community = held_register(workspace.register, state).on(ON)
        request = Request.from_mapping(REQUEST, community)
        decision = decide(request, community).to_json()
        made = release(
            decision={key: value for key, value in decision.items() if key != "recipients"},
            facts={"on": "2026-03-02", "known_at": known_at},
            **changed,
        )
        ledger = Ledger(state)
        protocol = {"name": request.protocol, "title": request.table.title, "version": request.table.version}
        body = {
            "ledger_position": 0,
            "protocol": protocol,
            "request": request.to_mapping(),
            "decision": decision,
            "known_at": known_at,
        }
        entry = ledger.append("release", made.id, body)
        written = write_release(made, workspace.outputs)
        hashes = {"content_hash": written.content_hash, "manifest_hash": written.manifest_hash}
        ledger.append("written", made.id, {**hashes, "entry": entry.position})
        return written.folder

    return make


def faults_of(kind, *arguments):
    with pytest.raises(kind) as caught:
        verify(*arguments)
    return [(fault.place, fault.field, fault.text) for fault in caught.value.faults]


def test_a_release_as_it_was_made_holds(released, workspace):
    found = verify(released(), workspace, ON)
    assert (found.entries, found.retain_until, found.known_at, found.is_replaced) == (2, "2026-08-31", "", False)


def test_what_was_changed_lost_and_added_is_named_all_at_once(released, workspace):
    folder = released()
    (folder / "report.html").write_text("<p>Another")
    (folder / "tables" / "roll.csv").unlink()
    (folder / "tables" / "more.csv").write_text("1\n")
    assert {fault[1:] for fault in faults_of(BadSource, folder, workspace, ON)} == {
        ("report.html", "was changed"),
        ("tables/roll.csv", "is missing"),
        ("tables/more.csv", "was added"),
    }


def test_a_folder_without_its_manifest_is_no_release(released, workspace):
    folder = released()
    (folder / "manifest.json").unlink()
    assert faults_of(BadSource, folder, workspace, ON) == [("", "manifest.json", "is missing or cannot be read")]


def test_a_release_that_somebody_else_wrote_is_not_in_the_ledger(released, workspace):
    """Every hash in it fits: only the ledger tells."""
    released()
    forged = write_release(release(title="Another", facts={"on": "2026-03-02", "known_at": ""}), workspace.outputs)
    faults = faults_of(BadSource, forged.folder, workspace, ON)
    assert [(place, text[:12]) for place, _, text in faults] == [("ledger", "has no entry")]


@pytest.mark.parametrize("place", ["", "tables/"])
def test_an_added_folder_is_found_though_it_is_empty(released, workspace, place):
    folder = released()
    (folder / f"{place}Reuben Bradley").mkdir()
    assert faults_of(BadSource, folder, workspace, ON) == [("", f"{place}Reuben Bradley", "was added")]


def test_a_copy_under_another_name_is_no_release(released, workspace):
    folder = released()
    copy = folder.with_name("0123456789abcdef01234567")
    shutil.copytree(folder, copy)
    ((_, name, text),) = faults_of(BadSource, copy, workspace, ON)
    assert name == copy.name
    assert f"it is the release {folder.name}" in text


def test_a_link_in_the_place_of_a_release_is_none(released, workspace, tmp_path):
    folder = released()
    folder.rename(tmp_path / folder.name)
    folder.symlink_to(tmp_path / folder.name)
    assert [text[:9] for _, _, text in faults_of(BadSource, folder, workspace, ON)] == ["is a link"]


@pytest.mark.parametrize(
    ("place", "mode", "way_out"),
    [
        ("", 0o777, "chmod 700"), ("", 0o755, "chmod 700"), ("tables", 0o770, "chmod 700"),
        ("report.html", 0o604, "chmod 600"), ("tables/roll.csv", 0o700, "chmod 600"),
        ("report.pdf", 0o4600, "chmod 600"), ("manifest.json", 0o622, "chmod 600"),
    ],
)  # fmt: skip
def test_modes_are_no_wider_than_it_was_written_with(released, workspace, place, mode, way_out):
    """A report about one school: nobody but the owner may look in."""
    folder = released()
    (folder / place).chmod(mode)
    ((_, named, text),) = faults_of(BadSource, folder, workspace, ON)
    assert named == (place or folder.name)
    assert f"has mode {mode:o}," in text
    assert text.endswith(way_out)


def test_narrower_ones_hold(released, workspace):
    folder = released()
    (folder / "report.html").chmod(0o400)
    folder.chmod(0o2700)
    verify(folder, workspace, ON)


def verified_all(workspace):
    return {each.name: [fault.text for fault in each.faults()] for each in verify_all(workspace, ON, lambda _: None)}


def test_outputs_as_a_whole_hold_and_say_what_is_no_release(released, workspace):
    folder = released()
    write_index(workspace.outputs)
    (workspace.outputs / ".a-part.0123.part").mkdir()
    assert verified_all(workspace) == {folder.name: []}
    assert list(stray(workspace.outputs)) == []
    (workspace.outputs / "notes.txt").touch()
    (workspace.outputs / "batch.html").symlink_to("notes.txt")
    assert [str(fault) for fault in stray(workspace.outputs)] == [
        "batch.html  is a link: take it away", "notes.txt  is no release: take it away",
    ]  # fmt: skip


def test_two_that_were_swapped_are_both_named(released, workspace):
    one = released()
    other = released(id="89abcdef0123456789abcdef")
    verify(other, workspace, ON)
    exchange(one, other)
    found = verified_all(workspace)
    assert [f"it is the release {other.name}" in text for text in found[one.name]] == [True]
    assert [f"it is the release {one.name}" in text for text in found[other.name]] == [True]


def test_a_ledger_that_was_changed_vouches_for_nothing(released, workspace, state):
    folder = released()
    around.tamper(state, "ledger", "UPDATE ledger SET body = replace(body, '990001', '990002') WHERE number = 1")
    assert [fault[0] for fault in faults_of(BadSource, folder, workspace, ON)] == ["ledger"]


def test_without_the_ledger_it_cannot_be_relied_on(released, workspace):
    folder = released()
    for file in workspace.state.glob("kdsp.db*"):
        file.unlink()
    assert [fault[0] for fault in faults_of(BadSource, folder, workspace, ON)] == ["ledger"]
    assert not list(workspace.state.glob("kdsp.db*"))


def test_from_the_day_of_expiry_it_has_expired(released, workspace):
    """The first day on which the permit holds no longer is the first on which the release does not."""
    folder = released()
    verify(folder, workspace, dt.date(2026, 8, 30))
    (fault,) = faults_of(NotAuthorised, folder, workspace, dt.date(2026, 8, 31))
    assert fault[0] == "expiry"
    assert "expired on 31 August 2026" in fault[2]


def test_a_decision_that_the_register_no_longer_gives_is_named_with_its_clauses(released, workspace):
    folder = released()
    workspace.register.write_text(REGISTER.replace("item: bespoke", "item: ksip"))
    (fault,) = faults_of(NotAuthorised, folder, workspace, ON)
    assert fault[0] == "decision"
    assert "refusal" in fault[2]
    assert "12" in fault[2]


def test_a_decision_with_another_end_is_named_too(released, workspace):
    folder = released()
    workspace.register.write_text(REGISTER.replace("2026-08-31", "2026-09-30"))
    (fault,) = faults_of(NotAuthorised, folder, workspace, ON)
    assert "otherwise" in fault[2]


def test_a_late_correction_of_the_journal_leaves_it_as_it_was_known(released, workspace, state, monkeypatch):
    paper = Paper("officer:a1", "file 12/3")
    moments = iter(range(1000))
    set_clock(monkeypatch, lambda: f"2026-03-02T09:00:00.{next(moments):03d}+00:00")
    kept = Journal(state)
    import_register(kept, workspace.register, paper)
    folder = released()
    consent = next(e.number for e in kept.events() if e.body.get("section") == "consents" and e.act == "enter")
    struck = strike(kept, consent, paper).recorded
    assert verify(folder, workspace, ON).known_at < struck
    assert not held_register(workspace.register, state).on(ON).consents


def test_a_release_that_was_made_again_otherwise_is_replaced_and_still_holds(released, workspace, state):
    folder = released()
    Ledger(state).append("written", folder.name, {"content_hash": "0" * 64})
    assert verify(folder, workspace, ON).is_replaced


def places(content):
    """Where to change a byte: all over a file, its ends among them; of a manifest, all of its last part."""
    step = max(1, len(content) // 12)
    last = content.find(b'"transient"')
    of_run = range(last, len(content), 7) if last > 0 else ()
    return sorted({0, len(content) - 1, *range(0, len(content), step), *of_run})


def test_a_changed_byte_of_any_file_is_found_and_named(released, workspace):
    """In a file as in the manifest, in what it says of times and hosts, in a space between: whatever the byte was."""
    folder = released()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        before, name = path.read_bytes(), path.relative_to(folder).as_posix()
        for place in places(before):
            byte = before[place] ^ (0x2A if before[place] in b" \n" else 1)  # a space for a line's end, and back
            path.write_bytes(before[:place] + bytes([byte]) + before[place + 1 :])
            faults = faults_of(BadSource, folder, workspace, ON)
            assert name in {field for _, field, _ in faults}, (name, place, faults)
        path.write_bytes(before)
    verify(folder, workspace, ON)
