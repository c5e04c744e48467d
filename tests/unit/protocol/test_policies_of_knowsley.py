"""The policies are fit to decide by, and each says what it means."""

import re
import shutil
from importlib import resources
from pathlib import Path

import cedarpy
import pytest

from kdsp_lib.errors import Broken
from kdsp_lib.protocol.policy import STAGES, protocol_named, read_protocol
from kdsp_lib.protocol.wording import _TRUTHS, _WORDS, SPOKEN

FOLDER = Path(str(resources.files("kdsp_lib.protocol").joinpath("policies", "knowsley")))
RULES = [rule for stage in protocol_named("knowsley").stages.values() for rule in stage.rules.values()]
FILES = sorted(FOLDER.rglob("*.cedar"))


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "knowsley"))


def test_every_policy_has_an_id_of_its_own_and_a_clause():
    ids = []
    for file in FILES:
        policies = cedarpy.policies_to_json_str(file.read_text("utf-8"))
        annotations = re.findall(r'"annotations":\{[^}]*\}', policies)
        assert all('"id"' in one and '"clause"' in one for one in annotations), file.name
        ids += re.findall(r'^@id\("([^"]+)"\)', file.read_text("utf-8"), re.MULTILINE)
        assert len(annotations) == len(re.findall(r"^(?:permit|forbid) ", file.read_text("utf-8"), re.MULTILINE))
    assert len(ids) == len(set(ids)) == len(RULES)


@pytest.mark.parametrize("stage", STAGES)
def test_the_schema_validates_every_stage(stage):
    text = "\n".join(file.read_text("utf-8") for file in sorted((FOLDER / stage).glob("*.cedar")))
    schema = (FOLDER / "schema.cedarschema").read_text("utf-8")
    assert cedarpy.validate_policies(text, schema).errors == []


def test_a_file_is_a_clause_and_holds_no_other():
    for file in FILES:
        name = re.match(r"(?:clause-(\d+)|(levels))", file.stem)
        if name is None:
            assert file.parent.name == "obligations"
            continue
        clause = str(int(name[1])) if name[1] else "levels"
        assert set(re.findall(r'@clause\("([^"]+)"\)', file.read_text("utf-8"))) == {clause}, file


def test_every_rule_has_its_words_above_it_and_every_forbid_a_way_out():
    assert all(len(rule.prose) > 20 for rule in RULES)
    assert all(rule.marks.get("remedy") for rule in RULES if rule.effect == "forbid")


def test_every_fact_that_a_rule_reads_has_words():
    read = {path for rule in RULES for path in rule.reads}
    assert read
    assert read <= SPOKEN


def test_clause_10_never_forbids():
    assert {rule.effect for rule in RULES if rule.clause == "10"} == {"permit"}


def test_the_remits_are_those_of_the_table():
    assert protocol_named("knowsley").remits == {
        "school": {"school-improvement-plan", "school-development", "pupil-transfer"},
        "cluster": {"school-improvement-plan"},
        "collaborative": {"commissioning-of-services"},
        "authority": {"raising-attainment", "removing-concern"},
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("rules/clause-04.cedar", '@id("4-aggregated")\n', "", "has no @id"),
        ("rules/clause-04.cedar", '@clause("4")\n', "", "@clause"),
        ("rules/clause-04.cedar", '@clause("4")', '@clause("four")', "@clause"),
        ("rules/clause-04.cedar", "4-aggregated", "9-for-its-purpose", "another rule beside it has this id"),
        ("rules/clause-04.cedar", "4-aggregated", "8-law-requires", "8-law-requires"),
        ("rules/clause-04.cedar", "resource.detail", "resource.detial", "detial"),
        ("rules/clause-04.cedar", "// Clause 4: aggregated figures are shared.", "", "no words"),
        ("rules/clause-06.cedar", "@remedy", "@remedies", "@remedy"),
        ("rules/clause-04.cedar", '"share"', '"oblige"', "must be about the action"),
        ("rules/clause-04.cedar", "permit (", "permitted (", "cannot be read"),
        ("rules/clause-04.cedar", "resource.detail ==", "resource.detail == resource.level ||", "compares two facts"),
        ("rules/clause-04.cedar", "resource.detail ==", "resource == resource ||", "no single fact"),
        ("rules/clause-04.cedar", 'resource.detail == "aggregate"', 'resource.detail like "aggr*"', "'like'"),
        ("rules/clause-04.cedar", 'resource.detail == "aggregate"', '["a", resource.detail].contains("a")', "'Set'"),
        ("grounds/clause-09.cedar", '@by("commission")\n', "", "@by"),
        ("grounds/clause-09.cedar", '@ground("remit")', '@ground("remits")', "@ground"),
        ("obligations/retention.cedar", '@need("item")', '@need("itme")', "@need"),
        ("schema.cedarschema", "detail: String", "detail: Sting", "cannot be read"),
    ],
)
def test_a_protocol_that_is_not_fit_decides_nothing(copied, file, old, new, told):
    text = (copied / file).read_text("utf-8")
    assert old in text
    (copied / file).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Broken, match=re.escape(told)):
        read_protocol(copied, "changed")


def test_nor_does_one_without_a_stage(copied):
    shutil.rmtree(copied / "law")
    with pytest.raises(Broken):
        read_protocol(copied, "changed")


@pytest.mark.parametrize("name", ["nowhere", "..", "../knowsley", ""])
def test_there_is_no_other_protocol(name):
    with pytest.raises(Broken):
        protocol_named(name)


def test_a_heads_consent_is_the_agreement_of_the_establishment_wherever_it_is_printed():
    """Nobody is to take it for a pupil's or a parent's consent, which is another thing in law."""
    printed = [text for rule in RULES for text in (rule.id, rule.prose, rule.marks.get("remedy", ""))]
    printed += [*_WORDS.values(), *(text for said in _TRUTHS.values() for text in said)]
    assert not [text for text in printed if "consent" in text.lower()]
    assert any("agreement of the establishment" in text for text in printed)
