"""Tidy files of explore education statistics: a row a period, an area and a breakdown; a metadata file beside it."""
