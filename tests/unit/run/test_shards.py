"""Shards of a batch: each report in one of them, what waits for each other together; and whose shard is whose."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdsp_lib.errors import BadParameters
from kdsp_lib.run.shards import LIST, shard_of_task, shards_of
from kdsp_lib.source.files import sha256_of


@st.composite
def waiting(draw):
    """What each report of a batch waits for: earlier ones."""
    number = draw(st.integers(0, 25))
    return [
        frozenset(draw(st.sets(st.integers(0, each - 1), max_size=2))) if each else frozenset()
        for each in range(number)
    ]


@given(waiting(), st.integers(1, 9))
def test_each_report_is_in_one_shard_with_all_that_it_waits_for_before_it(waits, of):
    shards = shards_of(waits, of)
    assert len(shards) == of
    assert sorted(number for shard in shards for number in shard) == list(range(len(waits)))
    shard_of = {number: shard for shard in shards for number in shard}
    for number, before in enumerate(waits):
        for earlier in before:
            shard = shard_of[number]
            assert earlier in shard
            assert shard.index(earlier) < shard.index(number)
    assert shards == shards_of(waits, of)


def test_what_waits_for_nothing_is_dealt_evenly():
    assert [len(shard) for shard in shards_of([frozenset()] * 10, 4)] == [3, 3, 2, 2]
    assert shards_of([], 2) == [[], []]


def test_what_waits_through_another_is_together_too():
    """2 waits for 1, which waits for 0; 3 for none."""
    assert shards_of([frozenset(), frozenset({0}), frozenset({1}), frozenset()], 2) == [[0, 1, 2], [3]]


@pytest.fixture
def shards(tmp_path):
    """Three shards, the last of them empty."""
    files = {"0/00000/area_profile/east.yaml": b"on: x\n", "1/00000/area_profile/west.yaml": b"on: y\n"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(text)
    (tmp_path / "2").mkdir()
    told = {"of": 3, "shards": ["0", "1", "2"], "files": {path: sha256_of(text) for path, text in files.items()}}
    (tmp_path / LIST).write_text(json.dumps(told))
    return tmp_path


@pytest.mark.parametrize("variable", ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"])
def test_a_task_has_the_shard_of_its_number(shards, variable):
    found = [shard_of_task(shards, {variable: str(number)}).name for number in range(3)]
    assert found == ["0", "1", "2"]


@pytest.mark.parametrize("number", ["3", "-1", "", "x", "1.0", "٣"])
def test_a_number_that_no_shard_has_is_refused(shards, number):
    with pytest.raises(BadParameters) as refused:
        shard_of_task(shards, {"JOB_COMPLETION_INDEX": number})
    assert "0 to 2" in refused.value.faults[0].text


def test_an_array_of_another_size_is_refused_since_reports_would_be_left_out(shards):
    task = {"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "2"}
    with pytest.raises(BadParameters) as refused:
        shard_of_task(shards, task)
    assert "--array=0-2" in refused.value.faults[0].text
    assert shard_of_task(shards, {**task, "SLURM_ARRAY_TASK_COUNT": "3"}).name == "0"


def test_who_is_no_task_is_told_how_to_run_a_shard(shards):
    with pytest.raises(BadParameters) as refused:
        shard_of_task(shards, {})
    assert "kdsp run SHARDS/0" in refused.value.remedy


def test_a_shard_that_is_not_whole_is_refused_with_all_that_is_wrong(shards):
    task = {"SLURM_ARRAY_TASK_ID": "0"}
    (shards / "0" / "00001").mkdir()
    (shards / "0" / "00001" / "more.yaml").write_text("x: y\n")
    (shards / "0/00000/area_profile/east.yaml").write_text("on: z\n")
    with pytest.raises(BadParameters) as refused:
        shard_of_task(shards, task)
    assert {(fault.field, fault.text) for fault in refused.value.faults} == {
        ("0/00000/area_profile/east.yaml", "was changed"),
        ("0/00001/more.yaml", "was added"),
    }
    shutil.rmtree(shards / "0")
    with pytest.raises(BadParameters) as refused:
        shard_of_task(shards, task)
    assert [fault.text for fault in refused.value.faults] == ["is missing"]


@pytest.mark.parametrize("text", ["", "[]", '{"of": 2}', '{"of": 2, "shards": ["0"], "files": {}}'])
def test_a_list_of_shards_that_was_cut_off_is_refused(tmp_path, text):
    (tmp_path / LIST).write_text(text)
    with pytest.raises(BadParameters, match=LIST):
        shard_of_task(tmp_path, {"SLURM_ARRAY_TASK_ID": "0"})
