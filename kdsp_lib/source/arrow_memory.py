"""Bytes in memory of Arrow's own: whatever Arrow reads in the memory of a process goes through here.

Arrow's threads may let go of what they read as late as the end of the process. Where Python owns it, they then ask an
interpreter that is ending for its lock, and the process aborts in the place of its exit code.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def read_into_arrow(path: Path) -> Any:
    """The bytes of a file as an Arrow buffer that Arrow owns; OSError where it cannot be read."""
    with path.open("rb", buffering=0) as file:
        buffer = _allocated(os.fstat(file.fileno()).st_size)
        filled = 0
        with memoryview(buffer) as free:
            while read := file.readinto(free[filled:]):
                filled += read
    return buffer.slice(0, filled)


def reader_over(content: Any) -> Any:
    """What Arrow reads from: a buffer that it owns, or a copy of Python's bytes in one."""
    import pyarrow as pa

    if isinstance(content, pa.Buffer):
        return pa.BufferReader(content)
    buffer = _allocated(len(content))
    with memoryview(buffer).cast("B") as free:
        free[:] = content
    return pa.BufferReader(buffer)


def _allocated(size: int) -> Any:
    import pyarrow as pa

    return pa.allocate_buffer(size)
