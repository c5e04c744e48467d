"""What goes wrong in the custodian becomes a reference; its log says where, and nothing of what it stumbled over."""

import json
import logging
from types import SimpleNamespace

from kdsp_lib.custodian.server import CustodianServer


def asked(error):
    def fail(*_):
        raise error

    custodian = SimpleNamespace(last_asked=0.0, front=SimpleNamespace(peer_of=lambda _: None), _answer=fail)
    (result,) = CustodianServer.do_action(custodian, None, SimpleNamespace(type="tables", body=b""))
    return json.loads(result.body.to_pybytes())


def test_the_log_has_the_reference_and_the_place_but_not_the_record(caplog):
    with caplog.at_level(logging.ERROR):
        answer = asked(ValueError("could not convert 'Atherton, A99' of 990001"))
    reference = answer["error"]["message"].split("reference ")[1].rstrip(".")
    assert reference in caplog.text
    assert "in fail" in caplog.text
    assert "ValueError" in caplog.text
    for told in (caplog.text, json.dumps(answer)):
        assert "Atherton" not in told
        assert "990001" not in told
