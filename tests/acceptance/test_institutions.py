"""Cases 17 to 25: few schools in a cell, and who could be known by elimination."""

import pytest
from rounded import is_in_doubt, is_rounded, left_of
from small_community import answer
from small_workspace import Roll, School, asked, printed

from kdsp_lib.errors import BadParameters
from kdsp_lib.report import Table
from kdsp_lib.report.chart import chart

PHASES = {"t": asked("count", "pupils", "phase")}


def some(urns, phase="primary", **more):
    ages = {"secondary": (11, 16)}.get(phase, (4, 11))
    return [School(urn, phase=phase, ages=ages, **more) for urn in urns]


def full(schools, each=30):
    roll = Roll()
    for number, school in enumerate(schools):
        year = "8" if school.phase == "secondary" else "3"
        roll.pupils(each + number, school.urn, ncyear=year)
        roll.pupils(each, school.urn, ncyear=year, sex="M")
    return roll


def told(released, code, table="t"):
    return printed(released, table).get((code,), ("absent",))[0]


CARERS = {"carers": asked("count", "young-carer", "phase")}


def with_carers(schools, each, others=30):
    """So many young carers at every school: which the department's school files do not tell of any."""
    roll = full(schools, others)
    for school, number in zip(schools, each, strict=True):
        roll.pupils(number, school.urn, ncyear="8" if school.phase == "secondary" else "3", young_carer=True)
    return roll


def test_case_17_the_one_secondary_of_an_area_and_the_authority_without_it(area):
    """Six secondaries, one of them in the east: how many young carers it has is told by no row and no subtraction.

    Its roll is in the department's school files, so that the row of it stands there, rounded.
    """
    schools = [
        *some(f"99000{k}" for k in range(1, 6)),
        *some(["990010"], "secondary"),
        *some((f"99002{k}" for k in range(5)), "secondary", areas=("west",)),
    ]
    made = area(schools, with_carers(schools, [41] * 5 + [121] * 6))
    east, west, whole = (made.area(name, PHASES | CARERS) for name in ("east", "west", None))
    assert is_rounded(told(east, "secondary"), 35 + 30 + 121)
    assert told(east, "secondary", "carers") in ("c", "absent")
    beside = told(whole, "secondary", "carers"), told(west, "secondary", "carers")
    assert any(each in ("c", "absent") for each in beside) or is_in_doubt(left_of(*beside), 121)
    rest = told(east, "All", "carers"), told(east, "primary", "carers")
    assert any(each in ("c", "absent") for each in rest) or is_in_doubt(left_of(*rest), 121)


def test_case_19_three_schools_of_two_bodies(area):
    """Either body would learn the other's part: the figure is withheld, for nothing coarser is left."""
    schools = [School("990001", run_by="trust-a"), School("990002", run_by="trust-a"), School("990003")]
    made = area(schools, with_carers(schools, [61, 61, 61]))
    assert printed(made.area("east", {"t": asked("count", "young-carer")}), "t") == {(): ("c",)}


def test_one_trust_that_has_almost_all(area):
    """Four bodies, one with nine tenths of the pupils: what is left of it tells the others, and it is told mostly."""
    schools = some(f"99000{k}" for k in range(1, 5))
    made = area(schools, with_carers(schools, [900, 40, 30, 30], others=300))
    assert printed(made.area("east", {"t": asked("count", "young-carer")}), "t") == {(): ("c",)}


def test_case_21_five_of_six_heads_agree_to_be_named():
    named = {
        "level": "collaborative", "detail": "establishment", "group": "collaborative:east", "item": None,
        "subjects": ["990001", "990002"], "recipient": "collaborative:east", "purpose": "commissioning-of-services",
    }  # fmt: skip
    agreed = "consents: [{}]".format(
        ", ".join(
            f"{{establishment: '99000{k}', item: identify, recipient: 'collaborative:east', from: 2025-09-01, "
            "to: 2026-09-01}}".replace("}}", "}")
            for k in (1, 2)
        )
    )
    assert answer(agreed, **named).startswith("deny")
    assert "6" in answer(agreed, **named)


@pytest.mark.parametrize(
    "question",
    [
        asked("count", "pupils", "urn"),
        asked("count", "pupils", "ward"),
        asked("count", "pupils", where="urn = '990001'"),
        asked("count", "pupils", where="postcode = 'L1'"),
    ],
)
def test_case_23_nothing_places_a_school(area, question):
    schools = some(f"99000{k}" for k in range(1, 5))
    with pytest.raises(BadParameters):
        area(schools, full(schools)).area("east", {"t": question})


def test_case_23_a_map_with_a_point_a_school_is_refused(area):
    schools = some(f"99000{k}" for k in range(1, 5))
    released = area(schools, full(schools)).area("east", PHASES)
    with pytest.raises(BadParameters, match="which it is"):
        chart("map", Table.from_wire(released["tables"][0]), alt="Where the schools of the area are.")


