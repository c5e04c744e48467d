"""What links the cells of a report: complements, nested measures, near populations, earlier tables."""

import numpy as np
from invented_tables import Authority, random_authority

from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.membership import NONE
from kdsp_lib.model.question import Question


def follows(cube, cell, known):
    """Whether the equations alone give ``cell`` away to who knows ``known``."""
    unknown = [k for k in range(len(cube.keys)) if k not in known]
    matrix = cube.equations[:, unknown].toarray().astype(float)
    target = np.zeros((1, len(unknown)))
    target[0, unknown.index(cell)] = 1
    return np.linalg.matrix_rank(matrix) == np.linalg.matrix_rank(np.vstack((matrix, target)))


def four_schools(each=20):
    a = Authority()
    for k in range(4):
        urn = a.school(f"20000{k}")
        a.pupils(each, urn)
        a.pupils(each, urn, sex="M", fsm6=True)
    return a


def test_a_margin_that_stands_in_two_tables_is_one_cell():
    a = four_schools()
    cube = a.cube(one=Question("count", "pupils", ("sex",)), two=Question("count", "pupils", ("fsm6",)))
    assert cube.tables["one"].rows[-1].counted == cube.tables["two"].rows[-1].counted


def test_the_complement_of_a_filter_is_in_the_system_where_the_whole_is_printed():
    a = four_schools()
    cube = a.cube(some=Question("count", "pupils", (), "idaci_decile = 5 or fsm6"), all=Question("count", "pupils"))
    outside = [k for k, key in enumerate(cube.keys) if "out" in key]
    assert len(outside) == 1
    assert not cube.printable[outside[0]]
    known = {cube.tables["some"].rows[0].counted, cube.tables["all"].rows[0].counted}
    assert follows(cube, outside[0], known)


def test_the_complement_of_a_filter_is_left_out_where_nothing_gives_it():
    cube = four_schools().cube(some=Question("count", "pupils", (), "fsm6"))
    assert len(cube.keys) == 1


def test_persistent_and_severe_absence_are_nested():
    a = random_authority(5)
    cube = a.cube(pa=Question("rate", "persistent-absence"), severe=Question("rate", "severe-absence"))
    pa, severe = cube.tables["pa"].rows[0], cube.tables["severe"].rows[0]
    assert pa.base == severe.base
    between = [k for k, key in enumerate(cube.keys) if "enrolments without severe, not-persistent" in key]
    assert cube.count[between[0]] == cube.count[pa.counted] - cube.count[severe.counted]
    assert follows(cube, between[0], {pa.counted, severe.counted})


def test_the_rest_of_a_base_follows_from_the_base_and_what_is_counted():
    a = random_authority(6)
    row = a.cube(q=Question("rate", "ehc-plan", ("sex",))).tables["q"].rows[0]
    assert row.rest != NONE


def test_a_filter_and_a_level_that_mean_the_same_are_tied():
    a = random_authority(7)
    cube = a.cube(
        some=Question("count", "pupils", ("phase",), "sex = 'F'"), all=Question("count", "pupils", ("sex", "phase"))
    )
    for row in cube.tables["some"].rows:
        twin = next(r for r in cube.tables["all"].rows if r.codes == ("F", *row.codes))
        assert follows(cube, row.counted, {twin.counted})


def test_a_filter_on_two_years_is_the_sum_of_their_levels():
    a = random_authority(8)
    cube = a.cube(
        some=Question("count", "pupils", (), "ncyear in ('7', '8')"), all=Question("count", "pupils", ("year-group",))
    )
    years = {row.counted for row in cube.tables["all"].rows if row.codes[0] in ("7", "8")}
    assert len(years) == 2
    assert follows(cube, cube.tables["some"].rows[0].counted, years)


