"""The made-up authority as files, read again: what a School Census says comes back as it was."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from kdsp_lib.analyse import outcome
from kdsp_lib.errors import BadSource
from kdsp_lib.source import load
from kdsp_lib.source.adding import RETURNS, add_files
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.files import (
    BY_UPN,
    EARLIER,
    FAULTY,
    FAULTY_TABLES,
    FAULTY_TRANSFERS,
    KNOWN_FAULTS,
    KNOWN_TRANSFER_FAULTS,
    LIST,
    PERFORMANCE,
    PERFORMANCE_FILES,
    PUPILS,
    STATISTICS,
    write_files,
)
from kdsp_lib.source.demo.known_fault import KNOWN_CELL_FAULTS
from kdsp_lib.source.demo.name import ODDITIES
from kdsp_lib.source.demo.reading_again import MOST_OF_PUPILS, read_files
from kdsp_lib.source.file_kind import kind_of
from kdsp_lib.source.load import KINDS, add_dataset, check_data
from kdsp_lib.source.quarantine import aside_of
from kdsp_lib.source.school_census.loading import KIND
from kdsp_lib.source.transfer_file.loading import KIND as TRANSFER
from kdsp_lib.source.workspace import init_workspace

TODAY = date(2026, 2, 2)
SCHOOLS = 5
"""So many of each kind are read: the first ones, and the last, among them the college and the pupil referral unit."""
TERMS = ("2025-26-autumn", "2025-26-spring", "2025-26-summer")
NOT_SAID = {"census": {"lac", "fsm_basis"}, "pupils": {"idaci_decile", "upn"}}
"""Of no School Census; and which of a pupil's numbers is the present one is told apart below."""


@pytest.fixture(scope="module")
def files(made, tmp_path_factory):
    """The files of the made-up authority, with faults, in a copy of its workspace."""
    import shutil

    from kdsp_lib.source.workspace import read_workspace

    root = tmp_path_factory.mktemp("files") / "copy"
    shutil.copytree(made.root, root)
    return write_files(read_workspace(root), faults=True)


@pytest.fixture(scope="module")
def read_again(made, files, tmp_path_factory):
    """A workspace that has read the returns of some schools, term by term."""
    workspace = init_workspace(tmp_path_factory.mktemp("again"))
    catalogue = Catalogue.load(made)
    schools = catalogue.path(catalogue.dataset("establishments"))
    add_dataset(workspace, "establishments", schools, loaded_on=TODAY)
    for term in TERMS:
        chosen = tmp_path_factory.mktemp(term)
        returns = sorted((files / "school-census" / term).iterdir())
        for path in (*returns[:SCHOOLS], *returns[-SCHOOLS:]):
            (chosen / path.name).symlink_to(path)
        add_files(workspace, KIND, chosen, loaded_on=TODAY)
    return workspace


@pytest.fixture(scope="module")
def both(made, read_again):
    """The rows of a data set as they were made, and as they were read; pupils by UPN, since keys are random."""
    was, now = Catalogue.load(made), Catalogue.load(read_again)
    upns = {
        id(catalogue): {row["pupil_key"]: row["upn"] for row in catalogue.read(catalogue.dataset("pupils")).to_pylist()}
        for catalogue in (was, now)
    }
    urns = {row["urn"] for row in now.read(now.dataset("census", "2025/26-spring")).to_pylist()}

    def rows(catalogue, name, period):
        drop = NOT_SAID.get(name, set())
        found = set()
        for row in catalogue.read(catalogue.dataset(name, period)).to_pylist():
            if row.get("urn") in urns or "urn" not in row:
                row["pupil_key"] = upns[id(catalogue)][row["pupil_key"]]
                found.add(tuple(value for column, value in row.items() if column not in drop))
        return found

    return lambda name, period=None: (rows(was, name, period), rows(now, name, period))


@pytest.mark.parametrize("term", ["autumn", "spring", "summer"])
def test_a_census_comes_back(both, term):
    made, again = both("census", f"2025/26-{term}")
    assert again == made
    assert len(again) > 1_000


@pytest.mark.parametrize("term", ["autumn", "spring"])
def test_attendance_comes_back_from_the_census_after(both, term):
    made, again = both("attendance", f"2025/26-{term}")
    assert again == made


def test_suspensions_come_back_from_the_second_census_after(both):
    made, again = both("suspensions", "2025/26-autumn")
    assert again == made
    assert again


def test_pupils_and_their_registrations_come_back(both):
    made, again = both("pupils")
    assert again <= made
    made, again = both("registrations")
    assert again <= made
    assert len(again) > 1_000


def test_names_that_break_careless_readers_come_back(files, both):
    """Case 53."""
    made, again = both("pupils")
    names = {(row[2], row[3]) for row in made}
    assert {(row[2], row[3]) for row in again} <= names
    assert names >= set(ODDITIES)


def test_former_numbers_come_back(both):
    made, again = both("former-upns")
    assert again <= made
    assert again


