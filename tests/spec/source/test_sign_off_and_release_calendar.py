"""Clause 7: each head signs off the return of the establishment; data has a time, which the release calendar sets.

"… to maintain the accuracy of their own data and to release it in a timely and agreed manner in line with business and
monitoring cycles". Both are acts in the register, with the day from which they hold; the custodian looks them up.
"""

from __future__ import annotations

import re
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdsp_lib.custodian.opening import check_parameters, open_request
from kdsp_lib.register.reading import register_from_text
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.load import add_dataset, check_data
from kdsp_lib.source.sign_off import digests, unsigned
from kdsp_lib.source.workspace import init_workspace

ON = date(2026, 3, 2)
TERM = "2025/26-autumn"
ASH, ELM, OAK = "990001", "990002", "990003"
SCHOOLS = (ASH, ELM, OAK)


def rows_of(table, absent):
    """Two pupils at each school; ``absent`` sessions of the first at each."""
    upns = ("F340200024017", "Q340461520001", "G340205019123", "B801200005001", "C34020501902A", "N34046112300B")
    places = [(f"k{number}", SCHOOLS[number // 2], upn) for number, upn in enumerate(upns)]
    match table:
        case "establishments":
            return [
                {"urn": urn, "laestab": f"001200{n}", "name": f"{urn} School", "phase": "primary", "trust": None,
                 "type_group": "Maintained", "gender": "mixed", "low_age": 4, "high_age": 11, "capacity": 100,
                 "ward": "A", "open_date": date(2000, 9, 1)}
                for n, urn in enumerate(SCHOOLS)
            ]  # fmt: skip
        case "pupils":
            return [
                {"pupil_key": key, "upn": upn, "upn_status": "temporary" if upn[-1].isalpha() else "permanent",
                 "surname": "A", "forename": "B", "dob": date(2015, 1, 1), "sex": "F", "postcode": None,
                 "idaci_decile": None}
                for key, _, upn in places
            ]  # fmt: skip
        case "registrations":
            start = {"entry_date": date(2020, 9, 1), "leave_date": None, "enrol_status": "C", "ncyear": "5"}
            return [{"pupil_key": key, "urn": urn, **start} for key, urn, _ in places]
        case "census":
            said = dict.fromkeys(contract_of("census").names)
            said |= {"enrol_status": "C", "ncyear": "5", "ethnicity": "WBRI", "language": "english", "fsm": False,
                     "sen_provision": "N"}  # fmt: skip
            return [{**said, "pupil_key": key, "urn": urn} for key, urn, _ in places]
        case _:
            return [
                {"pupil_key": key, "urn": urn, "possible": 100, "unauthorised": 0, "late": 0,
                 "authorised": absent[urn] if number % 2 == 0 else 1}
                for number, (key, urn, _) in enumerate(places)
            ]  # fmt: skip


class World:
    """A workspace whose owner signed off all but the attendance of the autumn, and what a request is answered."""

    def __init__(self, root):
        self.workspace = init_workspace(root)
        for table in ("establishments", "pupils", "registrations", "census", "attendance"):
            self.load(table, signed_off=table != "attendance")

    def load(self, table="attendance", absent=None, *, signed_off=False):
        contract = contract_of(table)
        path = self.workspace.root / f"{table}.parquet"
        rows = rows_of(table, {**dict.fromkeys(SCHOOLS, 5), **(absent or {})})
        pq.write_table(pa.Table.from_pylist(rows, arrow_schema(contract)), path)
        period = TERM if contract.termly else None
        return add_dataset(self.workspace, table, path, period, loaded_on=ON, signed_off=signed_off).dataset

    @property
    def catalogue(self):
        return Catalogue.load(self.workspace)

    def rows(self, urn):
        """The hash of a school's rows of the attendance, which its head signs."""
        return digests(self.catalogue, self.catalogue.dataset("attendance", TERM))[urn]

    def signed(self, *urns, days="from: 2026-02-01"):
        return "".join(
            f" - {{establishment: '{urn}', dataset: attendance, period: {TERM}, rows: '{self.rows(urn)}', {days}}}\n"
            for urn in urns
        )

    def decided(self, sign_offs="", calendar="", recipient="authority", report="area-profile", on=ON, today=None):
        register = register_from_text(REGISTER + f"sign_offs:\n{sign_offs}release_calendar:\n{calendar}")
        about = {"school": recipient.partition(":")[2]} if report == "bespoke-school" else {"group": None}
        purpose = "school-improvement-plan" if report == "bespoke-school" else "raising-attainment"
        parameters = {**about, "recipient": recipient, "purpose": purpose, "period": TERM, "on": str(on)}
        served, given = check_parameters(report, parameters)
        community, real = register.on(on), register.on(today or on)
        decision = open_request(
            served, given, "officer:duty", community, self.catalogue, b"k" * 32, today=real
        ).decision  # fmt: skip
        return "permit" if decision.is_permit else f"deny {', '.join(decision.clauses)}"


REGISTER = "\n".join(
    [
        "establishments:",
        *(f" - {{urn: '{urn}', name: School {urn}, phase: primary}}" for urn in SCHOOLS),
        "people: [{id: officer:duty, name: Duty}]",
        "signatures:",
        " - {person: officer:duty, from: 2025-09-01}",
        *(f" - {{establishment: '{urn}', from: 2025-09-01}}" for urn in SCHOOLS),
        "duties:",
        " - {person: officer:duty, categories: [pupil-characteristics, attainment, attendance, exclusions, sen],",
        "    purposes: [raising-attainment, school-improvement-plan], from: 2025-09-01}",
        "",
    ]
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


def test_what_no_head_has_signed_off_is_not_shared(world):
    assert world.decided() == "deny 7"


def test_every_head_in_the_figures_signs_off_the_own_return(world):
    assert world.decided(world.signed(ASH, ELM)) == "deny 7"
    assert world.decided(world.signed(*SCHOOLS)) == "permit"


def test_the_owner_may_sign_off_the_whole(world):
    entry = world.catalogue.dataset("attendance", TERM)
    whole = f" - {{dataset: attendance, period: {TERM}, rows: '{entry.snapshot}', from: 2026-02-01}}\n"
    assert world.decided(whole) == "permit"


def test_everybody_may_see_their_own_to_put_it_right(world):
    own = {"report": "bespoke-school", "recipient": f"establishment:{ASH}"}
    assert world.decided(**own) == "permit"


@pytest.mark.parametrize(
    ("days", "answer"),
    [
        ("from: 2026-03-02", "permit"),
        ("from: 2026-03-03", "deny 7"),
        ("from: 2026-02-01, to: 2026-03-03", "permit"),
        ("from: 2026-02-01, to: 2026-03-02", "deny 7"),
    ],
)
def test_it_holds_from_its_day_until_it_is_taken_back(world, days, answer):
    assert world.decided(world.signed(ASH, days=days) + world.signed(ELM, OAK)) == answer


def test_of_another_term_or_data_set_it_says_nothing(world):
    others = world.signed(ELM, OAK)
    for change in (("attendance, p", "suspensions, p"), ("autumn", "spring")):
        assert world.decided(world.signed(ASH).replace(*change) + others) == "deny 7"


def test_a_sign_off_is_of_these_very_rows(tmp_path):
    """A school that sends others must sign off anew; the others need not, nor does loading the same again change it."""
    world = World(tmp_path)
    signed = world.signed(*SCHOOLS)
    world.load()
    assert world.decided(signed) == "permit"
    changed = world.load(absent={ELM: 6})
    assert world.decided(signed) == "deny 7"
    assert unsigned(world.catalogue, changed, register_from_text(f"{REGISTER}sign_offs:\n{signed}").on(ON)) == (ELM,)
    assert world.decided(world.signed(ELM) + signed) == "permit"


@pytest.mark.parametrize(
    ("calendar", "answer"),
    [
        ("from: 2026-03-02", "permit"),
        ("from: 2026-03-03", "deny 7"),
        ("from: 2026-01-22, to: 2026-03-03", "permit"),
        ("from: 2026-01-22, to: 2026-03-02", "deny 7"),
    ],
)
@pytest.mark.parametrize("dataset", [f"attendance, period: {TERM}", "pupils"])
def test_data_has_its_time(world, dataset, calendar, answer):
    """From its release until it is out of time: another part of it may follow, and what is not scheduled has none."""
    entry = f" - {{dataset: {dataset}, {calendar}}}\n"
    assert world.decided(world.signed(*SCHOOLS), entry) == answer
    assert (
        world.decided(world.signed(*SCHOOLS), " - {dataset: results, period: 2024/25, from: 2027-01-01}\n") == "permit"
    )


def test_a_time_may_come_again(world):
    times = " - {dataset: pupils, from: 2025-09-01, to: 2025-12-01}\n - {dataset: pupils, from: 2026-03-01}\n"
    assert world.decided(world.signed(*SCHOOLS), times) == "permit"
    assert world.decided(world.signed(*SCHOOLS, days="from: 2025-09-02"), times, on=date(2026, 2, 1)) == "deny 7"


def test_hashes_that_were_bent_are_found(tmp_path):
    """Whoever writes the signed hash over that of other rows is found by ``kdsp data check``."""
    world = World(tmp_path)
    signed = world.signed(*SCHOOLS)
    assert check_data(world.workspace) == ()
    changed = world.load(absent={ELM: 6})
    path = world.workspace.data / "returns" / f"{changed.snapshot}.json"
    path.write_text(path.read_text().replace(world.rows(ELM), re.findall("rows: '(.*?)'", signed)[1]))
    assert world.decided(signed) == "permit"
    (fault,) = check_data(world.workspace)
    assert "hashes" in fault.text


def test_hashes_that_were_lost_sign_nothing_off(tmp_path):
    """Unknown is refused: without them nobody knows which rows a head has seen."""
    world = World(tmp_path)
    signed = world.signed(*SCHOOLS)
    (world.workspace.data / "returns" / f"{world.catalogue.dataset('attendance', TERM).snapshot}.json").unlink()
    assert world.decided(signed) == "deny 7"
