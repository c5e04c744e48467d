"""The manifest: what a release is, what is in it, and enough to make it again.

``content_hash`` is taken over everything but ``transient`` (times, hosts): two runs that made the same thing have the
same one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from kdsp_lib.errors import Broken
from kdsp_lib.release.notebook import LeftOut
from kdsp_lib.release.release import Release
from kdsp_lib.report.canonical import canonical_json

FORMAT = 1
MANIFEST = "manifest.json"


def manifest_of(release: Release, files: Mapping[str, bytes], *, left_out: Sequence[LeftOut]) -> dict[str, Any]:
    """The manifest of a release and its files. Broken where a fact of the run would stand in for one of the release."""
    own: dict[str, Any] = {
        "format": FORMAT,
        "release": release.id,
        "title": release.title,
        "report": release.report,
        "parameters": dict(release.parameters),
        "decision": dict(release.decision),
        "audience": release.audience,
        "purpose": release.purpose,
        "marking": release.mark,
        "retain_until": release.retain_until,
        "records": dict(release.records),
        "terms": {"version": release.terms_version, "sentences": release.terms.splitlines()},
        "delivery": "not yet possible: it may leave only encrypted" if release.has_to_leave_encrypted() else "by hand",
        "sources": [{"name": s.name, "vintage": s.vintage, "status": s.status} for s in release.sources],
        "tables": [str(table["name"]) for table in release.tables],
        "lists": {str(each["name"]): [c["name"] for c in each["columns"]] for each in release.listings},
        "charts": [spec.to_json() for spec in release.charts],
        "outputs_left_out": sum(each.outputs for each in left_out),
        "cells_left_out": [each.to_json() for each in left_out],
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in files.items()},
    }
    clash = (set(own) | {"content_hash", "transient"}) & set(release.facts)
    if clash:
        raise Broken(f"The manifest has its own {', '.join(sorted(clash))}.")
    whole = {**own, **release.facts}
    return {**whole, "content_hash": content_hash(whole), "transient": dict(release.transient)}


def content_hash(manifest: Mapping[str, Any]) -> str:
    """The hash of all that does not change from run to run."""
    kept = {key: value for key, value in manifest.items() if key not in {"content_hash", "transient"}}
    return hashlib.sha256(canonical_json(kept).encode()).hexdigest()
