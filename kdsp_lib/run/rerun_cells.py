"""The cells of a release's notebook beside the same made again: what stands in each, and what comes out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from kdsp_lib.release.story import text_of
from kdsp_lib.run.checks.outputs import between

_LONGEST: Final = 300
_END_OF_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One thing in a cell that is not what comes out. ``cell`` counts all cells from 1; 0 is the notebook itself."""

    cell: int
    text: str

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


def cells_otherwise(stored: Mapping[str, Any], made: Mapping[str, Any]) -> tuple[Otherwise, ...]:
    """What the cells of two notebooks say and show otherwise, by the number of the cell as it is stored.

    A changed sentence is told with the one in its place, a figure of a table or of a chart's table with the other; of
    a list, whose row may be a pupil, the number of the row. A cell that only one of them has is named as such.
    """
    return tuple(_otherwise(list(stored["cells"]), list(made["cells"])))


def has_same_code(stored: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether the cells of code are the same, one by one."""
    one, other = ([text_of(c["source"]) for c in n["cells"] if c["cell_type"] == "code"] for n in (stored, made))
    return one == other


def _otherwise(stored: Sequence[_Cell], made: Sequence[_Cell]) -> Iterator[Otherwise]:
    for olds, news in _paired([_key(cell) for cell in stored], [_key(cell) for cell in made]):
        for at, one, other in _zipped(olds, news, stored, made):
            if one is not None and other is not None and one["cell_type"] == other["cell_type"]:
                yield from (Otherwise(at, text) for text in _of_cell(one, other))
                continue
            if one is not None:
                yield Otherwise(at, f"stands there, and does not come out: {_quoted(text_of(one['source']))}")
            if other is not None:
                yield Otherwise(at, f"comes out here, and is not there: {_quoted(text_of(other['source']))}")


def _key(cell: _Cell) -> tuple[str, str]:
    return str(cell["cell_type"]), text_of(cell["source"])


def _paired(old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[range, range]]:
    """Runs of places that belong together, in order; all that is the same stands beside the same."""
    for _, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield range(i, j), range(k, m)


def _zipped(
    olds: range, news: range, stored: Sequence[_Cell], made: Sequence[_Cell]
) -> Iterator[tuple[int, _Cell | None, _Cell | None]]:
    for place in range(max(len(olds), len(news))):
        one = stored[olds[place]] if place < len(olds) else None
        other = made[news[place]] if place < len(news) else None
        yield min(olds.start + place, max(len(stored) - 1, 0)) + 1, one, other


def _of_cell(one: _Cell, other: _Cell) -> Iterator[str]:
    old, new = text_of(one["source"]), text_of(other["source"])
    is_code = one["cell_type"] == "code"
    if old != new:
        what = "its code: " if is_code else ""
        found = list(_of_texts(*(t.splitlines() if is_code else _END_OF_SENTENCE.split(t) for t in (old, new))))
        yield from (f"{what}{text}" for text in found or ["its spaces or line breaks differ"])
    if is_code:
        yield from between(one.get("outputs", ()), other.get("outputs", ()))


def _of_texts(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for olds, news in _paired(old, new):
        before, after = (" ".join(texts[k].strip() for k in places) for texts, places in ((old, olds), (new, news)))
        if before != after:
            yield f"{_quoted(before)} stood there, {_quoted(after)} came out"


def _quoted(text: str) -> str:
    short = " ".join(text.split())
    return f'"{short[:_LONGEST]}{"..." if len(short) > _LONGEST else ""}"' if short else "nothing"
