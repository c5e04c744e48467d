"""Invented schools in the layouts of the published files, in a workspace of their own. No school in them is real."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kdsp_lib.custodian.answering_school_level import answer_from_schools
from kdsp_lib.custodian.opening import Opened, check_parameters, open_request
from kdsp_lib.model.answer import Answer
from kdsp_lib.model.question import Question
from kdsp_lib.register import read_register
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.load import add_dataset
from kdsp_lib.source.sample import tables_of
from kdsp_lib.source.tables import SourceTables, open_tables
from kdsp_lib.source.workspace import Workspace, init_workspace

DAY = date(2026, 3, 2)
TYPES = {
    "primary": "State-funded primary",
    "secondary": "State-funded secondary",
    "special": "State-funded special school",
    "pru": "State-funded AP school",
    "independent": "Independent school",
}
CENSUS = "URN,LA,Estab,SCHOOLTYPE,NOR,NORG,NORB,TSENELSE,TSENELK,NUMEAL,NUMENGFL,NUMUNCFL,NUMFSM,NUMFSMEVER,NORFSMEVER"
KS4 = (
    "RECTYPE,LEA,ESTAB,URN,SCHNAME,TPUP,ATT8SCR,P8PUP,P8MEA,PTL2BASICS_94,PTL2BASICS_95,EBACCAPS,PTEBACC_E_PTQ_EE,"
    "PTEBACC_94,PTEBACC_95"
)


@dataclass(frozen=True)
class School:
    """What is published of one school; ``absence`` and ``results`` are the texts of their files, or nothing."""

    urn: str
    phase: str
    roll: int = 200
    girls: int = 100
    plan: int = 10
    support: int = 30
    eal: int = 20
    fsm: int = 60
    ever: int = 64
    ever_of: int = 180
    absence: tuple[str, str] | None = ("6.0", "20.0")
    results: tuple[str, ...] | None = None

    @property
    def census_row(self) -> str:
        known = [self.eal, self.roll - self.eal, 0, self.fsm, self.ever, self.ever_of]
        last = ["NA"] * 6 if self.phase == "independent" else known
        counts = [self.roll, self.girls, self.roll - self.girls, self.plan, self.support, *last]
        return ",".join(map(str, [self.urn, "999", self.urn[2:], TYPES[self.phase], *counts]))


def secondary(urn: str, roll: int = 900, tpup: int = 150, attainment: str = "40.0", share: str = "40.0%") -> School:
    """A secondary school with results of key stage 4."""
    results = (str(tpup), attainment, str(tpup), "0.1", share, "20.0%", "3.20", "30.0%", "10.0%", "5.0%")
    return School(
        urn, "secondary", roll, roll // 2, 20, 140, 60, 400, 410, roll - 20, ("9.0", "30.0"), results=results
    )  # fmt: skip


def area(size: int = 12) -> list[School]:
    """Primaries enough, four secondaries, three special schools, one for alternative provision, two independent."""
    schools = [
        School(
            f"99{k:04}", "primary", 180 + 13 * k, 90 + 5 * k, 4 + k % 5, 20 + 3 * k, 6 + 4 * k, 40 + 5 * k, 44 + 5 * k
        )
        for k in range(1, size + 1)
    ]
    schools += [secondary(f"99{k:04}", 800 + 40 * (k - 50), 130 + 11 * (k - 50)) for k in range(51, 55)]
    schools += [
        School(f"99{k:04}", "special", 100 + k, 30, 100 + k, 0, 7, 50, 55, 90, ("12.5", "38.0")) for k in range(61, 64)
    ]
    schools.append(School("990071", "pru", 48, 20, 3, 45, 2, 40, 41, 46, None))
    schools += [School(f"99{k:04}", "independent", 30 + k, 15, 6, 7, absence=None) for k in range(81, 83)]
    return schools


def random_area(seed: int) -> list[School]:
    """An area by chance: figures that are 0, all, or few among them."""
    dice = random.Random(seed)
    return [random_school(f"99{k + 1:04}", dice) for k in range(dice.randint(8, 16))]


def random_school(urn: str, dice: random.Random) -> School:
    phase = dice.choice(["primary"] * 5 + ["secondary"] * 2 + ["special", "pru", "independent"])
    roll = dice.choice([dice.randint(1, 20), dice.randint(60, 600)])
    plan = roll if phase == "special" else dice.choice([0, dice.randint(0, roll)])
    ever_of = dice.randint(roll // 2, roll)
    rates = f"{dice.randint(0, 200) / 10}", f"{dice.randint(0, 600) / 10}"
    results = secondary(
        urn, 900, dice.randint(6, 200), f"{dice.randint(0, 900) / 10}", f"{dice.randint(0, 99)}%"
    ).results
    return School(
        urn, phase, roll, dice.randint(0, roll), plan, dice.choice([0, dice.randint(0, roll - plan)]),
        dice.randint(0, roll), dice.randint(0, roll), dice.randint(0, ever_of), ever_of,
        None if phase in ("pru", "independent") else rates,
        results if phase == "secondary" and roll > 50 else None,
    )  # fmt: skip


@dataclass
class World:
    """A workspace over published files of these schools, with a register in which all of them signed."""

    workspace: Workspace
    schools: Sequence[School]
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def make(
        cls, folder: Path, schools: Sequence[School], groups: Mapping[str, Sequence[str]] | None = None, **options
    ) -> World:
        """Write the files, load them, and write the register; ``options`` are those of ``load`` and ``register``."""
        world = cls(init_workspace(folder), schools, groups or {})
        world.register(**options)
        world.load(schools)
        return world

    def register(self, trusts: Mapping[str, str] | None = None, unsigned: Iterable[str] = ()) -> None:
        lines = ["establishments:"]
        lines += [f'- {{urn: "{s.urn}", name: "School {s.urn}", phase: {s.phase}}}' for s in self.schools]
        lines += ["people:", "- {id: officer:a1, name: An analyst}", "duties:"]
        lines.append(
            "- {person: officer:a1, categories: [pupil-characteristics, sen, attendance, attainment, exclusions],"
            " purposes: [commissioning-of-services, raising-attainment], from: 2020-01-01}"
        )
        lines += ["signatures:", "- {person: officer:a1, from: 2020-01-01}"]
        lines += [
            f'- {{establishment: "{s.urn}", from: 2020-01-01}}' for s in self.schools if s.urn not in set(unsigned)
        ]
        if trusts:
            lines.append("controllers:")
            lines += [f'- {{establishment: "{u}", controller: {name}, from: 2020-01-01}}' for u, name in trusts.items()]
        if self.groups:
            lines += ["groups:", *(f"- {{id: {name}, name: The {name.partition(':')[2]}}}" for name in self.groups)]
            lines += ["memberships:"]
            lines += [
                f'- {{establishment: "{urn}", group: {name}, from: 2020-01-01}}'
                for name, urns in self.groups.items()
                for urn in urns
            ]
        self.workspace.register.parent.mkdir(parents=True, exist_ok=True)
        self.workspace.register.write_text("\n".join(lines) + "\n")

    def load(
        self, schools: Sequence[School], year: str = "2022/23", results_of: str = "2021/22", links: Sequence[str] = ()
    ) -> None:
        files = {
            "performance-tables-census": (CENSUS, [s.census_row for s in schools], year),
            "performance-tables-absence": (
                "LA,ESTAB,URN,PERCTOT,PPERSABS10",
                [f"999,{s.urn[2:]},{s.urn},{','.join(s.absence)}" for s in schools if s.absence],
                year,
            ),
            "performance-tables-ks4": (
                KS4,
                [f"1,999,{s.urn[2:]},{s.urn},School {s.urn},{','.join(s.results)}" for s in schools if s.results],
                results_of,
            ),
            "gias-links": ("URN,LinkURN,LinkName,LinkType,LinkEstablishedDate", list(links), None),
        }
        for kind, (header, rows, period) in files.items():
            if rows:
                path = self.workspace.root / f"{kind}.csv"
                path.write_text("\n".join([header, *rows]) + "\n")
                add_dataset(self.workspace, kind, path, period, loaded_on=DAY, signed_off=True)

    def open(self, group: str | None = None, period: str = "2022/23") -> Opened:
        """An area profile of a group, or of the whole authority."""
        parameters = {
            "group": group,
            "recipient": group or "authority",
            "purpose": "commissioning-of-services" if group else "raising-attainment",
            "period": period,
            "on": DAY.isoformat(),
        }
        served, given = check_parameters("area-profile", parameters)
        community = read_register(self.workspace.register).on(DAY)
        catalogue = Catalogue.load(self.workspace)
        opened = open_request(served, given, "officer:a1", community, catalogue, b"k" * 32, today=community)
        assert opened.decision.is_permit, opened.decision
        return opened

    def tables(self, opened: Opened) -> SourceTables:
        catalogue = Catalogue.load(self.workspace).pinned(opened.snapshots.values())
        return open_tables(catalogue, opened.period, tables_of(opened.snapshots, opened.period))

    def ask(
        self,
        questions: Mapping[str, Question],
        group: str | None = None,
        period: str = "2022/23",
    ) -> Answer:
        opened = self.open(group, period)
        return answer_from_schools(self.tables(opened), opened, questions)


def shown(answer: Answer, name: str) -> dict[tuple[str, ...], list[str]]:
    """The values of a table by their codes."""
    table = next(table for table in answer.tables if table.name == name)
    return {cell.codes: list(cell.values) for cell in table.cells}


def notes(answer: Answer, name: str) -> str:
    return " ".join(next(table for table in answer.tables if table.name == name).notes)
