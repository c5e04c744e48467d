"""Run Python with these arguments as on a system without Landlock: its calls are unknown, to all children too."""

from __future__ import annotations

import errno
import os
import sys

import pyseccomp

if __name__ == "__main__":
    filter_ = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
        filter_.add_rule(pyseccomp.ERRNO(errno.ENOSYS), name)
    filter_.load()
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
