"""The edition of the made-up authority's census, made once for all tests: each takes a copy instead of half a minute.

A test that is about the making of editions begins without.
"""

import datetime as dt
import shutil

from kdsp_lib.custodian.edition_making import make_edition
from kdsp_lib.source.files import one_writer

PERIOD = "2025/26-autumn"
ON = dt.date(2026, 3, 2)
KEPT = ("rounding.key", "editions")


def give_edition(workspace, shared):
    """Put it into a workspace that nobody has asked yet. ``shared``: a folder of this run of the tests."""
    with one_writer(shared):
        if not (shared / KEPT[0]).is_file():
            make_edition(workspace, PERIOD, ON)
            _copy(workspace.state, shared)
            return workspace
    _copy(shared, workspace.state)
    return workspace


def _copy(here, there):
    there.mkdir(mode=0o700, exist_ok=True)
    for name in reversed(KEPT):
        if (here / name).is_dir():
            shutil.copytree(here / name, there / name)
        else:
            shutil.copy2(here / name, there / name)
