"""Batch files: ``parameters/batch/<name>.yaml`` says which notebook, with what, and for each of whom.

    notebook: pupil_report
    parameters:
      school: "{school}"
      recipient: establishment:{school}
      purpose: school-improvement-plan
      period: 2025/26-autumn
      "on": "2026-03-02"
    for_each:
      school: all primaries

Each report's parameters are checked as those of a parameter file are; every fault is named at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from kdsp_lib.errors import BadParameters, Fault, did_you_mean
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.run.for_each import Range, combinations, filled, names_in, ranges_of
from kdsp_lib.run.lines import Pair, line_of, pairs_of, read_mapping, text_of
from kdsp_lib.run.parameters import RULES, Asked, ParameterFile, notebook_named, read_parameters, refuse_faults
from kdsp_lib.run.register_check import RegisterCheck

FOLDER: Final = "batch"
_PARTS: Final = ("notebook", "parameters", "for_each")
_ONE_DAY: Final = "a batch has one day: write it out, 2026-03-02"


def read_any(path: Path, notebooks: Path, check: RegisterCheck) -> list[ParameterFile]:
    """The reports of a parameter file (one) or of a batch file, which its folder tells, in order."""
    if path.resolve().parent.name == FOLDER:
        return read_batch(path, notebooks, check)
    return [read_parameters(path, notebooks, check)]


def read_batch(path: Path, notebooks: Path, check: RegisterCheck) -> list[ParameterFile]:
    """The reports of one batch file, in a stable order. Raises BadParameters naming every fault with its line."""
    parts = _parts(path, read_mapping(path))
    named = parts["notebook"]
    asked = Asked.of(notebook_named(_text(named), notebooks, path, line_of(named)))
    pairs, faults = pairs_of(_mapping(parts["parameters"]))
    ranges, further = ranges_of(_mapping(parts["for_each"]))
    faults += [*further, *_faults_of_names(pairs, ranges)]
    day = read_day(next((value or "" for _, key, value in pairs if key == "on"), ""))
    if faults or day is None:  # what cannot be made for anybody is checked as it stands
        faults += _standing_faults(asked, pairs, check)
        refuse_faults(path, faults)
        raise BadParameters(f"{path.as_posix()} gives no day.", remedy=RULES["on"].expected)
    register = check.register
    every, faults = combinations(ranges, register, register.on(day))
    refuse_faults(path, faults)
    return _checked(path, asked, pairs, every, check)


def _checked(
    path: Path, asked: Asked, pairs: list[Pair], every: Iterator[Mapping[str, str]], check: RegisterCheck
) -> list[ParameterFile]:
    """The reports of all combinations; a fault that several share is told once, with how many they are."""
    found: list[ParameterFile] = []
    faults: dict[tuple[str, str], tuple[Fault, str, int]] = {}
    for names in every:
        which = ", ".join(names.values())
        values, faulty = asked.values([(line, key, filled(text, names)) for line, key, text in pairs], check)
        for fault in faulty:
            first, of, number = faults.get((fault.place, fault.field), (fault, which, 0))
            faults[fault.place, fault.field] = (first, of, number + 1)
        found.append(ParameterFile(path, asked.notebook, values, asked.report, which))
    varying = {key for _, key, text in pairs if names_in(text)}
    told = [_told(*each) if each[0].field in varying else each[0] for each in faults.values()]
    refuse_faults(path, told)
    return found


def _told(fault: Fault, which: str, number: int) -> Fault:
    others = f" and {number - 1} more" if number > 1 else ""
    return replace(fault, text=f"{fault.text} ({which}{others})")


def _parts(path: Path, whole: yaml.MappingNode) -> dict[str, yaml.Node]:
    found: dict[str, yaml.Node] = {}
    faults: list[Fault] = []
    for key, value in whole.value:
        name, place = str(key.value), f"line {line_of(key)}"
        if name not in _PARTS:
            hint = did_you_mean(name, _PARTS) or f"; it has {', '.join(_PARTS)}"
            faults.append(Fault(place, f"is no part of a batch{hint}", name[:60]))
        elif name in found:
            faults.append(Fault(place, "is given twice; keep one", name))
        else:
            found[name] = value
            is_text = isinstance(value, yaml.ScalarNode)
            if name == "notebook" and not (is_text and text_of(value)):
                faults.append(Fault(place, "name one notebook: attendance_area", name))
            elif name != "notebook" and not (isinstance(value, yaml.MappingNode) and value.value):
                faults.append(Fault(place, "write one `name: value` a line below it", name))
    faults += [Fault("", "is missing", name) for name in _PARTS if name not in found]
    refuse_faults(path, faults)
    return found


def _mapping(node: yaml.Node) -> yaml.MappingNode:
    assert isinstance(node, yaml.MappingNode)
    return node


def _text(node: yaml.Node) -> str:
    assert isinstance(node, yaml.ScalarNode)
    return text_of(node) or ""


def _faults_of_names(pairs: list[Pair], ranges: list[Range]) -> list[Fault]:
    """Names in braces that stand for nothing, ranges that nothing uses, and a day that is not written out."""
    known = [each.name for each in ranges]
    faults = [
        Fault(f"line {line}", f"{{{name[:60]}}} is not in for_each; it has {', '.join(known)}", key)
        for line, key, text in pairs
        for name in names_in(text)
        if name not in known
    ]
    used = {name for _, _, text in pairs for name in names_in(text)}
    faults += [
        Fault(f"line {each.line}", f"is used by no parameter: write {{{each.name}}} where it belongs", each.name)
        for each in ranges
        if each.name not in used
    ]
    open_days = [line for line, key, text in pairs if key == "on" and names_in(text)]
    return faults + [Fault(f"line {line}", _ONE_DAY, "on") for line in open_days]


def _standing_faults(asked: Asked, pairs: list[Pair], check: RegisterCheck) -> list[Fault]:
    """The faults of the parameters that stand for themselves."""
    fixed = [pair for pair in pairs if not names_in(pair[2])]
    others = {key for _, key, _ in pairs} - {key for _, key, _ in fixed}
    unknown = [(line, key, text) for line, key, text in pairs if key in others and key not in asked.names]
    _, faults = asked.values([*fixed, *unknown], check)
    return [fault for fault in faults if fault.place or fault.field not in others]
