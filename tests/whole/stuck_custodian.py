"""A custodian that works at one question until a file is there, and at another for good; for a WORKSPACE."""

import sys
import time
from pathlib import Path

from kdsp_lib.custodian import server
from kdsp_lib.source.workspace import find_workspace

WORKSPACE = Path(sys.argv[1])


def taken(session):
    (WORKSPACE / f"taken-{session.id[-20:]}").write_text("")


def for_good(_desk, session, _question):
    taken(session)
    while True:
        sum(range(1000))


def until_it_may(_desk, session, _question):
    taken(session)
    while not (WORKSPACE / "go").exists():
        time.sleep(0.02)
    return {"said": "after all"}


server.Desk.status, server.Desk.plan = for_good, until_it_may
server.serve(find_workspace(WORKSPACE), listen=("127.0.0.1", 0))
