"""Common Transfer Files: what is written is read again; what cannot be kept is counted; what is wrong is refused."""

from __future__ import annotations

from datetime import date

import pytest
from transfer_files import PUPIL, TABLES_CHECK, transfer

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.source.adding import add_files
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.transfer_file.loading import KIND
from kdsp_lib.source.transfer_file.writing import UNKNOWN_DESTINATION, transfer_text

TODAY = date(2026, 1, 20)


@pytest.fixture
def loaded(authority, tmp_path):
    """Loads a transfer file by its text; the notes, and the rows of every data set there then is."""

    def load(text: str, name: str = "0012000_CTF_0012001_001.xml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        made = add_files(authority, KIND, path, loaded_on=TODAY)
        catalogue = Catalogue.load(authority)
        rows = {str(entry): catalogue.read(entry).to_pylist() for entry in catalogue.current}
        return [note for each in made for note in each.notes], rows

    return load


def test_a_file_is_named_by_who_sends_and_who_receives():
    assert transfer().file_name == "0012000_CTF_0012001_001.xml"
    assert transfer(destination=UNKNOWN_DESTINATION).file_name == "0012000_CTF_XXXXXXX_001.xml"


def test_its_version_is_the_school_year():
    text = transfer_text(transfer())
    assert "<CTFversion>25.0</CTFversion>" in text
    assert "<DocumentName>Common Transfer File</DocumentName>" in text


def test_what_is_written_is_read_again(loaded):
    notes, rows = loaded(transfer_text(transfer()))
    (pupil,) = rows["pupils"]
    assert {k: v for k, v in pupil.items() if k not in ("pupil_key", "idaci_decile")} == {
        k: v for k, v in PUPIL.items() if k not in ("pupil_key", "idaci_decile")
    }
    (spell,) = rows["registrations"]
    assert (spell["urn"], spell["entry_date"], spell["leave_date"], spell["ncyear"]) == (
        "990001", date(2020, 9, 1), date(2026, 1, 9), "5",
    )  # fmt: skip
    (result,) = rows["results 2024/25"]
    assert {k: v for k, v in result.items() if k != "pupil_key"} == {
        k: v for k, v in TABLES_CHECK.items() if k != "year"
    }
    assert [row["upn"] for row in rows["former-upns"]] == ["C34020501902A"]
    assert notes == ["1 files of 1 pupils", "1 years of attendance: not kept"]


def test_a_pupil_at_risk_goes_without_an_address_and_keeps_the_one_that_is_known(loaded):
    """Case 55."""
    assert "ZZ1 1AA" not in transfer_text(transfer(is_at_risk=True))
    loaded(transfer_text(transfer()))
    _, rows = loaded(transfer_text(transfer(is_at_risk=True)))
    assert rows["pupils"][0]["postcode"] == "ZZ1 1AA"


def test_a_result_that_comes_again_replaces_and_others_stay(loaded):
    loaded(transfer_text(transfer()))
    again = transfer_text(transfer()).replace("<Result>25</Result>", "<Result>24</Result>")
    _, rows = loaded(again)
    assert [row["result"] for row in rows["results 2024/25"]] == ["24"]
    assert len(rows["pupils"]) == 1


def test_targets_and_results_of_elsewhere_are_counted_and_left(loaded):
    text = transfer_text(transfer()).replace("<ResultStatus>R<", "<ResultStatus>T<")
    notes, rows = loaded(text)
    assert "1 assessments elsewhere, targets or estimates: not kept" in notes
    assert "results 2024/25" not in rows


def test_no_file_is_written_with_a_number_that_is_none():
    with pytest.raises(ValueError, match="valid UPNs"):
        transfer_text(transfer(upn="A801200005001"))


_OTHER_SENDER = "<SourceSchool><LEA>001</LEA><Estab>2001"
BAD = {
    "another document": ("Common Transfer File", "Another File", "DocumentName"),
    "no version": ("25.0", "25", "CTFversion"),
    "no date": ("2026-01-19T", "19/01/2026 ", "DateTime"),
    "another sender than its name": ("<SourceSchool><LEA>001</LEA><Estab>2000", _OTHER_SENDER, "Estab"),
    "UPN": ("<UPN>F", "<UPN>A", "UPN"),
    "former UPN": ("<FormerUPN>C", "<FormerUPN>D", "FormerUPN"),
    "sex": ("<Sex>F", "<Sex>Q", "Sex"),
    "mark beyond the check": ("<Result>25", "<Result>26", "result"),
    "result in words": ("<Result>25", "<Result>full marks", "Result"),
    "year of the assessment": ("<Year>2025</Year><Subject>", "<Year>24/25</Year><Subject>", "Year"),
    "left before coming": ("<LeavingDate>2026", "<LeavingDate>2016", "LeavingDate"),
    "cut off": ("</CTfile>", "", ""),
    "entities": ("<CTfile>", "<!DOCTYPE CTfile [<!ENTITY a 'b'>]><CTfile>", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_by_line_and_leaves_nothing(authority, loaded, listing, name):
    old, new, field = BAD[name]
    text = transfer_text(transfer())
    assert old in text
    before = listing(authority.root)
    with pytest.raises(BadSource) as error:
        loaded(text.replace(old, new, 1))
    assert field in {fault.field for fault in error.value.faults}
    assert all(fault.place.startswith("0012000_CTF_0012001_001.xml line ") for fault in error.value.faults)
    assert listing(authority.root) == before


def test_a_school_that_nobody_knows_is_refused(loaded):
    with pytest.raises(BadSource, match="no open establishment"):
        loaded(transfer_text(transfer()).replace("<Estab>2000<", "<Estab>2999<"), "any.xml")


def test_it_has_no_period(authority, tmp_path):
    with pytest.raises(BadParameters, match="leave --period out"):
        add_files(authority, KIND, tmp_path, "2025/26", loaded_on=TODAY)


def test_a_census_is_not_taken_for_one(authority, tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("<Message><Header><CollectionDetails/></Header></Message>")
    with pytest.raises(BadSource, match="looks like school-census-xml"):
        add_files(authority, KIND, path, loaded_on=TODAY)
