"""``kdsp verify`` attacks the tables of a release, however whole its files and its ledger are."""

import json

import pytest

from kdsp_lib.cli.verify_commands import verify
from kdsp_lib.errors import Disclosive
from kdsp_lib.release import verification
from kdsp_lib.source.workspace import init_workspace


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A release that holds in every other respect, with these counts of girls, of boys and of all."""
    init_workspace(tmp_path)
    folder = tmp_path / "outputs" / "a-release"
    folder.mkdir(parents=True)
    holds = verification.Verified("a-release", "A release", 3, 9, "2026-03-02", "", None, False)
    monkeypatch.setattr(verification, "verify", lambda *_: holds)

    def of(girls, boys, everybody):
        rows = f"sex,pupils\nF,{girls}\nM,{boys}\nAll,{everybody}\n"
        (folder / "sexes.csv").write_text(rows, "utf-8")
        described = {
            "threshold": 6, "integer": True, "zeros": "printed",
            "dims": {"sex": {"root": "All", "children": {"All": ["F", "M"]}}},
            "tables": [{"file": "sexes.csv", "dims": ["sex"], "value": "pupils", "suppressed": ["c"]}],
        }  # fmt: skip
        (folder / "tables.json").write_text(json.dumps(described), "utf-8")
        return folder

    return of


def test_a_withheld_figure_that_follows_from_the_others_is_found_and_not_told(release):
    with pytest.raises(Disclosive) as refused:
        verify(release("c", 40, 43))
    assert (refused.value.exit_code, "1 follow" in refused.value.message) == (13, True)
    assert "3" not in refused.value.message


def test_one_that_does_not_is_counted(release, capsys):
    assert verify(release("c", "c", 43)) == 0
    assert "2 figures are withheld; none of them follows" in capsys.readouterr().out
