"""``kdsp protect`` and ``kdsp audit`` as they are typed: the last line, the exit code, the files."""

import csv
import json
from pathlib import Path

import pytest

HEAD = "id,sex,value,freq,primary,lpl,upl,cost,ncontrib,single"
META = {
    "name": "made up", "kind": "freq", "threshold": 6,
    "tables": [{"dims": [{"name": "sex", "root": "All", "children": {"All": ["F", "M", "X"]}}]}],
}  # fmt: skip


@pytest.fixture
def instance(tmp_path):
    def make(*values, primary=()):
        folder = tmp_path / "instance"
        folder.mkdir(exist_ok=True)
        (folder / "meta.json").write_text(json.dumps(META))
        rows = []
        for cell, (code, value) in enumerate(zip(("All", "F", "M", "X"), (sum(values), *values), strict=True)):
            lpl, upl = (value, 6 - value) if cell in primary else (0, 0)
            rows.append(f"{cell},{code},{value},{value},{int(cell in primary)},{lpl},{upl},{value},-1,")
        (folder / "cells.csv").write_text("\n".join([HEAD, *rows, ""]))
        return folder

    return make


def answer(ended):
    return json.loads(ended.out.splitlines()[-1])


def test_the_last_line_is_the_answer_and_the_file_names_every_cell(kdsp, instance):
    ended = kdsp("protect", instance(3, 40, 50, primary=[1]), "--out", "p.csv", "--witnesses", "w.npz")
    assert (ended.code, ended.err) == (0, "")
    said = answer(ended)
    assert list(said) == [
        "primaries", "secondary", "hidden_value", "seconds", "peak_memory_mb", "proved", "unprovable", "changes",
    ]  # fmt: skip
    assert (said["primaries"], said["secondary"], said["hidden_value"]) == (1, 1, 40)
    assert (said["proved"], said["unprovable"], said["changes"]) == (True, [], [{"kind": "hide_zero", "ids": []}])
    with Path("p.csv").open(newline="") as file:
        assert [(row["id"], row["published"]) for row in csv.DictReader(file)] == [
            ("0", "1"), ("1", "0"), ("2", "0"), ("3", "1"),
        ]  # fmt: skip


def test_witnesses_are_for_this_person_alone(kdsp, instance, tmp_path):
    kdsp("protect", instance(3, 40, 50, primary=[1]), "--out", "p.csv", "--witnesses", tmp_path / "w.npz")
    assert (tmp_path / "w.npz").stat().st_mode & 0o077 == 0


def test_what_cannot_be_proved_leaves_no_file(kdsp, instance, tmp_path):
    """A sum pins the cell itself, whatever else is hidden."""
    folder = instance(0, 40, 50, primary=[1])
    (folder / "eqs.csv").write_text("eq,cell,coef\n0,1,1\n")
    ended = kdsp("protect", folder, "--out", tmp_path / "p.csv")
    assert ended.code == 13
    said = answer(ended)
    assert (said["proved"], said["unprovable"], said["changes"]) == (False, [1], [])
    assert "KDSP-405" in ended.err
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.parametrize(
    ("option", "told"), [(["--effort", "heroic"], "quick, normal, thorough"), (["--lower-bound", "2"], "equal to 1")]
)
def test_an_unknown_option_names_the_known_ones(kdsp, instance, option, told):
    ended = kdsp("protect", instance(3, 40, 50, primary=[1]), "--out", "p.csv", *option)
    assert ended.code == 10
    assert told in ended.err


def test_a_folder_that_is_no_instance_is_a_mistake_in_the_data(kdsp, tmp_path):
    ended = kdsp("protect", tmp_path, "--out", "p.csv")
    assert ended.code == 11
    assert "meta.json" in ended.err


def test_an_audit_finds_nothing_in_what_was_protected(kdsp, instance):
    folder = instance(3, 40, 50, primary=[1])
    kdsp("protect", folder, "--out", "p.csv")
    ended = kdsp("audit", folder, "p.csv")
    assert ended.code == 0
    assert "known to an outsider: 0" in ended.out


