"""The made-up authority as the tables that kdsp reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kdsp_lib.source.contract import arrow_schema, contract_of
from kdsp_lib.source.demo.attendance_code import codes_of
from kdsp_lib.source.demo.census import Sessions, Traits, absence_of, sessions_of, traits_of
from kdsp_lib.source.demo.dice import Dice, Ints
from kdsp_lib.source.demo.earlier_result import earlier_results_of
from kdsp_lib.source.demo.enrolment import STAYS, TERMS, YEARS, Enrolments, Term, enrol
from kdsp_lib.source.demo.inspection import inspections_of
from kdsp_lib.source.demo.other_year import OtherYears
from kdsp_lib.source.demo.place import Place
from kdsp_lib.source.demo.pupil import Givers, Pupils, pupils_of
from kdsp_lib.source.demo.result import assessed_of, results_of
from kdsp_lib.source.demo.suspension import former_upns_of, suspensions_of

YEAR = "2025/26"
_EPOCH = 719_163  # date(1970, 1, 1).toordinal(): Arrow counts days from there
_YEAR_NAMES = np.array(YEARS, dtype=object)

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ByKey:
    """Pupils, and how they stand by their keys."""

    pupils: Pupils
    order: Ints
    """Their numbers, in the order of their keys."""
    rank: Ints
    """The place of each in it."""

    @classmethod
    def of(cls, pupils: Pupils) -> ByKey:
        """These pupils, sorted once."""
        order = np.argsort(np.array(pupils.key, dtype=str), kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return cls(pupils, order, rank)


@dataclass(frozen=True, slots=True)
class Year:
    """The made-up school year of one authority: who was where, and what became of them."""

    seed: int
    authority: int
    places: tuple[Place, ...]
    enrolments: Enrolments
    pupils: Pupils
    traits: Traits
    absence: Ints
    urns: NDArray[np.object_]
    by_key: ByKey

    @classmethod
    def of(cls, seed: int, authority: int, places: tuple[Place, ...], givers: Givers | None = None) -> Year:
        """The year of the ``authority``-th made-up authority."""
        roll, enrolments = enrol(seed, authority, places)
        pupils = pupils_of(seed, authority, places, roll, givers)
        traits = traits_of(seed, authority, places, roll, pupils)
        absence = absence_of(seed, authority, places, roll, pupils, traits)
        urns = np.array([place.urn for place in places], dtype=object)
        return cls(seed, authority, places, enrolments, pupils, traits, absence, urns, ByKey.of(pupils))

    def counted(self, term: Term) -> Enrolments:
        """Who was on roll on the census day of a term."""
        held = self.enrolments
        return held.among((held.entry <= term.census) & (held.leave > term.census))

    def attending(self, number: int) -> tuple[Enrolments, Sessions]:
        """Who had sessions to attend in a term, and theirs."""
        dice = Dice(self.seed, self.authority, 10 + number)
        return _attending(dice, self.places, TERMS[number], self.enrolments, self.absence)

    def suspended(self, number: int) -> tuple[Enrolments, dict[str, Any]]:
        """Who was suspended in a term, and how."""
        return suspensions_of(
            self.seed, self.authority, number, self.places, TERMS[number], self.enrolments, self.pupils
        )


def tables_of(seed: int, authority: int, places: tuple[Place, ...]) -> Iterator[tuple[str, str | None, pa.Table]]:
    """Every table of one made-up authority: its name, its period, its rows in the order of their key."""
    year = Year.of(seed, authority, places)
    others = OtherYears.of(seed, authority, places, year.counted(TERMS[0]), year.pupils, year.traits, year.absence)
    everybody = ByKey.of(others.pupils)
    yield from tables_of_roll(year, everybody)
    yield from _tables_of_other_years(year, others, everybody.rank)
    yield from _tables_of_outcomes(year)


def tables_of_roll(year: Year, everybody: ByKey | None = None) -> Iterator[tuple[str, str | None, pa.Table]]:
    """The tables of who was where, present, absent and suspended. ``everybody``: with the pupils of other years."""
    pupils, enrolments, urns, rank = year.pupils, year.enrolments, year.urns, year.by_key.rank
    yield "establishments", None, _table("establishments", _establishments(year.places))
    known = everybody or year.by_key
    yield "pupils", None, _table("pupils", _pupils(known.pupils), known.order)
    columns = _registrations(pupils, enrolments, urns)
    yield "registrations", None, _table("registrations", columns, _sorted(enrolments, rank))
    for number, term in enumerate(TERMS):
        counted = year.counted(term)
        columns = _census(number, pupils, year.traits, counted, urns)
        yield "census", f"{YEAR}-{term.name}", _table("census", columns, _sorted(counted, rank))
    for number, term in enumerate(TERMS):
        attending, sessions = year.attending(number)
        columns = _attendance(pupils, attending, sessions, urns)
        yield "attendance", f"{YEAR}-{term.name}", _table("attendance", columns, _sorted(attending, rank))
    for number, term in enumerate(TERMS):
        suspended, how = year.suspended(number)
        columns = {"pupil_key": pupils.key[suspended.pupil], "urn": urns[suspended.place], **_texts(how)}
        yield "suspensions", f"{YEAR}-{term.name}", _table("suspensions", columns, _sorted(suspended, rank))


def _tables_of_other_years(year: Year, others: OtherYears, rank: Ints) -> Iterator[tuple[str, str | None, pa.Table]]:
    """The autumns of the years around: who was on roll, and how they attended. ``rank``: the pupils' places by key."""
    for autumn, roll in others.rolls:
        columns = _census(0, others.pupils, others.traits_in(autumn), roll, year.urns)
        yield "census", autumn.period, _table("census", columns, _sorted(roll, rank))
    for autumn, roll in others.rolls:
        dice = Dice(year.seed, year.authority, 75 + autumn.shift)
        missed = others.absence * autumn.missed // 1000
        attending, sessions = _attending(dice, year.places, autumn.term, roll, missed)
        columns = _attendance(others.pupils, attending, sessions, year.urns)
        yield "attendance", autumn.period, _table("attendance", columns, _sorted(attending, rank))


