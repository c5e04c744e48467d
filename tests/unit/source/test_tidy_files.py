"""Tidy files of explore education statistics, as they are published: with their metadata, symbols, times and places."""

from __future__ import annotations

from datetime import date

import pytest
from published_files import text
from tidy_files import META, META_FILE, META_ROWS, ROWS, TIDY, TIDY_FILE

from kdsp_lib.cli.main import main
from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.file_kind import kind_of
from kdsp_lib.source.load import KINDS, add_dataset, check_data, read_file
from kdsp_lib.source.national.tidy import file as tidy
from kdsp_lib.source.national.tidy.deriving import Said
from kdsp_lib.source.national.tidy.standard import IDENTIFIERS, LEVELS, period_of

KIND = tidy.KIND
TODAY = date(2026, 3, 2)


@pytest.fixture
def written(tmp_path):
    """Writes a tidy file with its metadata file beside it, and gives its path."""

    def write(data: str = TIDY_FILE, meta: str | None = META_FILE, name: str = "absence", encoding="utf-8-sig"):
        path = tmp_path / f"{name}.csv"
        path.write_bytes(data.encode(encoding))
        if meta is not None:
            path.with_name(f"{name}.meta.csv").write_bytes(meta.encode(encoding))
        return path

    return write


def read(path):
    table, notes = read_file(KINDS[KIND], path, None)
    return table.to_pylist(), notes


def faults(path):
    with pytest.raises(BadSource) as error:
        read(path)
    return [(fault.place, fault.field) for fault in error.value.faults]


def test_a_row_of_the_file_is_a_row_a_figure(written):
    rows, notes = read(written())
    assert len(rows) == 2 * len(ROWS)
    assert rows[7] == {
        "time_period": "2023/24", "time_identifier": "academic-year", "level": "local-authority", "area": "E08000999",
        "area_name": "Nowhere", "la": "999", "breakdown": "phase=Total; characteristic=Total",
        "indicator": "absence_rate", "label": "Absence rate", "unit": "%", "decimals": 1, "value": 641_000,
        "value_symbol": None,
    }  # fmt: skip
    assert notes[0] == "periods 2022/23 to 2023/24; 2 indicators"
    assert notes[1] == "rows by level: local-authority 2, national 3, regional 1, school 1"


def test_what_is_withheld_missing_or_not_applicable_is_never_0(written):
    rows, notes = read(written())
    symbols = [
        (row["level"], row["indicator"], row["value"], row["value_symbol"]) for row in rows if row["value_symbol"]
    ]
    assert symbols == [
        ("local-authority", "enrolments", None, "c"),
        ("local-authority", "absence_rate", None, "c"),
        ("school", "enrolments", None, "low"),
        ("school", "absence_rate", None, "z"),
        ("national", "absence_rate", None, "x"),
    ]
    assert notes[-1] == "figures that the source does not give, none of them taken for 0: 2 [c], 1 [low], 1 [x], 1 [z]"


@pytest.mark.parametrize(("newest", "symbol"), [("201718", "c"), ("201819", "x"), ("202324", "x")])
def test_the_newest_period_of_the_file_says_what_x_means(written, newest, symbol):
    """Rule 10: until 2018 a printed x meant withheld. A later file that goes back that far means it as today."""
    old = ROWS[0].replace("202223", "201617").replace(",7.4", ",x")
    rows, notes = read(written(text(TIDY, [old, ROWS[1].replace("202324", newest)])))
    assert rows[1]["value_symbol"] == symbol
    word = "withheld" if symbol == "c" else "not available"
    assert f"x is read as {word}: the newest period of the file is {newest[:4]}/{newest[4:]}" in notes


@pytest.mark.parametrize("written_for_nothing", ["", "NA", "NULL", "N/A", ".", "-", ".."])
def test_nothing_is_not_available_and_said(written, written_for_nothing):
    rows, notes = read(written(text(TIDY, [ROWS[0].replace(",7.4", f",{written_for_nothing}")])))
    assert (rows[1]["value"], rows[1]["value_symbol"]) == (None, "x")
    assert (written_for_nothing == "..") != any("which the standard does not allow" in note for note in notes)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("202324,Academic", "2023,Academic", "time_period"),
        ("202324,Academic", "202325,Academic", "time_period"),
        ("Academic year", "Calendar year", "time_period"),
        ("Academic year", "Term", "time_identifier"),
        ("Local authority", "Borough", "geographic_level"),
        ("999,E08000999", ",", "new_la_code"),
        ("999,E08", "99,E08", "la"),
        (",Special,", ",,", "phase"),
        ("Girls,c", "Girls,few", "enrolments"),
        ("Girls,c", "Girls,3%", "enrolments"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(written, old, new, column):
    assert set(faults(written(text(TIDY, [ROWS[0], ROWS[4].replace(old, new)])))) == {("absence.csv row 3", column)}


def test_one_figure_stands_there_once(written):
    (first, second) = faults(written(text(TIDY, [ROWS[0], ROWS[0]])))
    assert first[0] == second[0] == "absence.csv row 3"
    assert "breakdown" in first[1]


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (text(META, META_ROWS[1:]), [("absence.csv", "phase")]),
        (text(META, [*META_ROWS, "extra,Indicator,Extra,,,,,"]), [("absence.csv", "extra")]),
        (text(META, [*META_ROWS, META_ROWS[0]]), [("absence.meta.csv row 6", "col_name")]),
        (text(META, [META_ROWS[0].replace("Filter", "Label")]), [("absence.meta.csv row 2", "col_type")]),
        (text(META, [META_ROWS[2].replace(",0,", ",few,")]), [("absence.meta.csv row 2", "indicator_dp")]),
        (text(META, META_ROWS[:2]), [("absence.meta.csv", "")]),
        (text(META, [*META_ROWS, "la_name,Filter,LA,,,,,"]), [("absence.meta.csv", "la_name")]),
        (text("a,b", ["1,2"]), [("absence.meta.csv", name) for name in ("col_name", "col_type", "label")]),
    ],
)
def test_both_files_must_speak_of_the_same_columns(written, meta, expected):
    assert faults(written(meta=meta)) == expected


