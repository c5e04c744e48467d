"""Making the `kdsp` kernel known to Jupyter where the wheel's data files are not: for one environment or one person."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

NAME = "kdsp"
_SPECIFICATION = Path(__file__).with_name("kernelspec") / "kernel.json"


def install(prefix: Path | None = None) -> Path:
    """Write the kernel's specification, with this very interpreter, and return its folder.

    With a prefix, for that environment (``PREFIX/share/jupyter``); without, for the person, in whose environments the
    specification then is found too.
    """
    home = prefix / "share" / "jupyter" if prefix else _persons_jupyter()
    folder = home / "kernels" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    specification = json.loads(_SPECIFICATION.read_text("utf-8"))
    specification["argv"][0] = sys.executable
    aside = folder / f".kernel.json.{os.getpid()}"
    aside.write_text(json.dumps(specification, indent=2) + "\n", "utf-8")
    aside.replace(folder / "kernel.json")
    return folder


def _persons_jupyter() -> Path:
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir())
