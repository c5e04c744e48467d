"""The review of a release: each of its tables as released and made again, what it rests on, and the page of both.

A figure that comes out otherwise is marked and not told, since old beside new is differencing: `kdsp rerun --with`
tells it as far as both may stand side by side. Which moved and which did not may tell as much: those alone are marked
that may be told, and where there is one, none is said to be the same. Where anything that a release rests on moved, its
review is for whoever asks, as a rerun is, and is not released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kdsp_lib.analyse.symbol import HIDDEN, SYMBOLS
from kdsp_lib.custodian import words
from kdsp_lib.custodian.artefacts import look_into
from kdsp_lib.custodian.listing import listing_in_words
from kdsp_lib.custodian.moved import Moved, row_of
from kdsp_lib.errors import Disclosive, NotAuthorised
from kdsp_lib.model.answer import is_of_list
from kdsp_lib.model.listing import Listing
from kdsp_lib.model.table import Table
from kdsp_lib.source.code import engine_hash, rules_hash
from kdsp_lib.source.environment import lock_hash

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger_entry import Entry
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.custodian.remade import Remade
    from kdsp_lib.source.workspace import Workspace

_ENDED: Final = "ENDED"
_SAME, _MOVED, _NOT_TOLD, _CANNOT = "same", "MOVED", "otherwise (not told)", "cannot be made again"
_WHICH_NOT_TOLD: Final = "not told"
_NOT_COMPARED: Final = "not compared"
_AS_THEN: Final = "unchanged"
_Row = tuple[str, ...]


def lists_of_review(entry: Entry, opened: Opened, workspace: Workspace, *, is_draft: bool) -> tuple[Listing, ...]:
    """All lists about a release made again. NotAuthorised where whoever asks may not have it made today.

    Disclosive where anything moved and this is to be released, so is for others than whoever asks.
    """
    from kdsp_lib.custodian.remade import remade_for

    made = remade_for(workspace, entry, opened.requester, opened.today.day)
    rests_on = tuple(_rests_on(entry, made))
    if not is_draft and made.marking:
        raise NotAuthorised(
            "The permission of this release has ended, so its review is for whoever asks and for nobody else.",
            rule="what is made again for review is not passed on",
            remedy="use kdsp rerun",
        )
    if not is_draft and (made.is_otherwise or any(mark == _MOVED for *_, mark in rests_on)):
        raise Disclosive(
            "What the release rests on moved since it was made, so its review is for whoever asks and for nobody else.",
            rule="a figure that is the same by other rules, or is not, tells more than the figure",
            remedy="open the notebook in JupyterLab, or use kdsp rerun",
        )
    scope = words.audited(opened)
    tables = _tables(entry)
    return (
        listing_in_words(
            "rests-on", "What it rests on", scope, ("What", "How it stands", "Mark"), rests_on,
            "What has changed may be why a figure moved. Figures hang on data, rules, register and code; the page "
            "on the libraries too.",
        ),
        listing_in_words(
            "page", "The page of both", scope, ("Section", "Page as released", "Page made again", "Mark"),
            _page(entry, made, tables, workspace),
            "The page as released is report.html in the release's folder. One made again is the same, section by "
            "section, where it says so here; kdsp rerun compares its bytes.",
        ),
        listing_in_words(
            "moved", "Figures that came out otherwise", scope, ("Table", "Row", "Figure"),
            ((cell.table, cell.row, cell.column) for cell in made.moved),
            "Where, not what: the old beside the new may tell more than either. kdsp rerun --with data=current, or "
            "another part, tells both as far as they may stand side by side.",
            *((_OTHERS,) if made.is_otherwise else ()),
        ),
        *(_side_by_side(f"table-{number}", table, made, scope) for number, table in enumerate(tables, start=1)),
    )  # fmt: skip


def _tables(entry: Entry) -> list[Table]:
    return [
        Table.from_json(table)
        for answer in entry.body["answers"]
        if not is_of_list(answer)
        for table in answer["tables"]
    ]


def _side_by_side(name: str, table: Table, made: Remade, scope: str) -> Listing:
    """One table, figure by figure: as released, made again, and a mark in words where it moved."""
    moved = {(cell.row, cell.column) for cell in made.moved if cell.table == table.name}
    dims = [dim.name for dim in table.dims]
    rows = []
    for cell in table.cells:
        row, label = row_of(dims, cell.codes), _label(table, cell.codes)
        for statistic, value in zip(table.statistics, cell.values, strict=True):
            is_moved = (row, statistic.name) in moved
            there = f"[{value}]" if value in SYMBOLS else value
            if made.is_stopped:
                again = mark = _CANNOT
            elif is_moved:
                again, mark = _NOT_TOLD, _MOVED
            elif made.is_otherwise:
                again = mark = _WHICH_NOT_TOLD
            else:
                again, mark = there, _SAME
            rows.append((label, statistic.label, there, again, mark))
    columns = ("Row", "Figure", "As released", "Made again", "Mark")
    return listing_in_words(name, f"{table.title}, as released and made again", scope, columns, rows)


def _label(table: Table, codes: Sequence[str]) -> str:
    named = []
    for dim, code in zip(table.dims, codes, strict=True):
        levels = {level.code: level.label for level in dim.levels}
        named.append(levels.get(code, code))
    return ", ".join(named) or "All"


def _rests_on(entry: Entry, made: Remade) -> Iterator[_Row]:
    """Each part in a row, moved or not; what cannot be had as it was in the words of a rerun."""
    body = entry.body
    if made.marking:
        yield "permission", made.marking, _ENDED
    told: dict[str, list[str]] = {}
    for change in made.changes:
        told.setdefault(change.part, []).append(change.text)
    pins = {"rules": rules_hash(), "code": engine_hash(), "environment": lock_hash()}
    pinned = {"rules": body["rules"], "code": body["code"], "environment": body["lock"]}
    for part, now in pins.items():
        if pinned[part] != now:
            told.setdefault(part, []).append(f"{_NAMES[part]}: changed; kdsp rerun says what moved")
    for part, name in _NAMES.items():
        for text in told.get(part, [f"{name}: {_AS_THEN}"]):
            yield part, text, _MOVED if part in told else _SAME


_NAMES: Final[Mapping[str, str]] = {
    "data": "each snapshot, by its hash",
    "rules": "the protocol's policies and the disclosure profile",
    "register": "the register as it was known then",
    "code": "kdsp itself",
    "environment": "the libraries",
}


def _page(entry: Entry, made: Remade, tables: Iterable[Table], workspace: Workspace) -> Iterator[_Row]:
    """The sections of both pages, in the order in which they were answered; then the page as it lies in its folder."""
    clauses = ", ".join(map(str, entry.body["decision"]["clauses"]))
    decided = f"{entry.body['decision']['decision']}, clauses {clauses}"
    is_as_decided = made.decision == entry.body["decision"]
    yield "Who may have it", decided, *_again(made, decided, is_as_decided, "decided otherwise")
    for table in tables:
        there, moved = _size(table), len(_of(made.moved, table.name))
        again = _again(made, there, not moved, f"{moved} {'figure' if moved == 1 else 'figures'} otherwise")
        is_told = made.is_stopped or moved or not made.is_otherwise
        yield table.title, there, *(again if is_told else (_WHICH_NOT_TOLD, _WHICH_NOT_TOLD))
    listed = ", ".join(map(str, entry.body["listed"]))
    if listed:
        yield "The list of pupils", f"columns {listed}", "its rows are not compared here", _NOT_COMPARED
    folder = workspace.outputs / entry.report
    is_there = folder.is_dir() and not folder.is_symlink()
    written = {looked.path: looked.is_as_written for looked in look_into(folder)} if is_there else {}
    lies = {True: "as it was written", False: "changed since it was written", None: "not in its folder"}
    found = written.get(_PAGE)
    yield _PAGE, lies[found], "kdsp rerun compares its bytes", _NOT_COMPARED if found else _MOVED


_OTHERS: Final = (
    "Figures came out otherwise; which, beyond these, is told nobody: that one moved and another did not may tell more "
    "than the figures."
)
_PAGE: Final = "report.html"


def _again(made: Remade, there: str, is_same: bool, otherwise: str) -> tuple[str, str]:
    if made.is_stopped:
        return _CANNOT, _CANNOT
    return (there, _SAME) if is_same else (otherwise, _MOVED)


def _of(moved: Iterable[Moved], table: str) -> list[Moved]:
    return [cell for cell in moved if cell.table == table]


def _size(table: Table) -> str:
    values = [value for cell in table.cells for value in cell.values]
    return f"{len(values)} figures, {values.count(HIDDEN)} withheld"
