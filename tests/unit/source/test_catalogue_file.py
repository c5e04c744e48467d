"""The catalogue: what there is, what replaced what, and what a broken one says."""

from __future__ import annotations

import json
from datetime import date

import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue, DataSet, record


def dataset(**other) -> DataSet:
    given = {
        "dataset": "census",
        "period": "2025/26-autumn",
        "snapshot": "a" * 64,
        "rows": 3,
        "current": True,
        "signed_off": True,
        "categories": ("sen",),
        "vintage": "a census",
        "loaded_on": "2025-10-20",
    }
    return DataSet(**{**given, **other})


def test_it_comes_back_as_it_was_recorded(workspace):
    recorded = record(workspace, dataset())
    assert Catalogue.load(workspace) == recorded
    assert recorded.dataset("census", "2025/26-autumn") == dataset()


def test_days_of_release_and_of_use_come_back_and_are_left_out_where_there_are_none(workspace):
    entry = dataset(not_before="2025-11-01", use_by="2026-09-01")
    assert record(workspace, entry) == Catalogue.load(workspace)
    assert "use_by" not in dataset().to_json()
    assert [entry.is_current_on(date(2025, 10, day)) for day in (31,)] == [False]
    assert [entry.is_current_on(date(2025, 11, 1)), entry.is_current_on(date(2026, 8, 31))] == [True, True]
    assert not entry.is_current_on(date(2026, 9, 1))


def test_a_new_load_replaces_the_current_one_and_keeps_it(workspace):
    record(workspace, dataset())
    catalogue = record(workspace, dataset(snapshot="b" * 64))
    assert catalogue.dataset("census", "2025/26-autumn").snapshot == "b" * 64
    assert [(entry.snapshot[0], entry.current) for entry in catalogue.datasets] == [("a", False), ("b", True)]


def test_a_release_sees_the_snapshots_it_was_made_from(workspace):
    record(workspace, dataset())
    catalogue = record(workspace, dataset(snapshot="b" * 64))
    assert catalogue.pinned(["a" * 64]).dataset("census", "2025/26-autumn").snapshot == "a" * 64
    with pytest.raises(BadSource, match="no longer in the catalogue"):
        catalogue.pinned(["c" * 64])


def test_what_is_not_there_is_answered_with_what_is(workspace):
    catalogue = record(workspace, dataset())
    with pytest.raises(BadSource) as error:
        catalogue.dataset("census", "2024/25-autumn")
    assert [fault.text for fault in error.value.faults] == ["census 2025/26-autumn"]


def test_without_data_the_way_in_is_named(workspace):
    with pytest.raises(BadSource, match="kdsp data add"):
        Catalogue.load(workspace)
    assert Catalogue.load_or_empty(workspace).datasets == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rows": True}, "rows"),
        ({"rows": -1}, "rows"),
        ({"current": "yes"}, "current"),
        ({"period": "2025/27"}, "period"),
        ({"loaded_on": "20.10.2025"}, "loaded_on"),
        ({"snapshot": "../../x"}, "snapshot"),
        ({"categories": "sen"}, "categories"),
        ({"use_by": "next year"}, "use_by"),
        ({"not_before": "2026-13-01"}, "not_before"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_faulty_entry_is_named_by_its_field(workspace, change, field):
    record(workspace, dataset())
    path = workspace.data / "catalogue.json"
    document = json.loads(path.read_bytes())
    document["datasets"][0].update(change)
    path.write_text(json.dumps(document))
    with pytest.raises(BadSource) as error:
        Catalogue.load(workspace)
    assert [fault.field for fault in error.value.faults] == [field]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1}', b"\xff"])
def test_what_is_no_catalogue_is_refused(workspace, content):
    workspace.data.mkdir()
    (workspace.data / "catalogue.json").write_bytes(content)
    with pytest.raises(BadSource):
        Catalogue.load(workspace)


def test_two_current_ones_of_a_kind_are_refused(workspace):
    record(workspace, dataset())
    path = workspace.data / "catalogue.json"
    document = json.loads(path.read_bytes())
    document["datasets"] *= 2
    path.write_text(json.dumps(document))
    with pytest.raises(BadSource, match="more than once"):
        Catalogue.load(workspace)
