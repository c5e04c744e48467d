"""The notebook of a release, opened again: it shows what was released, or is refused with what moved since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.opening import Opened

_MOVED: Final[Mapping[str, str]] = {
    "snapshots": "its data", "decision": "the decision", "register": "the register", "code": "kdsp itself",
    "rules": "the rules", "own_records": "kdsp.toml", "also_read": "what it reads beside its data",
}  # fmt: skip


def notebook_of(ledger: Ledger, named: object) -> str:
    """The notebook that a release was made by, which its name hangs on; empty where none is named, or there is none."""
    entries = ledger.entries(kind="release", report=str(named)) if named is not None else []
    return str(entries[-1].body["notebook"]) if entries else ""


def release_again(ledger: Ledger, opened: Opened, named: object, pins: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The release, as the ledger has it, that a notebook says it is of; None where it says none.

    BadParameters where that is no release of this very report, or where it would be made otherwise today: of other
    data, by another decision, or, where more than its tables come out of it, by another register or another kdsp.
    """
    if named is None:
        return None
    entries = ledger.entries(kind="release", report=opened.id)
    if named != opened.id or not entries:
        raise BadParameters(
            "The notebook says that it is of another release than the report that it opens.",
            remedy="take out its cell with as_released: what it then shows is a draft",
        )
    body = entries[-1].body
    now = {**pins, "decision": opened.decision.to_json()}
    needed = ("snapshots", "decision") if opened.served.answers == ("tables",) else tuple(_MOVED)
    moved = [_MOVED[name] for name in needed if body.get(name) != now[name]]
    if moved:
        raise BadParameters(
            f"This release would be made otherwise today: {', '.join(moved)} changed since.",
            remedy="kdsp rerun says what moved; without its cell as_released the notebook is a draft of today",
        )
    return body
