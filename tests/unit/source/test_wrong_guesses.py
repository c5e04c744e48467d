"""Every kind of file, loaded as every other kind: told what it looks like, and with which command it is loaded."""

from __future__ import annotations

from datetime import date

import pytest
from source_files import BESIDE, good_files

from kdsp_lib.errors import BadSource
from kdsp_lib.source.adding import RETURNS, add_files
from kdsp_lib.source.load import KINDS, kind_named
from kdsp_lib.source.workspace import init_workspace

ALIKE = {"establishments", "gias-establishments"}
"""The extract of the register is read as either, and told as the second."""
FILES = [
    good for good in good_files() if good.form.endswith(("csv", "xml")) and repr(good) != "establishments-source.csv"
]


def period_of(kind: str) -> str | None:
    contract = None if kind in RETURNS else kind_named(kind).contract
    return None if contract is None else "2025/26-autumn" if contract.termly else "2025/26" if contract.yearly else None


@pytest.mark.parametrize("good", FILES, ids=repr)
def test_a_file_of_another_kind_is_told_with_its_own_command(tmp_path, good):
    workspace, path = init_workspace(tmp_path / "w"), tmp_path / f"file.{good.form.rpartition('.')[2]}"
    path.write_bytes(good.content)
    for kind in [*KINDS, *RETURNS]:
        if kind == good.kind or {kind, good.kind} <= ALIKE:
            continue
        with pytest.raises(BadSource) as caught:
            add_files(workspace, kind, path, period_of(kind), loaded_on=date(2026, 3, 2))
        assert f"this looks like {good.kind}" in caught.value.message, kind
        assert f"kdsp data add {good.kind} " in caught.value.remedy, kind


def test_what_lies_beside_a_file_is_no_file_of_any_kind(tmp_path):
    workspace = init_workspace(tmp_path / "w")
    for name, content in BESIDE.values():
        (tmp_path / name).write_bytes(content)
        for kind in [*KINDS, *RETURNS]:
            with pytest.raises(BadSource) as caught:
                add_files(workspace, kind, tmp_path / name, period_of(kind), loaded_on=date(2026, 3, 2))
            assert "does not read such files" in f"{caught.value.message} {caught.value.remedy}"
