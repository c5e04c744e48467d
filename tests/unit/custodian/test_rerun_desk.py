"""A release answered again at the desk: as it was, whatever came since; and today's difference, protected."""

import os
from dataclasses import replace

import pytest
from rounded import is_rounded
from small_workspace import (
    AUTUMN,
    COLLEAGUE,
    OFFICER,
    Roll,
    School,
    asked,
    printed,
    with_first_figure,
    workspaces,
)

from kdsp_lib.analyse.pseudonymous_list import list_question
from kdsp_lib.custodian import rerunning
from kdsp_lib.custodian.earlier import views_of
from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.moved import Moved, moved_cells
from kdsp_lib.custodian.pseudonymous import NAME
from kdsp_lib.custodian.rerunning import RerunDesk, entry_of, refuse_reviewer, same_list
from kdsp_lib.custodian.reruns import Reruns
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters, Broken, Disclosive, KdspError, NotAuthorised
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Cell, Dimension, Statistic, Table
from kdsp_lib.register.database import Database

SCHOOLS = [School(f"99{k:04}") for k in range(1, 7)]
ASKED = {"sexes": asked("count", "pupils", "sex"), "fsm6": asked("rate", "fsm6", "sex")}
GIVEN = {
    "group": "collaborative:east",
    "recipient": "collaborative:east",
    "purpose": "commissioning-of-services",
    "period": AUTUMN,
    "on": "2026-03-02",
}
OF_ONE = {
    "school": SCHOOLS[0].urn,
    "recipient": OFFICER,
    "purpose": "school-improvement-plan",
    "period": AUTUMN,
    "on": "2026-03-02",
}


def roll(more: int = 0) -> Roll:
    found = Roll()
    for number, school in enumerate(SCHOOLS):
        found.pupils(30 + number, school.urn, sex="F")
        found.pupils(25, school.urn, sex="M")
        found.pupils(10, school.urn, sex="M", fsm6=True)
        found.pupils(9 + more, school.urn, sex="F", fsm6=True)
    return found


@pytest.fixture
def place(tmp_path):
    made = workspaces(tmp_path)
    place = next(made)(SCHOOLS, roll())
    place.area("east", ASKED)
    yield place
    next(made, None)


@pytest.fixture
def entry(place):
    return place.desk.ledger.entries(kind="release")[-1]


@pytest.fixture
def of_one(place):
    """A release about one school by name, to an officer whom its head lets have it."""
    place.release("bespoke-school", ASKED, OF_ONE)
    return place.desk.ledger.entries(kind="release")[-1]


def sessions(person=OFFICER, run="again"):
    rerunner = Session("r", person, "rerunner", run, "none", os.getpid())
    return rerunner, Session("n", person, "notebook", run, "full", os.getpid())


def rerun(place, entry, *, questions=ASKED, report="area-profile", given=GIVEN, **more):
    """As `kdsp rerun` and its notebook do; what the desk says to it."""
    reruns = Reruns(place.desk)
    rerunner, notebook = sessions()
    begun = reruns.begin(rerunner, {"release": entry.report})
    assert begun["refused"] is None, begun
    desk = reruns.desk_of(notebook)
    desk.open(notebook, {"report": report, "parameters": given | more})
    desk.tables(notebook, {"questions": questions})
    remade = reruns.remade(rerunner, {"texts": [], "notebook_hash": "0" * 64})
    reruns.close()
    return begun, remade


def compare(place, entry, changed):
    desk = RerunDesk(place.workspace, entry, changed)
    try:
        return desk.compared()
    finally:
        desk.close()


def test_it_is_answered_as_it_was_with_the_same_pins(place, entry):
    released = place.area("east", ASKED)
    begun, remade = rerun(place, entry)
    assert begun["changes"] == []
    assert remade["moved"] == []
    assert remade["release"]["tables"] == released["tables"]
    assert remade["release"]["facts"] == released["facts"]


