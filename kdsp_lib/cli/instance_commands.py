"""``kdsp protect`` and ``kdsp audit``. PLACEHOLDER of the frame helper, so that kdsp starts; overwrite this file."""

from __future__ import annotations

from kdsp_lib.errors import Broken


def protect_instance() -> None:
    """Protect a table in the neutral format."""
    raise Broken("kdsp protect is not written yet.")


def audit_instance() -> None:
    """Attack a protected or a published table."""
    raise Broken("kdsp audit is not written yet.")
