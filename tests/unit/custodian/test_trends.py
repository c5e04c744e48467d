"""A table year by year: as released, with its breaks; and what is published, year by year."""

import os
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from small_workspace import OFFICER, Roll, School, SmallWorkspace, asked
from test_published_beside import figure

from kdsp_lib.custodian.published import Published
from kdsp_lib.custodian.published_series import NO_NUMBER, published_series
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.errors import BadParameters
from kdsp_lib.report.chart import chart
from kdsp_lib.report.table import Table
from kdsp_lib.source.catalogue import Catalogue, record
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.workspace import init_workspace

SCHOOLS = [School(f"99{k:04}") for k in range(1, 5)]
AUTUMNS = [f"{year}-autumn" for year in ("2022/23", "2023/24", "2024/25", "2025/26")]
ASKED = {"absence": asked("rate", "absence", "sex"), "meals": asked("rate", "fsm")}
CODES_OF_2024 = "the national codes of August 2024"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Released of 2022/23 and of 2024/25, not of the year between; the data of 2024/25 are provisional."""
    made = SmallWorkspace(tmp_path_factory.mktemp("years"), SCHOOLS)
    for period, away in zip(AUTUMNS, (18, 3, 6, 12), strict=True):
        roll = Roll()
        for school in SCHOOLS:
            for sex in "FM":
                roll.pupils(20, school.urn, sex=sex, sessions=(120, away, 0), fsm=True, fsm_basis="targeted")
                roll.pupils(20, school.urn, sex=sex, sessions=(120, 1, 0))
        made.load(period, roll)
    provisional = Catalogue.load(made.workspace).dataset("attendance", "2024/25-autumn")
    record(made.workspace, replace(provisional, status="provisional"))
    for period in (AUTUMNS[0], AUTUMNS[2]):
        made.area("east", ASKED, period=period)
    for year, value in (("2023/24", "7.1"), ("2024/25", "6.9"), ("2025/26", "6.8")):
        status = "provisional" if year == "2025/26" else "final"
        rows = [figure("absence", value, status=status), figure("absence", "8.5", area="999", status=status)]
        made._keep("authority-measures", year, rows)
    yield made
    made.desk.close()


def opened(workspace, period=AUTUMNS[3], questions=ASKED):
    given = {"group": "collaborative:east", "recipient": "collaborative:east", "period": period, "on": "2026-03-02"}
    notebook = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    given["purpose"] = "commissioning-of-services"
    workspace.desk.open(notebook, {"report": "area-profile", "parameters": given})
    workspace.desk.tables(notebook, {"questions": questions})
    return notebook


def trend(workspace, table="absence", years=5, period=AUTUMNS[3], questions=ASKED):
    workspace.desk.day = date(2026, 3, 2)
    asking = opened(workspace, period, questions)
    return Table.from_wire(workspace.desk.further(asking, {"kind": "trend", "table": table, "years": years})["table"])


def published(workspace, measure="absence", years=3):
    asking = opened(workspace)
    return Table.from_wire(
        workspace.desk.further(asking, {"kind": "published", "measure": measure, "years": years})["table"]
    )


def test_each_year_stands_as_it_was_released_and_keeps_its_place_without(workspace):
    table = trend(workspace)
    assert [level.code for level in table.dim("year").levels] == AUTUMNS
    releases = [entry.body for entry in workspace.desk.ledger.entries(kind="release")]
    for body in releases:
        (told,) = (t for t in body["answers"][0]["tables"] if t["name"] == "absence")
        cells = {tuple(cell["codes"]): tuple(cell["values"]) for cell in told["cells"]}
        assert {codes[1:]: values for codes, values in table.cells.items() if codes[0] == body["period"]} == cells
    assert {values for codes, values in table.cells.items() if codes[0] == AUTUMNS[1]} == {("x", "x")}
    assert table.cells[AUTUMNS[3], "All"][0] == "5.4"


def test_nothing_is_said_of_others_where_all_are_the_same(workspace):
    assert not any("other establishments" in note for note in trend(workspace).notes)


def test_the_break_is_named_where_it_is(workspace):
    """The national codes of August 2024 stand between 2023/24 and 2024/25."""
    (found,) = trend(workspace).breaks
    assert (found.dim, found.code) == ("year", "2024/25-autumn")
    assert CODES_OF_2024 in found.why
    assert any(note.startswith("Break before 2024/25: the national codes") for note in trend(workspace).notes)


def test_no_break_is_named_of_years_that_are_not_there(workspace):
    assert not trend(workspace, years=2).breaks


def test_what_a_table_is_split_by_breaks_it_too(workspace):
    """Free meals: every household with Universal Credit from September 2026; here, from April 2018 on."""
    from kdsp_lib.analyse.measures.catalogue import definition_of
    from kdsp_lib.custodian.trend import breaks_in

    series = [f"{year}/{year - 1999}" for year in range(2024, 2028)]
    both = breaks_in([definition_of("absence"), definition_of("fsm")], series)
    assert [each.code for each in both] == ["2026/27"]
    assert both[0].why.startswith("Free school meals now: every household with Universal Credit")


def test_a_year_from_provisional_data_says_so(workspace):
    table = trend(workspace)
    labels = {level.code: level.label for level in table.dim("year").levels}
    assert labels["2024/25-autumn"] == "Autumn 2024/25 [p]"
    assert labels["2025/26-autumn"] == "Autumn 2025/26"
    assert any(note.startswith("[p] is made from provisional data") for note in table.notes)


def test_data_that_are_final_have_no_mark(workspace):
    """Meals are of the census, which nobody called provisional."""
    assert not any("[" in level.label for level in trend(workspace, "meals").dim("year").levels)


def test_no_line_runs_across_a_break_or_a_year_without_a_figure(workspace):
    table = trend(workspace)
    drawn = chart("line", table, alt="Absence year by year, with a break.", series=None)
    assert [place for place, _, _ in drawn.breaks] == [2]
    svg = drawn.svg()
    strokes = svg.count("stroke-dasharray")
    assert strokes == 1
    assert "The series breaks before Autumn 2024/25 [p]" in svg
    whole = {**table.to_wire(), "breaks": []}
    joined = chart("line", Table.from_wire(whole), alt="Absence year by year.", series=None).svg()
    assert "stroke-dasharray" not in joined


def test_what_was_only_a_draft_is_not_in_it(workspace):
    """Somebody looked at 2023/24 in JupyterLab: nobody was released anything of it."""
    opened(workspace, AUTUMNS[1])
    table = trend(workspace)
    assert {values for codes, values in table.cells.items() if codes[0] == AUTUMNS[1]} == {("x", "x")}


def test_other_readers_have_their_own_years(workspace):
    """What the community was shown of the collaborative is not a report to somebody else about a school in it."""
    given = {"school": SCHOOLS[0].urn, "recipient": OFFICER, "period": AUTUMNS[3], "on": "2026-03-02"}
    notebook = Session("notebook", OFFICER, "notebook", "", "full", os.getpid())
    workspace.desk.open(
        notebook, {"report": "attendance-termly", "parameters": {**given, "purpose": "school-improvement-plan"}}
    )
    workspace.desk.tables(notebook, {"questions": {"absence": ASKED["absence"]}})
    table = workspace.desk.further(notebook, {"kind": "trend", "table": "absence", "years": 5})["table"]
    assert {cell["codes"][0] for cell in table["cells"]} == {AUTUMNS[3]}


def test_that_other_establishments_belonged_then_is_said(tmp_path):
    """A fifth school joins the area: the year before is of four."""
    made = SmallWorkspace(tmp_path, [*SCHOOLS, School("990005")])
    for period in AUTUMNS[2:]:
        roll = Roll()
        for urn in made.schools:
            roll.pupils(20, urn)
        made.load(period, roll)
    register = made.workspace.register.read_text("utf-8")
    joined = '{establishment: "990005", group: "collaborative:east", from: 2024-09-01}'
    assert joined in register
    made.workspace.register.write_text(register.replace(joined, joined.replace("2024-09-01", "2026-01-01")), "utf-8")
    questions = {"absence": asked("rate", "absence")}
    made.area("east", questions, period=AUTUMNS[2], on="2025-12-01")
    notes = trend(made, period=AUTUMNS[3], questions=questions).notes
    made.desk.close()
    assert any(note.startswith("The figures of the autumn term 2024/25 are of other establishments") for note in notes)


@pytest.mark.parametrize("years", [0, 1, 16, True, "5", None])
def test_a_number_of_years_is_a_number(workspace, years):
    with pytest.raises(BadParameters):
        trend(workspace, years=years)


def test_only_a_table_that_was_asked_has_years(workspace):
    with pytest.raises(BadParameters, match="was not asked"):
        trend(workspace, "nothing")


def test_published_figures_stand_by_year_and_area(workspace):
    table = published(workspace)
    assert table.cells["2023/24", "england"] == ("7.1",)
    assert table.cells["2025/26", "authority"] == ("8.5",)
    assert table.cells["2025/26", "neighbours"] == ("x",)
    assert [each.code for each in table.breaks] == ["2024/25"]
    assert [level.label for level in table.dim("year").levels] == ["2023/24", "2024/25", "2025/26 [p]"]
    assert "2023/24 to 2024/25: final, from figures of authorities." in table.notes
    assert "2025/26: provisional, from figures of authorities." in table.notes


def test_a_year_in_which_there_was_no_test_says_why(workspace):
    table = published(workspace, "ks2-rwm", years=7)
    assert "2019/20: assessments were cancelled in 2020 and 2021 (coronavirus)." in table.notes


def test_only_a_rate_or_a_mean_is_published(workspace):
    for measure in ("pupils", "no-such", None):
        with pytest.raises(BadParameters):
            published(workspace, measure)


def test_an_authoritys_own_figures_may_come_from_lait(workspace):
    """By its number, which the file has beside its name."""
    rows = [
        {"indicator": "TotAbs", "period": "2021/22", "area": name, "la": la, "value": units, "value_symbol": None}
        for name, la, units in (
            ("Made-up authority", "999", 91_000),
            ("Another", "998", 50_000),
            ("England", None, 75_000),
        )
    ]
    workspace._keep("lait-indicators", None, rows)
    table = published(workspace, years=5)
    assert table.cells["2021/22", "authority"] == ("9.1",)
    assert table.cells["2021/22", "england"] == ("7.5",)


CENSUS_FILE = "URN,LA,Estab,SCHOOLTYPE,NOR\n990001,999,2001,State-funded primary,200\n990009,998,2001,{}\n"


def test_the_authority_is_known_from_any_data_that_numbers_its_establishments(tmp_path):
    """LAIT was there, and its own figures were said to be not loaded until the table of establishments was."""
    place = init_workspace(tmp_path / "published")
    lait, census = tmp_path / "lait.csv", tmp_path / "england_census.csv"
    lait.write_text(
        "Short Desc,Years,LA and Regions,LA Number,Values\nTotAbs,2023,Nowhere,999.0,9.1\nTotAbs,2023,England,,7.5\n"
    )
    census.write_text(CENSUS_FILE.format("State-funded primary,300"))
    add_dataset(place, "lait-indicators", lait, loaded_on=date(2026, 3, 2))

    def asked_now():
        catalogue = Catalogue.load(place)
        community = SimpleNamespace(establishments_of=lambda _: ("990001",))
        opened = SimpleNamespace(
            published=Published(catalogue, "2022/23"), period="2022/23", community=community
        )  # fmt: skip
        table, pinned = published_series(opened, "absence", 2)
        cells = {cell.codes: list(cell.values) for cell in table.cells}
        return cells["2022/23", "authority"], cells["2022/23", "england"], list(table.notes), pinned

    own, nation, notes, _ = asked_now()
    assert (own, nation) == (["x"], ["7.5"])
    assert NO_NUMBER in notes
    assert not any("none is loaded" in note for note in notes)
    add_dataset(place, "performance-tables-census", census, "2022/23", loaded_on=date(2026, 3, 2))
    own, nation, notes, pinned = asked_now()
    assert (own, nation, NO_NUMBER in notes) == (["9.1"], ["7.5"], False)
    assert {entry.snapshot for entry in Catalogue.load(place).current} == pinned


def test_whole_percentages_stay_whole(workspace):
    """Key stage 2 is published in whole per cent: 59, and not 59.0."""
    workspace._keep("authority-measures", "2022/23", [figure("ks2-rwm", "59")])
    table = published(workspace, "ks2-rwm", years=4)
    assert table.cells["2022/23", "england"] == ("59",)


def test_a_release_pins_what_its_series_is_from(workspace):
    given = {"group": "collaborative:east", "recipient": "collaborative:east", "period": AUTUMNS[3]}
    given |= {"purpose": "commissioning-of-services", "on": "2026-03-02"}
    runner = workspace.begun("area-profile", ASKED, given)
    notebook = Session("notebook", OFFICER, "notebook", runner.run, "full", os.getpid())
    notebook.report = workspace.desk.runs.of(runner).report
    workspace.desk.further(notebook, {"kind": "published", "measure": "absence", "years": 2})
    released = workspace.desk.release(runner, {"texts": []})
    catalogue = Catalogue.load(workspace.workspace)
    wanted = {catalogue.dataset("authority-measures", year).snapshot for year in ("2024/25", "2025/26")}
    wanted.add(catalogue.dataset("establishments").snapshot)  # which says which authority's they are
    assert wanted <= set(released["facts"]["published"])