def test_what_came_since_does_not_show(place, entry):
    """Another census, another release beside it, and public figures: it is answered from what there was."""
    released = place.area("east", ASKED)
    place.publish(AUTUMN, "collaborative:east", "pupils", "a website", {"": 440})
    place.area(None, ASKED)
    place.load(AUTUMN, roll(more=1))
    begun, remade = rerun(place, entry)
    assert begun["changes"] == []
    assert remade["release"]["tables"] == released["tables"]
    assert remade["release"]["facts"]["beside"] == released["facts"]["beside"]


def test_nothing_is_entered_and_nothing_can_be_released(place, entry):
    before = place.desk.ledger.position()
    rerun(place, entry)
    desk = RerunDesk(place.workspace, entry)
    with pytest.raises(NotAuthorised, match="Nothing that a rerun makes"):
        desk.release(sessions()[0], {"texts": []})
    with pytest.raises(NotAuthorised):
        desk.written(sessions()[0], {})
    with pytest.raises(Broken):
        desk.ledger.append("answer", entry.report, {})
    desk.close()
    compare(place, entry, "data")
    assert place.desk.ledger.position() == before


def test_the_notebook_of_a_rerun_asks_what_was_asked_and_nothing_else(place, entry):
    with pytest.raises(NotAuthorised, match="did not ask this"):
        rerun(place, entry, questions={"other": asked("count", "pupils", "sex")})


def test_its_ticket_opens_no_other_report(place, entry):
    reruns = Reruns(place.desk)
    rerunner, notebook = sessions()
    reruns.begin(rerunner, {"release": entry.report})
    with pytest.raises(KdspError):
        reruns.desk_of(notebook).open(notebook, {"report": "area-profile", "parameters": {**GIVEN, "group": None}})
    reruns.close()


def test_a_rerun_of_somebody_else_is_none_of_theirs(place, entry):
    reruns = Reruns(place.desk)
    rerunner, _ = sessions()
    reruns.begin(rerunner, {"release": entry.report})
    assert reruns.desk_of(sessions(COLLEAGUE)[1]) is place.desk
    with pytest.raises(BadParameters):
        reruns.remade(sessions(COLLEAGUE)[0], {})
    reruns.close()


def test_a_purged_snapshot_is_said_first_and_stops_it(place, entry):
    snapshot = entry.body["snapshots"][f"census {AUTUMN}"]
    (place.workspace.data / "snapshots" / f"{snapshot}.parquet").unlink()
    begun = Reruns(place.desk).begin(sessions()[0], {"release": entry.report})
    (change,) = begun["changes"]
    assert (change["part"], change["stops"]) == ("data", True)
    assert "census" in change["text"]
    assert "missing" in change["text"]


def test_a_register_that_was_changed_is_said_first(place, entry):
    text = place.workspace.register.read_text()
    place.workspace.register.write_text(text.replace("to: 2026-09-01", "to: 2026-09-02"))
    begun = Reruns(place.desk).begin(sessions()[0], {"release": entry.report})
    assert [(change["part"], change["stops"]) for change in begun["changes"]] == [("register", False)]


def test_whoever_may_not_have_it_made_today_may_not_have_it_made_again(place, entry):
    place.workspace.register.write_text(
        place.workspace.register.read_text().replace(f'person: "{OFFICER}", categ', 'person: "nobody", categ')
    )
    with pytest.raises(KdspError):
        refuse_reviewer(place.workspace, entry, OFFICER, place.desk.today())
    refused = Reruns(place.desk).begin(sessions()[0], {"release": entry.report})["refused"]
    assert refused is not None


