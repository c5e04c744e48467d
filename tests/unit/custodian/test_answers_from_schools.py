"""An area's questions answered from published figures of its schools: true, weighted as said, of enough bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from invented_schools import DAY, School, World, area, notes, random_area, secondary, shown

from kdsp_lib.analyse.attribute import ROOT
from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.model.question import Question
from kdsp_lib.report.wire import check_wire
from kdsp_lib.source.catalogue import Catalogue, record
from kdsp_lib.source.load import add_dataset

TOGETHER = {
    "nursery-and-primary": {"nursery", "primary"},
    "special-schools": {"special"},
    "alternative-and-independent": {"pru", "independent"},
    "secondary-and-college": {"secondary"},
    "special-and-other": {"special", "pru", "independent"},
    "secondary-and-other": {"secondary", "special", "pru", "independent"},
}
QUESTIONS = {
    "phases": Question("count", "pupils", ("phase",)),
    "years": Question("count", "pupils", ("year-group",)),
    "sexes": Question("count", "pupils", ("phase", "sex")),
    "fsm6": Question("rate", "fsm6", ("phase",)),
    "fsm6_by_sex": Question("rate", "fsm6", ("sex",)),
    "sen": Question("rate", "sen", ("phase",)),
    "eal": Question("rate", "eal"),
    "absence": Question("rate", "absence", ("phase",)),
    "persistent": Question("rate", "persistent-absence"),
    "missed": Question("mean", "sessions-missed"),
    "attainment": Question("mean", "attainment-8", ("phase",)),
    "english_maths": Question("rate", "english-maths-4"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World.make(tmp_path_factory.mktemp("area") / "workspace", area())


@pytest.fixture(scope="module")
def answer(world):
    return world.ask(QUESTIONS)


def frame(schools):
    """The schools as a table of numbers, for counting again."""
    rows = []
    for s in schools:
        with_results = s.results or (None, None, None, None, None)
        absent, persistent = s.absence or (None, None)
        rows.append(
            {
                "phase": s.phase, "roll": s.roll, "girls": s.girls, "boys": s.roll - s.girls, "sen": s.plan + s.support,
                "eal": np.nan if s.phase == "independent" else s.eal, "ever": s.ever, "ever_of": s.ever_of,
                "fsm_known": s.phase != "independent", "absent": float(absent or "nan"),
                "persistent": float(persistent or "nan"), "tpup": float(with_results[0] or "nan"),
                "a8": float(with_results[1] or "nan"), "em4": float((with_results[4] or "nan").rstrip("%")),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def weighted(rows, figure, weight):
    known = rows[figure].notna()
    return (rows[figure] * rows[weight])[known].sum() / rows[weight][known].sum()


def close(text, value, digits):
    return abs(float(text) - value) <= 0.5 * 10**-digits + 1e-9


def printed(values):
    return all(value not in ("c", "x", "z") for value in values)


def of_phase(rows, code):
    return rows if code == "All" else rows[rows["phase"].isin(TOGETHER.get(code, {code}))]


def check_against(schools, answer):
    """Every printed figure, counted again with plain pandas; how many there were."""
    rows, seen = frame(schools), 0
    for codes, values in shown(answer, "phases").items():
        of = of_phase(rows, codes[0])
        if printed(values):
            assert int(values[0]) == of["roll"].sum()
            seen += 1
    for codes, values in shown(answer, "sexes").items():
        of = of_phase(rows, codes[0])
        if printed(values):
            assert int(values[0]) == of[{"F": "girls", "M": "boys", "All": "roll"}[codes[1]]].sum()
            seen += 1
    for name, part, base in (("fsm6", "ever", "ever_of"), ("sen", "sen", "roll")):
        for codes, values in shown(answer, name).items():
            of = of_phase(rows, codes[0])
            of = of[of["fsm_known"]] if name == "fsm6" else of
            if printed(values):
                assert (int(values[1]), int(values[2])) == (of[part].sum(), of[base].sum())
                digits = 1 if of[base].sum() >= 100 else 0
                assert close(values[0], 100 * of[part].sum() / of[base].sum(), digits)
                seen += 1
    for name, figure, weight in (("absence", "absent", "roll"), ("persistent", "persistent", "roll"),
                                 ("attainment", "a8", "tpup"), ("english_maths", "em4", "tpup")):  # fmt: skip
        for codes, values in shown(answer, name).items():
            of = of_phase(rows, codes[0] if codes else "All")
            if printed(values):
                digits = 1 if "." in values[0] else 0
                assert close(values[0], weighted(of, figure, weight), digits), (name, codes)
                seen += 1
    return seen


def test_printed_figures_are_those_of_the_files(world, answer):
    assert check_against(world.schools, answer) > 15


def test_absence_is_a_ratio_of_sums_weighted_by_roll_and_says_so(world, answer):
    """A mean of schools' percentages would be another figure."""
    rows = frame(world.schools)
    mean = rows["absent"].mean()
    assert close(shown(answer, "absence")["All",][0], weighted(rows, "absent", "roll"), 1)
    assert not close(shown(answer, "absence")["All",][0], mean, 1)
    source = next(table.source for table in answer.tables if table.name == "absence")
    assert "weighted by its pupils on roll in 2022/23" in source


