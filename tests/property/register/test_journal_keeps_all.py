"""Whatever the register, its journal gives it back; whatever is changed in the journal, it shows and is named."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from random import Random

import hypothesis.strategies as st
import pytest
import yaml
from hunting import examples
from hypothesis import Phase, given
from random_register import random_register

from kdsp_lib.errors import BadSource
from kdsp_lib.register import dump_register, read_register, register_from_text
from kdsp_lib.register.database import Database, sqlite_url
from kdsp_lib.register.history import register_of
from kdsp_lib.register.journal import Journal
from kdsp_lib.register.recording import Paper, import_register

PAPER = Paper("officer:a1", "minute 7")
COLUMNS = ("number", "recorded", "recorder", "act", "body", "previous", "hash")


def mixed(random):
    """A register whose sections, entries and fields stand in any order, some entries twice, some sections empty."""
    document = random_register(random)
    sections = {
        name: [dict(random.sample(list(entry.items()), len(entry))) for entry in random.sample(entries, len(entries))]
        for name, entries in random.sample(list(document.items()), len(document))
    }
    for name in random.sample([name for name in sections if sections[name]], 3):
        sections[name].insert(0, random.choice(sections[name]))
    return sections | {"controllers": []}


@examples(10, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_any_register_comes_back_as_it_was(seed, tmp_path_factory):
    """Import and export: the same sections, entries and fields, in their order, with their repetitions."""
    folder = tmp_path_factory.mktemp("state")
    document = mixed(Random(seed))
    file = folder / "register.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    with Database(sqlite_url(folder / "kdsp.db")) as database:
        import_register(Journal(database), file, PAPER)
        held = register_of(Journal(database).events())
    exported = dump_register(held)
    assert yaml.safe_load(exported) == document
    assert list(yaml.safe_load(exported)) == list(document)
    assert held == read_register(file) == register_from_text(exported)
    assert dump_register(register_from_text(exported)) == exported


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A journal's file with some events, and the events."""
    folder = tmp_path_factory.mktemp("whole")
    document = {name: entries[:2] for name, entries in random_register(Random(3)).items()}
    document |= {name: random_register(Random(3))[name] for name in ("establishments", "groups", "people")}
    file = folder / "register.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    with Database(sqlite_url(folder / "kdsp.db")) as database:
        import_register(Journal(database), file, PAPER)
        events = Journal(database).events()
    with closing(sqlite3.connect(folder / "kdsp.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")
    return folder / "kdsp.db", events


@pytest.fixture
def changed(whole, tmp_path):
    """The journal's events after some SQL upon a copy of it, by somebody who may do all with the file."""

    def change(*statements):
        path = tmp_path / "kdsp.db"
        path.write_bytes(whole[0].read_bytes())
        with closing(sqlite3.connect(path)) as db, db:
            for trigger in ("no_update", "no_delete"):
                db.execute(f"DROP TRIGGER journal_{trigger}")
            for statement, values in statements:
                db.execute(statement, values)
        with Database(sqlite_url(path)) as database:
            return Journal(database).events()

    return change


def test_what_is_whole_is_read(changed, whole):
    assert changed() == whole[1]


@pytest.mark.parametrize("column", COLUMNS)
def test_any_change_of_any_event_shows_and_names_it(changed, whole, column):
    """One letter more or less in any column, of every third event from a random one."""
    random = Random(column)
    for event in whole[1][random.randrange(3) :: 3]:
        change = f"UPDATE journal SET {column} = {column} + 1000 WHERE number = ?"
        if column != "number":
            cut = f"substr({column}, 1, length({column}) - 1)"
            put = random.choice([cut, f"{column} || ' '", f"'x' || {column}", f"upper({column}) || 'x'"])
            change = f"UPDATE journal SET {column} = {put} WHERE number = ?"
        with pytest.raises(BadSource, match=rf"entry {event.number} is not") as refused:
            changed((change, (event.number,)))
        assert "restore the journal" in refused.value.remedy


def test_an_event_that_is_taken_out_shows_where_it_was(changed, whole):
    for event in whole[1][:-1:3]:
        with pytest.raises(BadSource, match=rf"entry {event.number} is not"):
            changed(("DELETE FROM journal WHERE number = ?", (event.number,)))
        with pytest.raises(BadSource, match=rf"entry {event.number} is not"):
            changed(
                ("DELETE FROM journal WHERE number = ?", (event.number,)),
                ("UPDATE journal SET number = number - 1 + 100000 WHERE number > ?", (event.number,)),
                ("UPDATE journal SET number = number - 100000 WHERE number > 100000", ()),
            )


def test_two_that_are_swapped_show(changed, whole):
    for event in whole[1][:-1:3]:
        with pytest.raises(BadSource, match=rf"entry {event.number} is not"):
            changed(
                ("UPDATE journal SET number = 100000 WHERE number = ?", (event.number,)),
                ("UPDATE journal SET number = ? WHERE number = ?", (event.number, event.number + 1)),
                ("UPDATE journal SET number = ? WHERE number = 100000", (event.number + 1,)),
            )


def test_one_that_is_put_in_at_the_end_shows(changed, whole):
    """Unless whoever does it reckons the chain as kdsp does: then the hash that was noted elsewhere shows it."""
    last = whole[1][-1]
    body = json.dumps({"section": "withdrawals", "entry": {"establishment": "990001", "from": "2026-01-01"}})
    row = (last.number + 1, last.recorded, "officer:a1", "enter", body, last.hash, "0" * 64)
    with pytest.raises(BadSource, match=rf"entry {last.number + 1} is not"):
        changed(("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", row))


def test_of_a_journal_cut_short_the_noted_hash_alone_tells(changed, whole):
    """What is left holds together: nobody could tell from it alone. ``kdsp register verify --expect`` can."""
    *kept, lost = whole[1]
    found = changed(("DELETE FROM journal WHERE number = ?", (lost.number,)))
    assert found == tuple(kept)
    assert lost.hash not in {event.hash for event in found}