def test_todays_data_are_shown_beside_those_of_then_cell_by_cell(place, entry):
    then = printed({"tables": entry.body["answers"][0]["tables"]}, "sexes")
    place.load(AUTUMN, roll(more=2))
    cells, looked_at = compare(place, entry, "data")
    assert looked_at > 8
    of_girls = next(cell for cell in cells if (cell.table, cell.row) == ("sexes", "sex=F"))
    assert of_girls.old == then["F",][0]
    assert is_rounded(of_girls.old, 249)
    assert is_rounded(of_girls.new, 249 + 2 * len(SCHOOLS))


def test_a_difference_of_few_pupils_tells_of_no_one_in_a_group(place, entry):
    """One girl more: what was rounded stays, or goes on by a whole base, which many a pupil might have moved."""
    one_girl_more(place)
    cells, looked_at = compare(place, entry, "data")
    assert "sex=M" not in {cell.row for cell in cells}
    assert {abs(int(cell.new) - int(cell.old)) for cell in cells if cell.table == "sexes"} <= {5}
    assert looked_at > 8
    released = place.area("east", ASKED, on="2026-03-03")
    then, now = ({"tables": entry.body["answers"][0]["tables"]}, released)
    stayed = [printed(then, "sexes")[row] == printed(now, "sexes")[row] for row in printed(now, "sexes")]
    assert stayed.count(False) == sum(cell.table == "sexes" for cell in cells), "the next release has these figures"


def test_a_difference_of_few_pupils_is_no_ones_to_see(place, of_one):
    """Of a school by name, one girl more: old beside new would tell of her. Each figure with her in it is withheld."""
    one_girl_more(place)
    cells, looked_at = compare(place, of_one, "data")
    then = {name: printed({"tables": of_one.body["answers"][0]["tables"]}, name) for name in ASKED}
    of_her = {(name, row): values for name in ASKED for row, values in then[name].items() if row[0] != "M"}
    assert {(cell.table, cell.row.removeprefix("sex=")) for cell in cells} == {(name, row[0]) for name, row in of_her}
    assert {cell.new for cell in cells} == {"c"}
    assert (len(cells), looked_at) == (sum(map(len, of_her.values())), len(cells) + len(then["sexes"]["M",]) + 3)


def test_it_is_the_release_itself_that_withholds_them(place, of_one, monkeypatch):
    """Without it among what whoever asks holds, her one would stand there: so the test above would see it."""
    one_girl_more(place)
    monkeypatch.setattr(rerunning, "views_of", lambda ledger, opened, _=None: views_of(ledger.as_of(0), opened))
    cells, _ = compare(place, of_one, "data")
    assert {int(cell.new) - int(cell.old) for cell in cells if cell.table == "sexes"} == {1}


def one_girl_more(place):
    more = roll()
    more.pupil(SCHOOLS[0].urn, sex="F", fsm6=True)
    place.load(AUTUMN, more)


def test_of_other_pupils_it_is_told_nobody_which_figures_moved(place, entry):
    """The register of then is gone, and by today's the area has a school less: which rows moved would tell of it."""
    path, text = place.workspace.register, place.workspace.register.read_text()
    path.write_text(
        text.replace(f'- {{establishment: "{SCHOOLS[-1].urn}", group: "collaborative:east", from: 2024-09-01}}\n', "")
    )
    begun, remade = rerun(place, entry)
    assert [change["part"] for change in begun["changes"]] == ["register"]
    assert (remade["is_otherwise"], remade["moved"]) == (True, [])


def test_nor_where_nothing_can_be_made_safe_beside_the_release(place, of_one, monkeypatch):
    real = RerunDesk._new_answer

    def otherwise(desk, report, questions, views):
        if any(of_one.report in group.names for view in views for group in view.releases):
            raise Disclosive("Too few.", rule="threshold")
        answer = real(desk, report, questions, views)
        return with_first_figure(answer, answer.tables[0].name, "77")

    monkeypatch.setattr(RerunDesk, "_new_answer", otherwise)
    _, remade = rerun(place, of_one, report="bespoke-school", given=OF_ONE)
    assert (remade["is_otherwise"], remade["moved"]) == (True, [])


