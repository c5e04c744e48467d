"""What would be published of the made-up authority as statistics: absence as a tidy file, indicators by authority."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kdsp_lib.source.demo.csv_file import csv_bytes
from kdsp_lib.source.demo.enrolment import TERMS
from kdsp_lib.source.demo.performance import FEW, HELD, YEAR, Read, decimal

TIDY, METADATA, INDICATORS = "absence-by-school.csv", "absence-by-school.meta.csv", "lait.csv"
NEIGHBOURS, AUTHORITIES, EXCLUSIONS = "statistical-neighbours.csv", "la-and-region-codes.csv", "exclusions-2017.csv"
_NATION = ("E92000001", "England")
_HERE = "Made-up authority"
_TIDY_HEADER = (
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name", "old_la_code", "new_la_code",
    "la_name", "school_urn", "school_laestab", "school_name", "enrolments", "sess_possible", "sess_overall",
    "sess_overall_percent",
)  # fmt: skip
_META = (
    ("col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp", "filter_hint",
     "filter_grouping_column"),
    ("enrolments", "Indicator", "Number of enrolments", "", "", "0", "", ""),
    ("sess_possible", "Indicator", "Number of possible sessions", "", "", "0", "", ""),
    ("sess_overall", "Indicator", "Number of sessions missed", "", "", "0", "", ""),
    ("sess_overall_percent", "Indicator", "Overall absence rate", "", "%", "1", "", ""),
)  # fmt: skip


def statistics_of(read: Read) -> Iterator[tuple[str, bytes]]:
    """Each file by its name."""
    number = str(read("establishments", None)["laestab"].iloc[0])[:3]
    yield from _lists(number)
    yield TIDY, csv_bytes([_TIDY_HEADER, *_absence_rows(read)])
    yield METADATA, csv_bytes(_META)
    yield (
        INDICATORS,
        csv_bytes([("Short Desc", "Years", "LA and Regions", "LA Number", "Values"), *_indicator_rows(read)]),
    )


def _lists(number: str) -> Iterator[tuple[str, bytes]]:
    """What is published of authorities: their neighbours and regions, and exclusions of before they were tidy files."""
    others = [f"{int(number) + each:03}" for each in range(1, 11)]
    ranks = [(f"SN{rank}", "SNP") for rank in range(1, len(others) + 1)]
    beside = [text for other in others for text in (other, "Close")]
    yield (
        NEIGHBOURS,
        csv_bytes([("LA Name", "LA number", *(name for pair in ranks for name in pair)), (_HERE, number, *beside)]),
    )
    names = [(number, _HERE), *((other, f"Neighbour {other}") for other in others)]
    yield (
        AUTHORITIES,
        csv_bytes([("LEA", "LA Name", "REGION", "REGION NAME"), *((*each, "1", "Made-up region") for each in names)]),
    )
    yield (
        EXCLUSIONS,
        csv_bytes(
            [
                ("year", "level", "old_la_code", "la_name", "school_type", "headcount", "perm_excl", "fixed_excl"),
                ("201617", "National", "", "", "total", "8000000", "8000", "380000"),
                ("201617", "Local authority", number, _HERE, "total", "20000", "x", "900"),
            ]
        ),
    )


def _absence_rows(read: Read) -> Iterator[tuple[str, ...]]:
    """The authority's sums and each school's, term by term. Of few enrolments nothing is said: ``c``."""
    schools = read("establishments", None).set_index("urn")
    period = f"20{YEAR[2:4]}{YEAR[5:]}"
    code = schools["laestab"].iloc[0][:3]
    for term in TERMS:
        sessions = read("attendance", f"{YEAR}-{term.name}")
        sessions["absent"] = sessions["authorised"] + sessions["unauthorised"]
        place = (period, f"{term.name.capitalize()} term")
        area = (*_NATION, code, f"E08000{900 + int(code)}", _HERE)
        yield (*place, "Local authority", *area, "", "", "", *_figures(sessions))
        for urn, held in sessions.groupby("urn"):
            school = (urn, schools.at[urn, "laestab"], schools.at[urn, "name"])
            yield (*place, "School", *area, *school, *_figures(held))


def _figures(sessions: Any) -> tuple[str, ...]:
    if len(sessions) <= FEW:
        return ("c",) * 4
    possible, absent = int(sessions["possible"].sum()), int(sessions["absent"].sum())
    return str(len(sessions)), str(possible), str(absent), decimal(absent, possible, 100)


def _indicator_rows(read: Read) -> Iterator[tuple[str, ...]]:
    """A few indicators of the authority; what there is none of is a dash, never 0."""
    census, results = read("census", f"{YEAR}-spring"), read("results", YEAR)
    code = read("establishments", None)["laestab"].iloc[0][:3]
    on_roll = census[census["enrol_status"].isin(HELD)]
    score = results[results["component"] == "TOT"]["result"].astype(float)
    values: Mapping[str, str] = {
        "Pupils with an EHC plan (%)": decimal((on_roll["sen_provision"] == "E").sum(), len(on_roll), 100),
        "Pupils with SEN support (%)": decimal((on_roll["sen_provision"] == "K").sum(), len(on_roll), 100),
        "Pupils eligible for free school meals (%)": decimal(on_roll["fsm"].sum(), len(on_roll), 100),
        "Attainment 8, average score": f"{score.mean():.1f}",
        "Progress 8, average score": "-",
    }
    for name, value in values.items():
        yield name, YEAR, _HERE, code, value
