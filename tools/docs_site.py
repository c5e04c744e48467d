"""What the site of the documents has beyond the files in docs/: the commands, the glossary, links into the project.

A hook of mkdocs (`make docs`). The page of commands is made from the commands themselves, so it cannot be out of date.
"""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from typing import Any, Final

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parents[1]
LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)#\s:]+)((?:#[^)]*)?)\)")
GLOSSARY: Final = "glossary.md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    files.append(File.generated(config, "commands.md", content=commands()))
    files.append(File.generated(config, GLOSSARY, content=(ROOT / "GLOSSARY.md").read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """A link to a file of the project that is no page becomes the file's name: the site stands without the project."""
    here = "" if page.file.src_uri == GLOSSARY else posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def led(link: re.Match[str]) -> str:
        text, target, anchor = link.groups()
        path = posixpath.normpath(posixpath.join(here, target))
        if path != "GLOSSARY.md" and not path.startswith("docs/"):
            return f"{text} (`{path}`)"
        there = GLOSSARY if path == "GLOSSARY.md" else path.removeprefix("docs/")
        return f"[{text}]({posixpath.relpath(there, posixpath.dirname(page.file.src_uri) or '.')}{anchor})"

    return LINK.sub(led, markdown)


def commands() -> str:
    """Every command with its arguments and options, as `--help` says them."""
    from kdsp_lib.cli.main import app

    parts = ["# The commands\n\nMade from the commands themselves. Each answers `--help` with the same.\n"]
    root = typer.main.get_command(app)
    for path, command in _each(root, "kdsp"):
        context = typer.Context(command, info_name=path)
        parts.append(f"\n## {path}\n\n{_prose(command.help or '')}\n\n")
        usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"```\n{path} {usage}\n```\n")
        rows = [row for parameter in command.params if (row := parameter.get_help_record(context))]
        if rows:
            parts.append(
                "\n| argument or option | |\n|---|---|\n"
                + "".join(
                    f"| <code>{_cell(html.escape(name))}</code> | {_cell(html.escape(said))} |\n" for name, said in rows
                )
            )
    return "".join(parts)


def _each(command: Any, path: str) -> list[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if not inner:
        return [(path, command)]
    return [found for name, each in sorted(inner.items()) for found in _each(each, f"{path} {name}")]


def _prose(text: str) -> str:
    return re.sub(r"\n(?!\n)", " ", text.replace("\b", "")).strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")
