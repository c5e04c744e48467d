"""A row of a table of pupils that breaks a rule is set aside with its school told, and the rest is loaded."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.load import add_dataset, check_data
from kdsp_lib.source.quarantine import FOLDER, aside_of
from kdsp_lib.source.rows_aside import ITS_PUPIL
from kdsp_lib.source.school_census.answering import findings_kept
from kdsp_lib.source.workspace import init_workspace

TODAY, TERM = date(2026, 2, 2), "2025/26-spring"
OURS, THEIRS = "990001", "990002"
SCHOOLS = """urn,laestab,name,phase,type_group,trust,gender,low_age,high_age,capacity,ward,open_date
990001,3402001,Elderhaven,primary,academy,,mixed,3,11,210,Ash,2001-09-01
990002,3402002,Larkmoor,primary,academy,,mixed,3,11,210,Elm,2001-09-01
"""
HEADER = ",".join(CONTRACTS["census"].names) + "\n"


def row(key, urn=OURS, status="C", ethnicity="WBRI", language="english"):
    return f"{key},{urn},{status},3,{ethnicity},{language},false,,false,N,,false,false,false\n"


GOOD = [*(row(f"a{n}") for n in range(20)), *(row(f"b{n}", THEIRS) for n in range(20))]


@pytest.fixture
def workspace(tmp_path):
    made = init_workspace(tmp_path / "w")
    (tmp_path / "establishments.csv").write_text(SCHOOLS)
    add_dataset(made, "establishments", tmp_path / "establishments.csv", loaded_on=TODAY)
    return made


@pytest.fixture
def load(workspace, tmp_path):
    def load(rows, kind="census", period=TERM, header=HEADER, form="csv"):
        text = header + "".join(rows)
        path = tmp_path / f"{kind}.{form}"
        if form == "csv":
            path.write_text(text)
        elif form == "parquet":
            as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header.strip().split(","), pa.string()))
            pq.write_table(pyarrow.csv.read_csv(io.BytesIO(text.encode()), convert_options=as_text), path)
        else:
            import openpyxl

            book = openpyxl.Workbook()
            for values in csv.reader(io.StringIO(text)):
                book.active.append([value or None for value in values])
            book.save(path)
        return add_dataset(workspace, kind, path, period, loaded_on=TODAY)

    return load


def told(workspace, loaded):
    found = aside_of(workspace.data, Catalogue.load(workspace).dataset(loaded.dataset.dataset, loaded.dataset.period))
    return [(each.school, each.line, each.field) for each in found]


@pytest.mark.parametrize(("form", "line"), [("csv", 42), ("parquet", 41), ("xlsx", 42)])
def test_one_bad_row_is_set_aside_and_the_others_are_loaded(workspace, load, form, line):
    loaded = load([*GOOD, row("b20", THEIRS, ethnicity="WXYZ")], form=form)
    assert (loaded.dataset.rows, loaded.dataset.set_aside) == (40, 1)
    assert told(workspace, loaded) == [("3402002", line, "ethnicity")]
    assert "1 of 41 records set aside" in loaded.notes[0]
    assert check_data(workspace) == ()
    (kept,) = (workspace.data / FOLDER).iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not any(value in kept.read_text() for value in ("WXYZ", "b20"))


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_pupil_main_at_two_schools_both_rows_are_set_aside(workspace, load, turned):
    two = [row("p"), row("p", THEIRS)]
    loaded = load([*GOOD, *(two[::-1] if turned else two)])
    assert loaded.dataset.rows == 40
    assert sorted(school for school, _, _ in told(workspace, loaded)) == ["3402001", "3402002"]
    assert {each.laestab for each in findings_kept(Catalogue.load(workspace))} == {"3402001", "3402002"}


def test_of_a_row_that_comes_twice_both_are_set_aside_and_main_beside_subsidiary_is_none(workspace, load):
    loaded = load([*GOOD, row("p"), row("p", language="eal"), row("q", status="M"), row("q", THEIRS, status="S")])
    assert (loaded.dataset.rows, loaded.dataset.set_aside) == (42, 2)
    assert {line for _, line, _ in told(workspace, loaded)} == {42, 43}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (GOOD[:20] + [row(f"x{n}", ethnicity="?") for n in range(3)], "3 of 23 rows break a rule"),
        ([row("x", ethnicity="?")], "1 of 1 rows break a rule"),
        (
            GOOD[:23] + [row(f"x{n}", THEIRS, ethnicity="?") for n in range(2)],
            f"2 of 5 rows of {THEIRS} break a rule",
        ),
    ],
    ids=["of all", "all there are", "of one school"],
)
def test_where_too_many_are_wrong_nothing_is_loaded(workspace, load, rows, why):
    with pytest.raises(BadSource, match=why):
        load(rows)
    assert [each.dataset for each in Catalogue.load(workspace).current] == ["establishments"]
    assert not (workspace.data / FOLDER).exists()


def test_what_is_wrong_with_the_file_is_said_first_and_nothing_is_loaded(workspace, load, tmp_path):
    with pytest.raises(BadSource) as error:
        load([*GOOD, row("x", ethnicity="?"), '"cut off'])
    assert error.value.faults[0].place == "census.csv"
    path = tmp_path / "census.csv"
    path.write_bytes((HEADER + row("x", ethnicity="?") + "".join(GOOD)).encode() + b"\xff\xfe,990001\n")
    with pytest.raises(BadSource, match="nothing of it was loaded"):
        add_dataset(workspace, "census", path, TERM, loaded_on=TODAY)


def test_an_empty_line_is_told_and_costs_nothing_else(workspace, load):
    loaded = load([*GOOD, "\n", row("b20", THEIRS)])
    assert loaded.dataset.rows == 41
    assert told(workspace, loaded) == [("", 42, "")]


def test_a_row_that_is_cut_is_of_no_school_known_and_told_all_the_same(workspace, load):
    loaded = load([*GOOD, "p,990001,C\n"])
    assert told(workspace, loaded) == [("", 42, "")]


def test_rows_of_a_pupil_whose_own_record_is_set_aside_are_so_too(workspace, load):
    """Else somebody is counted of whom nothing is known; and so the school hears of a table that has no URN."""
    from kdsp_lib.source.pseudonym import check_letter

    header = ",".join(CONTRACTS["pupils"].names) + "\n"
    people = [
        f"a{n},{check_letter(f'3402050{n:05}')}3402050{n:05},permanent,Null,Ann,2015-01-01,F,,\n" for n in range(20)
    ]
    bad = people[7].replace(",F,", ",X,")
    load([*people[:7], bad, *people[8:]], "pupils", None, header)
    loaded = load(GOOD[:20])
    assert loaded.dataset.rows == 19
    assert told(workspace, loaded) == [("3402001", 9, "pupil_key")]
    assert ITS_PUPIL in str(loaded.notes)
    assert check_data(workspace) == ()
    again = load([*people[:7], bad, *people[8:]], "pupils", None, header)
    assert told(workspace, again) == [("", 9, "sex")], "of nobody on roll, so of no school"
    load(people, "pupils", None, header)
    assert load(GOOD[:20]).dataset.set_aside is None
    mended = load([*people[:7], bad, *people[8:]], "pupils", None, header)
    assert told(workspace, mended) == [("3402001", 9, "sex")], "by the census"
    assert f"1 rows of census {TERM} are of pupils who are set aside: load it again" in mended.notes


def test_tables_that_are_not_of_pupils_are_loaded_whole_or_not_at_all(workspace, tmp_path):
    path = tmp_path / "establishments.csv"
    path.write_text(SCHOOLS.replace("990002,", "99002,"))
    with pytest.raises(BadSource):
        add_dataset(workspace, "establishments", path, loaded_on=TODAY)


def test_a_table_names_what_was_set_aside_anew(workspace, load):
    assert load([*GOOD, row("b20", THEIRS, ethnicity="WXYZ")]).dataset.set_aside == 1
    loaded = load([*GOOD, row("b20", THEIRS)])
    assert (loaded.dataset.rows, loaded.dataset.set_aside, loaded.dataset.aside_list) == (41, None, None)
    assert "set_aside" not in json.dumps(loaded.dataset.to_json())
