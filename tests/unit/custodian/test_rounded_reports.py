"""Reports of groups: every count is rounded, the same for the public as for all others, and audited as it stands."""

import csv
import io
import random

import pytest
from rounded import is_rounded
from small_workspace import Roll, School, SmallWorkspace, asked, printed

from kdsp_lib.analyse.sum import SUMS
from kdsp_lib.protect.linked_tables import attack_linked, read_linked_tables
from kdsp_lib.release.count import CountTable, tables_json

ORDER = """legal_orders:
- {effect: require, citation: made-up order 1 of 2026, report: area-profile, recipient: public,
   categories: [pupil-characteristics, attainment, attendance, exclusions, sen], from: 2024-09-01}
"""
QUESTIONS = {
    "roll": asked("count", "pupils", "phase", "sex"),
    "sen": asked("rate", "sen", "sex"),
    "fsm": asked("gap", "fsm6", "sex", to="M"),
    "missed": asked("mean", "sessions-missed", "sex"),
    "own": asked("median", "own-absence", "sex"),
}


SCHOOLS = [School(f"99{k:04}", phase="secondary" if k > 6 else "primary", ages=(4, 16)) for k in range(1, 11)]
PHASES = {school.urn: school.phase for school in SCHOOLS}


@pytest.fixture(scope="module")
def pupils():
    """Whom the reports are of, one by one."""
    return []


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, pupils):
    schools = SCHOOLS
    made = SmallWorkspace(tmp_path_factory.mktemp("public"), schools)
    register = made.workspace.register
    register.write_text(register.read_text("utf-8") + ORDER, "utf-8")
    draw, roll = random.Random(5), Roll()
    for school in schools:
        for _ in range(draw.randint(14, 33)):
            sex, year, fsm6 = draw.choice("FM"), draw.choice("3456"), draw.random() < 0.3
            sen, missed = draw.choice("NNNNKE"), draw.randint(0, 20)
            pupils.append({"urn": school.urn, "sex": sex, "missed": missed})
            roll.pupil(school.urn, sex=sex, ncyear=year, fsm6=fsm6, sen_provision=sen, sessions=(120, missed, 0))
    made.load("2025/26-autumn", roll)
    return made


@pytest.fixture(scope="module")
def public(workspace):
    return workspace.area("east", QUESTIONS, recipient="public")


def test_every_count_is_a_multiple_and_each_sum_is_near_its_total(public):
    """Each is rounded for itself: so a total may differ from its parts, by less than a base for each of them."""
    shown = {codes: int(values[0]) for codes, values in printed(public, "roll").items()}
    assert len(shown) == 9
    assert all(value % 5 == 0 for value in shown.values())
    for phase in ("primary", "secondary", "All"):
        assert abs(shown[phase, "F"] + shown[phase, "M"] - shown[phase, "All"]) < 3 * 5
    for sex in ("F", "M", "All"):
        assert abs(shown["primary", sex] + shown["secondary", sex] - shown["All", sex]) < 3 * 5


def test_what_stands_in_two_tables_is_one_figure_and_a_rate_is_of_rounded_counts(public):
    roll, sen = printed(public, "roll"), printed(public, "sen")
    for sex in ("F", "M", "All"):
        rate, numerator, base = sen[sex,]
        assert base == roll["All", sex][0]
        share = 100 * int(numerator) / int(base)
        assert abs(float(rate) - share) <= (0.5 if int(base) < 100 else 0.05) + 1e-9


def test_rounded_counts_are_near_the_true_ones_and_means_near_those_of_all_pupils(pupils, public):
    """A mean is of a total and of pupils that are both rounded, so that one pupil more or fewer is the same."""
    for (phase, sex), (value,) in printed(public, "roll").items():
        of_phase = [each for each in pupils if phase in ("All", PHASES[each["urn"]])]
        assert is_rounded(value, sum(sex in ("All", each["sex"]) for each in of_phase))
    for (sex,), (mean, base) in printed(public, "missed").items():
        missed = [each["missed"] for each in pupils if sex in ("All", each["sex"])]
        unit = SUMS["authorised"].most(1) + SUMS["unauthorised"].most(1)
        assert abs(float(mean) - sum(missed) / len(missed)) < (unit + 5 * float(mean)) / (len(missed) - 5)
        assert is_rounded(base, len(missed))


def test_a_median_is_of_the_rounded_counts_that_stand_beside_it(public):
    for low, high, base, *counts in printed(public, "own").values():
        assert (low, high) == ("c", "c") or int(low) < int(high)
        assert base != "c"
        assert all(int(count) % 5 == 0 for count in counts if count not in ("c", "z"))


def test_it_says_so_and_the_count_tables_are_audited_as_they_stand(public):
    assert "rounded to 5 at random" in public["disclosure_note"]
    assert all("rounded to 5 at random" in table["notes"][0] for table in public["tables"])
    policy = public["facts"]["disclosure_policy"]
    assert (policy["profile"], policy["round_to"], policy["threshold"]) == ("public", 5, 6)
    counts = tuple(map(CountTable.from_json, public["counts"]))
    import json

    linked = read_linked_tables(json.loads(tables_json(counts, policy)), "tables.json")
    texts = {}
    for count in counts:
        head, *rows = csv.reader(io.StringIO(count.to_csv()))
        texts[f"tables/counts/{count.name}.csv"] = {name: [row[k] for row in rows] for k, name in enumerate(head)}
    found = attack_linked(linked, texts)
    assert (found.recovered, found.small, found.doubts) == ((), (), ())


def test_a_later_report_to_the_public_prints_the_same_counts_again(workspace, public):
    later = workspace.area(
        "east", {"again": asked("count", "pupils", "phase"), "fsm6": asked("rate", "fsm6", "sex")}, recipient="public"
    )
    again = printed(later, "again")
    assert {codes: values[0] for codes, values in again.items()} == {
        codes[:1]: values[0] for codes, values in printed(public, "roll").items() if codes[1] == "All"
    }


def test_others_get_the_same(workspace, public):
    """What is out to everybody is what a collaborative has: nobody subtracts one from the other."""
    others = workspace.area("east", QUESTIONS)
    assert all(printed(others, name) == printed(public, name) for name in QUESTIONS)