def _tables_of_outcomes(year: Year) -> Iterator[tuple[str, str | None, pa.Table]]:
    """The tables of what absence was for, what inspections found and what pupils achieved, now and before."""
    seed, authority, places, pupils = year.seed, year.authority, year.places, year.pupils
    for number, term in enumerate(TERMS):
        attending, sessions = year.attending(number)
        dice = Dice(seed, authority, 30 + number)
        found = _joined(codes_of(dice, term, attending, sessions, *year.suspended(number)))
        who, where = attending.pupil[found["enrolment"]], attending.place[found["enrolment"]]
        columns = {**found, "pupil_key": pupils.key[who], "urn": year.urns[where]}
        order = np.lexsort((found["code"].astype(str), year.by_key.rank[who], where))
        yield "attendance-reasons", f"{YEAR}-{term.name}", _table("attendance-reasons", columns, order)
    yield "ofsted-inspections", None, _rows_table("ofsted-inspections", inspections_of(seed, authority, places))
    phases = np.array([place.phase for place in places], dtype=object)
    dice, assessed = assessed_of(seed, authority, phases, year.enrolments, pupils, year.traits)
    for school_year, earlier in earlier_results_of(seed, authority, assessed):
        yield "results", school_year, _table("results", _results(earlier, pupils))
    yield "results", YEAR, _table("results", _results(results_of(seed, authority, dice, assessed), pupils))
    yield "pupil-premium", YEAR, _table("pupil-premium", _premium(year))
    former = former_upns_of(seed, authority, places, pupils)
    yield "former-upns", None, _table("former-upns", {"pupil_key": pupils.key[former["pupil"]], "upn": former["upn"]})


