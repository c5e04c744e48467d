"""The only code that writes a release: page, notebook, tables, charts and manifest, all or nothing."""

from kdsp_lib.release.index import write_index
from kdsp_lib.release.read import ReadRelease, read_release, verify_release
from kdsp_lib.release.release import Release, Source
from kdsp_lib.release.story import charts_shown
from kdsp_lib.release.write import WrittenRelease, write_release

__all__ = [
    "ReadRelease",
    "Release",
    "Source",
    "WrittenRelease",
    "charts_shown",
    "read_release",
    "verify_release",
    "write_index",
    "write_release",
]
