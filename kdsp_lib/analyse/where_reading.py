"""Reading a ``where``: a text to a checked tree, with everything that is not on the list refused.

The text is held to a short length, an alphabet and a depth before any parser sees it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from kdsp_lib.analyse.column import COLUMNS, Column, Value, written
from kdsp_lib.analyse.meant import meant
from kdsp_lib.analyse.where import Both, Either, Member, Tree, negated
from kdsp_lib.errors import BadParameters

LONGEST = 500
DEEPEST = 12
MOST_CONDITIONS = 40
ALLOWED = (
    "comparisons (=, <>, <, <=, >, >=, IN, BETWEEN) of a column with values, joined by AND, OR, NOT and brackets; "
    f"columns: {', '.join(COLUMNS)}"
)
_ALPHABET = re.compile(r"[A-Za-z0-9_ \t\r\n(),'=<>!-]*", re.ASCII)


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
        parsed = sqlglot.parse_one(text, read="duckdb")
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
        if kind is exp.Column or _with_a_hyphen(node):
            column = _column(node)
            if column.values != (False, True):
                raise _refused(f"names {column.name} without a value: one of {column.allowed}")
            return Member(column, frozenset({True}))
        if kind is exp.In and _only(node, "this", "expressions"):
            column = _column(node.this)
            return Member(column, frozenset(_value(column, item) for item in node.expressions))
        if kind is exp.Between and _only(node, "this", "low", "high"):
            column = _ordered(_column(node.this))
            low, high = _value(column, node.args["low"]), _value(column, node.args["high"])
            return Member(column, frozenset(v for v in column.values if int(low) <= int(v) <= int(high)))
        if kind in _COMPARED and _only(node, "this", "expression"):
            left, right, symbol = node.this, node.expression, _COMPARED[kind]
            if type(right) is exp.Column and not (type(left) is exp.Column and left.name.lower() in COLUMNS):
                left, right, symbol = right, left, _TURNED[symbol]
            return _compared(_column(left), symbol, right)
        raise _refused(f"uses {_spoken(node)}, which is not allowed")


_COMPARED = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_SIZES: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _compared(column: Column, symbol: str, literal: Any) -> Member:
    value = _value(column, literal)
    if symbol == "=":
        return Member(column, frozenset({value}))
    if symbol == "<>":
        return Member(column, frozenset(column.values) - {value})
    _ordered(column)
    holds = _SIZES[symbol]
    return Member(column, frozenset(v for v in column.values if holds(int(v), int(value))))


def _ordered(column: Column) -> Column:
    if not all(type(value) is int for value in column.values):
        raise _refused(f"compares {column.name} by size, which has only = and IN: {column.allowed}")
    return column


def _column(node: Any) -> Column:
    hyphened = _with_a_hyphen(node)
    if not hyphened and (type(node) is not exp.Column or not _only(node, "this")):
        raise _refused(f"compares {_spoken(node)}, where a column is needed")
    name = hyphened or node.name.lower()
    if hyphened or type(node.this) is not exp.Identifier or name not in COLUMNS:
        near = _OF_BREAKDOWNS.get(name.replace("_", "-")) or meant(name, dict.fromkeys(COLUMNS, ""))
        way = f"{f'did you mean {near}? There are' if near else 'there are'} {', '.join(COLUMNS)}"
        raise _refused(f"names {name[:40]!r}, which is not a column it may speak of", way)
    return COLUMNS[name]


_OF_BREAKDOWNS = {column.attribute: column.name for column in COLUMNS.values() if column.attribute}
"""The column that a breakdown is made from: people write the one for the other."""


def _with_a_hyphen(node: Any) -> str:
    """A name as a breakdown has it, which reads as one column less another; empty where it is none."""
    if type(node) is not exp.Sub or type(node.this) is not exp.Column or type(node.expression) is not exp.Column:
        return ""
    return f"{node.this.name}-{node.expression.name}".lower()


def _value(column: Column, node: Any) -> Value:
    found: Value | None = None
    if type(node) is exp.Boolean:
        found = bool(node.this)
    elif type(node) is exp.Literal:
        found = node.this if node.is_string or not _is_number(column) else _whole(node.this)
    for value in column.values:
        if type(value) is type(found) and value == found:
            return value
    if type(node) is exp.Column and node.name in column.values:
        raise _refused(f"gives {column.name} a text without quotes", f"write it as {written(node.name)}")
    raise _refused(f"gives {column.name} a value it does not have", f"it has {column.allowed}")


def _is_number(column: Column) -> bool:
    """Whether its values are whole numbers (year groups are not: R, N1)."""
    return type(column.values[0]) is int


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _only(node: Any, *names: str) -> bool:
    """Whether the parser found nothing in the node but these parts."""
    return {name for name, part in node.args.items() if part not in (None, [], False)} == set(names)


def _spoken(node: Any) -> str:
    return type(node).__name__.upper()
