"""What pupils achieved: a row a pupil from the results of a school year, and the leaves that each outcome falls into.

A result is a text: a mark, a score, a grade, or a code that says why there is none. A code that leaves a pupil out of a
measure is told from one that counts as not met; which are which stands in ``measures/measures.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where a result stands in the table of results."""

    stage: str
    subject: str
    method: str
    component: str
    qualifier: str
    others: tuple[str, ...] = ()
    """Further subjects, of all of which the best grade counts; any other text where there is no grade."""


_AREAS = {"COM": 2, "PSE": 3, "PHY": 2, "LIT": 3, "MAT": 2, "UTW": 3, "EXP": 2}
_GOAL_AREAS = tuple(area for area, goals in _AREAS.items() for _ in range(goals))
GOALS = tuple(f"goal_{number}" for number in range(1, len(_GOAL_AREAS) + 1))
GOALS_OF_GOOD_DEVELOPMENT = GOALS[:12]
"""Those of communication and language, personal development, physical development, literacy and mathematics."""

_LANGUAGES = (
    "FRE", "SPA", "GER", "ARA", "BEN", "CHI", "GRE", "GUJ", "HEB", "ITA", "JPN", "PAN", "PER", "POL", "POR", "RUS",
    "TUR", "URD", "GRC", "HBO", "LAT",
)  # fmt: skip
"""Modern and ancient languages that have a GCSE, by ISO 639."""
ASSESSMENTS: Mapping[str, Assessment] = MappingProxyType(
    {
        **{
            goal: Assessment("FSP", area, "TA", f"G{number:02d}", "FS")
            for number, (goal, area) in enumerate(zip(GOALS, _GOAL_AREAS, strict=True), start=1)
        },
        "phonics_mark": Assessment("KS1", "ENG", "TT", "PHO", "PM"),
        "tables_mark": Assessment("KS2", "MAT", "TT", "MTC", "MT"),
        "reading_score": Assessment("KS2", "ENG", "TT", "REA", "NS"),
        "maths_score": Assessment("KS2", "MAT", "TT", "MAT", "NS"),
        "gps_score": Assessment("KS2", "ENG", "TT", "GPS", "NS"),
        "writing": Assessment("KS2", "ENG", "TA", "WRI", "NL"),
        "english_language": Assessment("KS4", "ENL", "EX", "GCSE", "GR"),
        "english_literature": Assessment("KS4", "LIT", "EX", "GCSE", "GR"),
        "maths_grade": Assessment("KS4", "MAT", "EX", "GCSE", "GR"),
        "attainment_8": Assessment("KS4", "ATT8", "DV", "TOT", "PTS"),
        **{
            name: Assessment("KS4", subject, "EX", "GCSE", "GR", tuple(others))
            for name, (subject, *others) in {
                "double_science": ("DSC",),
                "biology": ("BIO",),
                "chemistry": ("CHE",),
                "physics": ("PHY",),
                "computer_science": ("CSC",),
                "humanity": ("HIS", "GEO"),
                "other_language": _LANGUAGES,
            }.items()
        },
    }
)
"""The results that measures are made of, each under the name of its column."""

RESULTS, EARLIER_RESULTS = "results", "earlier-results"
"""The table of a school year's results, and that of the year before."""
_OF_THE_YEAR_BEFORE: Mapping[str, str] = MappingProxyType({"phonics_mark_before": "phonics_mark"})
"""Results of the year before under names of their own."""
EXPECTED, HIGHER = 100, 110
"""Scaled scores of key stage 2, which go from 80 to 120."""
PHONICS_STANDARD = 32
TABLES_MARKS = 25
_SCORE = r"^(8[0-9]|9[0-9]|10[0-9]|11[0-9]|120)$"
_PHONICS = r"^([0-9]|[1-3][0-9]|40)$"
_TABLES = r"^(1?[0-9]|2[0-5])$"
_POINTS = r"^[0-9]{1,2}(\.[0-9]{1,2})?$"
_LEFT_OUT_OF_KS2 = ("F", "L", "M", "P", "S", "X")
"""Studies the test later or took it before, left, missing, under review, lost: out of the denominator."""
_LEFT_OUT_OF_PHONICS = ("L", "M", "X")
_LEFT_OUT_OF_TABLES = ("L", "X", "Z", "NAA")
_GRADES = tuple("123456789")
_DOUBLE = r"^[1-9]{2}$"
_SINGLE_SCIENCES = ("biology", "chemistry", "physics", "computer_science")
BACCALAUREATE = (
    "attainment_8", "english_language", "english_literature", "maths_grade", "double_science", *_SINGLE_SCIENCES,
    "humanity", "other_language",
)  # fmt: skip
"""What the English Baccalaureate is made of."""
BACCALAUREATE_PLACES = 6
_REACHED = {level: tuple(str(grade) for grade in range(level, 10)) for level in (4, 5)}


