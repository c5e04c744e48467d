"""The made-up authority: pupils, establishments and a register that nobody has to keep secret.

:func:`make_authority` makes it. The same seed gives the same bytes on every machine: all chance is drawn as
whole numbers from PCG64 (:mod:`.dice`), and all arithmetic on it is on whole numbers.
"""

from kdsp_lib.source.demo.authority import GENERATOR, SEED, is_made_up, make_authority

__all__ = ["GENERATOR", "SEED", "is_made_up", "make_authority"]
