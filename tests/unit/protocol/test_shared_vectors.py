"""The protocol's vectors, some two thousand: decision, clauses, refused and obligations, line by line."""

import json
import os
from pathlib import Path

import pytest

from kdsp_lib.protocol.jsonl import decide_lines
from kdsp_lib.register import dump_register, read_register

SHARED = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[3] / "../shared"))
FOLDER = SHARED / "vectors" / "policy"


@pytest.mark.parametrize("number", range(11))
def test_every_vector_agrees(number):
    if not FOLDER.is_dir():
        pytest.skip(f"the shared vectors are not at {FOLDER}")
    register = read_register(FOLDER / f"register-{number}.yaml")
    requests = (FOLDER / f"requests-{number}.jsonl").read_text("utf-8").splitlines()
    expected = (FOLDER / f"expected-{number}.jsonl").read_text("utf-8").splitlines()
    assert len(requests) == len(expected) > 0
    for place, (line, wanted) in enumerate(zip(decide_lines(requests, register), expected, strict=True), start=1):
        answer = json.loads(line)
        got = {
            "decision": answer["decision"],
            "clauses": answer["clauses"],
            "refused": sorted(answer["recipients"]["refused"]),
            "obligations": answer["obligations"],
        }
        assert got == json.loads(wanted), f"line {place}: {requests[place - 1]}"


@pytest.mark.parametrize("number", range(11))
def test_every_register_is_written_back_as_it_was(number):
    if not FOLDER.is_dir():
        pytest.skip(f"the shared vectors are not at {FOLDER}")
    file = FOLDER / f"register-{number}.yaml"
    assert dump_register(read_register(file)) == file.read_text("utf-8")
