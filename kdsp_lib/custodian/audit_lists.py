"""The audit of a release: what can be worked out of it, who is in it, what is beside it, what its files hide.

It prints intervals and numbers of figures, never a figure: what can be worked out is named, not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.analyse.count_tables import SHARE
from kdsp_lib.analyse.symbol import HIDDEN
from kdsp_lib.custodian import words
from kdsp_lib.custodian.artefacts import look_into
from kdsp_lib.custodian.listing import listing_in_words
from kdsp_lib.custodian.policy_profile import policy_for
from kdsp_lib.custodian.served import SERVED
from kdsp_lib.errors import BadSource
from kdsp_lib.model.listing import Listing
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.protect.linked_tables import LinkedTables, attack_linked, read_linked_tables
from kdsp_lib.protect.printed import Recovered, Result

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger_entry import Entry
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.protocol.community import Community

_NONE: Final = "none"
_NO_FOLDER: Final = "The release is not in its folder, so its files were not seen."
_UNKNOWN: Final = "not known"
_YES, _NO = "yes", "no"
_Row = tuple[str, ...]
Columns = Mapping[str, Sequence[str]]


def lists_of_audit(entry: Entry, others: Iterable[Entry], opened: Opened, outputs: Path) -> tuple[Listing, ...]:
    """All lists about a release of the ledger. ``others``: releases that this reader could see beside it."""
    counts = _counts(entry)
    result = _attacked(counts, entry)
    folder = outputs / entry.report
    scope = words.audited(opened)
    return (
        listing_in_words(
            "figures", "What can be worked out", scope,
            ("Table", "Counts", "Withheld", "Worked out", "Known to be small"),
            _tables(counts, result),
            "A count is worked out where one value alone is left of it, and known to be small where no value from the "
            "smallest that may be shown is. Every other withheld count may be that small or larger.",
        ),
        listing_in_words("findings", "Findings", scope, ("Cell", "What is left of it"), _findings(result)),
        listing_in_words(
            "contributors", "Who is in it", scope, ("What", "Number"), _contributors(entry, opened.community)
        ),
        listing_in_words(
            "beside", "What the ledger has beside it", scope,
            ("Release", "Report", "Period", "Same data", "Same establishments", "Together worked out"),
            _beside(entry, others),
            "Releases about some of the same establishments that whoever reads this could see. Of the same data about "
            "the same establishments, all counts are attacked together. Figures of groups are rounded in one edition "
            "of their period; those by name were made safe beside the releases before them.",
        ),
        listing_in_words(
            "files", "What its files hold beside what they show", scope, ("File", "As it was written", "Found"),
            _files(folder), *(() if folder.is_dir() else (_NO_FOLDER,)),
        ),
    )  # fmt: skip


def _policy_of(entry: Entry) -> DisclosurePolicy:
    """The policy of today for whom a release went to."""
    body = entry.body
    request, served = body["request"], SERVED.get(str(body["name"]))
    school = body["parameters"].get("school") if served is not None and served.about == "school" else None
    return policy_for(str(body["recipient"]), str(request["level"]), school)


def _counts(entry: Entry) -> list[Mapping[str, Any]]:
    """The counts behind the tables of a release, as its readers have them."""
    return [count for answer in entry.body["answers"] for count in answer["counts"]]


def _attacked(counts: Sequence[Mapping[str, Any]], *entries: Entry) -> Result | None:
    """What an outsider works out of these counts together; None where there are none, or they do not go together."""
    if not counts:
        return None
    zeros_hidden = any(answer["zeros_hidden"] for entry in entries for answer in entry.body["answers"])
    dims = {dim["name"]: {"root": dim["root"], "children": dim["children"]} for each in counts for dim in each["dims"]}
    tables, texts = [], dict[str, dict[str, list[str]]]()
    for number, count in enumerate(counts):
        names = [dim["name"] for dim in count["dims"]]
        file = f"{number} {count['name']}"
        round_to = int(count.get("round", 0))
        tables.append(
            {
                "file": file,
                "dims": names,
                "value": "n",
                "suppressed": [HIDDEN],
                **({"round": round_to, "rounding": count.get("rounding", "farther")} if round_to > 1 else {}),
            }
        )
        texts[file] = {name: [row["codes"][k] for row in count["rows"]] for k, name in enumerate(names)}
        texts[file]["n"] = [row["value"] for row in count["rows"]]
    threshold = _policy_of(entries[0]).threshold
    given = {
        "threshold": threshold,
        "integer": True,
        "zeros": "hidden" if zeros_hidden else "printed",
        "dims": dims,
        "tables": tables,
    }
    try:
        linked: LinkedTables = read_linked_tables(given, "the ledger")
        return attack_linked(linked, texts)
    except BadSource:
        return None


def _tables(counts: Sequence[Mapping[str, Any]], result: Result | None) -> Iterator[_Row]:
    order = list(dict.fromkeys(dim["name"] for count in counts for dim in count["dims"]))
    for count in counts:
        names = [_cell_name(order, count, row["codes"]) for row in count["rows"]]
        hidden = sum(row["value"] == HIDDEN and not _is_the_rest(count, row["codes"]) for row in count["rows"])
        found = [_UNKNOWN, _UNKNOWN]
        if result is not None:
            kinds = _ids(result.recovered), _ids(result.small)
            found = [str(sum(name in of_kind for name in names)) for of_kind in kinds]
        yield str(count["name"]), str(len(names)), str(hidden), *found


def _is_the_rest(count: Mapping[str, Any], codes: Sequence[str]) -> bool:
    """Whether a row is who is not of a share, which no table prints where counts are rounded."""
    return "round" in count and str(count["dims"][-1]["name"]).startswith(SHARE) and codes[-1] == "no"


def _ids(cells: Iterable[Recovered]) -> Collection[str]:
    return {cell.id for cell in cells}


def _cell_name(order: Sequence[str], count: Mapping[str, Any], codes: Sequence[str]) -> str:
    """A cell as the attack names it: by its codes that are no totals, the dimensions in their order."""
    split = {dim["name"]: (code, dim["root"]) for dim, code in zip(count["dims"], codes, strict=True)}
    named = [f"{name} {split[name][0]}" for name in order if name in split and split[name][0] != split[name][1]]
    return ", ".join(named) or "all"


def _findings(result: Result | None) -> Iterator[_Row]:
    """What can be worked out, without the figure; and the intervals of what is known to be small."""
    if result is None:
        return
    for cell in result.recovered:
        yield cell.id, "one value: it can be worked out, and is not told here"
    for cell in result.small:
        yield cell.id, cell.between


def _contributors(entry: Entry, community: Community) -> Iterator[_Row]:
    body = entry.body
    whose = {"its own figures": body["subjects"]} | {
        f"the comparator {name}": urns
        for answer in body["answers"]
        for name, urns in answer.get("comparators", {}).items()
    }
    for what, urns in whose.items():
        yield f"Establishments in {what}", str(len(set(urns)))
        yield f"Bodies that run those in {what}", str(len({community.controller(urn) for urn in urns}))
    could_see = body["could_see"]
    yield "Parties who could see it", "the whole community" if could_see is None else str(len(could_see))
    policy = _policy_of(entry)
    yield "Fewest pupils that a count may be of", str(policy.threshold)
    yield "Fewest bodies that a count may be of, where it is of several establishments", str(policy.controllers)


def _beside(entry: Entry, others: Iterable[Entry]) -> Iterator[_Row]:
    for other in others:
        same_data = dict(other.body["snapshots"]) == dict(entry.body["snapshots"])
        same_subjects = set(other.body["subjects"]) == set(entry.body["subjects"])
        told = "rounded" if _is_rounded(entry) and _is_rounded(other) else "made safe beside each other"
        if same_data and same_subjects:
            result = _attacked([*_counts(entry), *_counts(other)], entry, other)
            told = _UNKNOWN if result is None else str(len(result.recovered))
        period = words.period(str(other.body["period"])) if other.body["period"] else _NONE
        same = (_YES if each else _NO for each in (same_data, same_subjects))
        yield other.report, str(other.body["name"]), period, *same, told


def _is_rounded(entry: Entry) -> bool:
    return all("round" in count for count in _counts(entry))


def _files(folder: Path) -> Iterator[_Row]:
    if folder.is_dir() and not folder.is_symlink():
        for looked in look_into(folder):
            yield looked.path, _YES if looked.is_as_written else _NO, "; ".join(looked.found) or "nothing"
