"""A report that a batch has twice is made once; what is to be looked at in it is said once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from kdsp_lib.run import batch as batch_module
from kdsp_lib.run.outcome import Outcome
from kdsp_lib.run.parameters import ParameterFile


def test_what_is_to_review_and_what_was_left_out_is_told_of_the_first_alone(monkeypatch):
    reports = [ParameterFile(Path(name), Path("n.ipynb"), {}, "area-profile") for name in ("a.yaml", "b.yaml")]
    monkeypatch.setattr(batch_module, "places_of", lambda *_: [SimpleNamespace(release="same")] * 2)
    monkeypatch.setattr(batch_module, "waits", lambda _: [(), ()])
    made = batch_module._Batch(reports, lambda *_: None)
    assert made.plan(None) is None
    made.end(0, Outcome(Path("a.yaml"), "released", to_review=("x",), left_out=("cell 7 (y)",)))
    assert [(each.status, each.to_review, each.left_out) for each in made.outcomes] == [
        ("released", ("x",), ("cell 7 (y)",)), ("unchanged", (), ()),
    ]  # fmt: skip
