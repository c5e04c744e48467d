"""What attainment means, by worked examples: who is in the denominator, who reaches the standard, how it is rounded."""

from invented_tables import Authority, cells_of

from kdsp_lib.analyse.outcome import GOALS
from kdsp_lib.model.question import Question

SCHOOL, SECONDARY = "200001", "200002"


def shown(kind, measure, *results, **facts):
    """The one row of a measure of pupils with these results."""
    a = Authority()
    a.school(SCHOOL)
    a.school(SECONDARY, "secondary", ages=(11, 16))
    for each in results:
        a.pupil(SCHOOL, results=each, **facts)
    return a.shown(Question(kind, measure))[()]


def ks2(reading, maths, writing):
    return {"reading_score": reading, "maths_score": maths, "writing": writing}


def test_reading_writing_and_mathematics_is_of_the_same_pupil():
    """Each subject is reached by two of three; all three by nobody: not the least of the three percentages."""
    a = Authority()
    a.school(SCHOOL)
    for results in (ks2(100, 100, "WTS"), ks2(100, 99, "EXS"), ks2(99, 100, "GDS")):
        a.pupil(SCHOOL, results=results)
    names = ("ks2_reading", "ks2_maths", "ks2_writing", "ks2_rwm")
    cube = a.cube(**{name: Question("rate", name.replace("_", "-")) for name in names})
    assert [cells_of(cube, name)[()][0] for name in names] == ["67", "67", "67", "0"]


def test_a_score_of_100_is_expected_and_of_110_higher():
    pupils = [{"reading_score": score} for score in (99, 100, 109, 110)]
    assert shown("rate", "ks2-reading", *pupils) == ["75", "3", "4"]
    assert shown("rate", "ks2-reading-higher", *pupils) == ["25", "1", "4"]


def test_the_higher_standard_of_all_three_needs_greater_depth():
    pupils = (ks2(110, 110, "GDS"), ks2(120, 120, "EXS"), ks2(110, 109, "GDS"))
    assert shown("rate", "ks2-rwm-higher", *pupils) == ["33", "1", "3"]
    assert shown("rate", "ks2-rwm", *pupils) == ["100", "3", "3"]


def test_who_did_not_take_the_test_has_not_met_the_standard():
    """Absent, below the test, no access and the like: one of nine; the average is of the one score."""
    pupils = [{"maths_score": code} for code in (105, *"ABTUHJQN")]
    assert shown("rate", "ks2-maths", *pupils) == ["11", "1", "9"]
    assert shown("mean", "ks2-maths-average", *pupils) == ["105.0", "1"]


def test_a_result_that_is_missing_or_of_who_left_is_in_no_denominator():
    assert shown("rate", "ks2-maths", *({"maths_score": code} for code in (105, *"MXLSFP"))) == ["100", "1", "1"]


def test_who_is_left_out_of_one_subject_is_left_out_of_the_three():
    assert shown("rate", "ks2-rwm", ks2(105, 105, "EXS"), ks2("M", 80, "WTS"), {"reading_score": 105}) == [
        "100", "1", "1",
    ]  # fmt: skip


def test_the_average_is_of_scores_and_its_half_goes_up():
    """100, 100, 101 and 100: 100.25, to one place 100.3."""
    pupils = [{"reading_score": score} for score in (100, 100, 101, 100)]
    assert shown("mean", "ks2-reading-average", *pupils) == ["100.3", "4"]


def test_a_code_that_could_be_read_as_a_number_is_none():
    """1E2 is no score of 100."""
    assert shown("mean", "ks2-reading-average", {"reading_score": 110}, {"reading_score": "1E2"}) == ["110.0", "1"]


def test_pupils_without_results_are_in_no_measure():
    assert shown("rate", "ks2-rwm", ks2(100, 100, "EXS"), {}) == ["100", "1", "1"]


def test_32_marks_of_phonics_meet_the_standard_and_absence_does_not():
    """A, D and Q are in the denominator; L is not."""
    pupils = [{"phonics_mark": mark} for mark in (31, 32, 40, "A", "D", "Q", "L")]
    assert shown("rate", "phonics", *pupils) == ["33", "2", "6"]


def test_full_marks_are_of_all_who_are_eligible_and_the_average_of_who_took_the_check():
    """25 and 24 taken, one absent, one below it, one left: 1 of 4, and 49 marks of 2 pupils. A mark of 0 is taken."""
    pupils = [{"tables_mark": mark} for mark in (25, 24, "A", "B", "L")]
    assert shown("rate", "times-tables-full-marks", *pupils) == ["25", "1", "4"]
    assert shown("mean", "times-tables-average", *pupils) == ["24.5", "2"]
    assert shown("mean", "times-tables-average", *pupils, {"tables_mark": 0}) == ["16.3", "3"]


