"""What a reviewer reads of a rerun: one statement does not contradict the next."""

from __future__ import annotations

from dataclasses import replace

from kdsp_lib.cli.rerun_commands import _of_rerun
from kdsp_lib.run.rerun_result import Rerun

MOVED = Rerun("0123", "Area profile", "differs", figures=True, causes=("register",), same=41)


def test_files_that_are_the_same_are_so_with_the_figures_that_were_released():
    told = _of_rerun(MOVED)
    assert told[1] == "Made with the figures that were released, all 41 files are the same, byte for byte."
    assert told[2].startswith("Figures came out otherwise.")
    assert told[-1] == "Because of what moved: register."


def test_files_that_differ_are_counted_and_named():
    told = _of_rerun(replace(MOVED, figures=False, files=("report.html",), same=40))
    assert told[1:3] == ["It differs in 1 file; 40 are the same, byte for byte.", "  file         report.html"]
