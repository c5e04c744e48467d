"""The blocks of a document, and the script that they make when somebody pastes them one after the other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from project_paths import PROJECT

PAGES = (
    "README.md",
    "docs/tutorial.md",
    *sorted(path.relative_to(PROJECT).as_posix() for path in (PROJECT / "docs" / "how-to").glob("*.md")),
)
SHELL = ("", "sh")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
_SAVED = re.compile(r"(?:Keep this as|and this as|as) `([\w./-]+)`[^`]*\Z")
_TOLD = re.compile(r"^@@ (\d+) (\d+)$", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """``line``: where it begins in its page. ``saved``: the file that a reader is asked to keep it as, if any."""

    page: str
    line: int
    language: str
    text: str
    saved: str

    @property
    def is_commands(self) -> bool:
        return self.language in SHELL


def blocks_of(page: str) -> Iterator[Block]:
    """Every block of a page, in order."""
    text = (PROJECT / page).read_text("utf-8")
    for found in _BLOCK.finditer(text):
        before = text[: found.start()].rpartition("\n\n")[0].rpartition("```")[2] + text[: found.start()][-200:]
        saved = _SAVED.search(before.rstrip().removesuffix(":"))
        yield Block(page, text[: found.start()].count("\n") + 1, found[1], found[2], saved[1] if saved else "")


def commands_of(page: str) -> Iterator[str]:
    """Every line of the page's blocks of commands."""
    for block in blocks_of(page):
        if block.is_commands:
            yield from filter(str.strip, block.text.splitlines())


def script_of(page: str, replaced: Mapping[str, str], left_out: frozenset[str]) -> tuple[str, list[str]]:
    """One script that keeps the files and runs the commands of a page, and its commands; each tells how it ended.

    ``replaced``: what a reader puts in the place of a word; ``left_out``: commands that are not run here.
    """
    lines, commands = [], list[str]()
    for block in blocks_of(page):
        if block.saved and not block.is_commands:
            lines.append(f"cat > {shlex.quote(block.saved)} <<'END OF BLOCK'\n{block.text}END OF BLOCK")
        for command in filter(str.strip, block.text.splitlines()) if block.is_commands else ():
            if command in left_out:
                continue
            pasted = command
            for word, put in replaced.items():
                pasted = re.sub(rf"\b{re.escape(word)}\b", put, pasted)
            lines.append(f'{pasted}\nended=$?; echo; echo "@@ {len(commands)} $ended"')
            commands.append(command)
    return "\n".join(lines) + "\n", commands


def codes_in(printed: str) -> dict[int, int]:
    """How each command ended, by its number."""
    return {int(number): int(code) for number, code in _TOLD.findall(printed)}