def profile(**other):
    return {goal: other.get(goal, 2) for goal in GOALS}


def test_a_good_level_of_development_is_12_goals_of_17():
    """A child below in understanding the world (goal 13) has one; below in writing (goal 10) has none."""
    children = (profile(), profile(goal_13=1), profile(goal_10=1), profile(goal_10="A"))
    assert shown("rate", "good-level-of-development", *children) == ["50", "2", "4"]
    assert shown("rate", "all-early-learning-goals", *children) == ["25", "1", "4"]
    assert shown("mean", "early-learning-goals", *children) == ["16.3", "4"]


def test_a_child_without_a_whole_profile_is_in_no_denominator():
    assert shown("rate", "good-level-of-development", profile(), {"goal_1": 2}) == ["100", "1", "1"]


def ks4(language, literature, maths, points="40.0"):
    found = {"english_language": language, "english_literature": literature, "maths_grade": maths}
    return {name: grade for name, grade in found.items() if grade} | {"attainment_8": points}


def test_english_is_the_better_of_language_and_literature_and_one_is_enough():
    pupils = (ks4("3", "4", "4"), ks4("", "5", "5"), ks4("9", "9", "3"), ks4("U", "", ""), ks4("", "", ""))
    assert shown("rate", "english-maths-4", *pupils) == ["40", "2", "5"]
    assert shown("rate", "english-maths-5", *pupils) == ["20", "1", "5"]


def test_attainment_8_is_divided_by_pupils_and_no_entry_is_nothing():
    """62.5, 40.25 and 0: 102.75 of 3 pupils is 34.25, to one place 34.3."""
    pupils = [{"attainment_8": points} for points in ("62.5", "40.25", "0.0")]
    assert shown("mean", "attainment-8", *pupils) == ["34.3", "3"]


def gcses(**grades):
    """All parts of the English Baccalaureate with grade 5 in each, but for what is said: nothing is no entry."""
    entered = {"english_language": "5", "english_literature": "5", "maths_grade": "5", "double_science": "55",
               "humanity": "5", "other_language": "5", "attainment_8": "50.0"}  # fmt: skip
    return {name: grade for name, grade in (entered | grades).items() if grade is not None}


SINGLE = {"double_science": None, "biology": "7", "chemistry": "5", "physics": "3"}


def test_who_is_entered_for_all_parts_is_entered_for_the_english_baccalaureate():
    """Whatever the grade. Five are not: for want of one part each. English needs both, single sciences are three."""
    entered = (
        gcses(),
        gcses(other_language="U"),
        gcses(**SINGLE),
        gcses(**SINGLE | {"physics": None, "computer_science": "1"}),
    )
    lacking = [gcses(**{part: None}) for part in ("english_literature", "maths_grade", "humanity", "other_language")]
    assert shown("rate", "ebacc-entry", *entered, *lacking, gcses(**SINGLE | {"physics": None})) == ["44", "4", "9"]


def test_each_part_of_the_english_baccalaureate_needs_the_grade():
    """English by its better, science by both grades of a double award or the two best single ones."""
    met = (gcses(english_language="2"), gcses(**SINGLE), gcses(double_science="65"))
    four = (gcses(double_science="54"), gcses(maths_grade="4"), gcses(**SINGLE | {"chemistry": "4"}))
    below = (
        gcses(double_science="43"),
        gcses(humanity="3"),
        gcses(**SINGLE | {"chemistry": "3"}),
        gcses(other_language=None),
    )
    assert shown("rate", "ebacc-5", *met, *four, *below) == ["30", "3", "10"]
    assert shown("rate", "ebacc-4", *met, *four, *below) == ["60", "6", "10"]


def test_points_of_the_english_baccalaureate_are_of_six_places_and_an_empty_one_is_nothing():
    """30; with single sciences of 7 and 5, 32; without a language, 25; nothing: 87 by six of 4 pupils is 3.625."""
    pupils = (gcses(), gcses(**SINGLE), gcses(other_language=None), {"attainment_8": "0.0"})
    assert shown("mean", "ebacc-aps", *pupils) == ["3.63", "4"]
    assert shown("mean", "ebacc-aps", gcses(double_science="98", biology="U")) == ["6.17", "1"]