def test_an_audit_ends_with_1_where_something_can_be_worked_out(kdsp, instance, tmp_path):
    (tmp_path / "bad.csv").write_text("id,published\n0,1\n1,0\n2,1\n3,1\n")
    folder = instance(3, 40, 50, primary=[1])
    ended = kdsp("audit", folder, tmp_path / "bad.csv", "--json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert found["cells"]["exact"] == [1]
    how = "all, 93, minus sex M, 40, minus sex X, 50, gives sex F, 3"
    assert found["intervals"] == [{"id": "sex F", "column": "1", "low": 3, "high": 3, "how": how}]
    assert how in kdsp("audit", folder, tmp_path / "bad.csv").out


def test_an_audit_tells_intervals_and_no_true_value(kdsp, instance, tmp_path):
    """Two small counts that come to 5: neither follows, both are known to be small."""
    (tmp_path / "bad.csv").write_text("id,published\n0,1\n1,0\n2,0\n3,1\n")
    ended = kdsp("audit", instance(2, 3, 50, primary=[1, 2]), tmp_path / "bad.csv", "--json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert [(cell["id"], cell["low"], cell["high"]) for cell in found["intervals"]] == [
        ("sex F", 1, 4),
        ("sex M", 1, 4),
    ]
    assert "3" not in found["intervals"][0]["how"].replace("55", "").replace("50", "")


def test_an_audit_names_what_should_not_have_been_printed(kdsp, instance, tmp_path):
    (tmp_path / "bad.csv").write_text("id,published\n0,1\n1,1\n2,0\n3,0\n")
    ended = kdsp("audit", instance(3, 40, 50, primary=[1]), tmp_path / "bad.csv")
    assert ended.code == 1
    assert "cell 1, sex F: needs protection, and is printed" in ended.out


def test_a_key_settles_which_of_several_cells_is_withheld(kdsp, instance, tmp_path):
    """Two cells of 40 would do as well; which it is, the key alone tells, and always the same."""
    folder, patterns = instance(3, 40, 40, primary=[1]), {}
    for number in range(12):
        (tmp_path / "key").write_bytes(bytes([number]) * 32)
        for _ in range(2 if number < 2 else 1):
            assert kdsp("protect", folder, "--out", "p.csv", "--key", tmp_path / "key").code == 0
            assert patterns.setdefault(number, Path("p.csv").read_text()) == Path("p.csv").read_text()
        assert kdsp("audit", folder, "p.csv").code == 0
    assert len(set(patterns.values())) > 1


def test_a_key_that_is_none_is_refused(kdsp, instance, tmp_path):
    (tmp_path / "key").write_bytes(b"short")
    for key in (tmp_path / "key", tmp_path / "nowhere"):
        ended = kdsp("protect", instance(3, 40, 50, primary=[1]), "--out", "p.csv", "--key", key)
        assert ended.code == 10


def test_counts_can_be_rounded_and_audited(kdsp, instance, tmp_path):
    folder = instance(3, 41, 52, primary=[1])
    ended = kdsp("protect", folder, "--out", "r.csv", "--method", "rounding", "--base", "5")
    assert ended.code == 0
    said = answer(ended)
    assert (said["method"], said["base"], said["farther"], said["proved"]) == ("rounding", 5, 0, True)
    with Path("r.csv").open(newline="") as file:
        rows = [int(row["rounded"]) for row in csv.DictReader(file)]
    assert rows[0] == sum(rows[1:])
    assert [figure % 5 for figure in rows] == [0, 0, 0, 0]
    assert all(abs(figure - true) < 5 for figure, true in zip(rows, (96, 3, 41, 52), strict=True))
    audited = kdsp("audit", folder, "r.csv")
    assert audited.code == 0
    assert "4 cells are rounded to multiples of 5, 1 of them need protection" in audited.out


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["0,95,5", "1,5,5", "2,40,5", "3,45,5"], "of which all sums hold"),
        (["0,95,5", "1,5,5", "2,40,5"], "each cell of the instance is expected once"),
        (["0,95,5", "1,5,5", "2,40,5", "3,50,10"], "5 or 10, the same in each row"),
        (["0,95,5", "1,five,5", "2,40,5", "3,50,5"], "a number is expected"),
    ],
)
def test_an_answer_that_is_no_rounding_is_refused(kdsp, instance, tmp_path, rows, told):
    (tmp_path / "r.csv").write_text("\n".join(["id,rounded,base", *rows, ""]))
    ended = kdsp("audit", instance(3, 41, 52, primary=[1]), tmp_path / "r.csv")
    assert ended.code == 11
    assert told in ended.err


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--method", "noise"], "suppression or rounding"), (["--method", "rounding", "--base", "3"], "5 or 10")],
)
def test_other_methods_and_bases_are_refused(kdsp, instance, options, told):
    ended = kdsp("protect", instance(3, 41, 52, primary=[1]), "--out", "r.csv", *options)
    assert ended.code == 10
    assert told in ended.err
    assert not Path("r.csv").exists()


