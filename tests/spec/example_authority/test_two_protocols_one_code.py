"""Two authorities, one register, one code: their decisions differ as their folders say, and nothing else does."""

import ast
import re
from importlib import resources
from pathlib import Path

import pytest
from example_community import LOCALITY, SUMMARY, answer, ask, knowsleys

import kdsp_lib
from kdsp_lib.errors import BadParameters
from kdsp_lib.protocol.catalogue import catalogue_of
from kdsp_lib.protocol.engine import engine_for
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.table import protocol_names
from kdsp_lib.protocol.terms import terms_of_use
from kdsp_lib.protocol.wording import SPOKEN
from kdsp_lib.release.obligation import OBLIGATIONS

POLICIES = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies")))
DIFFERENT = {
    "a stakeholder": ({"detail": "coded-child", "recipient": "establishment:990003"}, "deny levels", "permit 3, 9"),
    "an agreement of heads": ({"recipient": "establishment:990003"}, "deny 5, levels", "permit 3, 9, 10"),
    "a summary for another level's purpose": (
        {**SUMMARY, "purpose": "early-help", "recipient": "officer:none"}, "deny 9", "permit 4, 9",
    ),
    "safeguarding in a summary": (
        {**SUMMARY, "categories": ["safeguarding"], "recipient": "establishment:990003"}, "deny 13", "permit 4, 9",
    ),
    "named children of the whole authority": (
        {**SUMMARY, "detail": "named-child", "recipient": "officer:duty"}, "deny levels", "permit 3, 9",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DIFFERENT)
def test_the_same_register_is_decided_as_each_protocol_says(what):
    fields, ours, theirs = DIFFERENT[what]
    assert (answer(**fields), knowsleys(**fields)) == (ours, theirs)


def test_they_agree_where_their_folders_say_the_same():
    assert (answer(), knowsleys()) == ("permit 5, 9", "permit 3, 9")
    assert (answer(requester="officer:none"), knowsleys(requester="officer:none")) == ("deny 12", "deny 3")


def test_each_knows_its_own_words_alone():
    with pytest.raises(BadParameters) as told:
        ask("knowsley", **LOCALITY)
    assert {fault.field for fault in told.value.faults} == {"level", "detail"}
    with pytest.raises(BadParameters) as told:
        ask("example_authority", level="collaborative", detail="aggregate", purpose="early-help")
    assert "setting, locality, county" in str(told.value)
    assert "named-child, coded-child" in str(told.value)


def test_a_level_that_a_protocol_has_not_is_no_way_around_its_table():
    """Knowsley's area profile of a collaborative; in Exampleshire, collaboratives have no reports."""
    with pytest.raises(BadParameters) as told:
        ask("example_authority", report="area-profile", level="locality", detail="summary", group="cluster:north")
    assert "level" in {fault.field for fault in told.value.faults}


def test_one_engine_and_one_set_of_facts_serve_both():
    """The schema says which facts there are: those of Python, so it is the same but for its comments."""
    engines = {type(engine_for(name)) for name in protocol_names()}
    files = [POLICIES / name / "schema.cedarschema" for name in protocol_names()]
    schemas = {re.sub(r"//.*", "", file.read_text("utf-8")) for file in files}
    assert (len(engines), len(schemas)) == (1, 1)


@pytest.mark.parametrize("name", protocol_names())
def test_each_protocol_is_whole(name):
    """Its catalogue, its terms of use; facts that have words; obligations that releases carry out."""
    protocol = protocol_named(name)
    rules = [rule for stage in protocol.stages.values() for rule in stage.rules.values()]
    assert catalogue_of(name)
    assert terms_of_use(name).version
    assert {path for rule in rules for path in rule.reads} <= SPOKEN
    assert {rule.marks["obligation"] for rule in rules if "obligation" in rule.marks} <= set(OBLIGATIONS)
    assert {rule.marks["by"] for rule in rules if "by" in rule.marks}
    ruled = {rule.clause for rule in rules}
    assert ruled | {"1"} >= set(protocol.table.clauses)


def test_there_is_one_clause_more():
    clauses = {name: {c for c in protocol_named(name).table.clauses if c.isdigit()} for name in protocol_names()}
    assert clauses["example_authority"] - clauses["knowsley"] == {"13"}


def _texts(tree):
    """The texts of a module that are no docstrings."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [text.value for text in texts if id(text) not in alone]


def test_no_code_names_a_clause_of_either():
    """A number of a clause in an error or in words would be wrong for the other authority."""
    folder = Path(kdsp_lib.__file__).parent
    named = re.compile(r"\b(clauses?|principles?) \d|(?<!\w)\((\d{1,2}(, \d{1,2})*|Appendix A)\)")
    found = {
        f"{path.relative_to(folder)}: {text[:60]}"
        for path in folder.rglob("*.py")
        for text in _texts(ast.parse(path.read_text("utf-8")))
        if named.search(text)
    }
    assert found == set()


def test_no_code_hands_a_clause_to_an_error():
    folder = Path(kdsp_lib.__file__).parent
    given = [
        f"{path.relative_to(folder)}:{node.lineno}"
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword)
        and node.arg == "clauses"
        and isinstance(node.value, ast.List | ast.Tuple)
        and any(isinstance(item, ast.Constant) for item in node.value.elts)
    ]
    assert given == []