def test_each_measure_keeps_its_own_year(answer):
    sources = {table.name: table.source for table in answer.tables}
    assert sources["phases"].endswith("school census, 2022/23")
    assert "absence, 2022/23" in sources["absence"]
    assert "key stage 4, 2021/22" in sources["attainment"]
    assert "weighted by its pupils at the end of key stage 4" in sources["attainment"]


def test_phases_of_one_or_two_schools_are_shown_together(world, answer):
    """One school for alternative provision and two independent ones; the others stay as they are."""
    phases = shown(answer, "phases")
    assert list(phases) == [
        ("primary",), ("secondary",), ("special",), ("alternative-and-independent",), ("All",)
    ]  # fmt: skip
    assert all(map(printed, phases.values()))
    of_few = sum(school.roll for school in world.schools if school.phase in ("pru", "independent"))
    assert phases["alternative-and-independent",] == [str(of_few)]
    assert "Alternative, independent and other provision: together, since too few bodies" in notes(answer, "phases")


def test_nothing_of_an_area_with_schools_enough_is_withheld(answer):
    assert not [table.name for table in answer.tables for cell in table.cells if "c" in cell.values]


def test_where_all_schools_are_of_two_bodies_everything_is_withheld(tmp_path):
    """Nothing is left to take them together with."""
    schools = area()
    trusts = {school.urn: f"trust-{k % 2}" for k, school in enumerate(schools)}
    answer = World.make(tmp_path / "w", schools, trusts=trusts).ask({"phases": QUESTIONS["phases"]})
    assert shown(answer, "phases") == {("All",): ["c"]}
    assert "Not split by phase" in notes(answer, "phases")


def test_of_special_educational_needs_a_figure_is_of_four_bodies(tmp_path):
    """Three special schools are enough for a roll, and too few for how many have a plan."""
    answer = World.make(tmp_path / "w", area()).ask({name: QUESTIONS[name] for name in ("phases", "sen")})
    assert ("special",) in shown(answer, "phases")
    assert ("special",) not in shown(answer, "sen")
    assert printed(shown(answer, "sen")["special-and-other",])


@pytest.mark.parametrize("seed", range(8))
def test_of_any_area_what_is_printed_is_true_and_of_bodies_enough(tmp_path, seed):
    schools = random_area(seed)
    answer = World.make(tmp_path / "w", schools).ask(QUESTIONS)
    assert check_against(schools, answer) > 5
    rolls = frame(schools)
    for codes, values in shown(answer, "phases").items():
        of = of_phase(rolls, codes[0])["roll"]
        if printed(values):
            assert len(of) >= 3
            assert 0.85 * of.sum() >= of.max()


def test_what_the_source_does_not_divide_is_not_available_with_its_reason(answer):
    by_sex = shown(answer, "fsm6_by_sex")
    assert by_sex["F",] == by_sex["M",] == ["x", "x", "x"]
    assert printed(by_sex["All",])
    assert "does not divide these figures by sex" in notes(answer, "fsm6_by_sex")
    years = shown(answer, "years")
    assert {tuple(values) for codes, values in years.items() if codes != ("All",)} == {("x",)}
    assert shown(answer, "missed")[()] == ["x", "x"]
    assert "do not say this" in notes(answer, "missed")


