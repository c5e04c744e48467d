"""What the text of a release may not tell, tried on a real custodian of the made-up authority.

Names and figures are taken from its data with plain pandas: nothing of what is checked is used to find them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from counter import EAST, Caller, Counter, counter_of

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.custodian.start import stop
from kdsp_lib.register.database import Database
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.demo.authority import make_authority
from kdsp_lib.source.workspace import Workspace

YEARS = {"years": {"kind": "count", "measure": "pupils", "by": ["year-group", "phase"], "where": None}}
SCHOOL = {
    "school": "990005", "recipient": "officer:a1", "purpose": "school-improvement-plan", "period": "2025/26-autumn",
    "on": "2026-03-02",
}  # fmt: skip
MEALS = {"meals": {"kind": "count", "measure": "pupils", "by": ["year-group", "fsm6", "sex"], "where": None}}
"""Of one school, told to somebody else by its head's consent: counts of 1 to 5 are withheld."""


@pytest.fixture(scope="module")
def authority(
    tmp_path_factory: pytest.TempPathFactory, with_edition: Callable[[Workspace], Workspace]
) -> Iterator[Workspace]:
    workspace = with_edition(make_authority(tmp_path_factory.mktemp("authority")))
    yield workspace
    stop(workspace)


@pytest.fixture
def counter(authority: Workspace) -> Iterator[Counter]:
    found = counter_of(authority)
    yield found
    found.still_serves()


def _data(workspace: Workspace, name: str, period: str | None = None) -> pd.DataFrame:
    catalogue = Catalogue.load(workspace)
    return catalogue.read(catalogue.dataset(name, period) if period else catalogue.dataset(name)).to_pandas()


def _asked(counter: Counter, parameters: dict[str, Any] | None = None) -> tuple[Caller, list[dict[str, Any]]]:
    """A runner whose notebook has asked for pupils by year group and phase, and what it was told."""
    run, given = secrets.token_hex(8), parameters or dict(EAST)
    runner = counter.caller(counter.ticket(scope="runner", run=run))
    begun = runner.ask("begin", notebook="area_profile", notebook_hash="0" * 64, parameters=given)
    assert "answer" in begun, begun
    notebook = counter.caller(counter.ticket(run=run))
    assert "answer" in notebook.open(given)
    return runner, notebook.ask("tables", questions=YEARS)["answer"]["tables"][0]["cells"]


def _asked_of_a_school(counter: Counter, parameters: dict[str, Any]) -> tuple[Caller, dict[str, str]]:
    """A runner whose notebook has asked for pupils of a school by all three, and what it was told."""
    run = secrets.token_hex(8)
    runner = counter.caller(counter.ticket(scope="runner", run=run))
    begun = runner.ask("begin", notebook="bespoke_school", notebook_hash="0" * 64, parameters=parameters)
    assert "answer" in begun, begun
    notebook = counter.caller(counter.ticket(run=run))
    assert "answer" in notebook.open(parameters, report="bespoke-school")
    (table,) = notebook.ask("tables", questions=MEALS)["answer"]["tables"]
    return runner, {"/".join(cell["codes"]): cell["values"][0] for cell in table["cells"]}


def _texts(*texts: str, kind: str = "words") -> list[dict[str, str]]:
    return [{"place": f"cell {number}", "kind": kind, "text": text} for number, text in enumerate(texts, start=1)]


@pytest.fixture(scope="module")
def pupil(authority: Workspace) -> pd.Series:
    return _data(authority, "pupils").sort_values("pupil_key").dropna().iloc[7]


@pytest.mark.parametrize("kind", ["words", "code"])
@pytest.mark.parametrize(
    "form",
    ["{upn}", "{forename} {surname}", "{surname}, {forename}", "# {forename}_{surname}", "*{forename}* {surname}'s"],
)
def test_a_pupil_of_the_data_is_not_named(form: str, kind: str, counter: Counter, pupil: pd.Series) -> None:
    runner, _ = _asked(counter)
    error = runner.refused("release", texts=_texts("Pupils on roll.", form.format(**pupil), kind=kind))
    assert error["error"] == "Disclosive"
    assert [fault["place"] for fault in error["faults"]] == ["cell 2"]
    assert not any(part in json.dumps(error) for part in (pupil.upn, pupil.surname, pupil.forename))


