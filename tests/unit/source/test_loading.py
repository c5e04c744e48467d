"""Loading: a good file becomes a data set; any other leaves nothing behind, and says all that is wrong with it."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from good_rows import as_file, good_row

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source import catalogue as catalogue_module
from kdsp_lib.source import load as load_module
from kdsp_lib.source import reading
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.load import KINDS, add_dataset, check_data, read_file, sign_off

TODAY = date(2025, 10, 20)
ROW = "p1,990001,C,3,WBRI,english,true,targeted,true,K,SLCN,false,false,false"


def places(error) -> list[tuple[str, str]]:
    return [(fault.place, fault.field) for fault in error.value.faults]


def test_a_good_file_becomes_the_current_data_set(workspace, census_file, load):
    loaded = load(census_file(count=3))
    assert Catalogue.load(workspace).dataset("census", "2025/26-autumn") == loaded.dataset
    assert loaded.dataset.rows == 3
    assert loaded.dataset.categories == ("pupil-characteristics", "sen")
    assert loaded.dataset.signed_off is False


def test_data_that_could_never_be_used_is_refused(workspace, census_file):
    with pytest.raises(BadParameters, match="never be used"):
        add_dataset(
            workspace, "census", census_file(count=1), "2025/26-autumn", loaded_on=TODAY,
            not_before=date(2026, 1, 1), use_by=date(2026, 1, 1),
        )  # fmt: skip


def test_pupils_rows_come_with_the_warning(workspace, census_file, load, made, tmp_path):
    assert "not yet for real pupils" in load(census_file(count=1)).warnings[0]
    source = Catalogue.load(made)
    path = source.path(source.dataset("establishments"))
    assert add_dataset(workspace, "establishments", path, loaded_on=TODAY).warnings == ()


def test_columns_may_stand_in_any_order(workspace, tmp_path, load, census_file):
    first = load(census_file(count=2)).dataset.snapshot
    table = pyarrow.csv.read_csv(tmp_path / "census.csv", convert_options=_as_text())
    turned = table.select(table.column_names[::-1])
    pyarrow.csv.write_csv(turned, tmp_path / "turned.csv")
    assert load(tmp_path / "turned.csv").dataset.snapshot == first


def _as_text():
    names = KINDS["census"].contract.names
    return pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))


@pytest.mark.parametrize("kind", CONTRACTS)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_made_up_tables_come_back_from_files_as_they_were(made, workspace, tmp_path, kind, form):
    """Case 53: names that break careless readers come through a file and back unchanged."""
    source = Catalogue.load(made)
    contract = KINDS[kind].contract
    period = "2025/26-autumn" if contract.termly else "2025/26" if contract.yearly else None
    entry = source.dataset(kind, period)
    path = tmp_path / f"any.{form}"
    if form == "csv":
        pyarrow.csv.write_csv(source.read(entry), path)
    else:
        pq.write_table(source.read(entry), path, compression="snappy", row_group_size=5_000)
    loaded = add_dataset(workspace, kind, path, period, loaded_on=TODAY)
    assert loaded.dataset.snapshot == entry.snapshot


def test_loading_the_same_again_keeps_one_snapshot(workspace, census_file, load):
    load(census_file(count=3))
    load(census_file(count=3))
    assert len(list((workspace.data / "snapshots").iterdir())) == 1
    assert [entry.current for entry in Catalogue.load(workspace).datasets] == [False, True]


def test_all_faults_come_at_once_each_with_its_place(workspace, census_file, load, listing):
    path = census_file(
        ROW,
        ROW.replace("p1", "p2").replace("990001", "99001"),
        ROW.replace("p1", "p3").replace("WBRI", "").replace("true,targeted", "maybe,targeted"),
        ROW,
        "p5,990001,C",
    )
    with pytest.raises(BadSource) as error:
        load(path)
    assert places(error) == [
        ("census.csv row 3", "urn"),
        ("census.csv row 4", "fsm"),
        ("census.csv row 4", "ethnicity"),
        ("census.csv row 5", "enrol_status"),
        ("census.csv row 5", "pupil_key + urn"),
        ("census.csv row 6", ""),
    ]
    assert listing(workspace.root) == {"kdsp.toml"}


def test_a_value_that_cannot_be_read_is_not_called_missing_too(census_file, load):
    with pytest.raises(BadSource) as error:
        load(census_file(ROW.replace("false,false,false", "false,false,no")))
    assert places(error) == [("census.csv row 2", "service_child")]


@pytest.mark.parametrize("name", [b"Zo\xeb", b"Zo\0"])
def test_a_file_that_cannot_be_read_on_is_not_called_empty_too(workspace, tmp_path, name):
    """One fault, with its row: rows it has."""
    path = tmp_path / "pupils.csv"
    path.write_bytes(as_file("pupils", "csv", [{**good_row("pupils"), "forename": "NAME"}]).replace(b"NAME", name))
    with pytest.raises(BadSource) as refused:
        add_dataset(workspace, "pupils", path, loaded_on=TODAY)
    assert places(refused) == [("pupils.csv row 2", "")]


def test_faults_never_repeat_what_a_row_says(census_file, load):
    secret = "Xanthippe-Rumpelstiltskin"
    with pytest.raises(BadSource) as error:
        load(census_file(ROW.replace("WBRI", secret), ROW.replace("p1", secret + "!").replace("true", secret)))
    assert secret not in error.value.shown()
    assert secret not in str(error.value.to_json())


def test_very_many_faults_are_counted(census_file, load):
    rows = [ROW.replace("p1", f"p{n}").replace("WBRI", "?") for n in range(500)]
    with pytest.raises(BadSource, match="500 faults") as error:
        load(census_file(*rows))
    assert len(error.value.faults) == reading.MOST_FAULTS + 1
    assert "and 300 more" in error.value.faults[-1].text


def _bytes_of_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("census.csv", b"0" * 10_000_000)
    return packed.getvalue()


def _parquet(table: pa.Table, **settings) -> bytes:
    packed = io.BytesIO()
    pq.write_table(table, packed, **settings)
    return packed.getvalue()


HEADER = (
    "pupil_key,urn,enrol_status,ncyear,ethnicity,language,fsm,fsm_basis,fsm6,sen_provision,sen_type,lac,young_carer,"
    "service_child\n"
)
GOOD = (HEADER + ROW + "\n").encode()
MALFORMED = {
    "empty": b"",
    "only a line break": b"\n",
    "a header and no rows": HEADER.encode(),
    "no header": (ROW + "\n").encode(),
    "a column is missing": GOOD.replace(b"ethnicity,", b"").replace(b"WBRI,", b""),
    "a column too many": (HEADER.strip() + ",surname\n" + ROW + ",Smith\n").encode(),
    "a column twice": (HEADER.strip() + ",urn\n" + ROW + ",990001\n").encode(),
    "semicolons": GOOD.replace(b",", b";"),
    "tabs": GOOD.replace(b",", b"\t"),
    "another table": b"urn,laestab,name\n990001,0012000,A\n",
    "letters where a yes or no belongs": GOOD.replace(b"true,targeted", b"Y,targeted"),
    "cut off in a row": GOOD[:-20],
    "cut off in a quotation": GOOD[:-30] + b'"fal',
    "a quotation closed too early": GOOD.replace(b"WBRI", b'"WB"RI'),
    "a quotation never closed": GOOD.replace(b"WBRI", b'"WBRI') + GOOD * 3000,
    "a code that is none": GOOD.replace(b"WBRI", b"XXXX"),
    "blanks round a code": GOOD.replace(b"WBRI", b" WBRI "),
    "the same row twice": GOOD + ROW.encode() + b"\n",
    "another encoding": GOOD.replace(b"SLCN", "Ł".encode("utf-16-le")),
    "Latin-1": GOOD.replace(b"SLCN", "é".encode("latin-1")),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "NUL characters": GOOD.replace(b"WBRI", b"WB\0RI"),
    "a giant line": HEADER.encode() + b"a" * 300_000,
    "a giant header": b"a" * 300_000,
    "gzip": gzip.compress(GOOD * 1000),
    "zip": _bytes_of_zip(),
    "zstd": pa.compress(GOOD, codec="zstd", asbytes=True),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a program": b"\x7fELF" + bytes(200),
    "Parquet of something else": _parquet(pa.table({"a": [1]})),
    "half a Parquet file": _parquet(pa.table({"a": list(range(1000))}))[:-50],
    "the start of Parquet": b"PAR1",
    "Parquet's start and noise": b"PAR1" + bytes(range(256)) * 4 + b"PAR1",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_leaves_nothing_behind(workspace, tmp_path, load, listing, case):
    path = tmp_path / "census.csv"
    path.write_bytes(MALFORMED[case])
    with pytest.raises(BadSource) as error:
        load(path)
    assert error.value.remedy
    assert listing(workspace.root) == {"kdsp.toml"}


def test_after_a_malformed_file_the_earlier_data_set_stands(workspace, census_file, load, tmp_path):
    before = load(census_file(count=2)).dataset
    (tmp_path / "bad.csv").write_bytes(MALFORMED["cut off in a row"])
    with pytest.raises(BadSource):
        load(tmp_path / "bad.csv")
    assert Catalogue.load(workspace).datasets == (before,)


def test_utf8_with_its_mark_and_windows_line_ends_is_read(census_file, tmp_path, load):
    path = census_file(count=2)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path).dataset.rows == 2


def test_rows_beyond_the_limit_are_not_read(census_file, load, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 10)
    with pytest.raises(BadSource, match="more than 10 rows"):
        load(census_file(count=11))


def census_table(rows: int = 1, **columns) -> pa.Table:
    contract = KINDS["census"].contract
    values = dict(zip(contract.names, ROW.split(","), strict=True))
    good = {
        name: pa.array([value == "true" if value in ("true", "false") else value] * rows)
        for name, value in values.items()
    }
    good["pupil_key"] = pa.array([f"p{n}" for n in range(rows)])
    return pa.table({**good, **columns})


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("fsm", ["true"]),
        ("fsm", [1]),
        ("urn", [990001]),
        ("ncyear", [3.0]),
        ("ethnicity", [["WBRI"]]),
        ("language", [None]),
    ],
)
def test_parquet_in_other_types_is_read_where_it_says_the_same(tmp_path, load, column, values):
    path = tmp_path / "census.parquet"
    pq.write_table(census_table(**{column: pa.array(values)}), path)
    if values == ["true"]:
        assert load(path).dataset.rows == 1
    else:
        with pytest.raises(BadSource) as error:
            load(path)
        assert {fault.field for fault in error.value.faults} == {column}


def test_a_parquet_file_of_one_huge_value_many_times_is_not_spread_out(tmp_path, load):
    """Packed it is a few kilobytes; as rows it would be 100 GB."""
    rows = 200_000
    huge = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 500_000]))
    path = tmp_path / "census.parquet"
    pq.write_table(census_table(rows, ethnicity=huge), path, compression="zstd")
    assert path.stat().st_size < 3_000_000
    with pytest.raises(BadSource, match="500,000 bytes"):
        load(path)


def test_a_parquet_file_of_more_rows_than_allowed_is_refused_by_its_footer(tmp_path, load, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 10)
    pq.write_table(census_table(11), tmp_path / "census.parquet")
    with pytest.raises(BadSource, match="more than 10 rows"):
        load(tmp_path / "census.parquet")


@pytest.mark.parametrize("name", ["census.parquet", "census.pq"])
def test_a_csv_file_called_parquet_is_told_apart(tmp_path, load, name):
    (tmp_path / name).write_bytes(GOOD)
    with pytest.raises(BadSource, match="whatever its name says"):
        load(tmp_path / name)


@pytest.mark.parametrize("path", ["nowhere.csv", ".", "/dev/zero"])
def test_what_is_no_file_is_refused(tmp_path, load, path):
    with pytest.raises(BadSource, match="is not a file"):
        load(tmp_path / path)


@pytest.mark.parametrize(
    ("kind", "period"),
    [("census", None), ("census", "2025/26"), ("pupils", "2025/26-autumn"), ("census", "2025-autumn"), ("pupil", None)],
)
def test_kind_and_period_have_to_agree(workspace, census_file, listing, kind, period):
    with pytest.raises(BadParameters):
        add_dataset(workspace, kind, census_file(count=1), period, loaded_on=TODAY)
    assert listing(workspace.root) == {"kdsp.toml"}


def test_where_the_catalogue_cannot_be_written_no_snapshot_stays(workspace, census_file, load, monkeypatch):
    def fail(*arguments, **named):
        raise OSError("the disk is full")

    monkeypatch.setattr(catalogue_module, "write_atomically", fail)
    with pytest.raises(OSError, match="full"):
        load(census_file(count=2))
    assert list((workspace.data / "snapshots").iterdir()) == []


def test_signing_off_is_a_step_of_its_own(workspace, census_file, load):
    load(census_file(count=2))
    assert sign_off(workspace, "census", "2025/26-autumn").signed_off
    assert Catalogue.load(workspace).dataset("census", "2025/26-autumn").signed_off


def test_checking_finds_nothing_wrong_with_the_made_up_authority(made):
    assert check_data(made) == ()


def test_checking_finds_what_was_tampered_with_and_who_refers_to_nobody(spoilt, census_file):
    path = Catalogue.load(spoilt).path(Catalogue.load(spoilt).dataset("registrations"))
    path.write_bytes(path.read_bytes()[:-1])
    add_dataset(spoilt, "census", census_file(count=2), "2024/25-autumn", loaded_on=TODAY)
    faults = check_data(spoilt)
    assert [(fault.place, fault.field) for fault in faults] == [
        ("registrations", ""),
        ("census 2024/25-autumn row 1", "pupil_key"),
        ("census 2024/25-autumn row 2", "pupil_key"),
    ]


def test_every_kind_is_data_and_leads_to_a_contract():
    assert all(kind.contract.table == kind.table and kind.name == name for name, kind in KINDS.items())
    assert load_module.kind_named("census").contract.termly


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace(",", ";"), "its values must be separated by commas"),
        (lambda text: text.partition("\n")[2], "its first row must name the columns: pupil_key, upn"),
        (lambda text: f"Our pupils,,,,,,,,\n{text}", "its first row must name the columns: pupil_key, upn"),
        (lambda text: text.replace("\n", "\r"), "its lines end as those of old computers did"),
        (lambda text: text.replace("\n", ",\n"), "has a column without a name"),
        (lambda text: text.replace("dob", "DOB", 1), "must be written as dob, without capitals or spaces"),
    ],
)
def test_a_header_that_went_wrong_on_the_way_is_one_fault_that_says_how(tmp_path, change, told):
    """And not a fault for each of its columns."""
    path = tmp_path / "pupils.csv"
    path.write_bytes(change(as_file("pupils", "csv", [good_row("pupils")]).decode().replace("\r\n", "\n")).encode())
    with pytest.raises(BadSource) as refused:
        read_file(KINDS["pupils"], path, None)
    (fault,) = refused.value.faults
    assert told in fault.text
