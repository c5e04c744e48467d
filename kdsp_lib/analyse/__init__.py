"""Cohorts, measures and breakdowns as data; unprotected counts out. Pure: no I/O, no clock.

``Question`` -> ``count_atoms`` (one group-by) -> ``build_cube`` (one linked system of cells) -> ``figures`` (what a
reader sees of it, once ``protect`` has said which cells to hide).
"""
