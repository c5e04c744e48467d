"""Words from a notebook bring words into the page, and nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hunting import examples
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_release import notebook, release, words

from kdsp_lib.release.narrative import Narrative
from kdsp_lib.release.write import files_of


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![a](https://evil.example/pixel.png)",
        "![a](data:image/svg+xml;base64,AAAA)",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,x)",
        "[a](file:///etc/passwd)",
        "[a](http://plain.example)",
        "[a](//evil.example)",
        "<https://ok.example>",
        '[a](https://ok.example "onclick=alert(1)")',
        "```html onload=alert(1)\n<iframe src=x>\n```",
        "<style>body{display:none}</style>",
        "&lt;script&gt;",
        "[a]: javascript:alert(1)\n[a]",
        "7. seven",
    ],
)
def test_hostile_words_stay_words(source):
    html = Narrative("T").render(source)
    assert not re.search(
        r"<(script|img|iframe|style|svg|object|embed|link|meta)|\son\w+=|src=|style=", html.split("&lt;")[0]
    )
    for href in re.findall(r'href="([^"]*)"', html):
        assert href.startswith(("https:", "mailto:", "#"))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, tuple[str, ...]]] = set()

    def handle_starttag(self, tag, attrs):
        self.found.add((tag, tuple(sorted(name for name, _ in attrs))))


@examples(150)
@given(st.text(alphabet="<>[]()!#*_`\"'=:/-&;\\\n aijsx1", max_size=80))
@example("[![x](y)](https://z)")
def test_whatever_is_written_only_plain_tags_come_out(source):
    tags = Tags()
    tags.feed(Narrative("T").render(source))
    plain = {"p", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "br", "hr"}
    headings = {f"h{rank}" for rank in range(2, 7)}
    for tag, attributes in tags.found:
        assert tag in plain | headings | {"a"}
        assert set(attributes) <= {"id"} if tag in headings else set(attributes) <= {"href", "rel"}
        assert not attributes or tag not in plain


def test_headings_never_skip_a_rank_nor_share_a_place():
    narrative = Narrative("Area profile")
    html = "".join(map(narrative.render, ["# Area profile\n\n### Deep", "# Roll", "#### Deeper", "## Roll"]))
    assert re.findall(r"<h(\d) id=\"([^\"]+)\"", html) == [
        ("2", "s-deep"),
        ("2", "s-roll"),
        ("3", "s-deeper"),
        ("2", "s-roll-2"),
    ]


def test_hostile_words_do_not_reach_the_page():
    hostile = '"><script>alert(1)</script>=HYPERLINK("http://x")'
    files, _ = files_of(
        release(
            notebook=notebook(words(f"## {hostile}\n\n{hostile}")),
            title=hostile,
            marking=f'{hostile} \\"}} </style>',
            audience=hostile,
            terms=hostile,
        )
    )
    page = files["report.html"].decode()
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert page.count("&lt;script&gt;") >= 6
