"""A report to the public: what suppression leaves is rounded too, adds up, and is audited as it stands."""

import csv
import io
import random

import pytest
from small_workspace import Roll, School, SmallWorkspace, asked, printed

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


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    schools = [School(f"99{k:04}", phase="secondary" if k > 6 else "primary", ages=(4, 16)) for k in range(1, 11)]
    made = SmallWorkspace(tmp_path_factory.mktemp("public"), schools)
    register = made.workspace.register
    register.write_text(register.read_text("utf-8") + ORDER, "utf-8")
    draw, roll = random.Random(5), Roll()
    for school in schools:
        for _ in range(draw.randint(14, 33)):
            roll.pupil(
                school.urn, sex=draw.choice("FM"), ncyear=draw.choice("3456"), fsm6=draw.random() < 0.3,
                sen_provision=draw.choice("NNNNKE"), sessions=(120, draw.randint(0, 20), 0),
            )  # fmt: skip
    made.load("2025/26-autumn", roll)
    return made


@pytest.fixture(scope="module")
def public(workspace):
    return workspace.area("east", QUESTIONS, recipient="public")


def test_every_count_is_a_multiple_and_every_sum_holds(public):
    roll = {codes: values[0] for codes, values in printed(public, "roll").items()}
    shown = {codes: int(value) for codes, value in roll.items() if value != "c"}
    assert len(shown) > 5
    assert all(value % 5 == 0 for value in shown.values())
    for phase in ("primary", "secondary", "All"):
        assert shown[phase, "F"] + shown[phase, "M"] == shown[phase, "All"]
    for sex in ("F", "M", "All"):
        assert shown["primary", sex] + shown["secondary", sex] == shown["All", sex]


def test_what_stands_in_two_tables_is_one_figure_and_a_rate_is_of_rounded_counts(public):
    roll, sen = printed(public, "roll"), printed(public, "sen")
    for sex in ("F", "M", "All"):
        rate, numerator, base = sen[sex,]
        assert base == roll["All", sex][0]
        share = 100 * int(numerator) / int(base)
        assert abs(float(rate) - share) <= (0.5 if int(base) < 100 else 0.05) + 1e-9


def test_rounded_counts_are_near_the_true_ones_and_means_are_of_all_pupils(workspace, public):
    true = workspace.area("east", QUESTIONS)
    for table in ("roll", "sen"):
        for codes, values in printed(true, table).items():
            shown = printed(public, table)[codes]
            assert all(
                abs(int(a) - int(b)) < 5 for a, b in zip(values[-1:], shown[-1:], strict=True) if "c" not in (a, b)
            )
    assert [v[0] for v in printed(true, "missed").values()] == [v[0] for v in printed(public, "missed").values()]


def test_a_median_is_of_the_rounded_counts_that_stand_beside_it(public):
    for low, high, base, *counts in printed(public, "own").values():
        assert (low, high) == ("c", "c") or int(low) < int(high)
        assert base != "c"
        assert all(int(count) % 5 == 0 for count in counts if count not in ("c", "z"))


def test_it_says_so_and_the_count_tables_are_audited_as_they_stand(public):
    assert "rounded to multiples of 5" in public["disclosure_note"]
    assert all("rounded to multiples of 5" in table["notes"][0] for table in public["tables"])
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


def test_others_get_counts_as_they_are(workspace):
    roll = printed(workspace.area("east", QUESTIONS), "roll")
    assert any(int(values[0]) % 5 for values in roll.values() if values[0] not in ("c", "z"))
