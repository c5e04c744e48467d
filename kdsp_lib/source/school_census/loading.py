"""Load School Census returns: each read, all made into the tables of the authority, held to their contracts, and kept.

One return or those of all schools: a school's rows replace what it returned before for the same term, and nobody
else's. Either every return is loaded or none; what is set aside is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.change import Agree, agreed
from kdsp_lib.source.collecting import collector_at_rest
from kdsp_lib.source.files import one_writer
from kdsp_lib.source.load import Loaded
from kdsp_lib.source.part_loading import Part, keep_parts, loaded, read_files, rows_of, settled, urns_of
from kdsp_lib.source.period import TERMS, term_before
from kdsp_lib.source.pupil_merging import Held, SetAside
from kdsp_lib.source.pupil_return import PupilReturn
from kdsp_lib.source.quarantine import aside_of, told_by_rule
from kdsp_lib.source.school_census.field import HEADER, NO_LONGER, ON_ROLL, tag_of
from kdsp_lib.source.school_census.meals import BY_OLDER_RULES, WIDER_FROM_TERM, YEARS_BACK
from kdsp_lib.source.school_census.merging import merge
from kdsp_lib.source.school_census.reading import read_return
from kdsp_lib.source.workspace import Workspace

KIND = "school-census-xml"
ARREARS: Mapping[str, int | None] = {
    "census": 0, "pupils": None, "registrations": None, "former-upns": None, "attendance": 1, "suspensions": 2,
}  # fmt: skip
"""How many terms before the census each table's rows are of; None where they are of no term."""
_HEADCOUNT = ("C", "M")


@collector_at_rest()
def load_returns(
    workspace: Workspace,
    source: Path,
    period: str | None = None,
    *,
    loaded_on: date,
    vintage: str = "",
    signed_off: bool = False,
    agree: Agree = agreed,
) -> tuple[Loaded, ...]:
    """Load a return, or all of a folder. The files say which term they are of; ``period``, where given, must be it.

    What breaks a rule is set aside by record, and told. Faults of whole files, or of too many records, are a
    :class:`BadSource` with all faults of all files, and then nothing of any was loaded.
    """
    returns = read_returns(source, period)
    with one_writer(workspace.data):
        catalogue = Catalogue.load_or_empty(workspace)
        parts, aside = parts_of(catalogue, returns)
        term = term_of(returns)
        entries = keep_parts(
            catalogue,
            parts,
            returns,
            aside,
            name=source.name,
            vintage=vintage or f"School Census, {term}, loaded {loaded_on.isoformat()}",
            loaded_on=loaded_on,
            signed_off=signed_off,
            agree=agree,
        )
        schools, total = {made.laestab for made in returns}, sum(made.pupils for made in returns)
        told = told_by_rule(
            [each for entry in entries for each in aside_of(workspace.data, entry) if each.school in schools], total
        )
    return loaded(entries, "census", (*_told(returns, parts[_part("census", term)]), *told))


def read_returns(source: Path, period: str | None) -> list[PupilReturn]:
    """The returns of a file or folder, each with its faults, those it has beside the others among them."""
    returns = read_files(source, KIND, read_return)
    _check_together(returns, period)
    return returns


def parts_of(catalogue: Catalogue, returns: Sequence[PupilReturn]) -> tuple[dict[Part, Held], tuple[SetAside, ...]]:
    """The data sets that the returns make of those of the catalogue, and what was set aside. Nothing is kept."""
    urns = urns_of(catalogue, returns, tag_of("estab"))
    term = term_of(returns)
    if not term:
        return {}, ()
    before = {name: rows_of(catalogue, _part(name, term)) for name in ARREARS}
    known = [made for made in returns if made.laestab in urns]
    meals = _meals_before(catalogue, term)

    def make() -> tuple[dict[Part, Held], tuple[SetAside, ...]]:
        tables, aside = merge(known, urns, before, lambda key: meals.get(key, False))
        return {_part(name, term): held for name, held in tables.items()}, aside

    return settled(make)


def term_of(returns: Sequence[PupilReturn]) -> str:
    """The term that returns are of; nothing where none says it."""
    return next((made.period for made in returns if made.period), "")


def _check_together(returns: Sequence[PupilReturn], period: str | None) -> None:
    """Note what the returns do wrong together: another term than the rest, or one school twice."""
    terms = Counter(made.period for made in returns if made.period)
    wanted = period or (terms.most_common(1)[0][0] if terms else "")
    schools: dict[str, str] = {}
    for made in returns:
        if made.period and made.period != wanted:
            made.file.fault(f"is of another term than {wanted}: load it by itself", column=HEADER)
        if made.laestab and schools.setdefault(made.laestab, made.file.name) != made.file.name:
            made.file.fault(f"is of the same school as {schools[made.laestab]}: keep one of them", column=HEADER)


def _part(name: str, term: str) -> Part:
    terms = ARREARS[name]
    return name, None if terms is None else term_before(term, terms)


def _meals_before(catalogue: Catalogue, term: str) -> Mapping[str, bool | None]:
    """Pupils with free school meals in a census of the last six years that is here: whether they count for the premium.

    None where that is not known: since September 2026, and of no basis that is told.
    """
    before = {term_before(term, terms) for terms in range(1, len(TERMS) * YEARS_BACK)}
    found: dict[str, bool | None] = {}
    for entry in catalogue.current:
        if entry.dataset != "census" or entry.period not in before:
            continue
        table = catalogue.read(entry).select(["pupil_key", "fsm", "fsm_basis"])
        eligible = table.filter(table.column("fsm")).to_pydict()
        is_before = entry.period < WIDER_FROM_TERM
        for key, basis in zip(eligible["pupil_key"], eligible["fsm_basis"], strict=True):
            if is_before or basis in BY_OLDER_RULES:
                found[key] = True
            elif basis == "unknown":
                found.setdefault(key, None)
    return found


def _told(returns: Sequence[PupilReturn], census: Held) -> tuple[str, ...]:
    seen = sum((made.seen for made in returns), Counter[str]())
    others = sum(row["enrol_status"] not in _HEADCOUNT for made in returns for row in made.rows["census"])
    notes = [
        f"{len(returns):,} returns: {seen[ON_ROLL]:,} pupils on roll, "
        f"{seen[NO_LONGER]:,} no longer on roll, who are not counted"
    ]
    if others:
        notes.append(f"{others:,} on roll are guests, or have their main registration elsewhere: in no headcount")
    if seen["rolled up"]:
        notes.append(f"{seen['rolled up']:,} extended codes of ethnic background were rolled up to their main code")
    if seen["annual"]:
        notes.append(
            f"{seen['annual']:,} pupils have sessions for a whole year, which no term can be made of: not read"
        )
    rows = zip(census.rows, census.places, strict=True)
    if untold := sum(place is not None and row["fsm6"] is None for row, place in rows):
        notes.append(
            f"{untold:,} had free school meals since September 2026 alone, and returns do not say whether these count "
            "for the pupil premium: fsm6 is not known"
        )
    return tuple(notes)