def test_case_25_the_only_special_school_and_the_only_referral_unit_of_an_area(area):
    """Taken together they are still two organisations: the table is not split by phase, and says why."""
    schools = [*some(f"99000{k}" for k in range(1, 6)), *some(["990010"], "special"), *some(["990011"], "pru")]
    released = area(schools, with_carers(schools, [41] * 5 + [121, 121])).area("east", PHASES | CARERS)
    assert is_rounded(told(released, "special"), 36 + 30 + 121 - 1)
    assert is_rounded(told(released, "pru"), 36 + 30 + 121)
    assert {told(released, phase, "carers") for phase in ("special", "pru")} <= {"c", "absent"}
    assert is_rounded(told(released, "All", "carers"), 5 * 41 + 2 * 121)
    (table,) = (each for each in released["tables"] if each["name"] == "carers")
    assert any("fewer than 3 organisations" in note for note in table["notes"])


ALL_THROUGH = School("990010", phase="all-through", ages=(4, 18))


@pytest.fixture
def with_an_all_through_school(area):
    """Four primary and four secondary schools, and one of both: 100 pupils in each phase of each."""
    primaries = some(f"99000{k}" for k in range(1, 5))
    secondaries = [School(f"99000{k}", phase="secondary", ages=(11, 16)) for k in range(5, 9)]
    roll = Roll()
    for school in (*primaries, ALL_THROUGH):
        roll.pupils(100, school.urn, ncyear="6")
    for school in (*secondaries, ALL_THROUGH):
        roll.pupils(100, school.urn, ncyear="9")
    return area([*primaries, *secondaries, ALL_THROUGH], roll)


def test_case_27_an_all_through_school_counts_once_in_either_phase(with_an_all_through_school):
    """Its pupils are of the phase of their year group, and each of them stands once in the total."""
    released = with_an_all_through_school.area("east", PHASES)
    assert [told(released, level) for level in ("primary", "secondary", "All")] == ["500", "500", "1000"]
    assert len(printed(released, "t")) == 3


def test_case_27_no_year_group_is_of_the_other_phase(with_an_all_through_school):
    """That is known of everybody: it is not withheld, and nothing is worked out from its being withheld."""
    released = with_an_all_through_school.area("east", {"t": asked("count", "pupils", "phase", "year-group")})
    cells = printed(released, "t")
    assert [cells[codes][0] for codes in (("primary", "6"), ("secondary", "9"))] == ["500", "500"]
    assert {cells[codes][0] for codes in (("primary", "9"), ("secondary", "6"))} == {"z"}


def test_case_27_the_secondary_years_of_the_one_all_through_school_are_withheld(area):
    """Their number is in the department's school files, so it is printed; how many of them are carers is not."""
    schools, roll = [*some(f"99000{k}" for k in range(1, 6)), ALL_THROUGH], Roll()
    for school in schools:
        roll.pupils(100, school.urn, ncyear="6")
    roll.pupils(53, ALL_THROUGH.urn, ncyear="9")
    roll.pupils(50, ALL_THROUGH.urn, ncyear="9", young_carer=True)
    questions = {**PHASES, "years": asked("count", "pupils", "year-group"), **CARERS}
    released = area(schools, roll).area("east", questions)
    assert is_rounded(told(released, "secondary"), 103)
    assert is_rounded(told(released, "9", "years"), 103)
    assert told(released, "secondary", "carers") in ("c", "absent")


def test_case_27_whose_year_group_is_not_known_is_of_no_phase(area):
    """They are in the total, and in neither phase: which one would be a guess."""
    roll = Roll()
    for year, number in (("6", 40), ("9", 30), (None, 20)):
        roll.pupils(number, ALL_THROUGH.urn, ncyear=year)
    questions = {**PHASES, "years": asked("count", "pupils", "phase", "year-group")}
    released = area([ALL_THROUGH, *some(["990011"])], roll).school(ALL_THROUGH.urn, questions)
    found = [told(released, level) for level in ("primary", "secondary", "unknown", "All")]
    assert found == ["40", "30", "20", "90"]
    assert printed(released, "years")["unknown", "unknown"] == ("20",)


def test_case_27_a_sixth_form_is_of_its_school(area):
    schools, roll = [School(f"99000{k}", phase="secondary", ages=(11, 18)) for k in range(1, 5)], Roll()
    for school in schools:
        roll.pupils(50, school.urn, ncyear="9")
        roll.pupils(50, school.urn, ncyear="12")
    released = area(schools, roll).area("east", PHASES)
    assert (told(released, "secondary"), told(released, "All")) == ("400", "400")
