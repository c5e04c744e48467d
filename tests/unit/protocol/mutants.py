"""Each small change to a policy that could be made by mistake: a rule dropped, a condition flipped, a word left out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import cedarpy

Node = dict[str, Any]
TURNED = {"&&": "||", "||": "&&", "==": "!=", "!=": "=="}


def mutants_of(policy: Node) -> Iterator[tuple[str, cedarpy.PolicySet | None]]:
    """What was done to the policy, and what became of it; ``None`` where it was dropped."""
    yield "dropped", None
    for number, condition in enumerate(policy["conditions"], start=1):
        turned = {"when": "unless", "unless": "when"}[condition["kind"]]
        yield f"condition {number} flipped", _with(policy, number, {**condition, "kind": turned})
        yield f"condition {number} left out", _with(policy, number, None)
        for told, body in _changed(condition["body"]):
            yield f"condition {number}: {told}", _with(policy, number, {**condition, "body": body})


def _with(policy: Node, number: int, condition: Node | None) -> cedarpy.PolicySet:
    changed = copy.deepcopy(policy)
    changed["conditions"][number - 1 : number] = [condition] if condition else []
    document = {"staticPolicies": {"it": changed}, "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_str(cedarpy.policies_from_json_str(json.dumps(document)))


def _changed(node: Any, rebuild: Callable[[Any], Any] = lambda inner: inner) -> Iterator[tuple[str, Any]]:
    """Every expression that differs from this one in a single place."""
    if not isinstance(node, dict):
        return
    for key, inner in node.items():
        if key in TURNED:
            yield f"{key} turned", rebuild({TURNED[key]: inner})
        if key in ("&&", "||"):
            yield f"left of {key} alone", rebuild(inner["left"])
            yield f"right of {key} alone", rebuild(inner["right"])
        if key == "!":
            yield "not taken away", rebuild(inner["arg"])
        if key == "Set" and len(inner) > 1:
            for word in inner:
                fewer = [other for other in inner if other is not word]
                yield f"{word['Value']} left out", rebuild({"Set": fewer})
        if isinstance(inner, dict):
            for side, below in inner.items():

                def put(changed: Any, key: str = key, inner: Node = inner, side: str = side) -> Any:
                    return rebuild({key: {**inner, side: changed}})

                yield from _changed(below, put)
