"""Names of tables and charts: they become names of files, so they are plain."""

from __future__ import annotations

import re

from kdsp_lib.errors import BadParameters

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def is_slug(name: object) -> bool:
    """Whether a name is 1 to 60 of a-z, 0-9, - and _, starting with a letter or digit."""
    return isinstance(name, str) and _SLUG.fullmatch(name) is not None


def check_slug(name: object, what: str) -> str:
    """The name, or BadParameters where it is not plain: nothing that could leave a folder is ever a file's name."""
    if not is_slug(name):
        raise BadParameters(
            f"{str(name)[:80]!r} is not a name for a {what}.", remedy="use 1 to 60 of a-z, 0-9, - and _"
        )
    return str(name)
