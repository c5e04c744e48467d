"""Python beside notebooks, which pytest would run outside every confinement: ``conftest.py`` before all else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_SUFFIX, _CODE = ".ipynb", ".py"
_MOST_NAMED: Final = 5


def code_beside(named: Iterable[Path]) -> list[Path]:
    """The files of Python in a folder of notebooks, or below one, that pytest would load for what it was named.

    A folder of notebooks is one with a notebook in it. Of a file that was named, its own folder and those above count.
    """
    found: set[Path] = set()
    for path in named:
        start = path.resolve()
        folder = start if start.is_dir() else start.parent
        for above in (folder, *folder.parents):
            files = _files(above)
            if any(file.suffix == _SUFFIX for file in files):
                found |= {file for file in files if file.suffix == _CODE}
        if start.is_dir():
            found |= set(_below(start))
    return sorted(found)


def told(found: Iterable[Path]) -> str:
    """Why nothing is run, and the way out."""
    names = [str(path) for path in found]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (
        f"Python lies beside notebooks: {', '.join(names[:_MOST_NAMED])}{more}. pytest would run it with all that your "
        "account may, outside the notebooks' confinement. Look at who put it there, then move it to a folder without "
        "notebooks; or name the notebooks themselves: pytest --nbval --noconftest FOLDER/NOTEBOOK.ipynb"
    )


def _below(start: Path) -> Iterator[Path]:
    of_notebooks: set[str] = set()
    for folder, folders, names in os.walk(start):
        folders[:] = [name for name in folders if not name.startswith((".", "__")) and name != "node_modules"]
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        if os.path.dirname(folder) in of_notebooks or any(name.endswith(_SUFFIX) for name in names):  # noqa: PTH120
            of_notebooks.add(folder)
            yield from (Path(folder, name) for name in names if name.endswith(_CODE))


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix in {_SUFFIX, _CODE} and path.is_file()]
    except OSError:
        return []