def test_filters_whose_populations_differ_by_a_few_pupils_get_their_difference():
    a = four_schools()
    a.pupils(3, "200000", decile=1, fsm6=True, sex="M")
    cube = a.cube(
        some=Question("count", "pupils", (), "fsm6"), fewer=Question("count", "pupils", (), "fsm6 and idaci_decile > 1")
    )
    some, fewer = (cube.tables[name].rows[0].counted for name in ("some", "fewer"))
    extra = next(k for k in range(len(cube.keys)) if k not in (some, fewer))
    assert cube.count[extra] == 3
    assert not cube.printable[extra]
    assert follows(cube, extra, {some, fewer})


def test_overlapping_populations_get_both_differences():
    a = four_schools()
    a.pupils(2, "200001", sex="F", fsm6=True)
    a.pupils(1, "200002", sex="M", fsm6=False)
    cube = a.cube(boys=Question("count", "pupils", (), "sex = 'M' "), fsm6=Question("count", "fsm6"))
    assert sorted(cube.count[len(cube.keys) - 2 :]) == [1, 2]
    assert not (cube.equations @ cube.count).any()


def test_a_difference_that_one_controller_makes_is_in_the_system():
    a = four_schools()
    a.pupils(30, "200000", sen_provision="K", sex="M", fsm6=True)
    cube = a.cube(
        all=Question("count", "pupils"),
        rest=Question("count", "pupils", (), "sen_provision = 'N' or sen_provision = 'E'"),
    )
    added = [k for k in range(len(cube.keys)) if not cube.printable[k] and cube.count[k] == 30]
    assert added
    assert cube.establishments[added[0]] == 1


def test_one_school_s_report_gets_no_differences_between_controllers():
    a = random_authority(9, schools=1, pupils=120)
    cube = a.cube(q=Question("count", "pupils", ("sex", "fsm6")))
    assert all(cube.count[d.left] - cube.count[d.right] in range(-5, 6) for d in cube.differences)


def test_an_earlier_table_is_in_the_same_system():
    a = random_authority(10)
    cube = a.cube(
        now=Question("count", "pupils", ("sex",)),
        earlier={"before": Earlier(Question("count", "pupils", ("sex", "fsm6")), tuple(a.controllers))},
    )
    now, before = cube.tables["now"], cube.earlier_tables["before"]
    assert now.rows[0].counted == next(r for r in before.rows if r.codes == ("F", "All")).counted
    assert cube.earlier.sum() == len({r.counted for r in before.rows})
    assert cube.current.sum() == len({r.counted for r in now.rows})


def test_an_earlier_table_of_all_but_one_school_gives_that_school_away():
    a = four_schools()
    subjects = tuple(sorted(a.controllers))
    cube = a.cube(
        now=Question("count", "pupils"), earlier={"before": Earlier(Question("count", "pupils"), subjects[:3])}
    )
    now, before = cube.tables["now"].rows[0].counted, cube.earlier_tables["before"].rows[0].counted
    lone = next(k for k in range(len(cube.keys)) if not cube.printable[k])
    assert cube.establishments[lone] == 1
    assert follows(cube, lone, {now, before})


def test_a_cell_of_one_names_its_one_atom():
    a = four_schools()
    a.pupil("200000", lac=True)
    cube = a.cube(q=Question("count", "looked-after"))
    cell = cube.tables["q"].rows[0].counted
    assert cube.count[cell] == 1
    assert cube.membership[cell].indices.tolist() == [cube.single[cell]]


def test_outcomes_of_sensitive_attributes_know_their_base():
    a = random_authority(11)
    cube = a.cube(q=Question("rate", "persistent-absence", ("sex",)), w=Question("count", "pupils", ("eal",)))
    for row in cube.tables["q"].rows:
        assert cube.sensitive[row.counted]
        assert cube.sensitive[row.rest]
        assert cube.base[row.counted] == cube.base[row.rest] == row.base
        assert not cube.sensitive[row.base]
    assert not any(cube.sensitive[row.counted] for row in cube.tables["w"].rows)


def test_cells_know_what_categories_of_data_they_speak_of():
    a = random_authority(12)
    cube = a.cube(q=Question("rate", "persistent-absence", ("sen",)))
    row = cube.tables["q"].rows[0]
    assert cube.categories[row.counted] == {"sen", "attendance"}


