"""Write docs/protocol-cases.md: each case of the protocol's manual, as it is asked and answered. `make cases`.

The cases are the tests in tests/spec. Every question that a test puts is put here again, and its answer
written down beside what the question says otherwise than the ordinary one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "protocol-cases.md"
MANUAL: Final = ROOT / "tests" / "spec"
HEAD: Final = """\
# The protocol in cases

Made from the tests in `tests/spec` by `tools/protocol_cases.py`; not for editing. [What the clauses
mean](protocol.md).

Each line is a question and its answer, with the clauses that settled it. What a question does not say is as in the
ordinary one: {ordinary}. What the register holds beside the small community stands under "and".

<details><summary>The small community</summary>

```yaml
{community}
```

</details>
"""


def page() -> str:
    """The page as it should be."""
    sys.path.insert(0, str(MANUAL))
    import manual
    import small_community

    ordinary = ", ".join(_said(small_community.REQUEST))
    parts = [HEAD.format(ordinary=ordinary, community=small_community.COMMUNITY.strip())]
    module = test = None
    for case in manual.cases():
        if case.module is not module:
            module = case.module
            parts.append(f"\n## {_first_line(module.__doc__ or '')}\n")
        if case.test is not test:
            test = case.test
            parts.append(f"\n**{_sentence(test.__name__)}**\n\n")
        parts += [f"- {line}\n" for line in _asked(case, small_community.REQUEST)]
    sys.path.remove(str(MANUAL))
    return "".join(parts)


def _asked(case: Any, ordinary: dict[str, Any]) -> Iterator[str]:
    """Every question that a case puts, with its answer."""
    asked: list[str] = []
    for one in case.asked():
        differs = {key: value for key, value in one.fields.items() if value != ordinary.get(key)}
        question = ", ".join(_said(differs)) or "as it is ordinarily"
        held = f"; and {_held(one.also)}" if one.also.strip() else ""
        asked.append(f"{question}{held}: **{one.decision.decision}** ({', '.join(one.decision.clauses)})")
    return iter(dict.fromkeys(asked))


def _said(fields: dict[str, Any]) -> list[str]:
    return [f"{key.replace('_', ' ')} {_word(value)}" for key, value in fields.items() if value not in ([], None)]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "+".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return " and ".join(f"{key} {_word(inner)}" for key, inner in value.items())
    return f"`{value}`"


def _held(also: str) -> str:
    return "; ".join(
        f"{section.replace('_', ' ')} ({', '.join(f'{k} {_word(v)}' for k, v in entry.items())})"
        for section, entries in yaml.safe_load(also).items()
        for entry in entries
    )


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(".")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
