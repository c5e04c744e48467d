"""A filter has one form, which means what was written; what is not a filter is never let in."""

import duckdb
import pytest
from hunting import examples
from hypothesis import assume, given
from hypothesis import strategies as st

from kdsp_lib.analyse.column import COLUMNS, written
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.errors import BadParameters


@st.composite
def comparisons(draw):
    column = draw(st.sampled_from(list(COLUMNS.values())))
    values = draw(st.lists(st.sampled_from(column.values), min_size=1, max_size=3))
    kind = draw(st.sampled_from(["=", "<>", "in", "not in", "<=", "bare"]))
    if kind == "bare" and isinstance(values[0], bool):
        return column.name
    if kind == "<=" and column.name == "idaci_decile":
        return f"{column.name} <= {values[0]}"
    if kind in ("in", "not in"):
        return f"{column.name} {kind} ({', '.join(map(written, values))})"
    return f"{column.name} {'<>' if kind == '<>' else '='} {written(values[0])}"


texts = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda t: f"not ({t})"),
    ),
    max_leaves=5,
)


def read(text):
    try:
        return read_where(text)
    except BadParameters:
        assume(False)


@given(texts)
@examples(150)
def test_the_form_is_final(text):
    where = read(text)
    assert read_where(str(where)) == where


@given(comparisons(), comparisons(), st.sampled_from(["and", "or"]))
def test_order_and_repetition_do_not_matter(left, right, word):
    assert read(f"{left} {word} {right}") == read(f"{right} {word} {left} {word} {right}")


@pytest.fixture(scope="module")
def pupils():
    """Three pupils for each value of each column, and one of whom nothing is known."""
    connection = duckdb.connect()
    kinds = {str: "text", bool: "boolean", int: "integer"}
    columns = ", ".join(f"{c.name} {kinds[type(c.values[0])]}" for c in COLUMNS.values())
    connection.execute(f"create table pupils ({columns})")
    longest = max(len(c.values) for c in COLUMNS.values())
    for k in range(3 * longest):
        row = [c.values[(k * (7 + j) + j) % len(c.values)] for j, c in enumerate(COLUMNS.values())]
        connection.execute(f"insert into pupils values ({', '.join('?' * len(row))})", row)
    connection.execute(f"insert into pupils values ({', '.join(['null'] * len(COLUMNS))})")
    return connection


@given(text=texts)
@examples(100)
def test_the_form_means_what_was_written(pupils, text):
    where = read(text)
    count = "select count(*) from pupils where "
    assert pupils.sql(count + text).fetchall() == pupils.sql(count + str(where)).fetchall()


@given(st.text(max_size=60))
@examples(150)
def test_whatever_is_typed_is_a_filter_or_refused(text):
    try:
        where = read_where(text)
    except BadParameters:
        return
    assert {column.name for column in where.columns} <= set(COLUMNS)


tokens = st.sampled_from([
    "select", "from", "pupils", "dob", "upn", "postcode", "sex", "'F'", "=", "(", ")", "and", "or", "not", "in", ",",
    "like", "'%a%'", "is", "null", "cast", "as", "text", "::", "exists", "union", ";", "--", "/*", "1", "fsm6", "case",
    "when", "then", "end", "between", "length", "pg_sleep(9)", "read_csv('x')", "||", "true", "~", "collate", "over",
])  # fmt: skip


@given(st.lists(tokens, min_size=1, max_size=9).map(" ".join))
@examples(200)
def test_malicious_words_never_pass(text):
    try:
        where = read_where(text)
    except BadParameters:
        return
    banned = (
        "dob",
        "upn",
        "postcode",
        "select",
        "like",
        "cast",
        "exists",
        "read_csv",
        "sleep",
        "length",
        "null",
        "case",
    )
    assert not any(word in text.split() for word in banned)
    assert not any(word in str(where) for word in banned)
