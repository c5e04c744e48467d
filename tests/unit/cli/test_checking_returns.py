"""``kdsp data check RETURNS --into DIR``: each school's own faults, and the exit code of bad data."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from kdsp_lib.cli.main import main
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.workspace import init_workspace

ESTABLISHMENT = (
    "urn,laestab,name,phase,type_group,trust,gender,low_age,high_age,capacity,ward,open_date\n"
    "990001,0012000,One,primary,Maintained,,mixed,4,11,210,W,1990-09-01\n"
)
RETURN = """<Message><Header><CollectionDetails><Collection>SC</Collection><Term>SPR</Term>
<ReferenceDate>2026-01-15</ReferenceDate></CollectionDetails><Source><LEA>001</LEA><Estab>2000</Estab></Source></Header>
<Pupils><PupilsOnRoll><PupilOnRoll><PupilIdentifiers><UPN>F340200024017</UPN><Surname>Ashdown</Surname><Sex>F</Sex>
<DOB>2017-05-03</DOB></PupilIdentifiers><PupilCharacteristics><Ethnicity>WBRI</Ethnicity><Language>ENG</Language>
</PupilCharacteristics><PupilStatus><EnrolStatus>C</EnrolStatus><EntryDate>2021-09-01</EntryDate>
<NCyearActual>4</NCyearActual></PupilStatus><SpecialEducationalNeeds><SENprovision>N</SENprovision>
</SpecialEducationalNeeds></PupilOnRoll></PupilsOnRoll></Pupils></Message>
"""


@pytest.fixture
def returns(tmp_path, monkeypatch):
    """A folder for returns, beside a workspace that knows one school."""
    workspace = init_workspace(tmp_path / "workspace")
    path = tmp_path / "establishments.csv"
    path.write_text(ESTABLISHMENT)
    add_dataset(workspace, "establishments", path, loaded_on=date(2026, 1, 1))
    monkeypatch.setenv("KDSP_WORKSPACE", str(workspace.root))
    (tmp_path / "returns").mkdir()
    return tmp_path / "returns"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_a_faulty_return_goes_back_to_its_school(returns, tmp_path, capsys):
    (returns / "one.xml").write_text(RETURN.replace("2017-05-03", "3 May 2017"))
    assert run("data", "check", str(returns), "--into", str(tmp_path / "out")) == 11
    said = capsys.readouterr()
    assert "1 of 1 schools have something to mend" in said.out
    assert "1 of 1 returns have faults" in said.err
    assert "one.xml line 4  DOB" in said.err
    with (tmp_path / "out" / "0012000.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[:4] for row in csv.reader(file)][1] == ["one.xml", "4", "DOB", "fault"]
    assert run("data", "add", "school-census-xml", str(returns)) == 11


def test_a_good_one_has_questions_at_most_and_can_be_loaded(returns, capsys):
    (returns / "one.xml").write_text(RETURN)
    assert run("data", "check", str(returns)) == 0
    said = capsys.readouterr().out
    assert "0 records to be set aside, 1 questions" in said
    assert "no fault" in said
    assert run("data", "add", "school-census-xml", str(returns)) == 0
    assert "Loaded census 2025/26-spring: 1 rows" in capsys.readouterr().out


def test_without_returns_there_is_nothing_to_write_by_school(returns, tmp_path):
    assert run("data", "check", "--into", str(tmp_path / "out")) == 10
