"""A protocol as it is read from its folder: stages of Cedar rules, each with its clause, its words and its way out."""

from __future__ import annotations

import copyreg
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

import cedarpy

from kdsp_lib.errors import BadSource, Broken, Fault
from kdsp_lib.protocol.catalogue import read_catalogue
from kdsp_lib.protocol.facts import RECIPIENT_PATHS, AddresseeFacts, LawFacts, paths_of_the_request
from kdsp_lib.protocol.table import Table, read_table
from kdsp_lib.protocol.vocabulary import is_slug, sort_clauses

STAGES: Final = {
    "law": "obey",
    "recipients": "address",
    "grounds": "find-grounds",
    "rules": "share",
    "obligations": "oblige",
}
"""The folders of a protocol in the order they are asked, and the action that each decides upon."""
GROUNDS: Final = ("audience", "remit", "need")
NEEDS: Final = (
    "legal-order",
    "agreement",
    "appointment",
    "audience",
    "purpose",
    "duty",
    "need",
    "identification",
    "item",
)
_FACTS: Final = {
    "law": frozenset(paths_of_the_request(LawFacts)),
    "recipients": frozenset(paths_of_the_request(AddresseeFacts)),
    "grounds": frozenset(RECIPIENT_PATHS),
    "rules": frozenset(RECIPIENT_PATHS),
    "obligations": frozenset(RECIPIENT_PATHS),
}
_HELD_TO_THE_TABLE: Final = (("rules", "allows", "details"), ("grounds", "remit", "purposes"))
"""Folders with the mark of those rules that list, level by level, what the table of levels has there."""
_COMPARING: Final = ("", "==", "!=", "contains", "containsAll", "containsAny", "isEmpty", "!", "&&", "||")
"""What a rule may do with a fact, beside taking it as it is: so it hangs on which of the rule's own words that is."""
_PARTS: Final = ("left", "right", "arg", "body")
"""What stands between an operator and what it is put to."""
_PARAGRAPH: Final = re.compile(r'((?:^//[^\n]*\n)+)@id\("([^"]*)"\)', re.MULTILINE)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One paragraph of a policy file."""

    id: str
    clause: str
    effect: str
    """``permit`` or ``forbid``."""
    prose: str
    """What it means, in the words above it."""
    marks: Mapping[str, str]
    """Its other annotations: remedy, ground, by, remit, obligation, need."""
    reads: tuple[str, ...]
    """The facts that it looks at, as ``principal.standing``."""
    lists: frozenset[str]
    """The words that it lists."""
    words: frozenset[str]
    """The words that it compares facts with, in lists or alone: any other word is to it like any other."""
    policy: cedarpy.PolicySet
    """The rule alone, parsed once."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One folder of rules."""

    name: str
    action: str
    rules: Mapping[str, Rule]


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """All stages of one protocol with the schema of the facts that they may read."""

    name: str
    table: Table
    schema: cedarpy.Schema
    stages: Mapping[str, Stage]

    @property
    def remits(self) -> Mapping[str, frozenset[str]]:
        """The purposes in the remit of each level."""
        return {word: level.purposes for word, level in self.table.levels.items()}

    def clauses_of(self, obligation: str) -> tuple[str, ...]:
        """The clauses from which an obligation comes."""
        rules = self.stages["obligations"].rules.values()
        return sort_clauses(rule.clause for rule in rules if rule.marks.get("obligation") == obligation)

    def rule(self, rule_id: str) -> Rule | None:
        """A rule of any stage by its id."""
        return next((stage.rules[rule_id] for stage in self.stages.values() if rule_id in stage.rules), None)


@lru_cache(maxsize=8)
def protocol_named(name: str) -> Protocol:
    """The protocol of that name that comes with the library."""
    folder = resources.files(__package__).joinpath("policies", name)
    if not is_slug(name) or not folder.is_dir():
        raise Broken(f"There is no protocol {name!r}.")
    return read_protocol(folder, name)


