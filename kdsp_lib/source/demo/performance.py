"""The figures that the department would publish of the made-up schools' year, worked out from their pupils' data.

Rates of few pupils are ``SUPP``, a school that enters nobody is ``NE``, and what does not exist for the year is ``NP``:
progress in both key stages, since these pupils have nothing to be measured against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kdsp_lib.source.demo.csv_file import csv_bytes
from kdsp_lib.source.demo.enrolment import TERMS
from kdsp_lib.source.demo.key_stage_4 import COMPUTING, DERIVED, DOUBLE, LANGUAGE, LITERATURE, MATHS, SCIENCES
from kdsp_lib.source.published import ABSENCE, CENSUS, DESTINATIONS, KS2, KS4, LAYOUTS

YEAR = "2025/26"
NAMES: Mapping[str, str] = {
    CENSUS: "england_census.csv",
    ABSENCE: "england_abs.csv",
    KS2: "england_ks2final.csv",
    KS4: "england_ks4final.csv",
    DESTINATIONS: "england_ks4-pupdest.csv",
}
_KINDS = {
    "nursery": "State-funded nursery", "primary": "State-funded primary", "secondary": "State-funded secondary",
    "special": "State-funded special school", "pru": "State-funded AP school",
}  # fmt: skip
_NATIONAL_AVERAGE = 46
FEW = 5
"""Up to so many pupils a rate is withheld."""
HELD = ("C", "M")

Frame = Any
Read = Callable[[str, str | None], Frame]
"""A data set and its period, as a pandas frame."""
Row = Mapping[str, Any]


def performance_tables(read: Read) -> Iterator[tuple[str, bytes]]:
    """Each file of performance tables by its kind, with a row for each school it is about, and none of the nation."""
    schools = _schools(read)
    census = read("census", f"{YEAR}-spring").merge(read("pupils", None)[["pupil_key", "sex"]], on="pupil_key")
    census = census[census["enrol_status"].isin(HELD)]
    summer = _at_in_summer(read)
    results = read("results", YEAR)
    for kind, rows in (
        (CENSUS, _census(census, schools)),
        (ABSENCE, _absence(read)),
        (KS2, _key_stage_2(results, summer, schools)),
        (KS4, _key_stage_4(results, summer, schools)),
        (DESTINATIONS, _destinations(results, summer, schools)),
    ):
        yield kind, _file(kind, schools, rows)


def earlier_key_stage_4(read: Read) -> bytes:
    """Key stage 4 of two years before, whose pupils have left: near this year's figures, with the last Progress 8.

    A school whose pupils mostly have nothing to be measured against has ``LOWCOV``; a nation's average is 46 points.
    """
    schools = _schools(read)
    now = _key_stage_4(read("results", YEAR), _at_in_summer(read), schools)
    return _file(KS4, schools, map(_two_years_before, now))


def _schools(read: Read) -> Frame:
    """The schools that performance tables are about, by URN."""
    schools = read("establishments", None)
    return schools[schools["phase"].isin(_KINDS)].set_index("urn")


def _at_in_summer(read: Read) -> Frame:
    """Where each pupil counts in the summer."""
    census = read("census", f"{YEAR}-summer")
    return census[census["enrol_status"].isin(HELD)].set_index("pupil_key")["urn"]


def _two_years_before(row: Row) -> Row:
    if not row["att8scr"][0].isdigit():
        return {**row, "p8pup": "NE", "p8mea": "NE"}
    score = float(row["att8scr"]) + (int(row["urn"]) * 37 % 31 - 15) / 10
    covered = int(row["tpup"]) * (96 if row["rectype"] == "1" else 40) // 100
    progress = "LOWCOV" if row["rectype"] == "2" else f"{(score - _NATIONAL_AVERAGE) / 10:.2f}"
    return {**row, "att8scr": f"{max(score, 0):.1f}", "p8pup": str(covered), "p8mea": progress}


def _census(census: Frame, schools: Frame) -> Iterator[Row]:
    flags = census.assign(
        norg=census["sex"] == "F", norb=census["sex"] == "M",
        tsenelse=census["sen_provision"] == "E", tsenelk=census["sen_provision"] == "K",
        numeal=census["language"] == "eal", numengfl=census["language"] == "english",
        numuncfl=census["language"] == "unclassified",
        numfsm=census["fsm"], numfsmever=census["fsm6"], norfsmever=True, nor=True,
    )  # fmt: skip
    columns = [figure.column for figure in LAYOUTS[CENSUS].figures]
    for urn, row in flags.groupby("urn")[columns].sum().iterrows():
        yield {"urn": urn, "phase": _KINDS[schools.at[urn, "phase"]], **{name: str(row[name]) for name in columns}}


def _absence(read: Read) -> Iterator[Row]:
    """Ratios of sums over the year; enrolments that missed a tenth or more, compared in whole sessions."""
    import pandas as pd

    terms = pd.concat([read("attendance", f"{YEAR}-{term.name}") for term in TERMS])
    year = terms.groupby(["urn", "pupil_key"])[["possible", "authorised", "unauthorised"]].sum()
    year["absent"] = year["authorised"] + year["unauthorised"]
    year["persistent"] = year["absent"] * 10 >= year["possible"]
    for urn, held in year[year["possible"] > 0].groupby("urn"):
        shares = (held["absent"].sum(), held["possible"].sum()), (held["persistent"].sum(), len(held))
        overall, persistent = (decimal(part, whole, 100) for part, whole in shares)
        few = len(held) <= FEW
        yield {
            "urn": urn, "perctot": "SUPP" if few else overall, "ppersabs10": "SUPP" if few else f"{persistent}%",
        }  # fmt: skip


def _key_stage_2(results: Frame, at: Frame, schools: Frame) -> Iterator[Row]:
    wide = results[(results["stage"] == "KS2") & (results["component"] != "MTC")]
    wide = wide.pivot(index="pupil_key", columns="component", values="result")
    scores = {name: wide[name].where(wide[name].str.isdigit()).astype(float) for name in ("REA", "MAT", "GPS")}
    writing = wide["WRI"]
    met = {
        "read_exp": scores["REA"] >= 100, "read_high": scores["REA"] >= 110,
        "mat_exp": scores["MAT"] >= 100, "mat_high": scores["MAT"] >= 110,
        "gps_exp": scores["GPS"] >= 100, "gps_high": scores["GPS"] >= 110,
        "writta_exp": writing.isin(["EXS", "GDS"]), "writta_high": writing == "GDS",
    }  # fmt: skip
    for level in ("exp", "high"):
        met[f"rwm_{level}"] = met[f"read_{level}"] & met[f"writta_{level}"] & met[f"mat_{level}"]
    averages = {"read_average": scores["REA"], "mat_average": scores["MAT"], "gps_average": scores["GPS"]}
    missing = dict.fromkeys(("readprog", "writprog", "matprog"), "NP")
    for urn, pupils in _by_school(wide.index, at, schools):
        few = len(pupils) <= FEW
        yield {
            "urn": urn, "rectype": _record(schools, urn), "telig": str(len(pupils)), **missing,
            **{
                f"pt{name}": "SUPP" if few else f"{decimal(flags[pupils].sum(), len(pupils), 100, 0)}%"
                for name, flags in met.items()
            },
            **{
                name: "SUPP" if few or not score[pupils].count() else str(round(score[pupils].mean()))
                for name, score in averages.items()
            },
        }  # fmt: skip


def _key_stage_4(results: Frame, at: Frame, schools: Frame) -> Iterator[Row]:
    derived = results[results["method"] == DERIVED].pivot(index="pupil_key", columns="component", values="result")
    score = derived["TOT"].astype(float)
    rows = results[(results["stage"] == "KS4") & (results["method"] != DERIVED)]
    grades = rows.pivot(index="pupil_key", columns="subject", values="result").reindex(score.index)
    points = {name: grades[name].map(_points, na_action="ignore") for name in grades.columns}
    english, maths = points[LANGUAGE].combine(points[LITERATURE], _larger), points[MATHS]
    ranked = -np.sort(-np.stack([points[name] for name in (*SCIENCES, COMPUTING)]), axis=0)
    is_triple = ~np.isnan(ranked[2])
    entries = [
        english,
        maths,
        np.floor(points[DOUBLE]).where(~is_triple, ranked[1]),
        _best([points["FRE"], points["SPA"]]),
        _best([points["HIS"], points["GEO"]]),
    ]
    entered = grades[[LANGUAGE, LITERATURE]].notna().all(axis=1)
    for pillar in entries[1:]:
        entered &= ~pillar.isna()
    in_science = np.maximum(2 * points[DOUBLE].fillna(0), np.nan_to_num(ranked[:2]).sum(axis=0))
    average = (sum(entries[place].fillna(0) for place in (0, 1, 3, 4)) + in_science) / 6
    least = entries[0].fillna(0)
    for pillar in entries[1:]:
        least = least.combine(pillar.fillna(0), min)
    flags = {
        "ptl2basics_94": (english >= 4) & (maths >= 4), "ptl2basics_95": (english >= 5) & (maths >= 5),
        "ptebacc_e": entered, "ptebacc_94": entered & (least >= 4), "ptebacc_95": entered & (least >= 5),
    }  # fmt: skip
    for urn, pupils in _by_school(score.index, at, schools):
        why = "SUPP" if len(pupils) <= FEW else "NE" if grades.loc[pupils].isna().all(axis=None) else ""
        yield {
            "urn": urn, "rectype": _record(schools, urn), "tpup": str(len(pupils)), "p8pup": "NP", "p8mea": "NP",
            "att8scr": why or f"{score[pupils].mean():.1f}", "ebaccaps": why or f"{average[pupils].mean():.2f}",
            **{
                name: why or f"{decimal(flag[pupils].sum(), len(pupils), 100, 0)}%" for name, flag in flags.items()
            },
        }  # fmt: skip


def _destinations(results: Frame, at: Frame, schools: Frame) -> Iterator[Row]:
    """Of those who finished key stage 4: who entered little stays on least."""
    score = results[results["component"] == "TOT"].set_index("pupil_key")["result"].astype(float)
    for urn, pupils in _by_school(score.index, at, schools):
        size, few = len(pupils), len(pupils) <= FEW
        unknown, not_sustained = (score[pupils] < 2).sum() // 4, (score[pupils] < 8).sum() // 2
        work, apprentices = (size - unknown - not_sustained) // 30, (size - unknown - not_sustained) // 20
        parts = {
            "overall_destper": size - unknown - not_sustained,
            "educationper": size - unknown - not_sustained - work - apprentices,
            "employmentper": work, "apprenper": apprentices, "not_sustainedper": not_sustained, "unknownper": unknown,
        }  # fmt: skip
        shares = {name: "SUPP" if few else decimal(part, size, 100, 0) for name, part in parts.items()}
        yield {"urn": urn, "rectype": _record(schools, urn), "cohort": str(size), **shares}


def _by_school(pupils: Frame, at: Frame, schools: Frame) -> Iterator[tuple[str, Frame]]:
    where = at.reindex(pupils)
    for urn, held in where.groupby(where).groups.items():
        if urn in schools.index:
            yield urn, held


def _record(schools: Frame, urn: str) -> str:
    return "2" if schools.at[urn, "phase"] in ("special", "pru") else "1"


def _points(grade: str) -> float:
    return 0.0 if grade == "U" else sum(map(int, grade)) / len(grade)


def _larger(one: float, other: float) -> float:
    return other if one != one or other > one else one


def _best(columns: Sequence[Frame]) -> Frame:
    found = columns[0]
    for column in columns[1:]:
        found = found.combine(column, _larger)
    return found


def decimal(part: Any, whole: Any, times: int, places: int = 1) -> str:
    """A share with so many decimals, half away from zero, in whole numbers."""
    scaled = (int(part) * times * 10**places * 2 + int(whole)) // (2 * int(whole))
    return str(scaled) if places == 0 else f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def _file(kind: str, schools: Frame, rows: Iterable[Row]) -> bytes:
    layout = LAYOUTS[kind]
    record = ["RECTYPE"] if layout.records else []
    listed = [[*record, *(part.headers[0] for part in layout.parts)]]
    for row in sorted(rows, key=lambda row: str(row["urn"])):
        laestab, name = schools.at[row["urn"], "laestab"], schools.at[row["urn"], "name"]
        said = {"la": laestab[:3], "estab": laestab[3:], "name": name, **row}
        listed.append([*(said["rectype"] for _ in record), *(said[part.column] for part in layout.parts)])
    return csv_bytes(listed, ends="\r\n")
