"""Every table of every release of the demo, attacked with the true values at hand."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from recount import Recount, column_of, count_rows
from rounded import UNIT, VALUES_LEFT, is_rounded, possible
from scipy.optimize import linprog

AREAS = ("central", "east", "west")
PUBLISHED = (set(), {"year-group"}, {"sex"}, {"year-group", "sex"}, {"fsm6"})
"""What the department tells of the roll of each school: a figure of few schools is no secret of theirs."""


@pytest.fixture(scope="session")
def recount(authority):
    return Recount(authority)


@pytest.fixture(params=AREAS)
def released(request, outcomes, recount):
    """One release: its folder, and its rows with the pupils that each counts."""
    outcome = outcomes[request.param]
    assert outcome.error is None, outcome.error
    group = recount.of_group(f"collaborative:{request.param}")
    rows = [(name, row, recount.pupils_in(group, row)) for name, row in count_rows(outcome.folder)]
    assert len(rows) > 80
    return outcome.folder, rows


def share_of(row):
    """What a row says of those who are counted of a base: yes, no, or All for the base."""
    return next((row[dim] for dim in row if dim.startswith("share-")), None)


def is_published(row):
    """Whether the department tells the figure of each school."""
    split = {column_of(dim) for dim, code in row.items() if code != "All" and dim not in ("measure", "n", "phase")} - {
        dim for dim in row if dim.startswith("share-")
    }
    return split in (PUBLISHED if share_of(row) in (None, "All") else (set(),))


class Reader:
    """Who knows what is printed, and perhaps each pupil of some controllers."""

    def __init__(self, rows, own=()):
        kinds = {}
        for place, (_, _, pupils) in enumerate(rows):
            for pupil, controller in zip(pupils.index, pupils["controller"], strict=True):
                kinds.setdefault((pupil, controller in own), []).append(place)
        alike = {}
        for (_, known), places in kinds.items():
            alike[known, tuple(places)] = alike.get((known, tuple(places)), 0) + 1
        self.known = np.array([known for known, _ in alike])
        self.pupils = np.array([*alike.values()], float)
        self.rows = np.zeros((len(rows), len(alike)))
        for k, (_, places) in enumerate(alike):
            self.rows[list(places), k] = 1
        printed = [k for k, (_, row, _) in enumerate(rows) if row["n"] != "c"]
        bounds = [possible(rows[k][1]["n"]) for k in printed]
        self.limits = np.vstack([self.rows[printed], -self.rows[printed]])
        self.most = np.array([*(b[-1] for b in bounds), *(-b[0] for b in bounds)], float)

    def range_of(self, row):
        """Between which numbers the pupils of a row lie, but for those that this reader knows."""
        cost = np.where(self.known, 0.0, self.rows[row])
        between = [(n, n) if known else (0, None) for known, n in zip(self.known, self.pupils, strict=True)]
        ends = []
        for way in (1, -1):
            found = linprog(way * cost, A_ub=self.limits, b_ub=self.most, bounds=between, method="highs")
            assert found.status in (0, 3), found.message
            ends.append(way * found.fun if found.status == 0 else np.inf)
        return int(np.ceil(ends[0] - 1e-6)), ends[1] if np.isinf(ends[1]) else int(np.floor(ends[1] + 1e-6))


def test_printed_counts_are_multiples_next_to_the_true_ones(released):
    _, rows = released
    printed = [(row["n"], len(pupils)) for _, row, pupils in rows if row["n"] != "c"]
    assert len(printed) > 50
    assert [pair for pair in printed if not is_rounded(*pair)] == []


def test_only_the_rest_of_a_share_is_not_printed(released):
    """The demo loses nothing: who is not counted of a base is left to the reader, as both are rounded alone."""
    _, rows = released
    assert [(name, row) for name, row, _ in rows if row["n"] == "c" and share_of(row) != "no"] == []


def test_what_is_no_open_secret_comes_from_enough_controllers(released):
    """Fewer than 3 controllers, 4 where it is about special educational needs: not printed, or shown together."""
    _, rows = released
    asked = 0
    for name, row, pupils in rows:
        if row["n"] != "c" and len(pupils) and not is_published(row):
            needed = 4 if row.get("share-sen", "All") != "All" else 3
            assert pupils["controller"].nunique() >= needed, (name, row)
            asked += 1
    assert asked > 20


def test_no_small_count_is_known_from_all_that_is_printed(released):
    """One of five values at least, also where all printed figures are taken together."""
    _, rows = released
    reader = Reader(rows)
    for place, (name, row, pupils) in enumerate(rows):
        if 1 <= len(pupils) <= 5:
            low, high = reader.range_of(place)
            assert low <= len(pupils) <= high
            assert high - low + 1 >= VALUES_LEFT, (name, row, low, high)


def test_no_controller_sees_a_small_count_beside_its_own_pupils(released):
    """What is printed less a controller's own pupils is nobody, or not known to be 1 to 5."""
    _, rows = released
    for controller in sorted({c for _, _, pupils in rows for c in pupils["controller"].unique()}):
        small = [
            (place, int((pupils["controller"] != controller).sum()))
            for place, (_, _, pupils) in enumerate(rows)
            if 1 <= (pupils["controller"] != controller).sum() <= 5
        ]
        if small:
            reader = Reader(rows, {controller})
            for place, others in small:
                low, high = reader.range_of(place)
                assert low <= others <= high
                assert low < high, (controller, rows[place][:2])


