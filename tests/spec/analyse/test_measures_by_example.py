"""What the measures mean, by worked examples."""

from invented_tables import Authority, cells_of

from kdsp_lib.model.question import Question


def test_absence_is_a_ratio_of_sums_not_a_mean_of_schools():
    """One pupil of ten who misses 5 of 10 sessions, three of a hundred who miss nothing: 5 of 310, not (50 + 0) / 2."""
    a = Authority()
    small, large = a.school("200001"), a.school("200002")
    a.pupil(small, sessions=(10, 5, 0))
    a.pupils(3, large, sessions=(100, 0, 0))
    rate, base = a.shown(Question("rate", "absence"))[()]
    assert (rate, base) == ("2", "4")


def test_exactly_one_tenth_is_persistent_absence():
    """38 of 380 is; 37 of 380 is not, though it prints as 10 % when rounded."""
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, sessions=(380, 30, 8))
    a.pupil(urn, sessions=(380, 30, 7))
    assert a.shown(Question("rate", "persistent-absence"))[()] == ["50", "1", "2"]


def test_just_below_one_tenth_is_not_persistent_absence():
    """999 of 10,000 prints as 10.0 and is not."""
    a = Authority()
    a.pupil(a.school("200001"), sessions=(10_000, 999, 0))
    assert a.shown(Question("rate", "persistent-absence"))[()] == ["0", "0", "1"]


def test_half_is_severe_absence_and_persistent_too():
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, sessions=(380, 0, 190))
    a.pupil(urn, sessions=(380, 0, 189))
    assert a.shown(Question("rate", "severe-absence"))[()] == ["50", "1", "2"]
    assert a.shown(Question("rate", "persistent-absence"))[()] == ["100", "2", "2"]


def test_who_had_no_possible_session_is_in_no_rate():
    """Nothing of nothing is not 0 %: such an enrolment leaves the base."""
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, sessions=(0, 0, 0))
    a.pupil(urn)
    a.pupil(urn, sessions=(100, 100, 0))
    assert a.shown(Question("rate", "persistent-absence"))[()] == ["100", "1", "1"]


def test_a_pupil_at_two_establishments_counts_once_at_the_main_one():
    a = Authority()
    school, unit = a.school("200001"), a.school("200002", "pru", ages=(11, 16))
    a.pupil(school, key="one", enrol_status="M", ncyear="9", sessions=(100, 20, 0))
    a.pupil(unit, key="one", enrol_status="S", ncyear="9", sessions=(100, 0, 0))
    assert a.shown(Question("count", "pupils", ("phase",))) == {("primary",): ["1"], ("pru",): ["0"], ("All",): ["1"]}
    assert a.shown(Question("rate", "absence"))[()] == ["20", "1"]


def test_guests_and_those_of_other_providers_are_not_on_roll():
    a = Authority()
    urn = a.school("200001")
    for status in "CMSGFO":
        a.pupil(urn, enrol_status=status)
    assert a.shown(Question("count", "pupils"))[()] == ["2"]


def test_sen_is_support_or_a_plan():
    a = Authority()
    urn = a.school("200001")
    for provision in "NNKE":
        a.pupil(urn, sen_provision=provision)
    assert a.shown(Question("rate", "sen"))[()] == ["50", "2", "4"]
    assert a.shown(Question("rate", "ehc-plan"))[()] == ["25", "1", "4"]
    assert a.shown(Question("count", "sen-support"))[()] == ["1"]


def test_halves_round_away_from_zero():
    """1 of 8 is 12.5 %: 13 below 100 pupils. A mean of 0.25 sessions is 0.3."""
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, fsm6=True, sessions=(100, 1, 0))
    a.pupils(3, urn, sessions=(100, 0, 0))
    a.pupils(4, urn)
    assert a.shown(Question("rate", "fsm6"))[()] == ["13", "1", "8"]
    assert a.shown(Question("mean", "sessions-missed"))[()] == ["0.3", "4"]


def test_a_percentage_of_a_hundred_pupils_has_one_decimal_place():
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, fsm6=True)
    a.pupils(98, urn)
    assert a.shown(Question("rate", "fsm6"))[()] == ["1", "1", "99"]
    a.pupil(urn)
    assert a.shown(Question("rate", "fsm6"))[()] == ["1.0", "1", "100"]


def test_girls_in_a_boys_school_are_not_applicable():
    """Public facts, so z and not 0."""
    a = Authority()
    a.school("200001", "secondary", gender="boys", ages=(11, 16))
    a.school("200002")
    a.pupils(3, "200001", sex="M", ncyear="8")
    a.pupils(2, "200002", sex="F")
    shown = a.shown(Question("count", "pupils", ("phase", "sex")))
    assert shown["secondary", "F"] == ["z"]
    assert shown["primary", "M"] == ["0"]


def test_year_groups_that_an_establishment_cannot_have_are_not_applicable():
    a = Authority()
    a.school("200001")
    a.school("200002", "secondary", ages=(11, 16))
    a.pupil("200001", ncyear="6")
    a.pupil("200002", ncyear="7")
    shown = a.shown(Question("count", "pupils", ("phase", "year-group")))
    assert shown["primary", "7"] == ["z"]
    assert shown["primary", "5"] == ["0"]
    assert ("All", "12") not in shown


def test_a_phase_that_no_subject_has_is_left_out():
    a = Authority()
    a.pupil(a.school("200001"))
    assert set(a.shown(Question("count", "pupils", ("phase",)))) == {("primary",), ("All",)}


def test_where_public_facts_are_wrong_the_pupils_still_count():
    """A boy in a girls' school is an error to chase, never a figure to drop."""
    a = Authority()
    a.pupil(a.school("200001", gender="girls"), sex="M")
    assert a.shown(Question("count", "pupils", ("sex",)))["M",] == ["1"]


