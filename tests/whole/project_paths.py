"""Where the notebooks and their parameters are, and a copy of the package, to be changed."""

import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = PROJECT / "notebooks"
PARAMETERS = PROJECT / "parameters"


def copied_package(into: Path) -> Path:
    """A copy of the package in a folder, compiled as it is here; without what somebody is just writing beside that."""
    passing = shutil.ignore_patterns("*.pyc.*", "kdsp_attack.*")
    return Path(shutil.copytree(PROJECT / "kdsp_lib", into / "kdsp_lib", ignore=passing))
