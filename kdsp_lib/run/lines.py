"""Files of parameters, line by line: YAML whose every scalar is the text that was written, each with its line."""

from __future__ import annotations

from pathlib import Path

import yaml

from kdsp_lib.errors import BadParameters, Fault

LARGEST_FILE = 64 * 1024
Pair = tuple[int, str, str | None]
"""A line, a name, and the text that is given for it, or null."""


def read_mapping(path: Path) -> yaml.MappingNode:
    """A file's names and values. BadParameters where it cannot be read or is no mapping."""
    shown = path.as_posix()
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadParameters(f"{shown} is too long for a parameter file.", remedy="at most 64 KiB")
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise BadParameters(f"{shown} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadParameters(f"{shown} is not UTF-8 text.", remedy="save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        fault = Fault(place, str(getattr(error, "problem", None) or "nested too deeply"))
        raise BadParameters(f"{shown} is not YAML.", faults=[fault]) from None
    if root is None:
        raise BadParameters(f"{shown} is empty.", remedy="give the notebook's parameters, one a line")
    if not isinstance(root, yaml.MappingNode):
        raise BadParameters(f"{shown} is not a list of parameters.", remedy="write one `name: value` a line")
    return root


def pairs_of(mapping: yaml.MappingNode) -> tuple[list[Pair], list[Fault]]:
    """The pairs of a mapping of single values, and the faults of those that are none."""
    pairs: list[Pair] = []
    faults: list[Fault] = []
    for key, value in mapping.value:
        line = line_of(key)
        if not isinstance(key, yaml.ScalarNode):
            faults.append(Fault(f"line {line}", "a parameter's name is one word"))
        elif not isinstance(value, yaml.ScalarNode):
            faults.append(Fault(f"line {line}", "takes one value, not a list or a mapping", key.value))
            pairs.append((line, key.value, None))
        else:
            pairs.append((line, key.value, text_of(value)))
    return pairs, faults


def text_of(node: yaml.ScalarNode) -> str | None:
    """What was written; None for null."""
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def line_of(node: yaml.Node) -> int:
    """Where something stands, counted from 1."""
    return int(node.start_mark.line) + 1
