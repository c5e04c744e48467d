"""Reading a ``where``: a text to a checked tree, with everything that is not on the list refused.

The text is held to a short length, an alphabet and a depth before any parser sees it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from kdsp_lib.analyse.column import NAMES, OFFERED, Name, Value, written
from kdsp_lib.analyse.meant import meant
from kdsp_lib.analyse.where import Both, Either, Member, Tree, Where, negated, simplified
from kdsp_lib.errors import BadParameters

LONGEST = 500
DEEPEST = 12
MOST_CONDITIONS = 40
ALLOWED = (
    "comparisons (=, <>, <, <=, >, >=, IN, BETWEEN) of a column with values, joined by AND, OR, NOT and brackets; "
    f"columns: {', '.join(OFFERED)}"
)
_ALPHABET = re.compile(r"[A-Za-z0-9_ \t\r\n(),'=<>!-]*", re.ASCII)


_HYPHENED = re.compile(r"'[^']*'|[A-Za-z]+(?:-[A-Za-z]+)+")
"""A text in quotes, or a name with hyphens, which the parser would read as one column less another."""


def _joined(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("'") else found[0].replace("-", "_")


def _refused(what: str, remedy: str = f"write {ALLOWED}") -> BadParameters:
    return BadParameters(f"A where {what}.", remedy=remedy)


def check_fits(text: str) -> None:
    """``BadParameters`` where ``text``, as given or written out, is too long, too deep or beyond the alphabet."""
    if len(text) > LONGEST:
        raise _refused(f"is longer than {LONGEST} characters, as given or written out")
    if not _ALPHABET.fullmatch(text) or "--" in text:
        raise _refused("has a character that none needs")
    if _brackets(text) > DEEPEST:
        raise _refused(f"has brackets more than {DEEPEST} deep")


def read_tree(text: str) -> Tree:
    """The tree of ``text``; ``BadParameters`` for whatever is not on the list."""
    check_fits(text)
    if not text.strip():
        raise _refused("is empty")
    try:
        parsed = sqlglot.parse_one(_HYPHENED.sub(_joined, text), read="duckdb")
    except (SqlglotError, RecursionError, ValueError):
        raise _refused("cannot be read") from None
    reader = _Reader()
    return reader.tree(parsed, 0)


def _brackets(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


class _Reader:
    """Walks what the parser made, counting conditions; each kind of node has one way through."""

    def __init__(self) -> None:
        self.conditions = 0

    def tree(self, node: Any, depth: int) -> Tree:
        if depth > LONGEST:
            raise _refused("is too deep")
        kind = type(node)
        if kind is exp.Paren:
            return self.tree(node.this, depth + 1)
        if kind is exp.Not:
            return negated(self.tree(node.this, depth + 1))
        if kind in (exp.And, exp.Or):
            parts = (self.tree(node.left, depth + 1), self.tree(node.right, depth + 1))
            return Both(parts) if kind is exp.And else Either(parts)
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise _refused(f"has more than {MOST_CONDITIONS} comparisons")
        return self.member(node)

    def member(self, node: Any) -> Member:
        kind = type(node)
        if kind is exp.Column:
            named = _named(node)
            if named.column.values != (False, True):
                raise _refused(f"names {named.name} without a value: one of {named.allowed}")
            return Member(named.column, frozenset({True}))
        if kind is exp.In and _only(node, "this", "expressions"):
            named = _named(node.this)
            return _member(named, (_value(named, item) for item in node.expressions))
        if kind is exp.Between and _only(node, "this", "low", "high"):
            named = _ordered(_named(node.this))
            low, high = _value(named, node.args["low"]), _value(named, node.args["high"])
            return _member(named, (value for value in named.spelled if int(low) <= int(value) <= int(high)))
        if kind in _COMPARED and _only(node, "this", "expression"):
            left, right, symbol = node.this, node.expression, _COMPARED[kind]
            if type(right) is exp.Column and not (type(left) is exp.Column and left.name.lower() in NAMES):
                left, right, symbol = right, left, _TURNED[symbol]
            return _compared(_named(left), symbol, right)
        raise _refused(f"uses {_spoken(node)}, which is not allowed")


_COMPARED = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_SIZES: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _member(named: Name, spelled: Iterable[Value]) -> Member:
    return Member(named.column, frozenset().union(*(named.spelled[value] for value in spelled)))


def _compared(named: Name, symbol: str, literal: Any) -> Member:
    value = _value(named, literal)
    if symbol == "=":
        return _member(named, (value,))
    if symbol == "<>":
        return Member(named.column, frozenset(named.column.values) - named.spelled[value])
    _ordered(named)
    holds = _SIZES[symbol]
    return _member(named, (each for each in named.spelled if holds(int(each), int(value))))


def _ordered(named: Name) -> Name:
    if not all(type(value) is int for value in named.spelled):
        raise _refused(f"compares {named.name} by size, which has only = and IN: {named.allowed}")
    return named


def _named(node: Any) -> Name:
    if type(node) is not exp.Column or not _only(node, "this"):
        raise _refused(f"compares {_spoken(node)}, where a column is needed")
    name = node.name.lower()
    if type(node.this) is not exp.Identifier or name not in NAMES:
        near = meant(name, dict.fromkeys(OFFERED, ""))
        way = f"{f'did you mean {near}? There are' if near else 'there are'} {', '.join(OFFERED)}"
        raise _refused(f"names {name[:40]!r}, which is not a column it may speak of", way)
    return NAMES[name]


def _value(named: Name, node: Any) -> Value:
    found: Value | None = None
    if type(node) is exp.Boolean:
        found = bool(node.this)
    elif type(node) is exp.Literal:
        found = node.this if node.is_string or not _is_number(named) else _whole(node.this)
    for value in named.spelled:
        if type(value) is type(found) and value == found:
            return value
    if type(node) is exp.Column and node.name in named.spelled:
        raise _refused(f"gives {named.name} a text without quotes", f"write it as {written(node.name)}")
    raise _refused(f"gives {named.name} a value it does not have", f"it has {named.allowed}")


def _is_number(named: Name) -> bool:
    """Whether its values are whole numbers (year groups are not: R, N1)."""
    return all(type(value) is int for value in named.spelled)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _only(node: Any, *names: str) -> bool:
    """Whether the parser found nothing in the node but these parts."""
    return {name for name, part in node.args.items() if part not in (None, [], False)} == set(names)


def _spoken(node: Any) -> str:
    return type(node).__name__.upper()


def read_where(text: str) -> Where:
    """The filter that ``text`` spells; ``BadParameters`` that says what may be written otherwise."""
    tree = simplified(read_tree(text))
    if isinstance(tree, Member) and not tree.values:
        raise BadParameters("A where cannot hold of any pupil: it asks of one column two things at once.")
    check_fits(str(tree))
    return Where(tree)