def test_any_published_file_can_be_attacked(kdsp, tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfURN,NOR,NORG,NORB\n990001,100,SUPP,97\n")
    (tmp_path / "s.yaml").write_text(
        "id: [URN]\nvalues: {NOR: count, NORG: count, NORB: count}\nhidden: [SUPP]\n"
        "sums: [{total: NOR, parts: [NORG, NORB]}]\n"
    )
    ended = kdsp("audit", "--published", tmp_path / "t.csv", "--spec", tmp_path / "s.yaml", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["recoverable"] == 1
    said = kdsp("audit", "--published", tmp_path / "t.csv", "--spec", tmp_path / "s.yaml")
    assert "990001  NORG: is 3: NOR, 100, minus NORB, 97, gives NORG, 3" in said.out


def test_files_that_hang_together_are_attacked_as_one_table(kdsp, tmp_path):
    """The schools' file withholds one figure; the areas' file, which has no school, prints the sum."""
    (tmp_path / "schools.csv").write_text("area,school,FSM\nNorth,A,c\nNorth,B,40\nSouth,C,30\nSouth,D,c\n")
    (tmp_path / "areas.csv").write_text("area,FSM,pupils\nNorth,43,100\nSouth,c,90\n")
    (tmp_path / "s.yaml").write_text(
        "id: [area, school]\nvalues: {FSM: count, pupils: count}\nhidden: [c]\n"
        "rows: [{total: {file: areas.csv}, over: {file: schools.csv}, within: area}]\n"
    )
    files = ["--published", tmp_path / "schools.csv", "--published", tmp_path / "areas.csv"]
    said = kdsp("audit", *files, "--spec", tmp_path / "s.yaml")
    assert (said.code, said.err) == (1, "")
    assert said.out.splitlines() == [
        "3 figures are withheld; 1 of them can be worked out.",
        "  North A  FSM: is 3: North FSM, 43, minus North B FSM, 40, gives North A FSM, 3",
    ]
    (tmp_path / "areas.csv").write_text("area,FSM,pupils\nNorth,-43,100\nSouth,c,90\n")
    ended = kdsp("audit", *files, "--spec", tmp_path / "s.yaml")
    assert ended.code == 11
    assert "areas.csv line 2" in ended.err
    (tmp_path / "other.csv").write_text("town,sheep\nEast,4\n")
    ended = kdsp("audit", *files, "--published", tmp_path / "other.csv", "--spec", tmp_path / "s.yaml")
    assert ended.code == 11
    assert "other.csv  none of the columns FSM, pupils is there" in ended.err


def test_a_spec_that_is_none_is_a_mistake_in_the_command(kdsp, tmp_path):
    (tmp_path / "t.csv").write_text("URN,NOR\n1,2\n")
    (tmp_path / "s.yaml").write_text("id: [URN\n")
    ended = kdsp("audit", "--published", tmp_path / "t.csv", "--spec", tmp_path / "s.yaml")
    assert ended.code == 10
    assert "is not YAML" in ended.err


def test_half_a_command_says_what_is_missing(kdsp, tmp_path):
    ended = kdsp("audit", tmp_path, "--spec", "s.yaml")
    assert ended.code == 10
    assert "PROTECTED.csv" in ended.err
