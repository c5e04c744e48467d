"""What a kernel says, on its way to the browser: outputs with nothing active in them, whatever the browser would trust.

A kernel is confined and a browser is not. JupyterLab runs what a cell shows as the person who ran the cell; so the one
place that all of it passes decides what the browser is shown. A kind of message that is not known is not passed on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from kdsp_lib.report.inert import has_markup, inert_bundle, inert_html, without_isolation

_OUTPUTS: Final = frozenset({"display_data", "update_display_data", "execute_result"})
_WIDGETS: Final = frozenset({"comm_open", "comm_msg", "comm_close"})
_WITH_BUNDLES: Final = frozenset({"execute_reply", "inspect_reply", "complete_reply"})
_TEXTS: Final = frozenset(
    {
        "stream", "error", "status", "clear_output", "execute_input", "input_request", "is_complete_reply",
        "history_reply", "comm_info_reply", "shutdown_reply", "interrupt_reply", "debug_reply", "debug_event",
        "iopub_welcome", "create_subshell_reply", "delete_subshell_reply", "list_subshell_reply",
    }
)  # fmt: skip
"""What the browser shows as text, or does not show."""


class InertConnection(ZMQChannelsWebsocketConnection):
    """Between a kernel's sockets and the browser's."""

    def handle_outgoing_message(self, stream: str, outgoing_msg: list[Any]) -> None:
        """Pass a message on, made inert; or not at all."""
        identities: Any
        parts: Any
        identities, parts = self.session.feed_identities([bytes(part) for part in outgoing_msg])
        _signature, header, parent, metadata, content, *buffers = parts
        kind, said = json.loads(header)["msg_type"], json.loads(content)
        made = inert_content(kind, said)
        if made is None:
            self.log.warning("A message of the kernel was not passed on: its kind is not known.")
            return
        signed = [header, parent, metadata, content if made == said else json.dumps(made).encode()]
        super().handle_outgoing_message(
            stream, [*identities, b"<IDS|MSG>", self.session.sign(signed), *signed, *buffers]
        )


def inert_content(kind: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """The content of a message with nothing active in it; None where it is of no kind that is known."""
    if kind in _OUTPUTS:
        return {
            **content,
            "data": inert_bundle(content["data"]),
            "metadata": without_isolation(content.get("metadata", {})),
        }
    if kind in _WIDGETS:
        return {**content, "data": _inert_state(content.get("data", {}))}
    if kind in _WITH_BUNDLES:
        return {key: _inert_bundles(value) for key, value in content.items()}
    if kind == "kernel_info_reply":
        return {**content, "help_links": []}
    return dict(content) if kind in _TEXTS else None


def _inert_bundles(value: Any) -> Any:
    """The same with every MIME bundle within it inert; its other texts are code, and stay."""
    if isinstance(value, Mapping):
        if any("/" in key for key in value):
            return inert_bundle(value)
        return {key: _inert_bundles(each) for key, each in value.items()}
    return [_inert_bundles(each) for each in value] if isinstance(value, list) else value


def _inert_state(value: Any) -> Any:
    """What a widget is to show; any text of it may be shown as HTML."""
    if isinstance(value, Mapping):
        if "data" in value and "output_type" in value:
            return {**value, "data": inert_bundle(value["data"])}
        return {key: _inert_state(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_inert_state(each) for each in value]
    return inert_html(value) if isinstance(value, str) and has_markup(value) else value
