"""kdsp: make and share analyses of school data under the Knowsley Data Sharing Protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdsp_lib.report.session import open_report

__all__ = ["open_report"]


def __getattr__(name: str) -> Any:
    """``open_report`` is loaded when first used, so that the command line starts quickly."""
    if name == "open_report":
        from kdsp_lib.report.session import open_report

        return open_report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