def test_without_a_metadata_file_columns_are_told_by_what_stands_in_them(written, workspace):
    with_metadata, _ = read(written())
    without, notes = read(written(meta=None, name="alone"))
    kept = ("time_period", "area", "indicator", "value", "value_symbol")
    assert [[row[name] for name in kept] for row in without] == [[row[name] for name in kept] for row in with_metadata]
    assert without[0]["breakdown"] == "phase=Total; characteristic_group=Total; characteristic=Total"
    assert "for indicators enrolments, absence_rate" in next(note for note in notes if "no metadata file" in note)


AGES = (
    "202324,Academic year,National,E92000001,England,4,7100,7.1",
    "202324,Academic year,National,E92000001,England,5,7200,6.9",
)
AGED = "time_period,time_identifier,geographic_level,country_code,country_name,age,enrolments,absence_rate"


def test_what_may_divide_the_rows_is_asked_with_the_option_that_says_it(written, workspace):
    """Ages are whole numbers as counts are; only a person can say. A column with decimals divides nothing."""
    path = written(text(AGED, AGES), meta=None)
    with pytest.raises(BadSource) as error:
        read(path)
    assert [fault.field for fault in error.value.faults] == ["age", "enrolments"]
    assert "--filter age or --indicator age" in error.value.shown()
    said = Said(filters=("age",), indicators=("enrolments",))
    add_dataset(workspace, KIND, path, loaded_on=TODAY, said=said)
    catalogue = Catalogue.load(workspace)
    rows = catalogue.read(catalogue.current[0]).to_pylist()
    assert [(row["breakdown"], row["indicator"]) for row in rows][:2] == [
        ("age=4", "enrolments"), ("age=4", "absence_rate"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "said", [Said(filters=("nothing",)), Said(filters=("age",), indicators=("age",)), Said(indicators=("time_period",))]
)
def test_what_is_said_must_be_of_the_file(written, workspace, said):
    with pytest.raises(BadSource):
        add_dataset(workspace, KIND, written(text(AGED, AGES), meta=None), loaded_on=TODAY, said=said)


def test_nothing_may_be_said_against_a_metadata_file_or_of_other_kinds(written, workspace):
    with pytest.raises(BadSource, match="leave out --filter"):
        add_dataset(workspace, KIND, written(), loaded_on=TODAY, said=Said(filters=("phase",)))
    with pytest.raises(BadParameters, match="are of tidy files"):
        add_dataset(workspace, "gias-links", written(), loaded_on=TODAY, said=Said(filters=("phase",)))


def test_the_command_takes_what_is_said(written, workspace, monkeypatch, capsys):
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    path = str(written(text(AGED, AGES), meta=None))
    with pytest.raises(SystemExit) as ended:
        main(["data", "add", path, "--filter", "age", "--indicator", "enrolments"])
    assert not ended.value.code
    assert "4 rows" in capsys.readouterr().out


def test_the_metadata_file_alone_is_explained(written, workspace):
    path = written().with_name("absence.meta.csv")
    with pytest.raises(BadSource, match="the metadata file of a tidy file"):
        add_dataset(workspace, KIND, path, loaded_on=TODAY)


def test_it_is_recognised_and_kept_beside_others_of_its_kind(written, workspace):
    path = written(name="1_Absence 3term")
    assert kind_of(path) == KIND
    first = add_dataset(workspace, KIND, path, loaded_on=TODAY).dataset
    second = add_dataset(workspace, KIND, path, loaded_on=TODAY, name="Exclusions").dataset
    assert [first.dataset, second.dataset] == [f"{KIND}/1-absence-3term", f"{KIND}/exclusions"]
    again = add_dataset(workspace, KIND, path, loaded_on=TODAY).dataset
    assert {str(entry) for entry in Catalogue.load(workspace).current} == {again.dataset, second.dataset}
    assert check_data(workspace) == ()


def test_only_such_files_have_names(workspace, census_file):
    with pytest.raises(BadParameters, match="one data set of census"):
        add_dataset(workspace, "census", census_file(count=1), "2025/26-autumn", loaded_on=TODAY, name="mine")


def test_the_command_loads_it(written, workspace, monkeypatch, capsys):
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    with pytest.raises(SystemExit) as ended:
        main(["data", "add", str(written()), "--name", "absence-2024"])
    assert not ended.value.code
    assert f"Loaded {KIND}/absence-2024: 14 rows." in capsys.readouterr().out


def test_more_figures_than_are_kept_are_refused(written, monkeypatch):
    monkeypatch.setattr(tidy, "MOST_FIGURES", 5)
    with pytest.raises(BadSource, match="fewer levels, years or indicators"):
        read(written())


@pytest.mark.parametrize(
    ("identifier", "text", "period"),
    [
        ("Academic year", "199900", "1999/00"), ("Autumn term", "202324", "2023/24"), ("Week 7", "2024", "2024"),
        ("Calendar year", "202324", None), ("Financial year Q4", "2023", None), ("Academic year", "２０２３24", None),
    ],
)  # fmt: skip
def test_how_a_period_is_written_follows_its_identifier(identifier, text, period):
    assert period_of(text, IDENTIFIERS[identifier][1]) == period


def test_every_level_of_the_standard_has_a_code_and_a_name():
    assert all(level.codes and level.name for level in LEVELS.values())
    assert len(IDENTIFIERS) > 80
