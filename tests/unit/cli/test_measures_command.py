"""``kdsp measures``: all of them, one explained, what exists in a year; an unknown name with the nearest."""

import json


def test_all_measures_are_listed_by_topic(kdsp):
    ended = kdsp("measures")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "Pupils"
    assert any(line.startswith("  * persistent-absence ") for line in lines)
    assert any(line.startswith("    ks1-reading ") for line in lines), "no report has it, so no star"


def test_one_is_explained(kdsp):
    out = kdsp("measures", "persistent_absence").out
    assert out.startswith("Persistent absence (persistent-absence)")
    for heading in ("numerator", "denominator", "left out", "rounding", "polarity", "source", "years", "break"):
        assert f"\n{heading}" in out


def test_a_year_without_it_is_x_with_the_reason(kdsp):
    assert "[x] 2024/25: cannot be calculated" in kdsp("measures", "progress-8", "--year", "2024/25").out
    listed = kdsp("measures", "--year", "2020/21", "--schools").out
    assert "[x] 2020/21: grades were set by centres" in listed


def test_json_has_what_the_text_has(kdsp):
    one = json.loads(kdsp("measures", "attainment-8", "--json", "--year", "2023/24", "--phase", "primary").out)
    assert one["standing"]["symbol"] == "z"
    assert one["breaks"][0]["since"] == "2016/17"
    assert {each["name"] for each in json.loads(kdsp("measures", "--json").out)} >= {"absence", "ks2-rwm"}


def test_an_unknown_name_or_year_is_a_mistake_with_its_way_out(kdsp):
    ended = kdsp("measures", "atainment-8")
    assert ended.code == 10
    assert "attainment-8" in ended.err
    ended = kdsp("measures", "--year", "2024", "--phase", "juniors")
    assert ended.code == 10
    assert "--year" in ended.err
    assert "--phase" in ended.err
    assert kdsp("measures", "--schools").code == 10