def test_what_was_read_keeps_its_contracts(read_again):
    assert check_data(read_again) == ()


def test_results_of_those_who_left_come_back_from_their_transfer_files(made, files, both, read_again):
    """The files of one school are enough: each is of those who left it for one other."""
    from kdsp_lib.source.demo.files import TRANSFERS

    school = next(
        path.name[:7] for path in sorted((files / TRANSFERS).iterdir()) if "<StageAssessment>" in path.read_text()
    )
    catalogue = Catalogue.load(read_again)
    before = catalogue.read(catalogue.dataset("pupils")).num_rows
    for path in sorted((files / TRANSFERS).glob(f"{school}_CTF_*")):
        add_files(read_again, TRANSFER, path, loaded_on=TODAY)
    was, now = Catalogue.load(made), Catalogue.load(read_again)
    assert now.read(now.dataset("pupils")).num_rows == before, "all were known already"
    rows = [catalogue.read(catalogue.dataset("results", "2025/26")).to_pylist() for catalogue in (was, now)]
    known = [{row["pupil_key"]: row["upn"] for row in c.read(c.dataset("pupils")).to_pylist()} for c in (was, now)]
    results = [{(keys[r.pop("pupil_key")], *r.values()) for r in each} for keys, each in zip(known, rows, strict=True)]
    assert results[1]
    assert results[1] <= results[0]


@pytest.fixture(scope="module")
def with_pupils(made, files):
    """The workspace that the files were written from: it knows whose the UPNs are."""
    from kdsp_lib.source.workspace import read_workspace

    return read_workspace(files.parent)


@pytest.mark.parametrize("name", ["results-2025-26.csv", "attendance-reasons-2025-26-autumn.csv"])
def test_tables_by_upn_come_back_with_keys_in_their_place(made, files, with_pupils, name):
    """And neither file nor key says which pupil it is to somebody who has the table alone."""
    from kdsp_lib.source.by_upn import names_by_upn, read_by_upn
    from kdsp_lib.source.contract import contract_of

    kind, period = ("results", "2025/26") if name.startswith("res") else ("attendance-reasons", "2025/26-autumn")
    was = Catalogue.load(made)
    assert names_by_upn(files / PUPILS / name, contract_of(kind))
    reading = read_by_upn(files / PUPILS / name, contract_of(kind), was)
    assert reading.faults == []
    assert reading.table.to_pylist() == was.read(was.dataset(kind, period)).to_pylist()


def test_every_reader_of_what_others_write_reads_a_file_of_the_made_up_authority(files, with_pupils):
    """Whatever kind has a reader of its own, or names pupils by UPN; the demo does the same."""
    own = {name for name, kind in KINDS.items() if kind.read is not load._own} - {"establishments"}
    found = read_files(files, with_pupils)
    assert {*own, *RETURNS, *BY_UPN, "pupil-premium"} == set(found)
    assert (found[KIND], found["performance-tables-ks4"]) == (MOST_OF_PUPILS, 2)


def test_the_premium_list_comes_back_by_its_own_columns(made, files, with_pupils):
    """And is told from other files that name pupils by UPN."""
    path = files / PUPILS / "pupil-premium-2025-26.csv"
    assert kind_of(path) == "pupil-premium"
    add_dataset(with_pupils, "pupil-premium", path, "2025/26", loaded_on=TODAY)
    was, now = (
        c.read(c.dataset("pupil-premium", "2025/26")).to_pylist() for c in map(Catalogue.load, (made, with_pupils))
    )
    assert now == was
    assert any(row["service_child"] and not row["deprivation"] for row in now)


def baccalaureate_of(results):
    """Each pupil's leaf and points of the English Baccalaureate, as tables of reports take them from results."""
    import duckdb
    import ibis

    table = ibis.table(dict.fromkeys(results.column_names, "string"), name="results")
    wide = outcome.outcomes(table, outcome.BACCALAUREATE)
    asked = wide.mutate(leaf=outcome.baccalaureate(wide), points=outcome.baccalaureate_points(wide))
    with duckdb.connect() as connection:
        connection.register("results", results)
        frame = connection.execute(str(ibis.to_sql(asked, dialect="duckdb"))).df()
    at_end = frame[frame["leaf"] != "not-at-end"]
    return at_end["leaf"], at_end["points"]


