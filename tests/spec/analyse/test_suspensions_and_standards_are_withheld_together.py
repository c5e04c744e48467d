"""A rate of suspensions is a sum over the few who were suspended: shown only where these few may be counted."""

import numpy as np
from invented_tables import Authority

from kdsp_lib.analyse.count_tables import whole_rows
from kdsp_lib.analyse.figures import figures
from kdsp_lib.custodian.protecting import protect_cube
from kdsp_lib.model.question import Question


def shown(questions, girls, boys):
    """What readers see of six schools, each run by itself, with ten girls and ten boys each."""
    a = Authority()
    for k in range(6):
        urn = a.school(f"20000{k + 1}")
        for sex, each in (("F", girls), ("M", boys)):
            for n in range(10):
                a.pupil(urn, sex=sex, **each(k, n))
    cube = a.cube(**questions)
    nothing = np.zeros(len(cube.keys), bool)
    hidden = whole_rows(cube, protect_cube(cube, nothing, nothing).hidden)
    return {name: {c.codes: list(c.values) for c in figures(cube, name, hidden).cells} for name in cube.tables}


def suspended(schools, each=2):
    """Two pupils of so many schools, each suspended twice."""
    return lambda k, n: {"suspended": ["SUSP"] * 2 if k < schools and n < each else []}


def test_of_enough_pupils_of_enough_schools_it_is_shown():
    """12 girls and 12 boys, twice each: 40 for every 100."""
    table = shown({"t": Question("rate", "suspensions", ("sex",))}, suspended(6), suspended(6))["t"]
    assert table == {("F",): ["40", "60"], ("M",): ["40", "60"], ("All",): ["40.0", "120"]}


def test_of_three_boys_it_is_withheld_and_with_it_what_would_give_it_back():
    """The rate alone would tell of three boys: 6 suspensions of 60."""
    table = shown({"t": Question("rate", "suspensions", ("sex",))}, suspended(6), suspended(3, each=1))["t"]
    assert table["M",][0] == "c"
    assert "c" in (table["F",][0], table["All",][0])


def test_nobody_permanently_excluded_is_withheld_as_a_few_are():
    """Twelve girls of six schools may be told, three boys not; nor that it was no boy at all."""

    def excluded(schools, each=2):
        return lambda k, n: {"suspended": ["PERM"] if k < schools and n < each else []}

    asked = {"t": Question("rate", "permanent-exclusions", ("sex",))}
    assert shown(asked, excluded(6), excluded(6))["t"]["M",] == ["20", "12", "60"]
    for boys in (excluded(3, each=1), excluded(0)):
        table = shown(asked, excluded(6), boys)["t"]
        assert table["M",][:2] == ["c", "c"]
        assert "c" in (table["F",][1], table["All",][1])


def test_permanent_exclusions_need_four_controllers():
    """Twelve of three schools are too few to tell of; of four schools they may be told."""

    def excluded(schools):
        return lambda k, n: {"suspended": ["PERM"] if k < schools and n < 12 // schools else []}

    asked = {"t": Question("count", "permanent-exclusions")}
    assert shown(asked, excluded(3), lambda k, n: {})["t"][()] == ["c"]
    assert shown(asked, excluded(4), lambda k, n: {})["t"][()] == ["12"]


def test_between_two_nested_standards_is_nobody_or_enough():
    """27 girls at the expected standard of 60, 24 of them higher: the three between would be told by subtraction."""

    def girls(k, n):
        return {"results": {"reading_score": 112 if n < 4 else 105 if n == 4 and k < 3 else 90}}

    asked = {"expected": Question("rate", "ks2-reading"), "higher": Question("rate", "ks2-reading-higher")}
    found = shown(asked, girls, lambda k, n: {})
    assert found["expected"][()][2] == "60" or found["higher"][()][2] == "c"
    assert "c" in (found["expected"][()][1], found["higher"][()][1])


def test_how_many_girls_and_boys_there_are_is_shown_beside_a_rate_that_is_withheld():
    """60 of either: of whom none was suspended but three boys, twelve pupils of one school, or a few of three."""
    asked = {"t": Question("rate", "suspensions", ("sex",)), "roll": Question("count", "pupils", ("sex",))}
    for girls, boys in (
        (suspended(6), suspended(3, each=1)),
        (suspended(6), suspended(1, each=10)),
        (suspended(3), suspended(3, each=1)),
    ):
        tables = shown(asked, girls, boys)
        assert tables["t"]["M",][0] == "c"
        assert [tables["t"][code,][1] for code in ("F", "M", "All")] == ["60", "60", "120"]
        assert list(tables["roll"].values()) == [["60"], ["60"], ["120"]]