def test_schools_are_the_bodies_where_no_trust_is_named_and_the_page_says_so(world, answer):
    assert f"{len(world.schools)} schools are taken to be a body of their own" in notes(answer, "phases")


def test_schools_of_one_trust_are_one_body(tmp_path):
    """Three special schools of one trust and a fourth: two bodies, so their roll is not shown by itself."""
    kept = [school for school in area() if school.phase not in ("pru", "independent")]
    schools = [*kept, School("990064", "special", 130, 40, 130, 0, ever_of=110)]
    alone = World.make(tmp_path / "alone", schools).ask({"phases": QUESTIONS["phases"]})
    trusts = {f"9900{k}": "one-trust" for k in (61, 62, 63)}
    together = World.make(tmp_path / "together", schools, trusts=trusts).ask({"phases": QUESTIONS["phases"]})
    assert printed(shown(alone, "phases")["special",])
    assert list(shown(together, "phases")) == [("primary",), ("secondary-and-other",), ("All",)]
    assert "17 schools are taken to be a body of their own" in notes(together, "phases")


def test_one_large_school_among_small_ones_is_not_shown_with_them_alone(tmp_path):
    """More than 85 % of the special schools' roll is one school's."""
    small = [School(f"9900{k}", "special", 12, 4, 12, 0, 2, 3, 3, 9) for k in (64, 65, 66)]
    schools = [s for s in area() if s.phase != "special"] + [School("990061", "special", 600, 200, 600, 0), *small]
    answer = World.make(tmp_path / "w", schools).ask({"phases": QUESTIONS["phases"]})
    assert ("special",) not in shown(answer, "phases")
    assert printed(shown(answer, "phases")["special-and-other",])


def test_schools_without_a_figure_are_left_out_and_counted(tmp_path):
    gone = secondary("990055")
    gone = replace(gone, results=("4", *["SUPP"] * 9))
    nobody = replace(secondary("990056"), results=("9", *["NE"] * 9))
    schools = [*area(), gone, nobody]
    world = World.make(tmp_path / "w", schools)
    answer = world.ask({name: QUESTIONS[name] for name in ("attainment", "absence", "english_maths")})
    told = notes(answer, "attainment")
    assert "1 withheld by the source" in told
    assert "1 not applicable, by the source" in told
    assert "3 not in the source" in notes(answer, "absence")
    value = shown(answer, "english_maths")[()]
    rows = frame(area())
    assert close(value[0], weighted(rows, "em4", "tpup"), 1)
    assert int(value[1]) == rows["tpup"].sum()


def test_who_has_not_signed_is_left_out_and_counted(tmp_path):
    everybody = {"collaborative:all": [s.urn for s in area()]}
    world = World.make(tmp_path / "w", area(), everybody, unsigned=["990001"])
    answer = world.ask({"phases": QUESTIONS["phases"]}, "collaborative:all")
    everyone = len(area())
    assert f"{everyone - 1} of {everyone} establishments are counted. The other has not signed" in notes(
        answer, "phases"
    )
    assert int(shown(answer, "phases")["primary",][0]) == sum(s.roll for s in area() if s.phase == "primary") - 193


def test_of_the_authority_too_it_is_said_how_many_have_not_signed(tmp_path):
    """Its subjects are its signatories alone, so that nothing of the request tells of the others."""
    world = World.make(tmp_path / "w", area(), unsigned=["990001", "990002"])
    everyone = len(area())
    assert f"{everyone - 2} of {everyone} establishments are counted. The others have not signed" in notes(
        world.ask({"phases": QUESTIONS["phases"]}), "phases"
    )


def test_each_table_is_of_the_year_and_the_state_of_its_own_data(tmp_path):
    """Results of an earlier year stand beside a census of this one, each under its own; what is provisional says so."""
    world = World.make(tmp_path / "w", area())
    catalogue = Catalogue.load(world.workspace)
    record(world.workspace, replace(catalogue.dataset("performance-tables-ks4", "2021/22"), status="provisional"))
    answer = world.ask({name: QUESTIONS[name] for name in ("phases", "attainment")})
    scopes = {table.name: table.scope for table in answer.tables}
    assert scopes["phases"].endswith("school year 2022/23")
    assert scopes["attainment"].endswith("school year 2021/22 (provisional)")


