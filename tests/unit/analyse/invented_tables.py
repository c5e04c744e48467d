"""Tiny invented tables in the schema of the source room, in memory; shared by the tests of ``analyse``."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from kdsp_lib.analyse.assembly import build_cube
from kdsp_lib.analyse.atoms import Atoms, count_atoms
from kdsp_lib.analyse.checking import check_questions
from kdsp_lib.analyse.cohort import Cohort
from kdsp_lib.analyse.cube import Cube
from kdsp_lib.analyse.figures import figures
from kdsp_lib.analyse.layout import Earlier
from kdsp_lib.analyse.outcome import ASSESSMENTS, GOALS
from kdsp_lib.model.policy import FLOOR
from kdsp_lib.model.question import Question

CATEGORIES = frozenset({"pupil-characteristics", "attendance", "sen"})
EVERY_CATEGORY = CATEGORIES | {"attainment", "exclusions"}
PERIOD = "2025/26-autumn"
_TYPES = {"string": pa.string(), "int64": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
_SCHEMAS = {
    "establishments": {"urn": "string", "phase": "string", "gender": "string", "low_age": "int64", "high_age": "int64"},
    "pupils": {"pupil_key": "string", "sex": "string", "idaci_decile": "int64"},
    "census": {
        "pupil_key": "string", "urn": "string", "enrol_status": "string", "ncyear": "string", "ethnicity": "string",
        "language": "string", "fsm": "boolean", "fsm_basis": "string", "fsm6": "boolean", "sen_provision": "string",
        "sen_type": "string", "lac": "boolean", "young_carer": "boolean", "service_child": "boolean",
    },
    "attendance": {
        "pupil_key": "string", "urn": "string", "possible": "int64", "authorised": "int64", "unauthorised": "int64",
    },
    "results": {
        "pupil_key": "string", "stage": "string", "subject": "string", "method": "string", "component": "string",
        "qualifier": "string", "result": "string",
    },
    "attendance-reasons": {"pupil_key": "string", "urn": "string", "code": "string", "sessions": "int64"},
    "suspensions": {"pupil_key": "string", "urn": "string", "category": "string"},
    "pupil-premium": {
        "pupil_key": "string", "deprivation": "boolean", "service_child": "boolean", "adopted_from_care": "boolean",
        "looked_after": "boolean",
    },
    "earlier-results": {
        "pupil_key": "string", "stage": "string", "subject": "string", "method": "string", "component": "string",
        "qualifier": "string", "result": "string",
    },
    "registrations": {
        "pupil_key": "string", "urn": "string", "entry_date": "date", "leave_date": "date", "enrol_status": "string",
        "ncyear": "string",
    },
}  # fmt: skip
_ALWAYS_THERE = {"establishments", "pupils", "census", "attendance"}
_USUAL = {
    "enrol_status": "C", "ncyear": "3", "ethnicity": "WBRI", "language": "english", "fsm": False,
    "fsm_basis": "targeted", "fsm6": False, "sen_provision": "N", "sen_type": None, "lac": False,
    "young_carer": False, "service_child": False,
}  # fmt: skip


def _placed(name: str) -> dict[str, str]:
    """Where a result of that name stands in the table of results: of several subjects the first."""
    return {column: text for column, text in asdict(ASSESSMENTS[name]).items() if column != "others"}


@dataclass
class Authority:
    """An invented authority, built school by school and pupil by pupil, then asked."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in _SCHEMAS})
    controllers: dict[str, str] = field(default_factory=dict)

    def school(
        self,
        urn: str,
        phase: str = "primary",
        *,
        run_by: str = "",
        gender: str = "mixed",
        ages: tuple[int, int] = (4, 11),
    ) -> str:
        self.rows["establishments"].append(
            {"urn": urn, "phase": phase, "gender": gender, "low_age": ages[0], "high_age": ages[1]}
        )
        self.controllers[urn] = run_by or f"governors of {urn}"
        return urn

    def pupil(
        self, urn: str, *, sex: str | None = "F", decile: int | None = 5, key: str = "",
        sessions: tuple[int, int, int] | None = None, results: Mapping[str, object] | None = None,
        suspended: Sequence[str] = (), reasons: Mapping[str, int] | None = None, **census: Any,
    ) -> str:  # fmt: skip
        key = key or f"p{len(self.rows['census'])}"
        if all(row["pupil_key"] != key for row in self.rows["pupils"]):
            self.rows["pupils"].append({"pupil_key": key, "sex": sex, "idaci_decile": decile})
        self.rows["census"].append({**_USUAL, **census, "pupil_key": key, "urn": urn})
        if sessions is not None:
            possible, authorised, unauthorised = sessions
            self.rows["attendance"].append(
                {
                    "pupil_key": key,
                    "urn": urn,
                    "possible": possible,
                    "authorised": authorised,
                    "unauthorised": unauthorised,
                }
            )
            missed = {"I": authorised, "O": unauthorised} if reasons is None else reasons
            for code, number in missed.items():
                if number:
                    self.rows["attendance-reasons"].append(
                        {"pupil_key": key, "urn": urn, "code": code, "sessions": number}
                    )
        for name, result in (results or {}).items():
            self.rows["results"].append({**_placed(name), "pupil_key": key, "result": str(result)})
        for category in suspended:
            self.rows["suspensions"].append({"pupil_key": key, "urn": urn, "category": category})
        return key

    def premium(self, key: str, **of: bool) -> None:
        """Put a pupil on the premium list: for ``deprivation``, ``service_child`` and so on."""
        columns = ("deprivation", "service_child", "adopted_from_care", "looked_after")
        self.rows["pupil-premium"].append({"pupil_key": key, **dict.fromkeys(columns, False), **of})

    def the_year_before(self, key: str, outcome: str, result: str) -> None:
        """A result of the school year before."""
        self.rows["earlier-results"].append({**_placed(outcome), "pupil_key": key, "result": result})

    def late(
        self, urn: str, results: Mapping[str, object], *, key: str, sex: str = "F", ncyear: str = "6",
        entry: str = "2026-03-02", leave: str | None = None, enrol_status: str = "C",
    ) -> None:  # fmt: skip
        """A pupil with results who is in no census; with another ``urn``, where they were registered besides."""
        if all(row["pupil_key"] != key for row in self.rows["pupils"]):
            self.rows["pupils"].append({"pupil_key": key, "sex": sex, "idaci_decile": None})
        self.rows["registrations"].append(
            {
                "pupil_key": key,
                "urn": urn,
                "entry_date": date.fromisoformat(entry),
                "leave_date": leave and date.fromisoformat(leave),
                "enrol_status": enrol_status,
                "ncyear": ncyear,
            }
        )
        for name, result in results.items():
            self.rows["results"].append({**_placed(name), "pupil_key": key, "result": str(result)})

    def pupils(self, number: int, urn: str, **facts: Any) -> None:
        for _ in range(number):
            self.pupil(urn, **facts)

    def tables(self) -> InventedTables:
        connection = duckdb.connect()
        tables = {}
        for name, schema in _SCHEMAS.items():
            arrow = pa.Table.from_pylist(self.rows[name], pa.schema({k: _TYPES[v] for k, v in schema.items()}))
            connection.register("arriving", arrow)
            connection.execute(f'create table "{name}" as select * from arriving')
            connection.unregister("arriving")
            tables[name] = ibis.table(schema, name=name)
        further = {name: tables.pop(name) for name in set(_SCHEMAS) - _ALWAYS_THERE}
        return InventedTables(connection=connection, further=further, **tables)

    def cohort(self, *subjects: str) -> Cohort:
        return Cohort(subjects or tuple(self.controllers), self.controllers, PERIOD)

    def atoms(self, *subjects: str, earlier: dict[str, Earlier] | None = None, **questions: Question) -> Atoms:
        checked = check_questions(questions, EVERY_CATEGORY)
        return count_atoms(self.tables(), self.cohort(*subjects), checked, earlier)

    def cube(self, *subjects: str, earlier: dict[str, Earlier] | None = None, **questions: Question) -> Cube:
        return build_cube(self.atoms(*subjects, earlier=earlier, **questions), FLOOR)

    def shown(self, question: Question, *subjects: str) -> dict[tuple[str, ...], list[str]]:
        """The one table of a question with nothing withheld."""
        return cells_of(self.cube(*subjects, table=question), "table")