def test_the_authoritys_own_records_are_those_of_then(place):
    place.workspace = replace(place.workspace, records={"area-profile": {"dpia": "DPIA 2026/14"}})
    place.desk.workspace = place.workspace
    released = place.area("east", ASKED, purpose="raising-attainment")
    place.desk.workspace = replace(place.workspace, records={})
    entry = place.desk.ledger.entries(kind="release")[-1]
    _, remade = rerun(place, entry, purpose="raising-attainment")
    assert remade["release"]["records"] == released["records"]
    assert remade["release"]["records"]["dpia"] == "DPIA 2026/14"
    assert remade["release"]["facts"] == released["facts"]


def test_other_records_make_another_release(place, entry):
    place.desk.workspace = replace(place.workspace, records={"area-profile": {"dpia": "DPIA 2026/14"}})
    place.area("east", ASKED)
    ours, theirs = place.desk.ledger.entries(kind="release")
    assert (ours.report, ours.body["own_records"], theirs.body["own_records"]) == (
        theirs.report, {}, {"dpia": "DPIA 2026/14"},
    )  # fmt: skip


@pytest.mark.parametrize("changed", ["code", "rules", "register"])
def test_what_has_not_changed_makes_no_difference(place, entry, changed):
    cells, looked_at = compare(place, entry, changed)
    assert (cells, looked_at > 8) == ((), True)


def test_a_figure_that_comes_out_otherwise_is_told_nobody(place, entry, monkeypatch):
    """The notebook gets what was released; the reviewer, where it is not so any more."""
    real = RerunDesk._new_answer

    def otherwise(desk, *arguments):
        answer = real(desk, *arguments)
        return with_first_figure(answer, answer.tables[0].name, "77")

    released = printed({"tables": entry.body["answers"][0]["tables"]}, "sexes")
    monkeypatch.setattr(RerunDesk, "_new_answer", otherwise)
    _, remade = rerun(place, entry)
    assert printed(remade["release"], "sexes") == released
    (moved,) = map(Moved.from_json, remade["moved"])
    assert (moved.table, moved.column) == ("sexes", "count")
    assert "77" not in str(remade["moved"])


def test_a_release_that_the_ledger_has_not_is_none_to_rerun(place):
    with pytest.raises(KdspError, match="no such release"):
        entry_of(place.desk, "0" * 24, "")


def test_the_ledger_as_of_a_moment_is_what_there_was(place, entry):
    with Database(place.workspace.database) as database:
        ledger = Ledger(database)
        then = ledger.as_of(entry.position - 1)
        assert then.entries() == ledger.entries()[: entry.position - 1]
        assert then.entries(kind="release") == []


def test_cells_are_compared_by_their_codes_whatever_their_order():
    def table(cells):
        return Table(
            "roll",
            Question("count", "pupils", ("sex",)),
            tuple(Cell((code,), (value,)) for code, value in cells),
            dims=(Dimension("sex", "Sex", ()),),
            statistics=(Statistic("pupils", "Pupils", 0),),
        )

    assert moved_cells([table([("F", "10"), ("M", "c")])], [table([("M", "c"), ("F", "10")])]) == ()
    assert moved_cells([table([("F", "10"), ("M", "c")])], [table([("F", "12"), ("X", "7")])]) == (
        Moved("roll", "sex=F", "pupils", "10", "12"),
        Moved("roll", "sex=M", "pupils", "c", "-"),
        Moved("roll", "sex=X", "pupils", "-", "7"),
    )


def test_the_cells_of_a_list_are_compared_though_they_stand_in_no_rows_and_columns():
    def listed(number):
        table = Table(NAME, list_question(("sex",)), (Cell(("F",), (number,)),))
        return Answer({}, (), (table,), (), zeros_hidden=False, search={})

    assert same_list(listed("7"), Answer.from_json(listed("7").to_json()))
    assert not same_list(listed("7"), listed("8"))