def test_who_is_not_known_is_a_level_of_its_own():
    a = Authority()
    urn = a.school("200001")
    a.pupils(2, urn, fsm6=True)
    a.pupil(urn, fsm6=None)
    shown = a.shown(Question("count", "pupils", ("fsm6",)))
    assert shown == {("yes",): ["2"], ("no",): ["0"], ("unknown",): ["1"], ("All",): ["3"]}
    assert a.shown(Question("rate", "fsm6"))[()] == ["67", "2", "3"]


OK = {"reading_score": 105, "maths_score": 101, "writing": "EXS"}


def test_results_of_who_is_in_no_census_count_and_nothing_else_of_them_does():
    """Case 57: at the establishment where they were registered last; what no census says is not known."""
    a = Authority()
    first, second = a.school("200001"), a.school("200002", "special")
    a.pupils(3, first, ncyear="6", results=OK)
    a.late(first, OK, key="late", entry="2026-01-20", leave="2026-02-27")
    a.late(second, {}, key="late", entry="2026-03-02")
    cube = a.cube(
        results=Question("rate", "ks2-rwm", ("phase", "sen")), roll=Question("count", "pupils", ("phase", "sen"))
    )
    results, roll = cells_of(cube, "results"), cells_of(cube, "roll")
    assert results["special", "unknown"] == ["100", "1", "1"]
    assert results["primary", "none"] == ["100", "3", "3"]
    assert results["All", "All"] == ["100", "4", "4"]
    assert roll["special", "All"] == ["0"]
    assert roll["All", "All"] == ["3"]
    assert not any("unknown" in codes for codes in roll), "of everybody on a roll it is known"


def test_who_had_left_by_january_or_was_registered_elsewhere_counts_nowhere():
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, ncyear="6", results=OK)
    a.late(urn, OK, key="gone", entry="2025-09-01", leave="2025-12-19")
    a.late(urn, OK, key="guest", enrol_status="G")
    a.late(urn, OK, key="next year", entry="2026-09-01")
    a.late("200009", OK, key="of another authority")
    assert a.shown(Question("rate", "ks2-rwm"))[()] == ["100", "1", "1"]


def test_who_is_on_a_roll_counts_there_wherever_they_are_registered():
    a = Authority()
    first, second = a.school("200001"), a.school("200002")
    a.pupil(first, key="one", ncyear="6", results=OK, fsm6=True)
    a.late(second, {}, key="one", entry="2026-04-13")
    assert a.shown(Question("rate", "ks2-rwm", ("fsm6",)), second)[("All",)] == ["z", "0", "0"]
    assert a.shown(Question("rate", "ks2-rwm", ("fsm6",)))[("yes",)] == ["100", "1", "1"]


def test_who_joined_after_the_autumn_census_of_year_5_joined_late():
    """Of 2025/26 that census was on Thursday 3 October 2024; Year 4 has no end of a key stage."""
    a = Authority()
    urn = a.school("200001")
    for key, entry in (("early", "2024-10-03"), ("late", "2024-10-04"), ("back", "2020-09-01"), ("back", "2025-01-06")):
        a.late(urn, {}, key=key, entry=entry)
    for key in ("early", "late", "back"):
        a.pupil(urn, key=key, ncyear="6")
    a.pupil(urn, key="of whom no day is known", ncyear="6")
    a.late(urn, {}, key="young", entry="2025-09-01")
    a.pupil(urn, key="young", ncyear="4")
    assert a.shown(Question("rate", "mobility"))[()] == ["67", "2", "3"]


def test_phonics_by_the_end_of_year_2_is_met_in_either_year():
    a = Authority()
    urn = a.school("200001")
    for before, now in (("32", None), ("31", "32"), ("31", "31"), ("A", None), ("L", None), (None, None), ("L", "40")):
        key = a.pupil(urn, ncyear="2", results={} if now is None else {"phonics_mark": now})
        if before is not None:
            a.the_year_before(key, "phonics_mark", before)
    a.the_year_before(a.pupil(urn, ncyear="1"), "phonics_mark", "40")
    assert a.shown(Question("rate", "phonics-by-end-of-year-2"))[()] == ["60", "3", "5"]
    assert a.shown(Question("count", "phonics"))[()] == ["0"], "a check in Year 2 is another measure's"


def test_disadvantaged_is_by_the_premium_list_and_never_for_a_service_child_alone():
    """Nor by free school meals, which since September 2026 are wider than the premium."""
    a = Authority()
    urn, other = a.school("200001"), a.school("200002")
    for reason in ("deprivation", "looked_after", "adopted_from_care", "service_child"):
        a.premium(a.pupil(urn, ncyear="6", results=OK), **{reason: True})
    a.pupil(urn, fsm=True, fsm6=True, ncyear="6", results={**OK, "reading_score": 99})
    a.late(urn, OK, key="late")
    a.premium("late", deprivation=True)
    assert a.shown(Question("rate", "disadvantaged"), urn)[()] == ["60", "3", "5"]
    results = a.shown(Question("rate", "ks2-rwm", ("disadvantaged",)), urn)
    assert results["yes",] == ["100", "4", "4"]
    assert results["no",] == ["50", "1", "2"]
    a.pupil(other)
    roll = a.shown(Question("count", "pupils", ("disadvantaged",)), other)
    assert roll["unknown",] == ["1"], "of a school none of whose pupils is on the list nobody knows"


def test_a_rate_of_nobody_is_not_applicable():
    a = Authority()
    urn = a.school("200001")
    a.pupil(urn, sex="F", sessions=(10, 0, 0))
    shown = a.shown(Question("rate", "persistent-absence", ("sex",)))
    assert shown["M",] == ["z", "0", "0"]
