"""How a notebook may stop before its end, and the way out of each."""

from __future__ import annotations

import builtins

from kdsp_lib import errors
from kdsp_lib.errors import Broken
from kdsp_lib.source.limits import Limits

DIED, TOO_LONG, TOO_MUCH_SHOWN, TOO_MUCH_MEMORY = "DeadKernelError", "CellTimeoutError", "TooMuchShown", "MemoryError"


class CellFailed(Broken):
    """A cell raised, took too much, or the kernel died. The custodian may know a reason that a person can mend."""

    def __init__(self, kind: str, limits: Limits) -> None:
        what, remedy = _reasons(limits).get(kind, (kind, ""))
        super().__init__(f"The notebook stopped: {what}.", remedy=remedy or _TO_SEE)
        self.kind = kind


def kind_of(name: str) -> str:
    """The name of an error that everybody has; one made up in a cell may say anything."""
    known = getattr(builtins, name, None) or getattr(errors, name, None)
    return name if isinstance(known, type) and issubclass(known, BaseException) else "an error of the notebook's own"


_TO_SEE = "run it in JupyterLab (`papermill` with the same parameters) to see the cell; nothing was released"


def _reasons(limits: Limits) -> dict[str, tuple[str, str]]:
    """What is said of an end that limits have to do with, and the way out; by the kind of the error."""
    return {
        TOO_LONG: (
            f"it took longer than {limits.seconds} seconds",
            "look for a cell that does not end, or allow more `seconds` under [limits] in kdsp.toml",
        ),
        TOO_MUCH_SHOWN: (
            f"it showed more than {limits.output_mib} MiB",
            "show less, or allow more `output_mib` under [limits] in kdsp.toml",
        ),
        TOO_MUCH_MEMORY: (
            f"it needed more than {limits.memory_mib} MiB of memory",
            "hold less at once, or allow more `memory_mib` under [limits] in kdsp.toml",
        ),
        DIED: (
            "its kernel ended",
            f"it was killed, or needed more than {limits.memory_mib} MiB of memory (`memory_mib` in kdsp.toml); "
            "run it again",
        ),
    }
