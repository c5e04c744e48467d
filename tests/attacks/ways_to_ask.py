"""Ways to ask the custodian, by the kernel's own connection, for what is a runner's to ask."""

from __future__ import annotations

from ways import Way

_ASK = """
from kdsp_lib.custodian.session import current
report(current().ask({action!r}, {{"notebook": "area_profile", "notebook_hash": "0" * 64, "content_hash": "forged",
    "parameters": {{"group": None, "recipient": "authority", "purpose": "raising-attainment",
    "period": "2025/26-autumn", "on": "2026-03-02"}}, "texts": []}}))
claim()
"""

TO_ASK = tuple(
    Way(words, _ASK.format(action=action), control="not tried")
    for words, action in (
        ("begin a run of its own", "begin"),
        ("have its tables released before they are read", "release"),
        ("have a forged release noted as written", "written"),
        ("ask what the run was refused", "outcome"),
        ("ask how the custodian is", "status"),
    )
)

LISTENING = Way(
    "listen where everybody of the machine can connect",
    """
import socket
for number in range(3, 64):
    try:
        one = socket.socket(fileno=os.dup(number))
        if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and one.family != socket.AF_UNIX:
            claim()
    except OSError:
        continue
""",
)
"""Where a kernel's client connects is for the client to choose: `kdsp run` chooses well."""
