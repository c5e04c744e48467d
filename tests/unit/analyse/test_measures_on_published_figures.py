"""What can be worked out again from parts that the department publishes is, and comes out as it was published.

Without the files it is skipped.
"""

from __future__ import annotations

import csv
import math
import os
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kdsp_lib.analyse.measures.progress import bands, is_low_coverage, limits, undecided
from kdsp_lib.analyse.rounding import divided
from kdsp_lib.source.published_symbol import symbols_of

REAL = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[3] / "../shared")) / "data" / "real"
CENSUS, KS4 = REAL / "pt_2023_census_england.csv", REAL / "pt_2019_ks4_provisional_merseyside.csv"
pytestmark = pytest.mark.skipif(
    not (CENSUS.is_file() and KS4.is_file()), reason="the department's published files are not here"
)
SCHOOLS, AUTHORITY, NOBODY = ("1", "2"), "4", ("NE", "")
MOST_TWICE = 15


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ks4():
    return read(KS4)


@pytest.fixture(scope="module")
def scored(ks4):
    """The rows with a Progress 8 score and both its limits, and these in hundredths."""
    rows = [row for row in ks4 if all(is_number(row[name]) for name in ("P8MEA", "P8CILOW", "P8CIUPP"))]
    return rows, [np.array([hundredths(row[name]) for row in rows]) for name in ("P8MEA", "P8CILOW", "P8CIUPP")]


def is_number(text):
    return text.strip("-%").replace(".", "", 1).isdigit()


def hundredths(text):
    return int(Decimal(text.strip("%")) * 100)


@pytest.mark.parametrize(
    ("share", "part", "whole"),
    [("PSENELSE", "TSENELSE", "NOR"), ("PSENELK", "TSENELK", "NOR"), ("PNUMEAL", "NUMEAL", "NOR"),
     ("PNUMUNCFL", "NUMUNCFL", "NOR"), ("PNUMFSMEVER", "NUMFSMEVER", "NORFSMEVER"), ("PNORG", "NORG", "NOR")],
)  # fmt: skip
def test_every_percentage_of_every_school_rounds_as_it_was_published(share, part, whole):
    """Some 22,000 schools each, of whom about a hundred lie exactly between two tenths: half goes up."""
    counted, halves = 0, 0
    for row in read(CENSUS):
        if not (row[part].isdigit() and row[whole].isdigit() and is_number(row[share])) or row[whole] == "0":
            continue
        above, below = int(row[part]), int(row[whole])
        assert Decimal(divided(above, below, 1, times=100)) == Decimal(row[share].strip("%")), row["URN"]
        counted += 1
        halves += (2000 * above) % below == 0 and (2000 * above) // below % 2 == 1
    assert counted > 20_000
    assert halves > 10


def test_every_published_band_is_worked_out_again(scored):
    """Also where rounding left the band open: -0.50 may be either of two."""
    rows, (score, lower, upper) = scored
    found, open_to = bands(score, lower, upper), undecided(score, lower, upper)
    compared = 0
    for row, band, is_open in zip(rows, found, open_to, strict=True):
        if row["P8_BANDING"].isdigit():
            assert is_open or int(row["P8_BANDING"]) == band, row["SCHNAME"]
            assert abs(int(row["P8_BANDING"]) - band) <= 1
            compared += 1
    assert compared >= 100


def test_published_limits_follow_from_one_national_deviation(scored):
    """There is a deviation from which all limits follow, of schools and authorities alike: about 1.283."""
    rows, (_, lower, upper) = scored
    low, high = 0.0, 9.0
    for row, one, other in zip(rows, lower, upper, strict=True):
        root = math.sqrt(int(row["P8PUP"])) / (2 * 1.96)
        low, high = max(low, (other - one - 1) / 100 * root), min(high, (other - one + 1) / 100 * root)
    assert low < 1.283 < high
    for row, one, other in zip(rows, lower, upper, strict=True):
        pupils = int(row["P8PUP"])
        printed = [hundredths(end) for end in limits(round(hundredths(row["P8MEA"]) * 10 * pupils), pupils, 1_283)]
        assert max(abs(printed[0] - one), abs(printed[1] - other)) <= 1, row["SCHNAME"]


def test_coverage_is_low_exactly_where_the_source_says_so(ks4):
    rows = [row for row in ks4 if row["RECTYPE"] in SCHOOLS and row["P8PUP"].isdigit() and row["TPUP"].isdigit()]
    low = is_low_coverage(*(np.array([int(row[name]) for row in rows]) for name in ("P8PUP", "TPUP")))
    assert [row["P8MEA"] == "LOWCOV" for row in rows if row["P8PUP"] != "0"] == [
        bool(is_low) for row, is_low in zip(rows, low, strict=True) if row["P8PUP"] != "0"
    ]
    assert symbols_of("2018/19")["LOWCOV"] == "u"


def test_a_school_of_five_pupils_or_fewer_is_withheld_by_the_source(ks4):
    for row in ks4:
        if row["RECTYPE"] in SCHOOLS and row["TPUP"].isdigit():
            assert (row["ATT8SCR"] == "SUPP") == (0 < int(row["TPUP"]) <= 5), row["SCHNAME"]


@pytest.mark.parametrize(
    ("figure", "most", "half"),
    [("ATT8SCR", "90", "0.05"), ("PTL2BASICS_94", "100", "0.05"), ("PTL2BASICS_95", "100", "0.05"),
     ("PTEBACC_E_PTQ_EE", "100", "0.05"), ("EBACCAPS", "9", "0.005")],
)  # fmt: skip
def test_an_authoritys_figure_is_its_schools_weighted_by_their_pupils(ks4, figure, most, half):
    """Within what rounding hides: nobody entered counts as nothing, and a withheld school may be anything.

    A few pupils count at two schools and once in the authority: theirs may be any of these figures.
    """
    held = 0
    for total in (row for row in ks4 if row["RECTYPE"] == AUTHORITY):
        schools = [r for r in ks4 if r["RECTYPE"] in SCHOOLS and r["LEA"] == total["LEA"] and r["TPUP"].isdigit()]
        pupils = sum(int(row["TPUP"]) for row in schools)
        twice = pupils - int(total["TPUP"])
        if not 0 <= twice <= MOST_TWICE:
            continue
        low, high = -twice * Decimal(most), Decimal(0)
        for row in schools:
            value, weight = row[figure].strip("%"), int(row["TPUP"])
            if is_number(value):
                low += weight * max(Decimal(value) - Decimal(half), Decimal(0))
                high += weight * (Decimal(value) + Decimal(half))
            elif value not in NOBODY:
                high += weight * Decimal(most)
        printed = Decimal(total[figure].strip("%"))
        once = pupils - twice
        assert low / once - Decimal(half) <= printed <= high / once + Decimal(half), total["LEA"]
        held += 1
    assert held == 3
