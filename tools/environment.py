"""Write environment.yml from requirements.lock: the same pins, for people who use conda.

Conda gives Python and pip; pip installs what the lock names, marker by marker. Hashes stay with the lock, since a
conda file cannot hold them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
HEAD: Final = """\
# Made from requirements.lock by `make environment`; not for editing. Then: pip install --no-deps --editable .
name: kdsp
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python >=3.11,<3.13
  - pip
  - pip:
"""


def pins(lock: str) -> Iterator[str]:
    """Each requirement of the lock, ``name==version`` with its marker, in the lock's order."""
    for line in lock.splitlines():
        if line and not line.startswith((" ", "#")):
            yield line.removesuffix("\\").strip()


def environment(lock: str) -> str:
    """The text of environment.yml. A pin with double quotes would break YAML, so none may hold one."""
    lines = [f'      - "{pin}"' for pin in pins(lock)]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment((ROOT / "requirements.lock").read_text("utf-8")), "utf-8")
