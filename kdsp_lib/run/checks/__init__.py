"""Checks of a notebook, ours or an authority's own: thin, confined, reproducible, audited, accessible.

Each takes a notebook as it is stored, or as it ran, and gives what is wrong with it: which cell, and how to mend it.
"""
