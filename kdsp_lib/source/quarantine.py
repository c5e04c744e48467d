"""Records of a return that break a rule: set aside with what is wrong, while the rest is loaded; told to their school.

Kept is where a record stands, which rule it breaks and what is expected, by school; never what stands there: the record
itself stays in the school's file, and comes back with its next return. What a school returned before is touched by
its own return alone, so a record that counts a pupil a second time is set aside beside what is there, and the school
whose row stays is told of it too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from kdsp_lib.errors import BadSource
from kdsp_lib.source.catalogue import DataSet
from kdsp_lib.source.checking import CellFault, check_table
from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.files import sha256_of, write_atomically
from kdsp_lib.source.pupil_merging import Held, SetAside
from kdsp_lib.source.pupil_return import Aside, Earlier, PupilReturn

FOLDER: Final = "set-aside"
ONE_IN: Final = 10
"""Where more than a tenth of the records of a return, or of all, break a rule, and more than one, nothing is loaded."""
_OF_A_TERM: Final = ("attendance", "suspensions", "results")
"""Tables whose rows are set aside alone; any other rule that is broken sets the pupil's whole record aside."""
TWO_MAINS: Final = "one-headcount"
MAIN: Final = ("C", "M")
_STAYS: Final = "what this school returned stays, and the record of the other is set aside"


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """One thing that is wrong with one record that was set aside."""

    school: str
    file: str
    line: int
    field: str
    text: str
    record: int
    """The number of the pupil's record within the file."""
    by: str = ""
    """Of a row that was there before and stays: whose record is set aside for it, until it returns again."""
    pupil: str = ""
    """And the pupil's key, since there is no line to find the row by."""


def set_broken_aside(parts: Mapping[tuple[str, str | None], tuple[Any, Held]]) -> bool:
    """Take the records whose rows break a rule out of the returns, all that share a duplicate; whether there were any.

    Rows that were there before are left as they are.
    """
    found = False
    for (name, _), (table, held) in parts.items():
        contract = CONTRACTS[name]
        for fault in check_table(table, contract) if table.num_rows else ():
            sharing = _sharing(fault.row, fault.column, fault.text, held, name)
            _tell_of_earlier(sharing, held, name, fault)
            for row in sharing:
                place = held.places[row]
                if place is None:
                    continue
                made, line = place
                pupil = held.rows[row].get("pupil") or _pupil_at(made, line)
                aside = Aside(line, fault.column, fault.text, name if name in _OF_A_TERM else made.about, pupil)
                if aside not in made.aside:
                    made.file.fault(aside.text, line, aside.field)
                    made.aside.append(aside)
                    _drop(made, pupil, name)
                    found = True
    return found


def _tell_of_earlier(sharing: Sequence[int], held: Held, name: str, fault: CellFault) -> None:
    """Note with each return that is at fault whose row of before it contradicts."""
    for made in {id(place[0]): place[0] for row in sharing if (place := held.places[row]) is not None}.values():
        for row in sharing:
            if held.places[row] is None and "urn" in held.rows[row]:
                where = held.rows[row]["urn"], held.rows[row]["pupil_key"]
                made.earlier.append(Earlier(*where, name, fault.column, f"{fault.text}; {_STAYS}"))


def whole_file_faults(returns: Iterable[PupilReturn]) -> Iterator[Any]:
    """The faults of files that are of no one record: what may not be missing."""
    for made in returns:
        of_rows = {(aside.line, aside.field, aside.text) for aside in made.aside}
        yield from (
            fault for line, fault in sorted(made.file.found, key=lambda each: each[0])
            if (line, fault.field, fault.text) not in of_rows
        )  # fmt: skip


def row_faults(returns: Iterable[PupilReturn]) -> Iterator[Any]:
    """The faults of records."""
    for made in returns:
        of_rows = {(aside.line, aside.field, aside.text) for aside in made.aside}
        yield from (
            fault for line, fault in sorted(made.file.found, key=lambda each: each[0])
            if (line, fault.field, fault.text) in of_rows
        )  # fmt: skip


def too_many(returns: Sequence[PupilReturn]) -> str:
    """Why so much is wrong that nothing may be loaded; nothing where it is not."""
    wrong = {id(made): len({aside.pupil for aside in made.aside}) for made in returns}
    for made in returns:
        count = wrong[id(made)]
        if count and (count == made.pupils or is_much(count, made.pupils)):
            return f"{count:,} of {made.pupils:,} records of {made.file.name} break a rule"
    count, total = sum(wrong.values()), sum(made.pupils for made in returns)
    return f"{count:,} of {total:,} records break a rule" if is_much(count, total) else ""


