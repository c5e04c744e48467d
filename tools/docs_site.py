"""What the site of the documents has beyond the files in docs/: commands, questions, glossary, links into the project.

A hook of mkdocs (`make docs`). The pages of commands and of what a notebook asks are made from the code itself, so they
cannot be out of date.
"""

from __future__ import annotations

import html
import inspect
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parents[1]
LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)#\s:]+)((?:#[^)]*)?)\)")
GLOSSARY: Final = "glossary.md"
ASKING: Final = """\
# What a notebook asks

Made from the code itself. A notebook imports `open_report` and nothing else of kdsp; all that it gets is protected for
its recipient. [Make a report](how-to/make-a-report.md) says how to use it.
"""
INNER: Final = ("from_wire", "to_wire", "bundle", "from_json", "to_json")
"""Methods of what a notebook gets that are the custodian's and the release's, not the notebook's."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    files.append(File.generated(config, "commands.md", content=commands()))
    files.append(File.generated(config, "asking.md", content=asking()))
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


def asking() -> str:
    """What a notebook may ask and do with what it gets, from the code's own words."""
    from kdsp_lib.report.chart import Chart
    from kdsp_lib.report.pupil_list import PupilList
    from kdsp_lib.report.session import Report, open_report
    from kdsp_lib.report.table import Table

    parts = [ASKING, _called("open_report", open_report)]
    for name, kind in (("report", Report), ("table", Table), ("pupils", PupilList), ("chart", Chart)):
        parts.append(f"\n## {name}\n\n{_told(kind)}\n")
        parts += [
            _called(f"{name}.{method}", thing)
            for method, thing in vars(kind).items()
            if not method.startswith("_") and inspect.isfunction(thing) and method not in INNER
        ]
    return "".join([*parts, *_breakdowns()])


def _breakdowns() -> Iterator[str]:
    """What a table may be split by and narrowed to."""
    from kdsp_lib.analyse.breakdown import BREAKDOWNS
    from kdsp_lib.analyse.column import COLUMNS

    yield "\n## by\n\nWhat a table may be split by, where the report's categories have it.\n\n"
    yield "| breakdown | its values |\n|---|---|\n"
    for name, each in BREAKDOWNS.items():
        yield f"| `{name}` | {_cell(', '.join(label for _, label in each.levels))} |\n"
    names = ", ".join(f"`{name}`" for name in COLUMNS)
    yield f"\n## where\n\nColumns that a filter may speak of: {names}.\n"


def _called(name: str, function: Any) -> str:
    """One function with how it is called, and its words."""
    signature = inspect.signature(function)
    given = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    plain = signature.replace(
        parameters=[each for each in given if each.name != "self"], return_annotation=inspect.Signature.empty
    )
    return f"\n### {name}\n\n```python\n{name}{plain}\n```\n\n{_told(function)}\n"


def _told(thing: Any) -> str:
    """The words of a docstring: literals as code, and methods by their names."""
    words = re.sub(r":\w+:`(?:[\w.]*\.)?(\w+)`", r"`\1`", inspect.getdoc(thing) or "")
    return words.replace("``", "`")


def _each(command: Any, path: str) -> list[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if not inner:
        return [(path, command)]
    return [found for name, each in sorted(inner.items()) for found in _each(each, f"{path} {name}")]


def _prose(text: str) -> str:
    return re.sub(r"\n(?!\n)", " ", text.replace("\b", "")).strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")