def test_figures_people_read_are_those_of_the_counts(released):
    """A rate is the ratio of the printed numerator and base, rounded half up; of a base below 30 there is none."""
    folder, rows = released
    counts = {}
    for name, row, _ in rows:
        codes = [v for k, v in row.items() if k not in ("measure", "n") and not k.startswith("share-")]
        counts[name, share_of(row), *codes] = row["n"]
    seen = 0
    for name in ("sen", "eal", "persistent_absence", "persistent_by_year"):
        with (folder / "tables" / f"{name}.csv").open(newline="") as file:
            for shown in csv.DictReader(file):
                codes = [value for head, value in shown.items() if head.endswith("_code")]
                base, part = counts[name, "All", *codes], counts[name, "yes", *codes]
                assert (shown["numerator"], shown["base"]) == (str(min(int(part), int(base))), base), (name, shown)
                assert (shown["rate"] == "u") == (int(base) < 30), (name, shown)
                if shown["rate"] != "u":
                    places = Decimal("1") if int(base) < 100 else Decimal("0.1")
                    ratio = (Decimal(part) * 100 / Decimal(base)).quantize(places, ROUND_HALF_UP)
                    assert Decimal(shown["rate"]) == ratio, (name, shown)
                    seen += 1
    assert seen > 10


def test_our_own_audit_finds_nothing_in_the_folder_alone(released, capsys):
    from kdsp_lib.cli.instance_commands import audit_instance

    folder, rows = released
    assert audit_instance(folder, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    # What stands in two tables is one cell.
    assert 0 < found["hidden"] <= sum(row["n"] == "c" for _, row, _ in rows)
    assert (found["recoverable"], found["narrow"]) == (0, [])


def test_our_own_audit_finds_a_figure_that_somebody_put_back(released, tmp_path, capsys):
    """The folder is no longer as it was written, and says so; and that the figure is not rounded."""
    from kdsp_lib.cli.instance_commands import audit_instance
    from kdsp_lib.errors import KdspError

    folder, rows = released
    name, row, pupils = next(each for each in rows if each[1]["n"] != "c" and len(each[2]) % UNIT)
    shutil.copytree(folder, tmp_path / "bent")
    path = tmp_path / "bent" / "tables" / "counts" / f"{name}.csv"
    line, number = ",".join(row.values()), len(row["n"])
    path.write_text(path.read_text().replace(f"{line}\n", f"{line[:-number]}{len(pupils)}\n"))
    with pytest.raises(KdspError) as refused:
        audit_instance(tmp_path / "bent", as_json=True)
    assert f"a multiple of {UNIT}" in refused.value.shown()


def test_an_independent_auditor_finds_nothing(released, tmp_path):
    """What is printed fits together and with the truth; no cell that is not printed is exact."""
    place = Path(os.environ.get("KDSP_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
    auditor = place / "tools" / "sdc" / "run_audit.py"
    if not auditor.exists():
        pytest.skip("the independent auditor is not here (KDSP_SHARED)")
    folder, rows = released
    told = json.loads((folder / "tables.json").read_text())
    for table in told["tables"]:
        assert (table["round"], table["rounding"]) == (UNIT, "adjacent")
        table["round_mode"] = "random"
        table["file"] = str(folder / table["file"])
    (tmp_path / "tables.json").write_text(json.dumps(told))
    dims = list(told["dims"])
    truth = {}
    for _, row, pupils in rows:
        truth[tuple(row.get(dim, "pupils" if dim == "measure" else "All") for dim in dims)] = len(pupils)
    with (tmp_path / "truth.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*dims, "value"], *([*key, value] for key, value in truth.items())])
    done = subprocess.run(
        [sys.executable, auditor, tmp_path / "tables.json", "--truth", tmp_path / "truth.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["cells"] == len(truth)
    bad = {k: found.get(k, 0) for k in ("inconsistent", "conflict", "exact", "small_exact", "bound_wrong")}
    assert bad == dict.fromkeys(bad, 0), found
