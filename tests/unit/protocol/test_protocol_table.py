"""A protocol's folder is read whole or not at all: every fault of its table and its policies is named at once."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from kdsp_lib.errors import Broken
from kdsp_lib.protocol.policy import protocol_named, read_protocol
from kdsp_lib.protocol.table import protocol_names

FOLDER = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies", "example_authority")))


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "copied"))


def changed(folder, file, old, new):
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")


def faults(folder):
    with pytest.raises(Broken) as caught:
        read_protocol(folder, "copied")
    return [str(fault) for fault in caught.value.faults]


def test_those_that_come_with_the_library_are_whole():
    assert protocol_names() == ("example_authority", "knowsley")
    for name in protocol_names():
        assert protocol_named(name).table.title


def test_all_that_is_wrong_is_named_at_once(copied):
    """Unknown clause, id twice in one folder and in two, a schema that is none, rules beside the table."""
    changed(copied, "rules/clause-06.cedar", '@clause("6")', '@clause("66")')
    changed(copied, "rules/clause-07.cedar", '@id("7-summaries")', '@id("9-for-its-purpose")')
    changed(copied, "rules/clause-11.cedar", "11-not-to-promote", "2-law-requires")
    changed(copied, "rules/levels.cedar", '["coded-child", "summary"]', '["summary"]')
    changed(copied, "grounds/clause-09.cedar", '@remit("county")', '@remit("country")')
    changed(copied, "schema.cedarschema", "detail: String", "detail: Sting")
    found = faults(copied)
    for told in (
        "6-coded-children  has no @clause of the protocol",
        "9-for-its-purpose  another rule beside it has this id",
        "2-law-requires  another rule in another folder has this id",
        "levels-locality-detail  lists other details than the table of levels has at locality: coded-child, summary",
        "remit-county  @remit names country, which is no level of the table",
        "levels.county  no rule in grounds/ lists its purposes",
        "schema.cedarschema  cannot be read",
    ):
        assert any(fault.startswith(told) for fault in found), (told, found)
    assert len(found) == 7


def test_without_its_table_it_is_none(copied):
    (copied / "protocol.toml").unlink()
    assert faults(copied) == ["protocol.toml  is missing: it names the clauses, the details and the table of levels"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "Exampleshire', 'titel = "Exampleshire', ["titel  is not known here", "title  is needed"]),
        ('version = "2"', "version = 2", ["version  is needed, as text"]),
        ('13 = "Safeguarding"', '13 = ""', ["clauses.13  needs its heading"]),
        ('summary = "aggregate"', 'summary = "totals"', ["details.summary  must be one of individual"]),
        ('summary = "aggregate"', 'summary = "individual"', ["details.named-child  is individual, and so is another"]),
        ('is = "cluster"', 'is = "parish"', ["levels.locality  must be one of school"]),
        ('is = "cluster"', 'is = "school"', ["levels.setting  is school, and so is another"]),
        ('details = ["summary"]', 'details = ["sums"]', ["levels.county.details  holds sums, which is none"]),
        ('purposes = ["early-help"]', "", ["levels.locality.purposes  is needed"]),
        ('purposes = ["early-help"]', 'purposes = ["Early help"]', ["levels.locality.purposes  holds Early help"]),
        ("[levels.setting]", "[levels.Setting]", ["levels.Setting  must be lower-case words"]),
        ("[details]", "[detail]", ["detail  is not known here", "details  is needed, as a table"]),
        ("[clauses]", "[clauses", ["cannot be read"]),
    ],
)
def test_a_table_that_will_not_do_is_told_by_its_place(copied, old, new, told):
    changed(copied, "protocol.toml", old, new)
    found = faults(copied)
    for each in told:
        assert any(fault.removeprefix("protocol.toml  ").startswith(each) for fault in found), (each, found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'levels = ["cluster"]',
            'levels = ["collaborative"]',
            "reports.toml [cluster-vulnerable]  levels  the protocol",
        ),
        ('dpia = "made-up DPIA E1: area profiles"', "", "reports.toml [area-profile]  dpia  is missing"),
        ("[area-profile]", "[area profile]", "reports.toml"),
    ],
)
def test_nor_will_reports_that_it_has_no_level_for(copied, old, new, told):
    changed(copied, "reports.toml", old, new)
    (found,) = faults(copied)
    assert found.startswith(told)


def test_a_purpose_is_the_table_s_and_the_rules_alike(copied):
    changed(copied, "protocol.toml", '["place-planning"]', '["place-planning", "curiosity"]')
    assert faults(copied) == [
        "remit-county  lists other purposes than the table of levels has at county: curiosity, place-planning"
    ]