def by_table(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The outcomes by the table that they are read from."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        table = EARLIER_RESULTS if name in _OF_THE_YEAR_BEFORE else RESULTS
        found[table] = (*found.get(table, ()), name)
    return found


def outcomes(results: Any, names: Iterable[str]) -> Any:
    """One row a pupil with a result in the table: a text column for each of the ``names``, null where there is none."""
    found = {}
    for name in names:
        where = ASSESSMENTS[_OF_THE_YEAR_BEFORE.get(name, name)]
        is_it = (
            (results.stage == where.stage)
            & results.subject.isin((where.subject, *where.others))
            & (results.method == where.method)
            & (results.component == where.component)
            & (results.qualifier == where.qualifier)
        )
        grade = results.result.max(where=is_it & results.result.isin(_GRADES)) if where.others else None
        any_text = results.result.max(where=is_it)
        found[name] = any_text if grade is None else grade.coalesce(any_text)
    return results.group_by("pupil_key").aggregate(**found)


def _whole(column: Any, pattern: str) -> Any:
    """The number that a text is, null where it is none: by its form, since a code could be read as a number too."""
    return column.re_search(pattern).ifelse(column, None).cast("int64")


def development(t: Any) -> Any:
    """The early years: all 17 goals, the 12 of a good level, or fewer. Without a result of each there is no profile."""
    there = _all(t[goal].isin(("1", "2", "3", "A")) for goal in GOALS)
    good, whole = (_all(t[goal].isin(("2", "3")) for goal in goals) for goals in (GOALS_OF_GOOD_DEVELOPMENT, GOALS))
    level = whole.ifelse("all-goals", good.ifelse("good-only", "not-good"))
    return there.fill_null(False).ifelse(level, "no-profile")


def goals_reached(t: Any) -> Any:
    """How many of the 17 goals a child is at the expected level of."""
    total = t[GOALS[0]].isin(("2", "3")).fill_null(False).cast("int64")
    for goal in GOALS[1:]:
        total = total + t[goal].isin(("2", "3")).fill_null(False).cast("int64")
    return total


def phonics_check(t: Any) -> Any:
    """32 marks or more; any mark below, A, D and Q are not met. A check in Year 2 is another measure's."""
    mark = _whole(t.phonics_mark, _PHONICS)
    met = (mark >= PHONICS_STANDARD).fill_null(False).ifelse("met", "not-met")
    out = t.phonics_mark.isnull() | t.phonics_mark.isin(_LEFT_OUT_OF_PHONICS) | (t.ncyear == "2").fill_null(False)
    return out.ifelse("not-checked", met)


def phonics_by_year_2(t: Any) -> Any:
    """Of Year 2: 32 marks or more, now or the year before; a valid outcome in either year is enough to be counted."""
    marks = (t.phonics_mark, t.phonics_mark_before)
    passed = [(_whole(mark, _PHONICS) >= PHONICS_STANDARD).fill_null(False) for mark in marks]
    out = [mark.isnull() | mark.isin(_LEFT_OUT_OF_PHONICS) for mark in marks]
    is_counted = (t.ncyear == "2").fill_null(False) & ~(out[0] & out[1])
    return is_counted.ifelse((passed[0] | passed[1]).ifelse("met", "not-met"), "not-checked")


def times_tables(t: Any) -> Any:
    """Full marks, fewer, or eligible and not taken."""
    mark = _whole(t.tables_mark, _TABLES)
    taken = (mark == TABLES_MARKS).ifelse("full-marks", "fewer-marks")
    out = t.tables_mark.isnull() | t.tables_mark.isin(_LEFT_OUT_OF_TABLES)
    return out.ifelse("not-eligible", mark.notnull().ifelse(taken, "not-taken"))


def tables_mark(t: Any) -> Any:
    """The mark of who took the check."""
    return _whole(t.tables_mark, _TABLES)


def scaled(name: str) -> Any:
    """The standard that a scaled score reaches; a code that is no score is not met, or leaves out."""

    def leaf(t: Any) -> Any:
        score = _whole(t[name], _SCORE)
        reached = (score >= HIGHER).ifelse("higher", (score >= EXPECTED).ifelse("expected-only", "below"))
        return _is_out_of_ks2(t[name]).ifelse("not-eligible", score.notnull().ifelse(reached, "not-scored"))

    return leaf


def score_of(name: str) -> Any:
    """The scaled score itself."""
    return lambda t: _whole(t[name], _SCORE)


def writing(t: Any) -> Any:
    """The teacher's assessment: greater depth, the expected standard, or neither."""
    reached = (t.writing == "GDS").ifelse("higher", (t.writing == "EXS").ifelse("expected-only", "below"))
    return _is_out_of_ks2(t.writing).ifelse("not-eligible", reached)


def reading_writing_maths(t: Any) -> Any:
    """All three by the same pupil: who is left out of one is left out."""
    scores = [_whole(t[name], _SCORE) for name in ("reading_score", "maths_score")]
    out = _is_out_of_ks2(t.reading_score) | _is_out_of_ks2(t.maths_score) | _is_out_of_ks2(t.writing)
    higher = _all([*((score >= HIGHER) for score in scores), t.writing == "GDS"]).fill_null(False)
    expected = _all([*((score >= EXPECTED) for score in scores), t.writing.isin(("EXS", "GDS"))]).fill_null(False)
    return out.ifelse("not-eligible", higher.ifelse("higher", expected.ifelse("expected-only", "below")))


def english_and_maths(t: Any) -> Any:
    """The grade that a pupil has in mathematics and in English, the better of language and literature."""

    def reached(level: int) -> Any:
        english = t.english_language.isin(_REACHED[level]).fill_null(False) | t.english_literature.isin(
            _REACHED[level]
        ).fill_null(False)
        return english & t.maths_grade.isin(_REACHED[level]).fill_null(False)

    grade = reached(5).ifelse("grade-5", reached(4).ifelse("grade-4-only", "below"))
    return _points(t).isnull().ifelse("not-at-end", grade)


def baccalaureate(t: Any) -> Any:
    """Entered for all parts of the English Baccalaureate, and the grade that a pupil has in each.

    English needs language and literature, and counts by the better; science a double award, or three single sciences,
    which count by the two best.
    """
    singles = sum((t[name].notnull().cast("int64") for name in _SINGLE_SCIENCES[1:]), t.biology.notnull().cast("int64"))
    entered = _all(
        [
            t.english_language.notnull(), t.english_literature.notnull(), t.maths_grade.notnull(),
            t.double_science.notnull() | (singles >= 3), t.humanity.notnull(), t.other_language.notnull(),
        ]
    )  # fmt: skip

    def reached(level: int) -> Any:
        english = _grade(t.english_language, t.english_literature) >= level
        double = _double(t, 1) >= level
        best = (singles >= 3) & (_two_best(t, lambda grade: (grade >= level).cast("int64")) == 2)
        others = [_grade(t[name]) >= level for name in ("maths_grade", "humanity", "other_language")]
        return _all([entered, english, double | best, *others])

    grade = reached(5).ifelse("grade-5", reached(4).ifelse("grade-4-only", "entered-below"))
    return _points(t).isnull().ifelse("not-at-end", entered.ifelse(grade, "not-entered"))


def baccalaureate_points(t: Any) -> Any:
    """The points of the six places of the English Baccalaureate together: science has two, an empty one 0."""
    import ibis

    science = ibis.greatest(_double(t, 0) + _double(t, 1), _two_best(t, lambda grade: grade))
    english = _grade(t.english_language, t.english_literature)
    return english + science + _grade(t.maths_grade) + _grade(t.humanity) + _grade(t.other_language)


def _grade(*columns: Any) -> Any:
    """The best grade as a whole number; ungraded, any other text and nothing are 0."""
    import ibis

    return ibis.greatest(0, *(each.isin(_GRADES).ifelse(each, "0").cast("int64") for each in columns))


def _double(t: Any, place: int) -> Any:
    """One of the two grades of a double award, of which the first is the better."""
    grades = t.double_science.re_search(_DOUBLE).fill_null(False).ifelse(t.double_science, "00")
    return grades.substr(place, 1).cast("int64")


def _two_best(t: Any, worth: Callable[[Any], Any]) -> Any:
    """The most that two single sciences are worth together."""
    import ibis

    return ibis.greatest(*(worth(_grade(t[a])) + worth(_grade(t[b])) for a, b in combinations(_SINGLE_SCIENCES, 2)))


def attainment_8(t: Any) -> Any:
    """Attainment 8 in hundredths of a point."""
    return (_points(t) * 100).cast("int64")


def _points(t: Any) -> Any:
    return t.attainment_8.re_search(_POINTS).ifelse(t.attainment_8, None).cast("decimal(6, 2)")


def _is_out_of_ks2(column: Any) -> Any:
    return column.isnull() | column.isin(_LEFT_OUT_OF_KS2)


def _all(conditions: Iterable[Any]) -> Any:
    found = None
    for condition in conditions:
        found = condition if found is None else found & condition
    return found