def _table(name: str, columns: Columns, order: Ints | None = None) -> pa.Table:
    schema = arrow_schema(contract_of(name))
    arrays = []
    for field in schema:
        values = columns[field.name] if order is None else columns[field.name][order]
        if pa.types.is_date32(field.type):
            arrays.append(_dates(values))
        else:
            arrays.append(pa.array(values, type=field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _rows_table(name: str, rows: list[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, arrow_schema(contract_of(name)))


def _results(assessments: Iterable[Columns], pupils: Pupils) -> Columns:
    found = dict(_joined(assessments))
    return {"pupil_key": pupils.key[found.pop("pupil")], **found}


def _joined(parts: Iterable[Columns]) -> Mapping[str, NDArray[Any]]:
    """Several parts one after the other; what a part says once holds of all its rows, as many as its first column."""
    held = list(parts)
    first = next(iter(held[0]))
    return {name: np.concatenate([_spread(part[name], len(part[first])) for part in held]) for name in held[0]}


def _spread(value: Any, size: int) -> NDArray[Any]:
    return value if isinstance(value, np.ndarray) else np.full(size, value, dtype=object)


def _texts(columns: Columns) -> Columns:
    return {
        name: values if name == "start_date" else np.array(values, dtype=object) for name, values in columns.items()
    }


def _dates(days: Ints) -> pa.Array:
    return pa.array((days - _EPOCH).astype(np.int32), mask=days == STAYS, type=pa.date32())


def _sorted(enrolments: Enrolments, rank: Ints) -> Ints:
    return np.lexsort((enrolments.entry, rank[enrolments.pupil], enrolments.place))


def _establishments(places: tuple[Place, ...]) -> Columns:
    return {
        "urn": [place.urn for place in places],
        "laestab": [place.laestab for place in places],
        "name": [place.name for place in places],
        "phase": [place.phase for place in places],
        "type_group": [place.type_group for place in places],
        "trust": [place.trust for place in places],
        "gender": [place.gender for place in places],
        "low_age": [place.ages[0] for place in places],
        "high_age": [place.ages[1] for place in places],
        "capacity": [place.capacity for place in places],
        "ward": [place.ward for place in places],
        "open_date": np.array([place.opened.toordinal() for place in places], dtype=np.int64),
    }


def _pupils(pupils: Pupils) -> Columns:
    return {
        "pupil_key": pupils.key,
        "upn": pupils.upn,
        "upn_status": np.where(pupils.temporary, "temporary", "permanent").astype(object),
        "surname": pupils.surname,
        "forename": pupils.forename,
        "dob": pupils.born,
        "sex": np.where(pupils.is_male, "M", "F").astype(object),
        "postcode": pupils.postcode,
        "idaci_decile": pupils.idaci_decile,
    }


def _registrations(pupils: Pupils, enrolments: Enrolments, urns: NDArray[np.object_]) -> Columns:
    return {
        "pupil_key": pupils.key[enrolments.pupil],
        "urn": urns[enrolments.place],
        "entry_date": enrolments.entry,
        "leave_date": enrolments.leave,
        "enrol_status": enrolments.status,
        "ncyear": _YEAR_NAMES[enrolments.year + 2],
    }


def _census(term: int, pupils: Pupils, traits: Traits, counted: Enrolments, urns: NDArray[np.object_]) -> Columns:
    who = counted.pupil
    fsm, sen = traits.fsm[term][who], traits.sen[term][who]
    return {
        "pupil_key": pupils.key[who],
        "urn": urns[counted.place],
        "enrol_status": counted.status,
        "ncyear": _YEAR_NAMES[counted.year + 2],
        "ethnicity": traits.ethnicity[who],
        "language": traits.language[who],
        "fsm": fsm,
        "fsm_basis": _only_where(fsm, traits.fsm_basis[who]),
        "fsm6": traits.fsm6[term][who],
        "sen_provision": sen,
        "sen_type": _only_where(sen != "N", traits.sen_type[who]),
        "lac": traits.is_looked_after[who],
        "young_carer": traits.is_young_carer[who],
        "service_child": traits.is_service_child[who],
    }


def _only_where(held: NDArray[np.bool_], values: NDArray[np.object_]) -> NDArray[np.object_]:
    kept = np.full(len(values), None, dtype=object)
    kept[held] = values[held]
    return kept


def _premium(year: Year) -> Columns:
    """Who draws the pupil premium, and for what: by the census of January, and a few who were adopted from care."""
    traits, pupils = year.traits, year.pupils
    dice = Dice(year.seed, year.authority, 40)
    reasons = {
        "deprivation": traits.fsm6[1],
        "service_child": traits.is_service_child,
        "adopted_from_care": dice.permille(len(pupils.key)) < 4,
        "looked_after": traits.is_looked_after,
    }
    draws = np.logical_or.reduce(list(reasons.values()))
    order = year.by_key.order
    who = order[draws[order]]
    return {"pupil_key": pupils.key[who], **{name: held[who] for name, held in reasons.items()}}


def _attending(
    dice: Dice, places: tuple[Place, ...], term: Term, enrolments: Enrolments, absence: Ints
) -> tuple[Enrolments, Sessions]:
    """Enrolments from Reception to Year 11 that touch the term, and their sessions. Dual ones share them out."""
    first = np.maximum(enrolments.entry, term.first)
    last = np.minimum(enrolments.leave - 1, term.last)
    of_age = (enrolments.year >= 0) & (enrolments.year <= 11)
    held = np.isin(enrolments.status, ["C", "M", "S"])
    chosen = (last >= first) & of_age & held
    attending = enrolments.among(chosen)
    days = (last - first + 1)[chosen]
    possible = term.sessions * days // (term.last - term.first + 1)
    tenths = np.where(attending.status == "M", 7, np.where(attending.status == "S", 3, 10))
    possible = possible * tenths // 10
    possible = np.where(dice.below(20_000, len(possible)) == 0, 0, possible)
    return attending, sessions_of(dice, places, attending, absence, possible)


def _attendance(pupils: Pupils, attending: Enrolments, sessions: Sessions, urns: NDArray[np.object_]) -> Columns:
    return {
        "pupil_key": pupils.key[attending.pupil],
        "urn": urns[attending.place],
        "possible": sessions.possible,
        "authorised": sessions.authorised,
        "unauthorised": sessions.unauthorised,
        "late": sessions.late,
    }
