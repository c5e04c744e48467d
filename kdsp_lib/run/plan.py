"""The plan of a batch: the custodian says what hangs together, and from that follows what has to wait for what."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from kdsp_lib.custodian.together import MOST_AT_ONCE
from kdsp_lib.errors import KdspError, Mistake, Refusal
from kdsp_lib.run.one_report import begun_anew, running
from kdsp_lib.run.order import Place
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile
from kdsp_lib.source.workspace import Workspace

_LARGEST: Final = 200 * 1024
"""So many bytes of reports by one question, within what the custodian takes."""


def places_of(reports: Sequence[ParameterFile], workspace: Workspace) -> list[Place]:
    """What each report of a batch hangs on. A custodian that is lost meanwhile is asked anew."""
    return begun_anew(lambda: _asked(reports, workspace))


def _asked(reports: Sequence[ParameterFile], workspace: Workspace) -> list[Place]:
    found: list[Place] = []
    with running(workspace, secrets.token_hex(8)) as runner:
        for part in _parts(map(_asking, reports)):
            answer = runner.connection.ask("plan", {"reports": part})
            compared = frozenset(answer["compared"])
            found += (_place(each, compared) for each in answer["planned"])
    return found


def with_editions(reports: Iterable[ParameterFile | Outcome], workspace: Workspace, say: Callable[[str], None]) -> None:
    """Have the aggregates of each period protected before the first of these reports wants them, and say so.

    What fails is told by the report itself, which tries it again.
    """
    there = [each for each in reports if isinstance(each, ParameterFile)]
    first = {(each.report, each.values.get("period")): each for each in reversed(there)}
    if not first:
        return
    with suppress(KdspError), running(workspace, secrets.token_hex(8)) as runner:
        for (_, period), each in sorted(first.items(), key=lambda one: str(one[0])):
            say(f"Protecting the aggregates of {period}, once for all its reports")
            with suppress(Refusal, Mistake):
                runner.connection.ask("edition", _asking(each))


def _asking(each: ParameterFile) -> dict[str, Any]:
    return {"report": each.report, "parameters": dict(each.values), "notebook": each.notebook.stem}


def _parts(asked: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    part: list[Mapping[str, Any]] = []
    size = 0
    for each in asked:
        length = len(json.dumps(each)) + 2
        if part and (len(part) == MOST_AT_ONCE or size + length > _LARGEST):
            yield part
            part, size = [], 0
        part.append(each)
        size += length
    if part:
        yield part


def _place(planned: Mapping[str, Any], compared: frozenset[str]) -> Place:
    readers, linked = planned["readers"], planned["linked"]
    return Place(
        str(planned["release"]),
        frozenset(planned["subjects"]),
        compared if linked is None else frozenset(linked),
        None if readers is None else frozenset(readers),
        bool(planned["alone"]),
    )
