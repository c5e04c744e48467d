"""What a running notebook shows, kept in its cells as a Jupyter client keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdsp_lib.run.frames import BadFrame

_UPDATE = "update_display_data"
_OUTPUTS = ("display_data", "execute_result", "error", "stream")


class Shown:
    """The outputs of a notebook's cells, message by message. Raises BadFrame for what is no message of a shell."""

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        self._cells = cells
        self._by_display: dict[str, list[dict[str, Any]]] = {}
        self._is_cleared_by_next: set[int] = set()

    def add(self, place: int, kind: str, content: Mapping[str, Any]) -> None:
        """Keep one message of the cell at ``place``; ``content`` is that of Jupyter's messages of this kind."""
        try:
            self._add(place, kind, content)
        except (KeyError, TypeError, AttributeError) as error:
            raise BadFrame from error

    def _add(self, place: int, kind: str, content: Mapping[str, Any]) -> None:
        outputs = self._cells[place]["outputs"]
        display = (content.get("transient") or {}).get("display_id")
        if display and kind in (*_OUTPUTS, _UPDATE):
            self._update(str(display), content)
        if kind == "clear_output":
            if content.get("wait"):
                self._is_cleared_by_next.add(place)
            else:
                outputs.clear()
        elif kind in _OUTPUTS:
            if place in self._is_cleared_by_next:
                self._is_cleared_by_next.discard(place)
                outputs.clear()
            self._append(outputs, kind, content, display)

    def _append(self, outputs: list[Any], kind: str, content: Mapping[str, Any], display: Any) -> None:
        last = outputs[-1] if outputs else {}
        if kind == "stream" and last.get("output_type") == "stream" and last["name"] == content["name"]:
            last["text"] += content["text"]
            return
        made = _output(kind, content)
        outputs.append(made)
        if display:
            self._by_display.setdefault(str(display), []).append(made)

    def _update(self, display: str, content: Mapping[str, Any]) -> None:
        for output in self._by_display.get(display, ()):
            output["data"], output["metadata"] = content["data"], content["metadata"]


def _output(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "stream":
        return {"output_type": kind, "name": content["name"], "text": content["text"]}
    if kind == "error":
        fields = {name: content[name] for name in ("ename", "evalue", "traceback")}
        return {"output_type": kind, **fields}
    shown = {"output_type": kind, "metadata": content["metadata"], "data": content["data"]}
    return shown if kind == "display_data" else {**shown, "execution_count": content["execution_count"]}


def weight(content: Any) -> int:
    """About how many bytes a message's content takes."""
    if isinstance(content, dict):
        return sum(map(weight, content.values()))
    if isinstance(content, list | tuple):
        return sum(map(weight, content))
    return len(content) if isinstance(content, str) else 8
