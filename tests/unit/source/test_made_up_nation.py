"""A made-up nation: many authorities, written one district after the other, under numbers that nobody has."""

from __future__ import annotations

from itertools import islice

import pytest

from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.demo import nation
from kdsp_lib.source.demo.authority import SEED
from kdsp_lib.source.demo.nation import FIRST_URN, districts_of, write_nation
from kdsp_lib.source.demo.place import PER_AUTHORITY
from kdsp_lib.source.pseudonym import AUTHORITIES, LETTERS, check_letter, is_upn, upns_of
from kdsp_lib.source.snapshot import read_snapshot


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two authorities, of two districts each: their tables by name and period."""
    data = tmp_path_factory.mktemp("nation")
    found = {
        (name, period): read_snapshot(data, snapshot.sha256)
        for name, period, snapshot in write_nation(data, SEED, 2, lambda _: None)
    }
    assert [path.suffix for path in (data / "snapshots").iterdir()] == [".parquet"] * len(found), "and nothing else"
    return found


def test_it_has_the_tables_of_who_was_where(tables):
    assert len(tables) == 3 + 3 * 3
    for (name, _), table in tables.items():
        assert table.schema.equals(arrow_schema(contract_of(name)))
    assert tables["establishments", None].num_rows == 4 * PER_AUTHORITY
    assert 84_000 <= tables["census", "2025/26-spring"].num_rows <= 90_000


def test_nobody_shares_a_number(tables):
    schools, pupils = tables["establishments", None], tables["pupils", None]
    for table, column in ((schools, "urn"), (schools, "laestab"), (pupils, "upn"), (pupils, "pupil_key")):
        values = table.column(column).to_pylist()
        assert len(set(values)) == len(values), column


def test_its_numbers_are_nobodys(tables):
    """URNs of seven digits, authorities that there never were; UPNs as they are, of numbers that stand for none."""
    schools = tables["establishments", None].to_pylist()
    assert {len(school["urn"]) for school in schools} == {7}
    assert min(int(school["urn"]) for school in schools) == FIRST_URN
    assert {school["laestab"][:3] for school in schools} == {"501", "502"}
    upns = tables["pupils", None].column("upn").to_pylist()
    assert all(map(is_upn, upns[::50]))
    assert {upn[1:4] for upn in upns} <= {f"00{code}" for code in range(1, 6)}


def test_a_nation_of_150_authorities_has_room_for_all_numbers():
    """The first pupils of each district tell where its UPNs come from: no two districts give the same ones."""
    given, schools, urns = set(), set(), 0
    for _, places, givers in districts_of(SEED, 150):
        urns += len(places)
        schools |= {place.laestab for place in places}
        own = {(givers.home, estab) for estab in givers.own}
        own |= {(givers.away, givers.first_away + step) for step in range(20)}
        assert not own & given
        assert max(estab for _, estab in own) < 10_000
        given |= own
    assert 21_500 <= urns == len(schools)
    assert not {laestab[:3] for laestab in schools} & AUTHORITIES


def test_the_same_seed_gives_the_same_bytes(tables, tmp_path):
    first = next(iter(write_nation(tmp_path, SEED, 1, lambda _: None)))
    again = next(iter(write_nation(tmp_path, SEED, 1, lambda _: None)))
    assert first == again
    rows = read_snapshot(tmp_path, first[2].sha256)
    assert rows.equals(tables["establishments", None].slice(0, rows.num_rows))


def test_what_stops_half_way_leaves_nothing(tmp_path, monkeypatch):
    def stopped(*_):
        yield from islice(districts_of(SEED, 1), 1)
        raise KeyboardInterrupt

    monkeypatch.setattr(nation, "districts_of", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(write_nation(tmp_path, SEED, 1, lambda _: None))
    assert list((tmp_path / "snapshots").iterdir()) == []


@pytest.mark.parametrize("serial", ["001", "999", *(f"01{letter}" for letter in LETTERS)])
def test_many_upns_at_once_are_as_one_by_one(serial):
    import numpy as np

    body = f"001234525{serial}"
    values = [int(sign) if sign.isdigit() else 10 + LETTERS.index(sign) for sign in body]
    assert upns_of(np.array([values], dtype=np.int64)) == [check_letter(body) + body]
