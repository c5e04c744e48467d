"""Parameter files are checked before anything runs: all faults at once, each with its line."""

import shutil
from pathlib import Path

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.run.parameters import read_parameters

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
GOOD = """group: collaborative:east
recipient: collaborative:east
purpose: commissioning-of-services
period: 2025/26-autumn
on: 2026-03-02
"""


@pytest.fixture
def write(tmp_path):
    folder = tmp_path / "parameters" / "area_profile"
    folder.mkdir(parents=True)

    def write(text, name="north.yaml"):
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def faults(path):
    with pytest.raises(BadParameters) as caught:
        read_parameters(path, NOTEBOOKS)
    return caught.value.shown()


def test_a_good_file_gives_the_values_as_they_were_written(write):
    assert read_parameters(write(GOOD), NOTEBOOKS).values["on"] == "2026-03-02"


def test_quotes_change_nothing(write):
    assert read_parameters(write(GOOD.replace("2026-03-02", '"2026-03-02"')), NOTEBOOKS).values["on"] == "2026-03-02"


def test_every_fault_is_named_at_once_with_its_line(write):
    shown = faults(write("period: 2025-26\nrecipent: authority\nrecipient: establishment:1044\non: yesterday\n"))
    assert "has 6 faults" in shown
    assert "line 1  period" in shown
    assert "2025/26-autumn" in shown
    assert "line 2  recipent  is not a parameter of area_profile; did you mean recipient?" in shown
    assert "line 3  recipient" in shown
    assert "six digits" in shown
    assert "line 4  on" in shown
    assert "group  is missing" in shown
    assert "purpose  is missing" in shown


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("2025/26-autumn", "2025/27-autumn"), "period"),
        (("2025/26-autumn", "2025/26-winter"), "period"),
        (("2026-03-02", "2026-02-30"), "on"),
        (("2026-03-02", "20260302"), "on"),
        (("collaborative:east", "collaborative:../east"), "group"),
        (("collaborative:east", "east"), "group"),
        (("commissioning-of-services", "Commissioning of services"), "purpose"),
        (("commissioning-of-services", "[a, b]"), "purpose"),
        (("commissioning-of-services", "{a: b}"), "purpose"),
        (("commissioning-of-services", ""), "purpose"),
    ],
)
def test_values_of_a_wrong_shape(write, change, named):
    assert named in faults(write(GOOD.replace(*change)))


def test_a_key_given_twice(write):
    assert "line 6  on  is given twice" in faults(write(GOOD + "on: 2026-03-03\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "just a sentence",
        "a: [1, 2",
        "a: b: c",
        "\t",
        b"\xff\xfe\x00",
        b"a: \x00",
        "[" * 5000,
        "x: " + "y" * 70_000,
        "&a [*a]",
        "!!python/object/apply:os.system ['true']",
        "? [complex, key]\n: value\n",
    ],
)
def test_what_is_no_parameter_file_is_a_mistake_never_a_crash(write, text):
    assert "KDSP-100" in faults(write(text))


def test_a_file_that_is_not_there(tmp_path):
    assert "cannot be read" in faults(tmp_path / "gone.yaml")


def test_a_folder_without_a_notebook(write, tmp_path):
    path = write(GOOD)
    shutil.copytree(path.parent, tmp_path / "parameters" / "area_profil")
    assert "belongs to no notebook" in faults(tmp_path / "parameters" / "area_profil" / "north.yaml")
