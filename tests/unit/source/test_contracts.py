"""The contracts as data are complete, and each part of them refuses what breaks it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kdsp_lib.protocol.vocabulary import CATEGORIES, PHASES
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.checking import check_table
from kdsp_lib.source.contract import CONTRACTS, all_contracts, arrow_schema
from kdsp_lib.source.row_rule import ROW_RULES


def test_every_contract_names_only_what_there_is():
    for contract in all_contracts().values():
        assert set(contract.key) | set(contract.unique) | {rule.column for rule in contract.rules} <= set(
            contract.names
        )
        assert set(contract.categories) <= set(CATEGORIES)
        assert contract.holds_pupils == ("pupil_key" in contract.names)


def test_every_rule_of_a_row_has_its_test_and_every_test_a_rule():
    assert {rule.name for contract in all_contracts().values() for rule in contract.rules} == set(ROW_RULES)


def test_the_phases_are_the_registers():
    assert set(CONTRACTS["establishments"].column("phase").codes) <= set(PHASES)


def test_every_expectation_can_be_read():
    for contract in all_contracts().values():
        for column in contract.columns:
            assert column.expectation[0].isalpha()
            assert "[" not in column.expectation


@pytest.mark.parametrize("table", CONTRACTS)
def test_the_made_up_authority_keeps_its_contracts(made, table):
    catalogue = Catalogue.load(made)
    entry = next(entry for entry in catalogue.datasets if entry.dataset == table)
    rows = catalogue.read(entry)
    assert rows.schema.equals(arrow_schema(CONTRACTS[table]))
    assert check_table(rows, CONTRACTS[table]) == []


GOOD = {
    "establishments": {
        "urn": "990001", "laestab": "0012000", "name": "A", "phase": "primary", "type_group": "Academies",
        "trust": None,
        "gender": "mixed", "low_age": 3, "high_age": 11, "capacity": 210, "ward": "W", "open_date": None,
    },
    "pupils": {
        "pupil_key": "p1", "upn": "F340200024017", "upn_status": "permanent", "surname": "A", "forename": None,
        "dob": None, "sex": "F", "postcode": None, "idaci_decile": 3,
    },
    "registrations": {
        "pupil_key": "p1", "urn": "990001", "entry_date": None, "leave_date": None, "enrol_status": "C", "ncyear": "R",
    },
    "census": {
        "pupil_key": "p1", "urn": "990001", "enrol_status": "C", "ncyear": "3", "ethnicity": "WBRI",
        "language": "english", "fsm": True, "fsm_basis": "targeted", "fsm6": True, "sen_provision": "K",
        "sen_type": "SLCN", "lac": False, "young_carer": False, "service_child": False,
    },
    "attendance": {
        "pupil_key": "p1", "urn": "990001", "possible": 100, "authorised": 5, "unauthorised": 5, "late": 90,
    },
    "suspensions": {
        "pupil_key": "p1", "urn": "990001", "category": "SUSP", "start_date": None, "sessions": 3, "reason_1": "DB",
        "reason_2": None, "reason_3": None,
    },
    "results": {
        "pupil_key": "p1", "stage": "KS2", "subject": "MAT", "method": "TT", "component": "MTC", "qualifier": "MT",
        "result": "25",
    },
    "former-upns": {"pupil_key": "p1", "upn": "C34020501902A"},
}  # fmt: skip
"""A row of each, whose dates are put in below."""
UPNS = ("F340200024017", "G340205019123", "Q340461520001")
DAYS = {"open_date": 4000, "dob": 16000, "entry_date": 20000, "start_date": 20400}


def rows_of(table: str, *changes: dict) -> pa.Table:
    """Good rows, each with another pupil or establishment unless a change says which, and the changes."""
    own = "urn" if table == "establishments" else "pupil_key"
    keys = [{own: f"99000{n}" if own == "urn" else f"p{n}"} for n in range(1, len(changes) + 1)]
    if table in ("pupils", "former-upns"):
        keys = [{**key, "upn": upn} for key, upn in zip(keys, UPNS, strict=False)]
    rows = [{**GOOD[table], **key, **change} for key, change in zip(keys, changes, strict=True)]
    schema = arrow_schema(CONTRACTS[table])
    columns = []
    for field in schema:
        values = [row[field.name] if row[field.name] is not None else DAYS.get(field.name) for row in rows]
        columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=pa.schema([field.with_nullable(True) for field in schema]))


@pytest.mark.parametrize("table", CONTRACTS)
def test_a_good_row_has_no_fault(table):
    assert check_table(rows_of(table, {}), CONTRACTS[table]) == []


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("establishments", {"urn": "0990001"}, "urn"),
        ("establishments", {"urn": "99000１"}, "urn"),
        ("establishments", {"laestab": "12000"}, "laestab"),
        ("establishments", {"phase": "middle"}, "phase"),
        ("establishments", {"low_age": 12}, "high_age"),
        ("establishments", {"low_age": None}, "low_age"),
        ("establishments", {"capacity": -1}, "capacity"),
        ("pupils", {"upn": "A801200005001"}, "upn"),
        ("pupils", {"upn_status": "temporary"}, "upn_status"),
        ("pupils", {"upn": "C34020501902A"}, "upn_status"),
        ("pupils", {"idaci_decile": 11}, "idaci_decile"),
        ("pupils", {"sex": "f"}, "sex"),
        ("registrations", {"leave_date": 19999}, "leave_date"),
        ("registrations", {"enrol_status": "X"}, "enrol_status"),
        ("registrations", {"ncyear": "15"}, "ncyear"),
        ("census", {"fsm": False}, "fsm_basis"),
        ("census", {"fsm": None, "fsm_basis": None}, "fsm"),
        ("census", {"fsm_basis": None}, "fsm_basis"),
        ("census", {"sen_provision": "N"}, "sen_type"),
        ("census", {"sen_type": None}, "sen_type"),
        ("census", {"ethnicity": "WCOR"}, "ethnicity"),
        ("census", {"pupil_key": "p 1"}, "pupil_key"),
        ("suspensions", {"category": "FIXD"}, "category"),
        ("suspensions", {"reason_2": "XX"}, "reason_2"),
        ("results", {"result": "26"}, "result"),
        ("results", {"result": "GDS"}, "result"),
        ("results", {"stage": "Key stage 2"}, "stage"),
        ("former-upns", {"upn": "A801200005001"}, "upn"),
        ("attendance", {"authorised": 96}, "possible"),
        ("attendance", {"late": 91}, "late"),
        ("attendance", {"possible": 401}, "possible"),
    ],
)
def test_what_breaks_it_is_named_by_row_and_column(table, change, column):
    faults = check_table(rows_of(table, {}, change), CONTRACTS[table])
    assert [(fault.row, fault.column) for fault in faults] == [(1, column)]


@pytest.mark.parametrize(
    ("table", "column"),
    [(name, column.name) for name, contract in CONTRACTS.items() for column in contract.columns if not column.nullable],
)
def test_what_may_not_be_empty_is_missed(table, column):
    good = rows_of(table, {})
    place = good.column_names.index(column)
    empty = good.set_column(place, good.schema.field(column), pa.nulls(1, good.schema.field(column).type))
    assert (0, column) in {(fault.row, fault.column) for fault in check_table(empty, CONTRACTS[table])}


@pytest.mark.parametrize("table", CONTRACTS)
def test_a_key_stands_once(table):
    key = {name: GOOD[table][name] for name in CONTRACTS[table].key}
    faults = check_table(rows_of(table, key, key), CONTRACTS[table])
    assert " + ".join(CONTRACTS[table].key) in {fault.column for fault in faults if fault.row == 1}


def test_two_pupils_never_share_a_upn():
    faults = check_table(rows_of("pupils", {}, {"upn": UPNS[0]}), CONTRACTS["pupils"])
    assert [(fault.row, fault.column) for fault in faults] == [(1, "upn")]


def test_a_pupil_counts_at_one_establishment():
    """Case 45: main at one school and subsidiary at another is one pupil; main at both would be two."""
    dual = rows_of("census", {"enrol_status": "M"}, {"pupil_key": "p1", "urn": "990002", "enrol_status": "S"})
    twice = rows_of("census", {"enrol_status": "M"}, {"pupil_key": "p1", "urn": "990002", "enrol_status": "C"})
    assert check_table(dual, CONTRACTS["census"]) == []
    assert [(f.row, f.column) for f in check_table(twice, CONTRACTS["census"])] == [(1, "enrol_status")]