def read_protocol(folder: Traversable, name: str) -> Protocol:
    """A protocol from its folder. Whatever is wrong with it is named, all of it, before any request is decided."""
    table, faults = read_table(folder)
    stages: dict[str, Stage] = {}
    schema = None
    try:
        schema = cedarpy.Schema.from_str(folder.joinpath("schema.cedarschema").read_text("utf-8"))
    except (OSError, ValueError) as error:
        faults.append(Fault("schema.cedarschema", f"cannot be read: {error}"))
    for stage in STAGES:
        rules, wrong = _read_stage(folder.joinpath(stage), stage, schema)
        stages[stage] = Stage(stage, STAGES[stage], MappingProxyType({rule.id: rule for rule in rules}))
        faults += wrong
    faults += _twice([rule.id for stage in stages.values() for rule in stage.rules.values()], "in another folder")
    if table is not None:
        faults += _faults_beside(table, stages)
        faults += _faults_of_reports(table, folder)
    if faults or table is None or schema is None:
        raise Broken(f"The protocol {name!r} is not fit to decide by.", faults=faults)
    return Protocol(name, table, schema, MappingProxyType(stages))


def _read_stage(folder: Traversable, name: str, schema: cedarpy.Schema | None) -> tuple[list[Rule], list[Fault]]:
    """The rules of a stage, and what is wrong with their files as a whole."""
    try:
        files = sorted((file for file in folder.iterdir() if file.name.endswith(".cedar")), key=lambda file: file.name)
        text = "\n".join(file.read_text("utf-8") for file in files)
        policies = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    except (OSError, ValueError) as error:
        return [], [Fault(f"{name}/", f"cannot be read: {error}")]
    faults = []
    if schema is not None:
        faults += [Fault(error.policy_id, error.error) for error in cedarpy.validate_policies(text, schema).errors]
    prose = {rule_id: _plain(comment) for comment, rule_id in _PARAGRAPH.findall(text)}
    rules = [_rule(policy, prose) for policy in policies]
    for rule, policy in zip(rules, policies, strict=True):
        faults += _faults_of(rule, name, policy)
    faults += _twice([rule.id for rule in rules], "beside it")
    if not rules:
        faults.append(Fault(f"{name}/", "holds no rule"))
    return rules, faults


def _faults_of_reports(table: Table, folder: Traversable) -> Iterator[Fault]:
    """Reports that the table has no level or detail for, and whatever is wrong with the catalogue."""
    try:
        reports = read_catalogue(folder.joinpath("reports.toml").read_text("utf-8"))
    except OSError:
        yield Fault("reports.toml", "is missing: it is the catalogue of reports")
        return
    except BadSource as error:
        yield from (Fault(f"reports.toml {fault.place}", fault.text, fault.field) for fault in error.faults)
        return
    for name, report in reports.items():
        for field, kinds, known in (
            ("levels", report.levels, table.level_kinds.values()),
            ("details", report.details, table.details.values()),
        ):
            if stray := [kind for kind in kinds if kind not in known]:
                yield Fault(f"reports.toml [{name}]", f"the protocol has no {', '.join(stray)}", field)


def _twice(ids: Sequence[str], where: str) -> Iterator[Fault]:
    for rule_id in sorted({rule_id for rule_id in ids if rule_id and ids.count(rule_id) > 1}):
        yield Fault(rule_id, f"another rule {where} has this id")


def _faults_beside(table: Table, stages: Mapping[str, Stage]) -> Iterator[Fault]:
    """Where rules and table say different things: a clause, a detail or a purpose that the other does not have."""
    for stage in stages.values():
        for rule in stage.rules.values():
            if rule.clause not in table.clauses:
                yield Fault(rule.id, f"has no @clause of the protocol: one of {', '.join(table.clauses)}")
    for name, mark, what in _HELD_TO_THE_TABLE:
        listed = {rule.marks[mark]: rule for rule in stages[name].rules.values() if mark in rule.marks}
        if not stages[name].rules:
            continue
        for word, rule in listed.items():
            if word not in table.levels:
                yield Fault(rule.id, f"@{mark} names {word}, which is no level of the table")
        for word, level in table.levels.items():
            wanted = getattr(level, what)
            if word not in listed:
                yield Fault(f"levels.{word}", f"no rule in {name}/ lists its {what}: it would say @{mark}, {word}")
            elif listed[word].lists != wanted:
                text = f"lists other {what} than the table of levels has at {word}: {', '.join(sorted(wanted))}"
                yield Fault(listed[word].id, text)


def _rule(policy: Mapping[str, Any], prose: Mapping[str, str]) -> Rule:
    marks = {key: value or "" for key, value in policy.get("annotations", {}).items()}
    rule_id, clause = marks.pop("id", ""), marks.pop("clause", "")
    return Rule(
        rule_id,
        clause,
        policy["effect"],
        prose.get(rule_id, ""),
        MappingProxyType(marks),
        tuple(dict.fromkeys(_reads(policy["conditions"]))),
        frozenset(_listed(policy["conditions"])),
        frozenset(_words(policy["conditions"])),
        _parsed(_alone(policy)),
    )


