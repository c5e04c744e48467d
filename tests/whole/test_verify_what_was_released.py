"""``kdsp verify``: what `kdsp run` released holds; a copy of it that was bent, or kept too long, does not."""

import json
import shutil


def test_what_was_released_holds(outcomes, kdsp):
    folder = outcomes["east"].folder
    ended = kdsp("verify", folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "holds" in ended.stdout
    assert kdsp("verify", folder.name).returncode == 0
    found = json.loads(kdsp("verify", folder, "--json").stdout)
    assert found["release"] == folder.name
    assert found["on"] == "2026-03-02"


def test_a_copy_in_which_a_figure_was_changed_does_not(outcomes, kdsp, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(outcomes["east"].folder, copy)
    page = copy / "report.html"
    page.write_text(page.read_text().replace("All of", "Most of").replace("</main>", "<p>One more.</p></main>"))
    ended = kdsp("verify", copy)
    assert ended.returncode == 11
    assert "report.html" in ended.stderr


def test_where_there_is_no_release_the_command_line_was_wrong(outcomes, kdsp):
    assert kdsp("verify", "nowhere").returncode == 10
    assert kdsp("verify", outcomes["east"].folder, "--on", "soon").returncode == 10
