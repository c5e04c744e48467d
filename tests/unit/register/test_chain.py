"""A chain is appended to and never changed, on SQLite and on PostgreSQL alike; what was changed around it is found."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor

import around
import psycopg
import pytest
from clock import set_clock

from kdsp_lib.errors import BadSource, Broken
from kdsp_lib.register.chain import Chain
from kdsp_lib.register.database import Database, sqlite_url

SPAWNED = multiprocessing.get_context("spawn")


def append_ten(url, who):
    for number in range(10):
        chain_of(Database(url)).append({"who": who, "what": "append"}, {"number": number})


def append_and_hold(url, told):
    with chain_of(Database(url)).turn() as turn:
        turn.append({"who": "w", "what": "half"}, {})
        told.set()
        time.sleep(60)


def chain_of(database):
    return Chain(database, "acts", ("who", "what"))


@pytest.fixture
def chain(state):
    chain = chain_of(state)
    for number in range(5):
        chain.append({"who": f"w{number % 2}", "what": "test"}, {"number": number})
    return chain


def test_links_come_back_in_order_and_by_their_labels(chain):
    assert [link.body["number"] for link in chain.links()] == [0, 1, 2, 3, 4]
    assert [link.number for link in chain.links(who="w1", what=None)] == [2, 4]
    assert chain.links(who="w9") == []
    assert list(chain.whole()) == chain.links()
    last = chain.links()[-1]
    assert chain.end() == (5, last.recorded, last.hash)


BODIES = [{"b": 1, "a": [True, None, 2.5]}, {"text": "Élm 🌳 \x00 \ud7ff \\ ' \" %s :x ?"}, {}, {"long": "x" * 100_000}]


@pytest.mark.parametrize("body", BODIES, ids=["order", "letters", "empty", "long"])
def test_what_was_appended_comes_back_to_the_letter(state, body):
    """The hash is over the text as it is stored, so a database that spelt it otherwise would look tampered with."""
    chain = chain_of(state)
    appended = chain.append({"who": "Seán's", "what": "%(x)s :y"}, body)
    (link,) = chain_of(state).whole()
    assert link == appended
    assert list(link.body.items()) == list(body.items())
    assert chain.links(who="Seán's") == [link]


def test_before_anything_is_appended_there_is_nothing_and_nothing_is_made(tmp_path):
    chain = chain_of(Database(sqlite_url(tmp_path / "state" / "kdsp.db")))
    assert (chain.links(), chain.whole(), chain.end()) == ([], (), (0, "", ""))
    assert not (tmp_path / "state").exists()


def test_chains_of_one_database_are_apart(state):
    chain_of(state).append({"who": "w", "what": "x"}, {})
    assert Chain(state, "others", ("who",)).end().number == 0


def test_no_link_is_dated_before_the_one_that_it_follows(state, monkeypatch):
    """A clock that was put back shows as a standstill, not as tampering."""
    chain = chain_of(state)
    for moment in ("2026-03-02T09:30:00.000+00:00", "2026-03-02T08:00:00.000+00:00"):
        set_clock(monkeypatch, lambda moment=moment: moment)
        chain.append({"who": "w", "what": "x"}, {})
    assert [link.recorded for link in chain.whole()] == ["2026-03-02T09:30:00.000+00:00"] * 2


@pytest.mark.parametrize("statement", ["UPDATE acts SET body = '{}'", "DELETE FROM acts WHERE number = 5"])
def test_the_database_itself_lets_nothing_be_changed(chain, statement):
    with pytest.raises(around.REFUSED, match="appended only"):
        around.execute(chain.database, statement)
    assert len(chain.whole()) == 5


def test_nor_be_emptied(postgres_url):
    with Database(postgres_url) as database:
        chain_of(database).append({"who": "w", "what": "x"}, {})
        with pytest.raises(psycopg.Error, match="appended only"):
            around.execute(database, "TRUNCATE acts")


def test_nor_do_two_links_follow_the_same_one(chain):
    """Whoever inserts around kdsp can add at the end, or nothing."""
    *_, fork = chain.links()
    columns = f"'2026', 'w', 'x', '{{}}', (SELECT previous FROM acts WHERE number = 5), '{fork.hash[::-1]}'"
    with pytest.raises(around.REFUSED, match=r"(?i)unique"):
        around.execute(chain.database, f"INSERT INTO acts VALUES (6, {columns})")


TAMPERED = {
    "a body": ("UPDATE acts SET body = '{\"number\":7}' WHERE number = 2", 2),
    "a body that is no JSON": ("UPDATE acts SET body = '{' WHERE number = 2", 2),
    "a label": ("UPDATE acts SET who = 'w9' WHERE number = 3", 3),
    "a moment": ("UPDATE acts SET recorded = '1999-01-01' WHERE number = 3", 3),
    "the first is gone": ("DELETE FROM acts WHERE number = 1", 1),
    "one is gone": ("DELETE FROM acts WHERE number = 4", 4),
    "one is moved": ("UPDATE acts SET number = 99 WHERE number = 4", 4),
    "one is written in": ("INSERT INTO acts VALUES (6, '9999', 'w', 'x', '{}', 'made up', 'made up too')", 6),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_past_the_database_is_found_and_the_entry_named(chain, what):
    statement, entry = TAMPERED[what]
    around.tamper(chain.database, "acts", statement)
    with pytest.raises(BadSource, match=f"The acts was changed: entry {entry} "):
        chain.whole()


def test_what_fails_half_way_leaves_nothing_behind(chain):
    with pytest.raises(RuntimeError), chain.turn() as turn:  # noqa: PT012
        turn.append({"who": "w", "what": "x"}, {})
        raise RuntimeError
    with pytest.raises(KeyError), chain.turn() as turn:  # noqa: PT012
        turn.append({"who": "w", "what": "x"}, {})
        turn.append({"who": "w"}, {})
    assert len(chain.whole()) == 5
    assert chain.append({"who": "w", "what": "x"}, {}).number == 6


def test_several_threads_make_one_chain(chain):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: chain.append({"who": f"t{number}", "what": "x"}, {}), range(24)))
    assert len(chain.whole()) == 29


def test_who_holds_the_chain_reads_however_many_wait_for_it(chain):
    """Each of those who wait has a connection, and more of them than there are must not keep the holder from one."""
    with ThreadPoolExecutor(24) as pool:
        with chain.turn() as turn:
            waiting = [pool.submit(chain.append, {"who": "w", "what": "waits"}, {}) for _ in range(24)]
            time.sleep(0.5)
            turn.append({"who": "w", "what": "holds"}, {"entries": len(chain.links())})
        assert sorted(one.result().number for one in waiting) == list(range(7, 31))
    assert chain.whole()[5].body == {"entries": 5}


def test_several_processes_make_one_chain(state):
    """Two custodians, or a custodian and a registrar: none forks the chain, and none is lost; nor at its making."""
    writers = [SPAWNED.Process(target=append_ten, args=(state.url, who)) for who in ("w1", "w2", "w3")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    links = chain_of(state).whole()
    assert len(links) == 30
    for who in ("w1", "w2", "w3"):
        assert [link.body["number"] for link in links if link.labels["who"] == who] == [*range(10)]


def test_a_writer_that_is_killed_half_way_leaves_the_chain_whole(chain):
    """What it had not finished is not there, and nobody waits for it."""
    appended = SPAWNED.Event()
    writer = SPAWNED.Process(target=append_and_hold, args=(chain.database.url, appended))
    writer.start()
    assert appended.wait(60)
    writer.kill()
    writer.join()
    assert chain.append({"who": "w", "what": "after"}, {}).number == 6
    assert [link.labels["what"] for link in chain.whole()][-2:] == ["test", "after"]


def test_who_reads_waits_for_nobody_and_sees_what_is_whole(chain):
    with chain.turn() as turn:
        turn.append({"who": "w", "what": "x"}, {})
        assert len(chain_of(chain.database).whole()) == 5


@pytest.mark.parametrize("name", ["acts; DROP TABLE acts", "Acts", ""])
def test_a_chain_is_called_by_a_plain_word(name):
    with pytest.raises(Broken):
        Chain(Database("sqlite:///x"), name, ("who",))
