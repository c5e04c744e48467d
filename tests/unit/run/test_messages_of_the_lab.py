"""What a kernel says, on its way to the browser."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from kdsp_lib.run.lab.messages import InertConnection, inert_content
from kdsp_lib.run.lab.server import policy

HTML, INERT = "<p>x</p><img src='https://elsewhere.example/row'>", "<p>x</p><img>"
BUNDLE, INERT_BUNDLE = {"text/html": HTML, "application/javascript": "1"}, {"text/html": INERT}


@pytest.mark.parametrize(
    ("kind", "given", "made"),
    [
        ("display_data", {"data": BUNDLE, "metadata": {"isolated": True}}, {"data": INERT_BUNDLE, "metadata": {}}),
        ("execute_result", {"data": BUNDLE, "metadata": {}}, {"data": INERT_BUNDLE, "metadata": {}}),
        ("update_display_data", {"data": BUNDLE}, {"data": INERT_BUNDLE, "metadata": {}}),
        ("execute_reply", {"payload": [{"data": BUNDLE}]}, {"payload": [{"data": INERT_BUNDLE}]}),
        ("execute_reply", {"user_expressions": {"x": BUNDLE}}, {"user_expressions": {"x": INERT_BUNDLE}}),
        ("execute_reply", {"payload": [{"text": "a<b"}]}, {"payload": [{"text": "a<b"}]}),
        ("inspect_reply", {"found": True, "data": BUNDLE}, {"found": True, "data": INERT_BUNDLE}),
        ("comm_open", {"data": {"state": {"value": HTML, "n": 1}}}, {"data": {"state": {"value": INERT, "n": 1}}}),
        ("comm_msg", {"data": {"state": {"value": "a < b"}}}, {"data": {"state": {"value": "a < b"}}}),
        (
            "comm_msg",
            {"data": {"state": {"outputs": [{"output_type": "display_data", "data": BUNDLE}]}}},
            {"data": {"state": {"outputs": [{"output_type": "display_data", "data": INERT_BUNDLE}]}}},
        ),
        ("kernel_info_reply", {"help_links": [{"url": "https://elsewhere.example"}]}, {"help_links": []}),
        ("stream", {"text": HTML}, {"text": HTML}),
        ("of_no_known_kind", {"data": BUNDLE}, None),
    ],
)  # fmt: skip
def test_it_passes_with_nothing_active(kind, given, made):
    assert inert_content(kind, given) == made


@pytest.fixture
def passed(monkeypatch):
    """What the browser is sent, of a message with identities, buffers and a signature."""
    sent = []
    monkeypatch.setattr(
        ZMQChannelsWebsocketConnection,
        "handle_outgoing_message",
        lambda _self, stream, parts: sent.append((stream, parts)),
    )
    session = Session(key=b"secret")
    connection = SimpleNamespace(session=session, log=SimpleNamespace(warning=lambda _: None))

    def passed(kind, content):
        parts = session.serialize(session.msg(kind, content), ident=[b"kernel.x.iopub"])
        sent.clear()
        pass_on(connection, "iopub", [*parts, b"a buffer"])
        return sent

    return passed


def pass_on(connection, stream, parts):
    bound = type("Bound", (InertConnection,), {"__init__": lambda self: None, "__del__": lambda self: None})
    method = InertConnection.handle_outgoing_message
    self = bound.__new__(bound)
    self.__dict__.update(vars(connection))
    for name, value in vars(connection).items():
        self._trait_values[name] = value
    method(self, stream, parts)


def test_a_message_that_was_changed_is_signed_anew_and_keeps_the_rest(passed):
    [(stream, parts)] = passed("display_data", {"data": BUNDLE, "metadata": {}})
    session = Session(key=b"secret")
    identities, rest = session.feed_identities(parts)
    assert (stream, identities) == ("iopub", [b"kernel.x.iopub"])
    assert bytes(rest[5]) == b"a buffer"
    assert session.deserialize(rest[:5])["content"]["data"] == INERT_BUNDLE


def test_a_message_of_no_known_kind_is_not_passed_on(passed):
    assert passed("of_no_known_kind", {}) == []


def test_the_policy_allows_no_other_origin():
    rules = dict(rule.split(" ", 1) for rule in policy("127.0.0.1:8888", ["'sha256-x'"]).split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert not {"frame-src", "child-src", "worker-src", "object-src"} & set(rules), "these are as by default: none"
    allowed = {each for name, rule in rules.items() for each in rule.split()}
    assert {each for each in allowed if "127.0.0.1" in each} == {
        "http://127.0.0.1:8888/static/", "http://127.0.0.1:8888/lab/extensions/", "http://127.0.0.1:8888/kdsp/guard.js",
        "ws://127.0.0.1:8888",
    }  # fmt: skip
    assert "'unsafe-inline'" not in rules["script-src"]
    assert allowed - {each for each in allowed if "127.0.0.1" in each} == {
        "'none'", "'self'", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'", "'sha256-x'",
    }  # fmt: skip


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1; script-src *", "localhost elsewhere.example", ""])
def test_a_host_that_is_not_this_machine_allows_no_script(host):
    assert "elsewhere" not in policy(host)
    assert "script-src 'none' 'unsafe-eval'" in policy(host)