def test_the_words_of_a_filter_may_leave_a_level_empty():
    a = random_authority(13)
    cube = a.cube(q=Question("count", "pupils", ("sex",), "sex = 'F'"))
    assert cube.tables["q"].levels == (("F",),)


def test_two_filters_that_all_but_fill_a_third_get_what_is_left():
    a = four_schools()
    for year in "78":
        for k in range(4):
            a.pupils(5, f"20000{k}", ncyear=year)
    a.pupils(3, "200000", ncyear="9")
    cube = a.cube(
        all=Question("count", "pupils", (), "ncyear in ('7', '8', '9')"),
        one=Question("count", "pupils", (), "ncyear = '7'"),
        two=Question("count", "pupils", (), "ncyear = '8'"),
    )
    left = next(k for k in range(len(cube.keys)) if not cube.printable[k] and cube.count[k] == 3)
    assert follows(cube, left, set(np.flatnonzero(cube.printable)))


def test_the_general_tracker_is_seen():
    """C or T, C or not T, and all: their sums give the few of C away."""
    a = four_schools()
    a.pupils(2, "200000", lac=True)
    a.pupils(2, "200001", lac=True, sex="M")
    cube = a.cube(
        one=Question("count", "pupils", (), "lac or sex = 'F'"),
        two=Question("count", "pupils", (), "lac or sex = 'M'"),
        all=Question("count", "pupils"),
    )
    few = next(k for k in range(len(cube.keys)) if not cube.printable[k] and cube.count[k] == 4)
    assert follows(cube, few, set(np.flatnonzero(cube.printable)))


def test_two_phases_by_filter_and_a_total_give_the_one_school_that_is_left_away():
    a = four_schools()
    for k in range(4, 8):
        a.pupils(20, a.school(f"20000{k}", "secondary", ages=(11, 16)), ncyear="8")
    a.pupils(30, a.school("200009", "special"))
    cube = a.cube(
        all=Question("count", "pupils"),
        one=Question("count", "pupils", (), "phase = 'primary'"),
        two=Question("count", "pupils", (), "phase = 'secondary'"),
    )
    lone = [k for k in range(len(cube.keys)) if cube.count[k] == 30]
    assert lone
    for cell in lone:
        assert cube.establishments[cell] == 1
        assert follows(cube, cell, set(np.flatnonzero(cube.printable)))


def test_a_zero_makes_no_two_figures_one():
    """Nobody is severely absent in the primaries, so that all enrolments and those not severely absent are the same
    pupils there. What is left of the area without the one is not what is left without the other, to a reader."""
    a = Authority()
    for k in range(4):
        a.pupils(20, a.school(f"20000{k}"), sessions=(120, 0, 0))
    for k in range(4, 7):
        urn = a.school(f"20000{k}", "secondary", ages=(11, 16))
        a.pupils(20, urn, ncyear="8", sessions=(120, 0, 0))
        a.pupils(20, urn, ncyear="8", sessions=(120, 90, 0))
    cube = a.cube(severe=Question("rate", "severe-absence", ("phase",)), sen=Question("count", "pupils", ("sen",)))
    rows = {row.codes: row for row in cube.tables["severe"].rows}
    moving = {cell for phase in ("primary", "secondary") for cell in rows[phase,].cells[1:]}
    assert cube.count[rows["primary",].counted] == 0
    assert not follows(cube, rows["primary",].counted, set(np.flatnonzero(cube.printable)) - moving)


def test_few_that_are_left_over_make_no_level_empty():
    """60 pupils less the 59 without a plan leave the one who has one, a girl: no boy has one, but nothing says so."""
    a = Authority()
    urn = a.school("200000")
    a.pupils(27, urn)
    a.pupils(32, urn, sex="M")
    a.pupil(urn, sen_provision="E")
    cube = a.cube(plans=Question("rate", "ehc-plan", ("sex",)))
    boys = next(row for row in cube.tables["plans"].rows if row.codes == ("M",))
    assert cube.count[boys.counted] == 0
    assert not follows(cube, boys.counted, set())
