"""HiGHS, as the search and the audit each make programmes of their own for it."""

from __future__ import annotations

import highspy


class SilentSolver(highspy.Highs):
    """Silent from the first: its constructor would print a banner on standard output, where answers go."""

    def enableCallbacks(self) -> None:  # noqa: N802  (the name is theirs)
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]
