"""From the YAML of a register to a :class:`Register`, or to every fault in it at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from pathlib import Path
from typing import Final

from kdsp_lib.errors import BadSource, Fault, did_you_mean
from kdsp_lib.register.agreement import Placed, disagreements
from kdsp_lib.register.checking import Checker, says_nothing
from kdsp_lib.register.document import Malformed, Mapping, Node, Sequence, Text, read_document
from kdsp_lib.register.layout import LAYOUT
from kdsp_lib.register.register import Register

PlainEntry = MappingOf[str, object]
_NEW_IDS: Final = (("establishments", "urn"), ("groups", "id"), ("people", "id"))


def read_register(path: Path | str) -> Register:
    """The register in a YAML file. A file that cannot be read, or has any fault, is a BadSource naming them all."""
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSource(f"{file} is not text in UTF-8.", remedy="save it as UTF-8 and try again") from None
    except OSError as error:
        reason = error.strerror or "it is not there"
        raise BadSource(f"{file} cannot be read: {reason}.", remedy="check the path of the register") from None
    return register_from_text(text, called=str(file))


def register_from_text(text: str, *, called: str = "the register") -> Register:
    """The register in a text; ``called`` is what its faults are reported under."""
    faults: list[Fault] = []
    sections: dict[str, list[Placed]] = {}
    try:
        root = read_document(text, faults)
    except Malformed as error:
        faults.append(error.fault)
    else:
        sections = _sections(root, faults)
    if faults:
        faults = list(dict.fromkeys(faults))
        faults.sort(key=lambda fault: int(fault.place.removeprefix("line ")))
        many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise BadSource(f"{called} has {many}.", faults=faults, remedy="mend each line named; nothing was read")
    return Register({name: tuple(placed.entry for placed in entries) for name, entries in sections.items()})


def faults_of_entry(section: str, entry: PlainEntry, register: Register) -> list[Fault]:
    """What is wrong with one entry that would come into a register, by its fields."""
    faults: list[Fault] = []
    root = read_document(json.dumps({section: [dict(entry)]}, ensure_ascii=False), faults)
    assert isinstance(root, Mapping), "it was just written so"
    lists = dict(_lists(root, faults))
    known = {str(e[key]) for named, key in _NEW_IDS for e in register.entries(named)}
    checker = Checker(frozenset(known.union(_new_ids(lists))), faults)
    placed = [Placed(node.line, checker.check(section, node), _given(node)) for node in lists.get(section, ())]
    faults.extend(disagreements({section: placed}))
    return [Fault("", fault.text, fault.field) for fault in faults]


def _sections(root: Node | None, faults: list[Fault]) -> dict[str, list[Placed]]:
    if root is None or (isinstance(root, Text) and root.value is None):
        return {}
    if not isinstance(root, Mapping):
        faults.append(Fault(f"line {root.line}", "a register is one mapping of sections, such as establishments:"))
        return {}
    lists = dict(_lists(root, faults))
    checker = Checker(frozenset(_new_ids(lists)), faults)
    sections = {
        name: [Placed(node.line, checker.check(name, node), _given(node)) for node in nodes]
        for name, nodes in lists.items()
    }
    faults.extend(disagreements(sections))
    return sections


def _lists(root: Mapping, faults: list[Fault]) -> Iterator[tuple[str, list[Mapping]]]:
    for name, node in root.items.items():
        if name not in LAYOUT:
            text = f"is not a section of a register{did_you_mean(name, LAYOUT)}"
            faults.append(Fault(f"line {root.key_lines[name]}", text, name))
        elif isinstance(node, Sequence):
            entries = []
            for item in node.items:
                if isinstance(item, Mapping):
                    entries.append(item)
                else:
                    faults.append(Fault(f"line {item.line}", "each entry must be a mapping of fields", name))
            yield name, entries
        elif isinstance(node, Text) and node.value is None:
            yield name, []
        else:
            faults.append(Fault(f"line {node.line}", "must be a list of entries", name))


def _given(node: Mapping) -> frozenset[str]:
    return frozenset(key for key, value in node.items.items() if not says_nothing(value))


def _new_ids(lists: dict[str, list[Mapping]]) -> Iterator[str]:
    for section, key in _NEW_IDS:
        for entry in lists.get(section, ()):
            value = entry.items.get(key)
            if isinstance(value, Text) and value.value is not None:
                yield value.value