def is_much(count: int, total: int) -> bool:
    """Whether so many of all are too many to be set aside."""
    return count > 1 and ONE_IN * count > total


def keep_aside(
    data: Path,
    old: DataSet | None,
    name: str,
    returns: Sequence[PupilReturn],
    identities: Iterable[SetAside],
    numbers: Mapping[str, str],
) -> tuple[int | None, str | None]:
    """Keep what is set aside of a data set: how many records, and by which hash the list is found; of none, nothing.

    What other schools have set aside stays, as their rows do. ``numbers``: the schools' LAESTABs by their URNs.
    """
    schools = {made.laestab for made in returns}
    found = {each for each in aside_of(data, old) if (each.by or each.school) not in schools}
    for made in returns:
        found |= {
            Kept(numbers.get(each.urn, each.urn), "", 0, each.field, each.text, 0, made.laestab, each.pupil_key)
            for each in made.earlier
            if each.table == name
        }
        found |= {
            Kept(made.laestab, made.file.name, each.line, each.field, each.text, each.pupil)
            for each in made.aside
            if each.table == name
        }
    for each in identities:
        if each.made.about == name:
            number = _pupil_at(each.made, each.line)
            found.add(Kept(each.made.laestab, each.made.file.name, each.line, "UPN", each.reason, number))
    return keep_list(data, found)


def keep_list(data: Path, found: Collection[Kept]) -> tuple[int | None, str | None]:
    """Keep such a list: how many records it is of, and its hash; of none, nothing."""
    if not found:
        return None, None
    content = (json.dumps([asdict(each) for each in sorted(found)], indent=0, sort_keys=True) + "\n").encode()
    write_atomically(_path(data, sha256_of(content)), content, mode=0o600)
    return len(_records(found)), sha256_of(content)


def _records(found: Iterable[Kept]) -> set[tuple[str, str, int]]:
    """The records that are set aside: one may break several rules, and one that stays is none."""
    return {(each.school, each.file, each.record) for each in found if not each.by}


def aside_of(data: Path, dataset: DataSet | None) -> tuple[Kept, ...]:
    """What is set aside of a data set; :class:`BadSource` where the list is gone or was changed."""
    if dataset is None or dataset.aside_list is None:
        return ()
    try:
        content = _path(data, dataset.aside_list).read_bytes()
    except OSError:
        content = b""
    if sha256_of(content) != dataset.aside_list:
        raise BadSource(
            f"What is set aside of {dataset} is missing, or was changed since.",
            remedy="restore it from your backup, or load the returns again",
        )
    return tuple(Kept(**each) for each in json.loads(content))


def told_by_rule(found: Sequence[Kept], total: int) -> Iterator[str]:
    """How many records are set aside, and by rule: how many, of how many schools, and where the first are."""
    records = _records(found)
    if not records:
        return
    yield f"{len(records):,} of {total:,} records set aside; each school its own: kdsp data check --into DIR"
    rules: dict[tuple[str, str], list[Kept]] = {}
    for each in found:
        rules.setdefault((each.field, each.text), []).append(each)
    for (field, text), those in sorted(rules.items()):
        where = ", ".join(f"{each.file} line {each.line}" for each in those[:3])
        more = f" and {len(those) - 3:,} more" if len(those) > 3 else ""
        schools = len({each.school for each in those})
        yield f"{field} {text}: {len(those):,} of {schools:,} school{'s' if schools > 1 else ''} ({where}{more})"


def _sharing(row: int, column: str, text: str, held: Held, name: str) -> list[int]:
    """The rows that share a fault: all of one key, or all that count one pupil; else the row alone."""
    contract, rows = CONTRACTS[name], held.rows
    rule = next((rule for rule in contract.rules if rule.name == TWO_MAINS), None)
    if rule is not None and (column, text) == (rule.column, rule.text):
        pupil = rows[row]["pupil_key"]
        return [n for n, each in enumerate(rows) if each["pupil_key"] == pupil and each["enrol_status"] in MAIN]
    for key in (contract.key, *((one,) for one in contract.unique)):
        if column == " + ".join(key):
            said = [rows[row][each] for each in key]
            return [n for n, each in enumerate(rows) if [each[one] for one in key] == said]
    return [row]


def _pupil_at(made: PupilReturn, line: int) -> int:
    return next((row["pupil"] for row in made.rows["pupils"] if row["line"] == line), -line)


def _drop(made: PupilReturn, pupil: int, name: str) -> None:
    for table in (name,) if name in _OF_A_TERM else tuple(made.rows):
        made.rows[table] = [row for row in made.rows[table] if row["pupil"] != pupil]


def _path(data: Path, sha256: str) -> Path:
    return data / FOLDER / f"{sha256}.json"
