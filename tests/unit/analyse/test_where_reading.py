"""What a where may say, and how it is refused."""

import time

import pytest

from kdsp_lib.analyse.attribute import ATTRIBUTES
from kdsp_lib.analyse.column import NAMES
from kdsp_lib.analyse.where_reading import read_where
from kdsp_lib.errors import BadParameters


@pytest.mark.parametrize(("text", "form"), [
    ("sex='F'", "sex = 'F'"),
    ("fsm6 = true and not (sex <> 'F')", "fsm6 AND sex = 'F'"),
    ("not fsm6", "NOT fsm6"),
    ("idaci_decile between 1 and 3 or idaci_decile < 2", "idaci_decile IN (1, 2, 3)"),
    ("ncyear = 7 or ncyear = '8'", "ncyear IN ('7', '8')"),
    ("SEX in ('F')", "sex = 'F'"),
    ("3 >= idaci_decile", "idaci_decile IN (1, 2, 3)"),
    ("not (fsm6 and sex = 'F')", "NOT fsm6 OR sex = 'M'"),
    ("(fsm or lac) and sex = 'F'", "(fsm OR lac) AND sex = 'F'"),
])  # fmt: skip
def test_each_filter_has_one_form(text, form):
    assert str(read_where(text)) == form


@pytest.mark.parametrize("text", [
    "", " ", "dob = '2015-01-01'", "upn = 'A123456789012'", "surname = 'Smith'", "postcode = 'L36'", "urn = '200001'",
    "pupil_key = 'p1'", "entry_date > '2025-01-01'", "ksip", "trust = 'x'", "ward = 'x'", "possible > 10",
    "sex like 'F%'", "select 1", "sex in (select 'F')", "exists(select 1)", "length(sex) = 1", "cast(sex as int) = 1",
    "sex::text = 'F'", "sex = sex", "1 = 1", "true", "sex", "fsm is true", "sex is null",
    "sex = 'F'; drop table census", "sex = 'F' -- and so on", "sex = /* */ 'F'", 'sex = "F"', "census.sex = 'F'",
    "sex = 'X'", "sex > 'F'",
    "ncyear between 7 and 9", "idaci_decile = 0", "idaci_decile = 1.5", "idaci_decile = -1", "sex = 'F' and sex = 'M'",
    "case when fsm then true end", "sex = 'F' limit 3", "sex in ()", "sex = ('F', 'M')", "fsm6 = 1", "sex = true",
    "sex = 'F' union select 1", "sex = 'F' or", "((sex = 'F')", "sex = 'F' \x00", "sex = 'Ｆ'", "any(sex) = 'F'",
    "fsm6 in (fsm)", "not sex", "sex || 'F' = 'FF'", "row(sex) = 'F'", "idaci_decile = 1e0", "idaci_decile + 1 = 2",
])  # fmt: skip
def test_what_is_not_on_the_list_is_refused(text):
    with pytest.raises(BadParameters):
        read_where(text)


@pytest.mark.parametrize("text", [
    "(" * 10_000 + "fsm" + ")" * 10_000, "fsm and " * 125_000 + "fsm", "not " * 120 + "fsm", "(" * 200, "a" * 1_000_000,
    "fsm or " * 60 + "fsm", "- " * 200 + "1 = idaci_decile",
])  # fmt: skip
def test_what_is_long_or_deep_is_refused_at_once(text):
    start = time.process_time()  # its own work, however busy the machine is
    with pytest.raises(BadParameters):
        read_where(text)
    assert time.process_time() - start < 1


def test_the_refusal_says_what_may_be_written():
    with pytest.raises(BadParameters) as refusal:
        read_where("sexx = 'F'")
    assert "did you mean sex?" in refusal.value.remedy
    assert "idaci_decile" in refusal.value.remedy
    assert "sen_provision" not in refusal.value.remedy
    assert "dob" not in refusal.value.remedy


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("sex = F", "write it as 'F'"),
        ("sen IN (support, 'plan')", "write it as 'support'"),
        ("year = '6'", "did you mean year-group?"),
        ("gender = 'F'", "did you mean sex?"),
        ("ethnic = 'asian'", "did you mean ethnicity?"),
        ("sen = 'S'", "it has 'none', 'support', 'plan'"),
        ("fsm6 = yes", "write it as 'yes'"),
        ("idaci-quintile = '7'", "it has '1', '2', '3', '4', '5'"),
    ],
)
def test_what_an_analyst_writes_at_first_is_told_how_to_write_it(text, way):
    with pytest.raises(BadParameters) as refusal:
        read_where(text)
    assert refusal.value.remedy.startswith(way)


@pytest.mark.parametrize(
    ("text", "census"),
    [
        ("sen = 'support'", "sen_provision = 'K'"),
        ("sen IN ('support', 'plan')", "sen_provision IN ('K', 'E')"),
        ("year-group IN (5, '6')", "ncyear IN ('5', '6')"),
        ("year_group <> 'R'", "NOT ncyear = 'R'"),
        ("looked-after", "lac"),
        ("not looked-after and sex = 'F'", "not lac and sex = 'F'"),
        ("young-carer = 'no'", "not young_carer"),
        ("eal = 'eal'", "language = 'eal'"),
        ("ethnicity-group = 'black'", "ethnicity IN ('BCRB', 'BAFR', 'BOTH')"),
        ("idaci-quintile = 1", "idaci_decile between 1 and 2"),
        ("fsm6 = 'yes'", "fsm6"),
    ],
)
def test_it_speaks_of_breakdowns_and_their_levels_as_by_does(text, census):
    """The codes of the School Census say the same, and what is finer than a level."""
    assert read_where(text) == read_where(census)


def test_a_level_of_a_where_keeps_the_pupils_whom_the_breakdown_puts_there():
    """Each value of each column, put into its leaf by the breakdown's own rule."""
    import duckdb
    import ibis
    import pyarrow as pa

    for name in filter(lambda each: each.column.attribute, NAMES.values()):
        column, attribute = name.column, ATTRIBUTES[name.column.attribute]
        rows = pa.table({column.name: list(column.values)})
        kind = {bool: "boolean", int: "int64", str: "string"}[type(column.values[0])]
        table = ibis.table({column.name: kind}, name="rows")
        divided = table.select(table[column.name], leaf=attribute.expression(table))
        with duckdb.connect() as database:
            database.register("rows", rows)
            leaves = dict(database.sql(ibis.to_sql(divided, dialect="duckdb")).fetchall())
        for leaf in (level for level, _ in attribute.leaves):
            assert set(column.made_of(leaf)) == {value for value in column.values if leaves[value] == leaf}, (
                name,
                leaf,
            )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sen IN ('support', 'plan') and sex = 'F'", "special educational needs: SEN support or EHC plan; sex: Girls"),
        ("ethnicity IN ('WIRT', 'WROM')", "ethnic group: Traveller of Irish heritage or Gypsy/Roma"),
        ("ethnicity IN ('WROM', 'BCRB', 'BAFR', 'BOTH')", "ethnic group: Black or Gypsy/Roma"),
        ("not looked-after", "looked after: No"),
        ("idaci_decile <= 3", "IDACI quintile of the home: 1 (most deprived) or decile 3"),
        ("(fsm or lac) and year-group = '3'", "(free school meals now: Yes; or looked after: Yes); year group: Year 3"),
    ],
)
def test_a_title_says_it_in_words(text, words):
    assert read_where(text).in_words() == words
