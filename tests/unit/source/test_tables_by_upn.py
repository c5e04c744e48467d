"""Files that name pupils by UPN: joined to the pupils that are loaded, and no UPN is kept beside them."""

from __future__ import annotations

from datetime import date

import pytest

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.workspace import init_workspace, read_workspace

TODAY = date(2026, 2, 2)
NOW, BEFORE, STRANGER = "F340200024017", "C34020501902A", "G340205019123"
PUPILS = f"""pupil_key,upn,upn_status,surname,forename,dob,sex,postcode,idaci_decile
k1,{NOW},permanent,Null,Ann,2015-01-01,F,,
"""
ROLL = "upn,urn,entry_date,leave_date,enrol_status,ncyear\n"
HEADER = "upn,stage,subject,method,component,qualifier,result\n"


@pytest.fixture
def load(tmp_path):
    """Load results as text into a workspace with one pupil, who had a temporary number before; their rows then."""
    workspace = init_workspace(tmp_path)
    for name, text in (("pupils", PUPILS), ("former-upns", f"pupil_key,upn\nk1,{BEFORE}\n")):
        (tmp_path / f"{name}.csv").write_text(text)
        add_dataset(workspace, name, tmp_path / f"{name}.csv", loaded_on=TODAY)

    def loaded(text, kind="results", period="2025/26"):
        (tmp_path / "file.csv").write_text(text)
        add_dataset(workspace, kind, tmp_path / "file.csv", period, loaded_on=TODAY)
        catalogue = Catalogue.load(workspace)
        return catalogue.read(catalogue.dataset(kind, period)).to_pylist()

    return loaded


@pytest.mark.parametrize("upn", [NOW, BEFORE])
def test_a_present_or_former_upn_finds_its_pupil(load, upn):
    """Case 49."""
    (row,) = load(f"{HEADER}{upn},KS1,ENG,TT,PHO,PM,33\n")
    assert row == {
        "pupil_key": "k1", "stage": "KS1", "subject": "ENG", "method": "TT", "component": "PHO", "qualifier": "PM",
        "result": "33",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        (f"{STRANGER},KS1,ENG,TT,PHO,PM,33\n", [("file.csv", "", "has no pupil who is loaded")]),
        ("A340200024017,KS1,ENG,TT,PHO,PM,33\n", [("file.csv row 2", "upn", "its check letter is wrong")]),
        (
            f"{NOW},KS1,ENG,TT,PHO,PM,33\n{BEFORE},KS1,ENG,TT,PHO,PM,34\n",
            [("file.csv row 3", "pupil_key", "is there already")],
        ),
        (f"{NOW},KS2,MAT,TT,MTC,MT,26\n", [("file.csv row 2", "result", "must be 0 to 25")]),
        (f"{NOW},KS2,MAT,TT,MTC,MT,\n{STRANGER},K,MAT,TT,MTC,MT,2\n", [("file.csv row 2", "result", "empty")]),
    ],
)
def test_what_is_wrong_is_said_by_row_and_no_upn_is_repeated(load, rows, faults):
    """One pupil under two numbers is one pupil: the second of two equal results is there already."""
    with pytest.raises(BadSource) as error:
        load(HEADER + rows)
    for place, column, text in faults:
        assert any(
            place == found.place and column in found.field and text in found.text for found in error.value.faults
        ), error.value.faults
    assert len(set(map(str, error.value.faults))) == len(error.value.faults), "each is said once"
    assert not any(upn in str(error.value.faults) for upn in (NOW, BEFORE, STRANGER))


def test_results_of_nobody_who_is_loaded_are_set_aside_by_row_and_the_others_loaded(load, tmp_path):
    rows = f"{STRANGER},KS1,ENG,TT,PHO,PM,33\n{NOW},KS1,ENG,TT,PHO,PM,34\n{STRANGER},KS2,MAT,TT,MTC,MT,25\n"
    (row,) = load(HEADER + rows)
    assert (row["pupil_key"], row["result"]) == ("k1", "34")
    loaded = add_dataset(read_workspace(tmp_path), "results", tmp_path / "file.csv", "2025/26", loaded_on=TODAY)
    assert loaded.notes == ("2 of 3 rows set aside, whose UPN is no pupil's who is loaded: rows 2, 4",)


def test_a_roll_with_a_stranger_is_not_loaded_in_part(load):
    """All others are counted among who is on roll: a census that lacks some would be told as if it were whole."""
    with pytest.raises(BadSource) as error:
        load(f"{ROLL}{STRANGER},990001,2020-09-01,,C,1\n", "registrations", None)
    assert any(found.field == "upn" and "is no pupil's who is loaded" in found.text for found in error.value.faults)


def test_without_pupils_nobody_can_be_named_by_upn(tmp_path):
    (tmp_path / "file.csv").write_text(f"{HEADER}{NOW},KS1,ENG,TT,PHO,PM,33\n")
    with pytest.raises(BadSource) as error:
        add_dataset(init_workspace(tmp_path), "results", tmp_path / "file.csv", "2025/26", loaded_on=TODAY)
    assert "load the pupils" in error.value.faults[0].text


LIST = "UPN,DOB,DeprivationPupilPremium,ServiceChildPremium,AdoptedfromCarePremium,LookedAfterPremium\n"


def test_a_premium_list_is_read_as_it_is_downloaded_without_those_who_have_left(load):
    """By a present or a former UPN; who is on the list and not loaded is left out."""
    (row,) = load(f"{LIST}{STRANGER},,1,0,0,0\n{BEFORE},,0,1,0,1\n", "pupil-premium")
    assert row == {
        "pupil_key": "k1", "deprivation": False, "service_child": True, "adopted_from_care": False,
        "looked_after": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "place", "field", "text"),
    [
        (f"{STRANGER},,1,0,0,0\n", "file.csv", "", "no pupil who is loaded"),
        (f"{NOW},,Y,0,0,0\n", "file.csv row 2", "DeprivationPupilPremium", "1 or 0"),
        (f"\n{NOW},,1,0,0,0\n{BEFORE},,1,0,0,0\n", "file.csv row 4", "pupil_key", "is there already"),
        ("A340200024017,,1,0,0,0\n", "file.csv row 2", "upn", "its check letter is wrong"),
    ],
)
def test_what_is_wrong_with_a_premium_list_is_told_by_row(load, rows, place, field, text):
    with pytest.raises(BadSource) as error:
        load(f"{LIST}{rows}", "pupil-premium")
    (fault,) = error.value.faults
    assert (fault.place, fault.field) == (place, field)
    assert text in fault.text
