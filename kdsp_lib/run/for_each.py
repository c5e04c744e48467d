"""What a batch is made for each of: establishments of a phase, groups of a kind, or what a list names.

``all primaries`` and ``every cluster`` are looked up in the register as of the report's day: the signatories of a
phase by URN, the groups that have members by name. So the same file makes the same reports in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Final

import yaml

from kdsp_lib.errors import Fault, did_you_mean
from kdsp_lib.protocol.community import Community
from kdsp_lib.protocol.vocabulary import GROUP_KINDS, PHASES, kind_of
from kdsp_lib.register.register import Register
from kdsp_lib.run.lines import line_of, text_of

MOST_REPORTS: Final = 50_000
"""Twice the schools of a nation: more than that is a slip in a file."""
ESTABLISHMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "all establishments": PHASES,
        "all primaries": ("primary", "all-through"),
        "all secondaries": ("secondary", "all-through"),
        "all specials": ("special",),
        "all nurseries": ("nursery",),
        "all prus": ("pru",),
        "all colleges": ("college",),
        "all childrens-centres": ("childrens-centre",),
        "all independents": ("independent",),
        "all non-maintained-specials": ("non-maintained-special",),
    }
)
GROUPS: Final[Mapping[str, str]] = MappingProxyType({f"every {kind}": kind for kind in GROUP_KINDS})
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_USED: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Range:
    """What a name stands for in turn: a phrase for the register, or the texts of a list."""

    line: int
    name: str
    phrase: str = ""
    listed: tuple[str, ...] = ()


def ranges_of(mapping: yaml.MappingNode) -> tuple[list[Range], list[Fault]]:
    """The ranges of ``for_each:``, in the order that they are written, and the faults of those that are none."""
    found: list[Range] = []
    faults: list[Fault] = []
    for key, value in mapping.value:
        line = line_of(key)
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if not _NAME.fullmatch(name):
            faults.append(Fault(f"line {line}", "a name here is small letters, digits and _, such as school", name))
        elif name in {each.name for each in found}:
            faults.append(Fault(f"line {line}", "is given twice; keep one", name))
        elif isinstance(value, yaml.ScalarNode):
            phrase = text_of(value) or ""
            faults += _faults_of_phrase(line, name, phrase)
            found.append(Range(line, name, phrase=phrase))
        else:
            listed, faulty = _listed(name, value)
            faults += faulty
            found.append(Range(line, name, listed=listed))
    return found, faults


def combinations(
    ranges: Sequence[Range], register: Register, community: Community
) -> tuple[Iterator[Mapping[str, str]], list[Fault]]:
    """Each combination of what the names stand for, the first name slowest; and the faults of ranges of nothing."""
    texts = {each.name: each.listed or _looked_up(each.phrase, register, community) for each in ranges}
    faults = [
        Fault(f"line {each.line}", f"there are none on {community.day}: {each.phrase}", each.name)
        for each in ranges
        if each.phrase and not texts[each.name]
    ]
    number = prod(map(len, texts.values()))
    if number > MOST_REPORTS:
        faults.append(Fault("", f"makes {number:,} reports; a batch has {MOST_REPORTS:,} at most", "for_each"))
    return (dict(zip(texts, combination, strict=True)) for combination in product(*texts.values())), faults


def names_in(text: str | None) -> list[str]:
    """The names that stand in braces in a text."""
    return _USED.findall(text or "")


def filled(text: str | None, names: Mapping[str, str]) -> str | None:
    """A text with each name in braces replaced by what it stands for."""
    return None if text is None else _USED.sub(lambda found: names[found[1]], text)


def _faults_of_phrase(line: int, name: str, phrase: str) -> list[Fault]:
    if phrase in ESTABLISHMENTS or phrase in GROUPS:
        return []
    known = (*ESTABLISHMENTS, *GROUPS)
    hint = did_you_mean(phrase, known) or f"; a list, or one of: {', '.join(known)}"
    return [Fault(f"line {line}", f"{phrase[:60]!r} says of nothing what it is made for{hint}", name)]


def _listed(name: str, node: yaml.Node) -> tuple[tuple[str, ...], list[Fault]]:
    items: Iterable[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else ()
    texts: list[str] = []
    faults: list[Fault] = []
    for item in items:
        text = text_of(item) if isinstance(item, yaml.ScalarNode) else None
        if not text:
            faults.append(Fault(f"line {line_of(item)}", "an item of a list is one word or text", name))
        elif text in texts:
            faults.append(Fault(f"line {line_of(item)}", f"{text[:60]!r} is listed twice; keep one", name))
        else:
            texts.append(text)
    if not texts and not faults:
        faults.append(Fault(f"line {line_of(node)}", "is empty: list what it is made for, or say all primaries", name))
    return tuple(texts), faults


def _looked_up(phrase: str, register: Register, community: Community) -> tuple[str, ...]:
    if phrase in GROUPS:
        kind = GROUPS[phrase]
        return tuple(sorted(group for group, members in community.groups.items() if members and kind_of(group) == kind))
    phases = {str(entry["urn"]): entry["phase"] for entry in register.entries("establishments")}
    wanted = ESTABLISHMENTS.get(phrase, ())
    return tuple(urn for urn in community.members("authority") if phases.get(urn) in wanted)
