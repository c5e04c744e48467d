"""kdsp: make and share analyses of school data under the Knowsley Data Sharing Protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdsp_lib.report.session import as_released, open_report

__all__ = ["as_released", "open_report"]


def __getattr__(name: str) -> Any:
    """What a notebook opens a report with is loaded when first used, so that the command line starts quickly."""
    if name in __all__:
        from kdsp_lib.report import session

        return getattr(session, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
