"""Elements as text: what stands in them is escaped, what is not there is left out."""

from __future__ import annotations

from xml.sax.saxutils import escape


def fields(**said: str | None) -> str:
    """An element for each text that there is."""
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in said.items() if text)


def nest(tag: str, **said: str | None) -> str:
    """Such elements within another."""
    return f"<{tag}>{fields(**said)}</{tag}>"