@dataclass
class InventedTables:
    establishments: Any
    pupils: Any
    census: Any
    attendance: Any
    connection: Any
    further: Mapping[str, Any] = field(default_factory=dict)

    period: str = PERIOD

    @property
    def tables(self) -> Mapping[str, Any]:
        return self.further

    def named(self, name: str) -> Any:
        return self.census if name == "census" else self.further[name]

    def arrow(self, expression: Any) -> Any:
        return self.connection.sql(str(ibis.to_sql(expression, dialect="duckdb"))).to_arrow_table()

    def arrow_of(self, _name: object, question: Callable[[str], Any], text: str) -> Any:
        return self.arrow(question(text))

    def frame(self, expression: Any) -> Any:
        return self.arrow(expression).to_pandas()


def cells_of(cube: Cube, name: str, hidden: Any = None) -> dict[tuple[str, ...], list[str]]:
    shown = figures(cube, name, np.zeros(len(cube.keys), dtype=bool) if hidden is None else hidden)
    return {cell.codes: list(cell.values) for cell in shown.cells}


_YEARS = ("R", *map(str, range(1, 12)))


def random_authority(seed: int, schools: int = 4, pupils: int = 25) -> Authority:
    """An authority drawn from a seed: mostly ordinary, with unknown values, leavers' zero sessions and guests.

    Its schools are in turn a secondary, a primary and an all-through one, of some of whose pupils no year is known.
    """
    draw = random.Random(seed)
    authority = Authority()
    for k in range(schools):
        phase, ages, years = (
            ("secondary", (11, 16), _YEARS[7:]), ("primary", (4, 11), _YEARS[:7]),
            ("all-through", (4, 16), (*_YEARS, None)),
        )[k % 3]  # fmt: skip
        gender = draw.choice(["mixed", "mixed", "girls"])
        urn = authority.school(str(200001 + k), phase, run_by=f"trust {draw.randrange(3)}", gender=gender, ages=ages)
        for _ in range(pupils):
            possible = draw.choice([0, 60, 120, 120])
            missed = draw.randint(0, possible // draw.choice([1, 4, 12]))
            authority.pupil(
                urn, sex="F" if gender == "girls" else draw.choice(["F", "M", "M", None]),
                decile=draw.choice([None, *range(1, 11)]), sessions=(possible, missed // 3, missed - missed // 3),
                enrol_status=draw.choice("CCCCCCMSG"), ncyear=draw.choice(years),
                ethnicity=draw.choice(["WBRI", "WBRI", "APKN", "MOTH", "REFU"]),
                language=draw.choice(["english", "eal"]), fsm=draw.random() < 0.3,
                fsm6=draw.choice([True, False, False, None]), sen_provision=draw.choice("NNNNKE"),
                lac=draw.random() < 0.05,
            )  # fmt: skip
    _draw_outcomes(authority, random.Random(seed + 1000))
    return authority


def _draw_outcomes(authority: Authority, draw: random.Random) -> None:
    """Results and suspensions, of draws of their own."""
    codes = ["A", "B", "M", "L"]
    for row in authority.rows["census"]:
        year, key = row["ncyear"], row["pupil_key"]
        results: dict[str, object] = {}
        if year == "6":
            scores = ("reading_score", "maths_score", "gps_score")
            results = {name: draw.choice([*codes, *range(85, 120)]) for name in scores}
            results["writing"] = draw.choice(["WTS", "EXS", "EXS", "GDS", "L"])
        elif year == "4":
            results["tables_mark"] = draw.choice([*codes, *range(10, 26), 25, 25])
        elif year == "1":
            results["phonics_mark"] = draw.choice(["A", "D", "L", *range(20, 41)])
        elif year == "R":
            results = {goal: draw.choice("12222222") for goal in GOALS}
        elif year == "11":
            results = {name: draw.choice("U13456789") for name in ("english_language", "maths_grade")}
            results["attainment_8"] = draw.choice(["0.0", "35.5", "62.0"])
            own = random.Random(f"{year} {key}")
            results["double_science"] = own.choice(["U", "43", "54", "66", "98"])
            results |= {
                name: own.choice("U3456789")
                for name in ("english_literature", "humanity", "other_language")
                if own.random() < 0.8
            }
        for name, result in results.items():
            authority.rows["results"].append({**_placed(name), "pupil_key": key, "result": str(result)})
        for category in draw.choice([()] * 8 + [("SUSP",), ("SUSP", "SUSP", "SUSP", "PERM")]):
            authority.rows["suspensions"].append({"pupil_key": key, "urn": row["urn"], "category": category})