def test_a_school_without_a_row_is_counted_as_not_in_the_figures(tmp_path):
    world = World.make(tmp_path / "w", area())
    world.schools = [*world.schools, School("990099", "primary")]
    world.register()
    assert "1 school is not in the published figures of this year" in notes(world.ask(QUESTIONS), "phases")


def test_results_of_a_predecessor_are_followed_by_the_links(tmp_path):
    """An academy has a URN of its own; the results of the school it was before stand under another."""
    schools = area()
    world = World.make(tmp_path / "w", schools)
    before = [replace(s, urn="990951") if s.urn == "990051" else s for s in schools]
    world.load([s for s in before if s.results], year="2021/22", results_of="2021/22")
    lost = world.ask({"attainment": QUESTIONS["attainment"]})
    links = ["990951,990051,Academy,Successor,31-12-2022", "990052,990952,Split,Successor - Split School,"]
    world.load([], links=links)
    found = world.ask({"attainment": QUESTIONS["attainment"]})
    base = {name: shown(each, "attainment")["All",][-1] for name, each in (("lost", lost), ("found", found))}
    assert base["found"] == str(int(frame(schools)["tpup"].sum()))
    assert base["lost"] != base["found"]
    assert "1 school is counted by figures of a predecessor" in notes(found, "attainment")


def test_a_filter_needs_pupils(world):
    with pytest.raises(BadParameters, match="need pupils' records"):
        world.ask({"girls": Question("count", "pupils", (), "sex = 'F'")})


def test_one_school_s_report_needs_pupils_records(world):
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.sample import datasets_for

    catalogue = Catalogue.load(world.workspace)
    assert datasets_for(catalogue, "2022/23", may_be_published=True)
    for period, allowed in (("2022/23", False), ("2022/23-autumn", True), ("2021/22", True)):
        with pytest.raises(BadSource):
            datasets_for(catalogue, period, may_be_published=allowed)


def test_without_results_key_stage_4_is_not_available(tmp_path):
    schools = [replace(school, results=None) for school in area()]
    answer = World.make(tmp_path / "w", schools).ask({"english_maths": QUESTIONS["english_maths"]})
    assert shown(answer, "english_maths")[()] == ["x", "x"]
    assert "performance-tables-ks4" in notes(answer, "english_maths")


def test_a_spread_is_not_available_and_stops_no_other_table(world):
    """So that one notebook serves pupils' records and published figures alike."""
    spread, rate = Question("spread", "fsm6"), Question("rate", "fsm6")
    answer = world.ask({"spread": spread, "rate": rate})
    tables = {table.name: table for table in answer.tables}
    assert {value for cell in tables["spread"].cells for value in cell.values} == {"x"}
    assert tables["rate"].cells[0].values[0] not in ("x", "c")
    assert world.ask({"alone": spread}).tables[0].cells == tables["spread"].cells


def test_a_rate_of_schools_rates_stands_beside_england_without_limits(tmp_path):
    """Schools' percentages put together say what the gap is, and nothing of chance: that needs who was counted."""
    world = World.make(tmp_path / "workspace", area())
    path = tmp_path / "lait.csv"
    path.write_text(
        "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region\nTotPerAbNew,,2023,England,21.22,970.0,NA\n"
    )
    add_dataset(world.workspace, "lait-indicators", path, None, loaded_on=DAY, signed_off=True)
    alone = Question("rate", "persistent-absence", ("phase",))
    answer = world.ask({"t": replace(alone, beside="england"), "alone": alone})
    check_wire(answer.tables[0].to_json())
    assert [statistic.name for statistic in answer.tables[0].statistics] == ["rate", "reference", "gap", "base"]
    own, reference, gap, base = shown(answer, "t")[ROOT,]
    assert [own, base] == shown(answer, "alone")[ROOT,]
    assert reference == "21.2"
    assert close(gap, float(own) - 21.22, 1)
    assert "Where both lie" not in notes(answer, "t")