def _parsed(text: str) -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str(text)


copyreg.pickle(cedarpy.PolicySet, lambda rule: (_parsed, (str(rule),)))  # a decision may cross to another process


def _alone(policy: Mapping[str, Any]) -> str:
    document = {"staticPolicies": {"it": policy}, "templates": {}, "templateLinks": []}
    return str(cedarpy.policies_from_json_str(json.dumps(document)))


def _faults_of(rule: Rule, stage: str, policy: Mapping[str, Any]) -> Iterator[Fault]:
    if not rule.id:
        yield Fault(stage, "a rule has no @id")
    for path in rule.reads:
        if path not in _FACTS[stage]:
            yield Fault(rule.id, f"reads {path}, which is no single fact")
    if any(_compares_facts(condition) for condition in policy["conditions"]):
        yield Fault(rule.id, "compares two facts: a rule compares a fact with words")
    for path, operator in _put_to(policy["conditions"], ""):
        if operator not in _COMPARING:
            yield Fault(rule.id, f"puts {path} to {operator!r}: a rule may use {', '.join(filter(None, _COMPARING))}")
    if not rule.prose:
        yield Fault(rule.id, "has no words above it")
    if rule.effect == "forbid" and not rule.marks.get("remedy"):
        yield Fault(rule.id, "has no @remedy")
    if policy["action"] != {"op": "==", "entity": {"type": "KDSP::Action", "id": STAGES[stage]}}:
        yield Fault(rule.id, f"must be about the action {STAGES[stage]}")
    if stage == "grounds" and not (rule.marks.get("ground") in GROUNDS and rule.marks.get("by")):
        yield Fault(rule.id, f"needs @ground (one of {', '.join(GROUNDS)}) and @by")
    if stage == "obligations" and ("obligation" in rule.marks) == (rule.marks.get("need") in NEEDS):
        yield Fault(rule.id, f"needs @obligation, or @need (one of {', '.join(NEEDS)})")
    if stage in ("grounds", "obligations") and rule.effect != "permit":
        yield Fault(rule.id, "must be a permit: what forbids stands in law/, recipients/ and rules/")
    if stage == "recipients" and rule.effect != "forbid":
        yield Fault(rule.id, "must be a forbid: what permits stands in law/ and rules/")


def _plain(comment: str) -> str:
    return " ".join(line.removeprefix("//").strip() for line in comment.strip().splitlines())


def _reads(node: Any) -> Iterator[str]:
    """The facts that an expression reads, in the order it does."""
    if isinstance(node, list):
        for item in node:
            yield from _reads(item)
    elif isinstance(node, dict):
        path = _path(node)
        if path:
            yield path
            return
        for value in node.values():
            yield from _reads(value)


def _path(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    if node.get("Var") in ("principal", "resource", "context"):
        return str(node["Var"])
    if set(node) == {"."}:
        owner = _path(node["."]["left"])
        return f"{owner}.{node['.']['attr']}" if owner else ""
    return ""


def _put_to(node: Any, operator: str) -> Iterator[tuple[str, str]]:
    """Each fact that an expression reads, and the operator that it is put to; none where it is the condition."""
    if isinstance(node, list):
        for item in node:
            yield from _put_to(item, operator)
    elif isinstance(node, dict):
        path = _path(node)
        if path:
            yield path, operator
            return
        for key, value in node.items():
            yield from _put_to(value, operator if key in _PARTS else key)


def _compares_facts(node: Any) -> bool:
    if isinstance(node, list):
        return any(map(_compares_facts, node))
    if not isinstance(node, dict):
        return False
    sides = [side for operator, side in node.items() if operator not in ("&&", "||") and isinstance(side, dict)]
    if any(_path(side.get("left")) and _path(side.get("right")) for side in sides):
        return True
    return any(map(_compares_facts, node.values()))


def _listed(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _listed(item)
    elif isinstance(node, dict):
        if "Set" in node:
            yield from (item["Value"] for item in node["Set"] if isinstance(item.get("Value"), str))
        for value in node.values():
            yield from _listed(value)


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _words(item)
    elif isinstance(node, dict):
        if isinstance(node.get("Value"), str):
            yield node["Value"]
        for value in node.values():
            yield from _words(value)