def test_the_best_of_several_languages_counts_and_not_the_one_that_is_last_in_the_alphabet():
    a = Authority()
    a.school(SECONDARY, "secondary", ages=(11, 16))
    a.pupil(SECONDARY, key="one", ncyear="11", results=gcses(other_language="U"))
    french = next(row for row in a.rows["results"] if row["subject"] == "FRE")
    a.rows["results"].append({**french, "subject": "LAT", "result": "5"})
    assert a.shown(Question("rate", "ebacc-5"))[()] == ["100", "1", "1"]


def test_who_is_checked_again_in_year_2_is_not_in_the_measure_of_year_1():
    """One of two met it in Year 1; two who are checked in Year 2, in the same summer, are in no denominator."""
    a = Authority()
    a.school(SCHOOL)
    for year, mark in (("1", 32), ("1", 31), ("2", 40), ("2", 20)):
        a.pupil(SCHOOL, ncyear=year, results={"phonics_mark": mark})
    assert a.shown(Question("rate", "phonics"))[()] == ["50", "1", "2"]
    assert a.shown(Question("count", "phonics"))[()] == ["1"]


def test_a_phase_without_the_age_is_not_in_the_table():
    a = Authority()
    a.school(SCHOOL)
    a.school(SECONDARY, "secondary", ages=(11, 16))
    a.pupil(SCHOOL, results=ks2(100, 100, "EXS"))
    a.pupil(SECONDARY, ncyear="7")
    rows = a.shown(Question("rate", "ks2-rwm", ("phase",)))
    assert set(rows) == {("primary",), ("All",)}


def test_suspensions_are_for_every_100_pupils_and_may_be_more():
    """Five suspensions of two pupils, of four on roll: 125 for every 100; 2 of 4 pupils; 1 of 4 more than once."""
    a = Authority()
    a.school(SECONDARY, "secondary", ages=(11, 16))
    a.pupil(SECONDARY, suspended=["SUSP"] * 4)
    a.pupil(SECONDARY, suspended=["SUSP", "LNCH", "PERM"])
    a.pupil(SECONDARY, suspended=["LNCH"])
    a.pupil(SECONDARY)
    assert a.shown(Question("rate", "suspensions"))[()] == ["125", "4"]
    assert a.shown(Question("rate", "suspended-pupils"))[()] == ["50", "2", "4"]
    assert a.shown(Question("rate", "suspended-twice"))[()] == ["25", "1", "4"]


def test_pupils_permanently_excluded_are_counted_once_and_apart_from_suspensions():
    """Of eight on roll three have a permanent exclusion, one of them two: 3 of 8 is 37.5, shown as 38 %."""
    a = Authority()
    a.school(SECONDARY, "secondary", ages=(11, 16))
    for given in (["PERM"], ["PERM", "PERM"], ["SUSP", "PERM"], ["SUSP"], ["SUSP"], ["LNCH"], [], []):
        a.pupil(SECONDARY, suspended=given)
    assert a.shown(Question("rate", "permanent-exclusions"))[()] == ["38", "3", "8"]
    assert a.shown(Question("count", "permanent-exclusions"))[()] == ["3"]
    assert a.shown(Question("rate", "suspended-pupils"))[()] == ["38", "3", "8"]


def test_a_permanent_exclusion_counts_where_the_pupil_is_on_roll_in_january_and_was_excluded():
    """One excluded by the unit where only registered beside, one on roll of neither: nobody of two."""
    a = Authority()
    first, unit = a.school(SECONDARY, "secondary", ages=(11, 16)), a.school("200003", "pru", ages=(11, 16))
    a.pupil(first, key="one", enrol_status="M")
    a.pupil(unit, key="one", enrol_status="S", suspended=["PERM"])
    a.pupil(first)
    a.rows["suspensions"].append({"pupil_key": "gone by January", "urn": first, "category": "PERM"})
    assert a.shown(Question("rate", "permanent-exclusions"))[()] == ["0", "0", "2"]


def test_suspensions_by_another_establishment_are_not_this_ones():
    a = Authority()
    first, unit = a.school(SECONDARY, "secondary", ages=(11, 16)), a.school("200003", "pru", ages=(11, 16))
    a.pupil(first, key="one", enrol_status="M", suspended=["SUSP"])
    a.pupil(unit, key="one", enrol_status="S", suspended=["SUSP", "SUSP"])
    assert a.shown(Question("rate", "suspensions"))[()] == ["100", "1"]