@pytest.mark.parametrize("form", ["{urn}", "{name}", "URN: {urn}.", "{name}'s pupils"])
def test_an_establishment_is_not_named_at_aggregate_detail(form: str, counter: Counter, authority: Workspace) -> None:
    school = _data(authority, "establishments").iloc[0]
    runner, _ = _asked(counter)
    error = runner.refused("release", texts=_texts(form.format(**school)))
    assert error["error"] == "Disclosive"
    assert school["name"] not in json.dumps(error)


def test_the_name_of_a_table_is_read_too(counter: Counter, pupil: pd.Series) -> None:
    run = secrets.token_hex(8)
    runner = counter.caller(counter.ticket(scope="runner", run=run))
    runner.ask("begin", notebook="area_profile", notebook_hash="0" * 64, parameters=dict(EAST))
    notebook = counter.caller(counter.ticket(run=run))
    notebook.open()
    assert "answer" in notebook.ask("tables", questions={pupil.upn.lower(): YEARS["years"]})
    assert [fault["place"] for fault in runner.refused("release", texts=[])["faults"]] == ["name of table 1"]


def test_nothing_is_released_without_its_texts(counter: Counter) -> None:
    runner, _ = _asked(counter)
    for texts in (None, "", {}, [["cell 1", "words", "text"]]):
        assert runner.refused("release", texts=texts)["error"] == "BadParameters"


@pytest.fixture(scope="module")
def figures(authority: Workspace) -> dict[str, int]:
    """The school's true counts by year group, free meals and sex, by the codes of a cell."""
    census = _data(authority, "census", "2025/26-autumn")
    rows = census[census["enrol_status"].isin(["C", "M"]) & (census["urn"] == SCHOOL["school"])]
    rows = rows.merge(_data(authority, "pupils")[["pupil_key", "sex"]], on="pupil_key")
    meals = rows["fsm6"].map({True: "yes", False: "no"})
    return {"/".join(codes): len(group) for codes, group in rows.groupby(["ncyear", meals, "sex"])}


def test_a_withheld_figure_stops_a_release_and_others_are_listed(counter: Counter, figures: dict[str, int]) -> None:
    runner, shown = _asked_of_a_school(counter, dict(SCHOOL))
    printed = {value for value in shown.values() if value.isdecimal()}
    assert all(int(shown[key]) == true for key, true in figures.items() if shown[key].isdecimal())
    withheld = {str(true) for key, true in figures.items() if shown[key] == "c"} - printed
    assert withheld
    one, other = max(withheld, key=int), str(max(map(int, printed)) + 1)

    error = runner.refused("release", texts=_texts("Pupils.", f"Only {one} of them.", f"About {other}."))
    assert error["error"] == "Disclosive"
    assert [fault["place"] for fault in error["faults"]] == ["cell 2", "cell 3"], "which of the two is not said"
    assert not any(figure in json.dumps(error["faults"]).replace("cell", "").split() for figure in (one, other))

    given = f"{max(map(int, printed)):,} in 2025/26, and about {other}"
    facts = runner.ask("release", texts=_texts("Pupils.", given))["answer"]["facts"]
    assert facts["to_review"] == [{"place": "cell 2", "figures": [other]}]


def test_nobody_finds_withheld_figures_by_trying(tmp_path: Path, figures: dict[str, int]) -> None:
    """A text that is stopped tells its author something. After the third, on whatever day, nothing more is told."""
    workspace = make_authority(tmp_path / "workspace")
    counter = counter_of(workspace)
    try:
        _, shown = _asked_of_a_school(counter, dict(SCHOOL))
        withheld = max(
            (str(true) for key, true in figures.items() if shown[key] == "c" and str(true) not in shown.values()),
            key=int,
        )
        answers = []
        for number, said in enumerate([withheld, "77777", withheld, withheld, "77777", withheld]):
            runner, _ = _asked_of_a_school(counter, {**SCHOOL, "on": f"2026-03-{2 + number:02d}"})
            answers.append(runner.ask("release", texts=_texts(f"There are {said}.")))
        assert ["error" in answer for answer in answers] == [True, False, True, True, True, True]
        assert answers[4] == answers[5]
    finally:
        stop(workspace)


def test_what_was_stopped_stands_in_the_ledger(counter: Counter, pupil: pd.Series) -> None:
    runner, _ = _asked(counter)
    runner.refused("release", texts=_texts(pupil.upn))
    with Database(counter.workspace.database) as database:
        last = Ledger(database).entries()[-1]
        Ledger(database).verify()
    assert last.kind == "refusal"
    assert last.body["rule"]
    assert pupil.upn not in json.dumps(dict(last.body))