@pytest.mark.parametrize("kind", sorted(PERFORMANCE_FILES))
def test_performance_tables_are_read(files, with_pupils, kind):
    """And they say what the pupils' data says: here, how many there are."""
    add_dataset(with_pupils, kind, files / PERFORMANCE / PERFORMANCE_FILES[kind], "2025/26", loaded_on=TODAY)
    catalogue = Catalogue.load(with_pupils)
    rows = catalogue.read(catalogue.dataset(kind, "2025/26")).to_pandas()
    assert 9 <= len(rows) <= 59
    if kind == "performance-tables-ks4":
        results = catalogue.read(catalogue.dataset("results", "2025/26")).to_pandas()
        points = results[results["component"] == "TOT"]["result"].astype(float)
        assert rows["tpup"].sum() == len(points)
        assert (rows["att8scr"].fillna(0) * rows["tpup"]).sum() / 100 == pytest.approx(
            points.sum(), abs=len(points) / 20
        )
        assert set(rows["p8mea_symbol"]) == {"x"}, "there is no Progress 8 of this year"
        leaves, of_six = baccalaureate_of(catalogue.read(catalogue.dataset("results", "2025/26")))
        entered = (rows["ptebacc_e"].fillna(0) * rows["tpup"]).sum() / 100_00
        assert entered == pytest.approx((~leaves.isin(["not-at-end", "not-entered"])).sum(), abs=len(points) / 200)
        points_of_six = (rows["ebaccaps"].fillna(0) * rows["tpup"]).sum() / 100 * 6
        assert points_of_six == pytest.approx(of_six.sum(), abs=len(points) * 6 / 200)
    if kind == "performance-tables-census":
        census = catalogue.read(catalogue.dataset("census", "2025/26-spring")).to_pandas()
        assert rows["nor"].sum() == census["enrol_status"].isin(["C", "M"]).sum(), "each pupil once (case 45)"


def test_the_last_progress_8_is_read_with_why_some_have_none(files, with_pupils):
    add_dataset(with_pupils, "performance-tables-ks4", files / PERFORMANCE / EARLIER, "2023/24", loaded_on=TODAY)
    catalogue = Catalogue.load(with_pupils)
    rows = catalogue.read(catalogue.dataset("performance-tables-ks4", "2023/24")).to_pylist()
    assert all(-200 <= row["p8mea"] <= 50 for row in rows if row["p8mea"] is not None)
    assert {row["p8mea_symbol"] for row in rows} == {None, "u"}


def test_statistics_are_read(files, with_pupils):
    """The school's rows of the tidy file add up to the authority's."""
    tidy = "explore-education-statistics"
    add_files(with_pupils, tidy, files / STATISTICS / "absence-by-school.csv", loaded_on=TODAY)
    catalogue = Catalogue.load(with_pupils)
    (entry,) = [each for each in catalogue.current if each.dataset.startswith(tidy)]
    rows = [row for row in catalogue.read(entry).to_pylist() if row["time_identifier"] == "spring-term"]
    missed = {
        level: sum(row["value"] for row in rows if row["indicator"] == "sess_overall" and row["level"] == level)
        for level in ("local-authority", "school")
    }
    assert missed["local-authority"] == missed["school"] > 0
    add_dataset(with_pupils, "lait-indicators", files / STATISTICS / "lait.csv", loaded_on=TODAY)
    catalogue = Catalogue.load(with_pupils)
    indicators = {row["indicator"]: row for row in catalogue.read(catalogue.dataset("lait-indicators")).to_pylist()}
    progress = indicators["Progress 8, average score"]
    assert (progress["value"], progress["value_symbol"]) == (None, "x")
    assert 320_000 <= indicators["Attainment 8, average score"]["value"] <= 370_000


@pytest.mark.parametrize("fault", KNOWN_CELL_FAULTS, ids=lambda fault: fault.file)
def test_every_known_fault_of_a_table_is_found_where_it_was_put(files, with_pupils, fault):
    with (files / FAULTY_TABLES / LIST).open(newline="") as listed:
        row = next(row for row in csv.DictReader(listed) if row["file"] == fault.file)
    """A row of a pupil is set aside; a table that is of no pupils, or has too many such rows, is refused."""
    try:
        (loaded,) = add_files(
            with_pupils, fault.kind, files / FAULTY_TABLES / fault.file, fault.period, loaded_on=TODAY
        )
        found = {
            (f"{each.file} row {each.line}", each.field.lower()) for each in aside_of(with_pupils.data, loaded.dataset)
        }
    except BadSource as error:
        found = {(each.place, each.field.lower()) for each in error.faults}
    assert (f"{row['file']} row {row['row']}", fault.column.lower()) in found


@pytest.mark.parametrize(
    ("kind", "folder", "number"),
    [(KIND, FAULTY, len(KNOWN_FAULTS)), (TRANSFER, FAULTY_TRANSFERS, len(KNOWN_TRANSFER_FAULTS))],
    ids=[KIND, TRANSFER],
)
def test_every_known_fault_is_found_where_it_was_put(files, read_again, kind, folder, number):
    with (files / folder / LIST).open(newline="") as listed:
        known = list(csv.DictReader(listed))
    assert len(known) == number
    with pytest.raises(BadSource) as error:
        add_files(read_again, kind, files / folder, loaded_on=TODAY)
    found = {(fault.place, fault.field) for fault in error.value.faults}
    assert {(f"{row['file']} line {row['line']}", row["field"]) for row in known} <= found
