"""Batch files: one notebook for each of many, looked up in the register as of the day; all faults at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.run.batch_file import read_any, read_batch
from kdsp_lib.run.register_check import RegisterCheck
from kdsp_lib.source.workspace import init_workspace

PROJECT = Path(__file__).resolve().parents[3]
NOTEBOOKS = PROJECT / "notebooks"
REGISTER = """
establishments:
  - {urn: "990003", name: Ashgate, phase: primary}
  - {urn: "990001", name: Birchgate, phase: primary}
  - {urn: "990002", name: Cedargate, phase: primary}
  - {urn: "990004", name: Dalegate, phase: secondary}
groups:
  - {id: collaborative:west, name: West}
  - {id: collaborative:east, name: East}
  - {id: collaborative:empty, name: Nobody's}
  - {id: "cluster:mill", name: Mill}
people:
  - {id: officer:a1, name: An Officer}
signatures:
  - {establishment: "990001", from: 2024-09-01}
  - {establishment: "990003", from: 2024-09-01}
  - {establishment: "990002", from: 2026-05-01}
  - {establishment: "990004", from: 2024-09-01}
memberships:
  - {establishment: "990001", group: collaborative:east, from: 2024-09-01}
  - {establishment: "990004", group: collaborative:west, from: 2024-09-01}
"""
PUPILS = """notebook: pupil_report
parameters:
  school: "{school}"
  recipient: establishment:{school}
  purpose: school-improvement-plan
  period: 2025/26-autumn
  "on": "2026-03-02"
for_each:
  school: all primaries
"""
AREAS = """notebook: attendance_area
parameters:
  group: "{area}"
  recipient: "{area}"
  purpose: commissioning-of-services
  period: "{term}"
  "on": "2026-03-02"
for_each:
  term: [2025/26-autumn, 2025/26-spring]
  area: every collaborative
"""


@pytest.fixture
def check(tmp_path):
    workspace = init_workspace(tmp_path / "workspace")
    workspace.register.parent.mkdir(exist_ok=True)
    workspace.register.write_text(REGISTER)
    return RegisterCheck(workspace)


@pytest.fixture
def read(tmp_path, check):
    def read(text):
        path = tmp_path / "parameters" / "batch" / "some.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return read_batch(path, NOTEBOOKS, check)

    return read


@pytest.fixture
def faults(read):
    def faults(text):
        with pytest.raises(BadParameters) as caught:
            read(text)
        return caught.value.shown().splitlines()[1:]

    return faults


def test_all_of_a_phase_are_those_who_have_signed_by_the_day_in_order_of_urn(read):
    reports = read(PUPILS)
    assert [report.values["school"] for report in reports] == ["990001", "990003"]
    assert [report.values["recipient"] for report in reports] == ["establishment:990001", "establishment:990003"]
    assert [report.which for report in reports] == ["990001", "990003"]
    assert {report.report for report in reports} == {"pupil-report"}
    later = read(PUPILS.replace("2026-03-02", "2026-05-01"))
    assert [report.values["school"] for report in later] == ["990001", "990002", "990003"]


def test_every_group_of_a_kind_is_each_that_has_members_by_name_and_the_first_name_is_the_slowest(read):
    assert [report.which for report in read(AREAS)] == [
        "2025/26-autumn, collaborative:east",
        "2025/26-autumn, collaborative:west",
        "2025/26-spring, collaborative:east",
        "2025/26-spring, collaborative:west",
    ]


def test_a_list_is_taken_in_its_own_order(read):
    listed = read(PUPILS.replace("all primaries", '["990003", "990001"]'))
    assert [report.values["school"] for report in listed] == ["990003", "990001"]


def test_null_stands_for_null(read):
    text = AREAS.replace('group: "{area}"', "group: null").replace('recipient: "{area}"', "recipient: authority")
    reports = read(text.replace("  area: every collaborative\n", ""))
    assert [report.values["group"] for report in reports] == [None, None]


def test_a_folder_tells_a_batch_from_a_parameter_file(tmp_path, check):
    alone = tmp_path / "parameters" / "pupil_report" / "one.yaml"
    alone.parent.mkdir(parents=True)
    alone.write_text(
        "school: '990001'\nrecipient: establishment:990001\npurpose: school-development\n"
        "period: 2025/26-autumn\non: 2026-03-02\n"
    )
    assert len(read_any(alone, NOTEBOOKS, check)) == 1


@pytest.mark.parametrize("name", ["../../evil", "../evil", "/tmp/evil", ".evil", "sub/evil", "linked", "."])
def test_a_batch_runs_notebooks_of_the_folder_alone(tmp_path, check, name):
    """A batch file is data: it never leads to code that lies elsewhere, by a path or by a link."""
    notebooks, batch = tmp_path / "a/notebooks", tmp_path / "a/parameters/batch/some.yaml"
    for folder in (notebooks / "sub", batch.parent):
        folder.mkdir(parents=True)
    source = (NOTEBOOKS / "pupil_report.ipynb").read_bytes()
    for place in ("evil", "a/evil", "a/notebooks/.evil", "a/notebooks/sub/evil", "a/notebooks/good"):
        (tmp_path / f"{place}.ipynb").write_bytes(source)
    (notebooks / "linked.ipynb").symlink_to(tmp_path / "evil.ipynb")
    batch.write_text(PUPILS.replace("pupil_report", "good"))
    assert read_any(batch, notebooks, check)
    batch.write_text(PUPILS.replace("pupil_report", name.replace("/tmp", str(tmp_path))))
    with pytest.raises(BadParameters, match=r"some\.yaml line 1 ") as refused:
        read_any(batch, notebooks, check)
    assert "notebooks/" in refused.value.shown() or "good" in refused.value.shown()


def test_every_fault_is_told_at_once_with_its_line(faults):
    text = PUPILS.replace('"{school}"', '"{skool}"').replace("purpose:", "purpos:").replace("-autumn", "-winter")
    assert faults(text.replace("all primaries", "all primarys") + "  term: [a, a]\n") == [
        "  line 3  school  {skool} is not in for_each; it has school, term",
        "  line 5  purpos  is not a parameter of pupil_report; did you mean purpose?",
        '  line 6  period  "2025/26-winter" will not do; write it as 2025/26-autumn (or -spring, -summer), '
        "or 2025/26 for the whole year",
        "  line 9  school  'all primarys' says of nothing what it is made for; did you mean all primaries?",
        "  line 10  term  'a' is listed twice; keep one",
        "  line 10  term  is used by no parameter: write {term} where it belongs",
        "  purpose  is missing; write it as commissioning-of-services",
    ]


def test_what_is_wrong_for_some_is_told_once_with_how_many_they_are(faults):
    listed = PUPILS.replace("all primaries", '["990001", "99000", "990009", "9900"]')
    told = faults(listed)
    assert [line.split()[:3] for line in told] == [["line", "3", "school"], ["line", "4", "recipient"]]
    assert told[0].endswith("(99000 and 2 more)")
    assert told[1].endswith("(99000 and 2 more)")


def test_a_range_of_nobody_is_a_fault(faults):
    assert faults(PUPILS.replace("all primaries", "all specials")) == [
        "  line 9  school  there are none on 2026-03-02: all specials"
    ]
    assert faults(PUPILS.replace("all primaries", "[]")) == [
        "  line 9  school  is empty: list what it is made for, or say all primaries"
    ]


def test_a_batch_has_one_day(faults):
    text = PUPILS.replace('"2026-03-02"', '"{day}"') + '  day: ["2026-03-02"]\n'
    assert faults(text) == ["  line 7  on  a batch has one day: write it out, 2026-03-02"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PUPILS.partition("for_each")[0], ["  for_each  is missing"]),
        (PUPILS + "whom: x\n", ["  line 10  whom  is no part of a batch; it has notebook, parameters, for_each"]),
        (PUPILS.replace("pupil_report", "[a]"), ["  line 1  notebook  name one notebook: attendance_area"]),
        (
            "notebook: x\nparameters: 1\nfor_each:\n  a: [b]\n",
            ["  line 2  parameters  write one `name: value` a line below it"],
        ),
    ],
)
def test_its_parts_are_three(faults, text, told):
    assert faults(text) == told


def test_more_reports_than_a_batch_has_are_refused_before_any_is_made(faults):
    many = ", ".join(f"a{number}" for number in range(300))
    text = AREAS.replace("[2025/26-autumn, 2025/26-spring]", f"[{many}]").replace("every collaborative", f"[{many}]")
    assert faults(text) == ["  for_each  makes 90,000 reports; a batch has 50,000 at most"]


def test_the_committed_batches_are_sound():
    """Their shapes: whom they are made for is looked up in the register of whoever runs them."""
    from kdsp_lib.run.for_each import ranges_of
    from kdsp_lib.run.lines import read_mapping

    for path in sorted((PROJECT / "parameters" / "batch").glob("*.yaml")):
        parts = {key.value: value for key, value in read_mapping(path).value}
        assert (NOTEBOOKS / f"{parts['notebook'].value}.ipynb").is_file()
        assert ranges_of(parts["for_each"])[1] == []
