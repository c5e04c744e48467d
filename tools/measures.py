"""Write docs/measures.md from the definitions of measures: `make measures`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from kdsp_lib.analyse.measures.catalogue import catalogue
from kdsp_lib.analyse.measures.definition import Definition
from kdsp_lib.analyse.measures.explaining import explain, years_of
from kdsp_lib.analyse.symbol import SYMBOLS

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "measures.md"
HEAD: Final = """\
# The measures

Made from `kdsp_lib/analyse/measures/measures.toml` (version {version}) by `tools/measures.py`; not for editing.
`kdsp measures` shows the same, `kdsp measures NAME --year YEAR` whether one exists in a school year.

Every figure is worked out from whole numbers (of groups, from counts that are rounded already) and rounded half away
from zero to the places shown when it is printed, never before. Thresholds are compared in whole numbers, so that
exactly one tenth is one tenth. An area's figure is a ratio of sums over its pupils, never a mean of its schools'
figures. In the place of a figure stands

{symbols}

What no source at hand settles is named as unsettled; kdsp then keeps to the rule that is written.
"""


def page() -> str:
    """The page as it should be."""
    symbols = "\n".join(f"- `[{symbol}]`: {meaning}" for symbol, meaning in SYMBOLS.items())
    parts = [HEAD.format(version=catalogue().version, symbols=symbols)]
    measures = catalogue().measures.values()
    for topic, group in groupby(measures, key=lambda one: one.topic):
        listed = list(group)
        parts.append(f"\n## {topic}\n\n| measure | name | years |\n|---|---|---|\n")
        parts += [f"| {one.label} | `{one.name}` | {years_of(one)} |\n" for one in listed]
        for one in listed:
            parts.append("".join(_section(one)))
    return "".join(parts)


def _section(one: Definition) -> Iterator[str]:
    yield f"\n### `{one.name}`\n\n{one.label}.\n\n"
    for heading, text in explain(one):
        if heading != "topic":
            yield f"- **{heading}**: {text}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
