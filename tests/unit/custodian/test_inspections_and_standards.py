"""Outcomes of inspections and standards: counted by regime, named for the community alone, joined to nothing else."""

import datetime as dt
import json

import pytest
from small_workspace import Roll, School, SmallWorkspace

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.register.database import Database

URNS = [f"99020{k}" for k in range(1, 6)]
ASKED = {
    "group": None, "recipient": "authority", "purpose": "raising-attainment", "period": "2025/26",
    "thresholds": "agreed",
}  # fmt: skip
OEIF, CARD = "oeif", "report-card"


def found(urn, framework, area, judgement, on, *, relates=True, concern=None, pupils=200):
    return {
        "urn": urn, "framework": framework, "area": area, "judgement": judgement,
        "inspected_on": None if on is None else dt.date.fromisoformat(on), "relates_to_current_urn": relates,
        "concern": concern, "pupils": pupils,
    }  # fmt: skip


INSPECTIONS = [
    found(URNS[0], OEIF, "overall-effectiveness", "good", "2023-03-02"),
    found(URNS[0], CARD, "achievement", "needs-attention", "2026-02-03"),
    found(URNS[1], OEIF, "overall-effectiveness", "not-judged", "2025-03-03", pupils=4),
    found(URNS[1], OEIF, "quality-of-education", "good", "2025-03-03", pupils=4),
    found(URNS[2], OEIF, "overall-effectiveness", "inadequate", "2022-03-01", relates=False, concern="SM"),
    found(URNS[3], "none", "none", "not-inspected", None, relates=None, pupils=None),
    found(URNS[4], "oeif-ungraded", "overall-outcome", "remains-good", "2026-03-03"),
]
RULES = [
    {"threshold_set": "agreed", "phase": "primary", "rule": 1, "measure": "ks2-rwm", "comparison": "below",
     "value": 500_000, "first_year": "2025/26", "last_year": None},
]  # fmt: skip


def figure(urn, value, base):
    return {
        "urn": urn, "measure": "ks2-rwm", "pupils": "all", "value": value, "value_symbol": None, "base": base,
        "status": "final", "is_published": True,
    }  # fmt: skip


@pytest.fixture
def place(tmp_path):
    place = SmallWorkspace(tmp_path, [School(urn) for urn in URNS])
    register = place.workspace.register
    text = register.read_text("utf-8").replace(
        "[pupil-characteristics,", "[inspection, floor-target, pupil-characteristics,"
    )
    register.write_text(text, "utf-8")
    place._keep("ofsted-inspections", None, INSPECTIONS)
    place._keep("threshold-sets", None, RULES)
    place._keep("school-measures", "2025/26", [
        figure(URNS[0], 499_999, 11), figure(URNS[1], 0, 10), figure(URNS[2], 500_000, 40), figure(URNS[4], 0, 60),
    ])  # fmt: skip
    return place


@pytest.fixture
def released(place):
    return place.release("ofsted-and-floor", None, ASKED)


def cells(released, name):
    (table,) = (each for each in released["tables"] if each["name"] == name)
    return {tuple(cell["codes"]): tuple(cell["values"]) for cell in table["cells"]}


def test_no_regime_is_made_into_another(released):
    overall = cells(released, "overall")
    assert overall["primary", "good"][:2] == ("1", "200")
    assert overall["primary", "no-grade"][0] == "1"
    assert cells(released, "report_cards")["achievement", "needs-attention"] == ("1",)
    assert cells(released, "ungraded") == {("All",): ("0", "0")}
    assert ("overall-effectiveness", "needs-attention") not in cells(released, "grades")


def test_a_number_of_1_to_5_pupils_is_in_no_figure(released):
    """The school with 4 pupils is counted among schools alone."""
    assert cells(released, "overall")["primary", "not-judged"][:2] == ("1", "x")
    assert cells(released, "grades_pupils")["quality-of-education", "good"] == ("0",)
    assert '"4"' not in json.dumps([t["cells"] for t in released["tables"] if t["name"] != "standards"]).replace(
        '["4", "400"', ""
    )


def test_an_inspection_after_the_day_is_not_known_and_one_before_conversion_is_told_apart(released):
    """A year is over on its day: 3 March is not yet one on 2 March. The report card is newer than the grade."""
    since = cells(released, "since")
    assert since[("years-0",)][0] == "2"
    assert since[("years-3",)][0] == since[("years-1",)][0] == "0"
    assert since[("predecessor",)][0] == "1"
    assert since[("not-inspected",)][0] == "1"
    assert cells(released, "good_or_better")[("primary",)] == ("50.0", "200", "400")


def test_a_standard_is_exact_and_says_nothing_of_few_pupils(released):
    """49.9999 is below 50 and 50 is not; figures of 10 pupils are not held against a school."""
    standards = cells(released, "standards")
    counted = [standards["agreed", "primary", code][0] for code in ("yes", "no", "x", "z", "All")]
    assert counted[:3] == ["1", "1", "2"]
    (schools,) = (each for each in released["listings"] if each["name"] == "schools")
    assert [row[0] for row in schools["rows"]] == sorted(row[0] for row in schools["rows"])


@pytest.mark.parametrize("name", ["nobody-agreed", "national"])
def test_what_was_not_agreed_is_refused_with_what_was(place, name):
    with pytest.raises(BadParameters) as refused:
        place.release("ofsted-and-floor", None, {**ASKED, "thresholds": name})
    assert "agreed" in str(refused.value)


@pytest.mark.parametrize("recipient", ["public", "external:somebody"])
def test_nobody_outside_the_community_is_told(place, recipient):
    register = place.workspace.register
    register.write_text(
        register.read_text("utf-8").replace("people:", 'people:\n- {id: "external:somebody", name: "Somebody"}', 1),
        "utf-8",
    )
    with pytest.raises(NotAuthorised) as refused:
        place.release("ofsted-and-floor", None, {**ASKED, "recipient": recipient})
    assert "2" in refused.value.clauses


def test_it_reads_no_pupils_record_and_binds_no_later_figure(place, released):
    place.load("2025/26-autumn", Roll())
    (entry,) = Ledger(Database(place.workspace.database)).entries(kind="release")
    assert entry.body["answers"] == []
    assert {name.partition(" ")[0] for name in entry.body["snapshots"]} == {
        "establishments", "ofsted-inspections", "threshold-sets", "school-measures",
    }  # fmt: skip
