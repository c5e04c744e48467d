"""Load Common Transfer Files: pupils, their registration at the school that sends, and results of each year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.change import Agree, agreed
from kdsp_lib.source.collecting import collector_at_rest
from kdsp_lib.source.contract import CONTRACTS
from kdsp_lib.source.files import one_writer
from kdsp_lib.source.load import Loaded
from kdsp_lib.source.part_loading import Part, keep_parts, loaded, read_files, rows_of, settled, urns_of
from kdsp_lib.source.pupil_merging import Held, Place, SetAside, keys_of, merged_pupils, merged_registrations
from kdsp_lib.source.pupil_return import Keys, PupilReturn, Row, keyed
from kdsp_lib.source.quarantine import aside_of, told_by_rule
from kdsp_lib.source.transfer_file.field import NOT_KEPT, PUPIL, tag_of
from kdsp_lib.source.transfer_file.reading import read_transfer
from kdsp_lib.source.workspace import Workspace

KIND = "common-transfer-file"
_ELSEWHERE = "assessments elsewhere, targets or estimates"


@collector_at_rest()
def load_transfers(
    workspace: Workspace,
    source: Path,
    period: str | None = None,
    *,
    loaded_on: date,
    vintage: str = "",
    signed_off: bool = False,
    agree: Agree = agreed,
) -> tuple[Loaded, ...]:
    """Load a transfer file, or all of a folder. What it says of a pupil is added; a result it has again replaces.

    All faults of all files at once are a :class:`~kdsp_lib.errors.BadSource`, and then nothing of any was loaded.
    """
    if period is not None:
        raise BadParameters(
            "Transfer files say themselves of which years their results are.", remedy="leave --period out"
        )
    returns = read_files(source, KIND, read_transfer)
    with one_writer(workspace.data):
        catalogue = Catalogue.load_or_empty(workspace)
        urns = urns_of(catalogue, returns, tag_of("estab"))
        known = [made for made in returns if made.laestab in urns]
        before = {name: rows_of(catalogue, (name, None)) for name in ("pupils", "registrations", "former-upns")}

        def make() -> tuple[dict[Part, Held], tuple[SetAside, ...]]:
            keys, aside = keys_of(known, before)
            parts: dict[Part, Held] = {
                (name, None): held
                for name, held in {
                    **merged_pupils(known, keys, before),
                    "registrations": merged_registrations(known, urns, keys, before),
                }.items()
            }
            for year in sorted({row["year"] for made in known for row in made.rows["results"]}):
                parts["results", year] = _results(known, keys, year, rows_of(catalogue, ("results", year)))
            return parts, aside

        parts, aside = settled(make)
        entries = keep_parts(
            catalogue,
            parts,
            returns,
            aside,
            name=source.name,
            vintage=vintage or f"Common Transfer Files, loaded {loaded_on.isoformat()}",
            loaded_on=loaded_on,
            signed_off=signed_off,
            agree=agree,
        )
        schools, total = {made.laestab for made in returns}, sum(made.pupils for made in returns)
        told = told_by_rule(
            [each for entry in entries for each in aside_of(workspace.data, entry) if each.school in schools], total
        )
    return loaded(entries, "pupils", (*_told(returns), *told))


def _results(returns: Sequence[PupilReturn], keys: Keys, year: str, before: Sequence[Row]) -> Held:
    """The results of a year. One that comes twice in the files and differs is left a fault of its contract."""
    key = CONTRACTS["results"].key
    rows: dict[tuple[Any, ...], tuple[Row, Place | None]] = {tuple(row[n] for n in key): (row, None) for row in before}
    held = Held()
    for made, row in keyed("results", returns, keys):
        if row["year"] != year:
            continue
        one = tuple(row[name] for name in key)
        earlier = rows.get(one)
        if earlier is not None and earlier[1] is not None and earlier[0]["result"] != row["result"]:
            held.add(row, (made, row["line"]))
        else:
            rows[one] = (row, (made, row["line"]))
    for row, place in rows.values():
        held.add(row, place)
    return held


def _told(returns: Sequence[PupilReturn]) -> tuple[str, ...]:
    seen: Mapping[str, int] = sum((made.seen for made in returns), Counter[str]())
    notes = [f"{len(returns):,} files of {seen[PUPIL]:,} pupils"]
    notes += [f"{seen[what]:,} {what}: not kept" for what in (*NOT_KEPT.values(), _ELSEWHERE) if seen[what]]
    return tuple(notes)
