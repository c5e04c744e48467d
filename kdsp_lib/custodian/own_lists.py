"""The lists that a report has of its own: of the register, a school's own faults, a release audited or made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kdsp_lib.custodian.audit_lists import lists_of_audit
from kdsp_lib.custodian.earlier import audited_release, seen_beside
from kdsp_lib.custodian.quality_lists import lists_of_quality
from kdsp_lib.custodian.register_lists import lists_of_register
from kdsp_lib.custodian.requesting import no_such_release
from kdsp_lib.custodian.review_lists import lists_of_review

if TYPE_CHECKING:
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.open_report import OpenReport
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.model.listing import Listing
    from kdsp_lib.register.register import Register
    from kdsp_lib.source.tables import SourceTables
    from kdsp_lib.source.workspace import Workspace


def own_lists(
    report: OpenReport,
    register: Register,
    ledger: Ledger,
    workspace: Workspace,
    tables: Callable[[Opened], SourceTables],
) -> tuple[Listing, ...]:
    """The lists of a report that was permitted, by what it is about."""
    opened = report.opened
    if opened.served.about == "register":
        return lists_of_register(register, opened)
    if opened.served.about == "release":
        entry = audited_release(ledger, opened.parameters)
        if entry is None:
            raise no_such_release()
        if opened.served.name == "rerun-review":
            return lists_of_review(entry, opened, workspace, is_draft=report.is_draft)
        return lists_of_audit(entry, seen_beside(ledger, entry, opened), opened, workspace.outputs)
    return lists_of_quality(tables(opened), register, opened, workspace.data)
