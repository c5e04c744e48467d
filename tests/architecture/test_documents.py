"""The documents keep up with the house."""

from __future__ import annotations

import re
import tomllib

import pytest
import typer

import kdsp_lib.errors as errors


def _commands() -> list[str]:
    from kdsp_lib.cli.main import app

    def walk(command: object, path: str) -> list[str]:
        inner = getattr(command, "commands", None)
        if not inner:
            return [path]
        return [found for name, each in sorted(inner.items()) for found in walk(each, f"{path} {name}")]

    return walk(typer.main.get_command(app), "kdsp")


def test_there_are_commands():
    assert {"kdsp run", "kdsp data add", "kdsp kernel install"} <= set(_commands())


def test_the_readme_names_every_command(house):
    readme = (house / "README.md").read_text("utf-8")
    assert [command for command in _commands() if f"`{command}" not in readme] == []


def test_the_readme_names_no_command_that_is_not_there(house):
    readme = (house / "README.md").read_text("utf-8")
    named = set(re.findall(r"`(kdsp [a-z][a-z-]+(?: [a-z][a-z-]+)?)", readme))
    known = [f"{command} " for command in _commands()]
    assert {name for name in named if not any(f"{name} ".startswith(command) for command in known)} == set()


def test_every_command_says_what_it_does():
    from kdsp_lib.cli.main import app

    def mute(command: object, path: str) -> list[str]:
        inner = getattr(command, "commands", None) or {}
        own = [] if getattr(command, "help", None) else [path]
        return own + [found for name, each in inner.items() for found in mute(each, f"{path} {name}")]

    assert mute(typer.main.get_command(app), "kdsp") == []


def test_every_link_between_documents_leads_somewhere(house, texts):
    broken = [
        (path, target)
        for path, text in texts.items()
        if path.endswith(".md")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if "://" not in target and not ((house / path).parent / target).exists()
    ]
    assert broken == []


def test_the_map_of_rooms_names_every_room(house):
    page = (house / "docs" / "architecture.md").read_text("utf-8")
    rooms = [path.name for path in (house / "kdsp_lib").iterdir() if (path / "__init__.py").is_file()]
    assert [room for room in rooms if f"`{room}/`" not in page] == []


def test_the_glossary_says_the_words_of_the_errors(house):
    glossary = (house / "GLOSSARY.md").read_text("utf-8")
    for word in ("refusal", "mistake", "custodian", "witness", "ledger"):
        assert word in glossary
    assert errors.Refusal.__doc__


@pytest.mark.parametrize("kind", ["spec", "unit", "property", "attacks", "architecture", "whole"])
def test_contributing_says_what_each_kind_of_test_is_for(house, kind):
    assert f"`tests/{kind}/" in (house / "CONTRIBUTING.md").read_text("utf-8")


def test_no_folder_of_tests_is_unexplained(house):
    told = (house / "CONTRIBUTING.md").read_text("utf-8")
    kinds = [path.name for path in (house / "tests").iterdir() if path.is_dir() and path.name[0] not in "._"]
    assert [kind for kind in kinds if f"`tests/{kind}/" not in told] == []


def test_the_changelog_opens_with_what_is_not_released_yet(house):
    headings = re.findall(r"^## (.+)$", (house / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    version = tomllib.loads((house / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
