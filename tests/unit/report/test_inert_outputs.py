"""Outputs with nothing active in them: what shows stays as it was, what acts is left out, however it is written."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kdsp_lib.report.inert import (
    inert_bundle,
    inert_html,
    inert_markdown,
    inert_notebook,
    inert_source,
    inert_svg,
)

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
THERE = "https://elsewhere.example/row"
FRAME = """<div>
<style scoped>
    .dataframe tbody tr th:only-of-type {
        vertical-align: middle;
    }
</style>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th>a</th>
    </tr>
  </thead>
</table>
</div>"""
ACTIVE = [
    '<img src="THERE">', "<img src='THERE'>", "<img src=THERE>", '<IMG SRC="THERE">', '<img/src="THERE">',
    '<img srcset="THERE 1x">', "<img src=`THERE`>",
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">', '<p style="background:url(THERE)">x</p>',
    '<p style="background:u\\72l(THERE)">x</p>', '<p style="background:&#117;rl(THERE)">x</p>',
    '<p style="background:image-set(\'THERE\' 1x)">x</p>', "<style>@import 'THERE';</style>",
    "<style>p{background:url(THERE)}</style>",
    "<style>p{background:u/**/rl(THERE)}</style>", "<style><!--</style><img src=THERE>-->",
    "<script>fetch('THERE')</script>",
    "<script src='THERE'></script>", "<scr<script>ipt>fetch('THERE')</script>", "<<script>fetch('THERE')</script>",
    "<script src='THERE'",
    "<svg><script>fetch('THERE')</script></svg>", "<svg><style><img src=THERE></style></svg>",
    "<math><mtext><img src=THERE></mtext></math>",
    "<p onclick=\"fetch('THERE')\">x</p>", "<p oNcLiCk=fetch('THERE')>x</p>", "<p/onclick=fetch('THERE')>x</p>",
    '<a href="THERE">x</a>', '<a href="javascript:fetch(\'THERE\')">x</a>', '<a href=" THERE">x</a>',
    '<a href="//elsewhere.example">x</a>',
    '<a href="#x" ping="THERE">x</a>', '<area href="THERE">', '<form action="THERE"><button>x</button></form>',
    '<button formaction="THERE">x</button>',
    '<input type="image" src="THERE">', '<iframe src="THERE"></iframe>', '<iframe srcdoc="<img src=THERE>">',
    '<object data="THERE"></object>',
    '<embed src="THERE">', '<link rel="preconnect" href="THERE">', '<link rel="dns-prefetch" href="THERE">',
    '<meta http-equiv="refresh" content="0;url=THERE">', '<base href="THERE">',
    '<video poster="THERE" src="THERE"></video>',
    '<audio src="THERE"></audio>', '<source src="THERE">', '<table background="THERE"></table>',
    "<noscript><img src=THERE></noscript>",
    "<template><img src=THERE></template>", "<textarea></textarea><img src=THERE>", "<title><img src=THERE></title>",
    "<!--><img src=THERE>-->",
    '<p title="</p><img src=THERE>">x</p>', "<p title='a>b<img src=THERE>'>x</p>",
    '<button data-commandlinker-command="help:open">x</button>',
    "<img\nsrc\n=\n'THERE'>", "<img src='THERE'//", "<xmp><img src=THERE></xmp>", "<?xml-stylesheet href='THERE'?>",
    "<!DOCTYPE x SYSTEM 'THERE'>",
    '<svg><use href="THERE#x"></use></svg>', '<svg><image href="THERE"/></svg>',
    '<svg><a xlink:href="THERE">x</a></svg>',
    '<svg><foreignObject><img src="THERE"></foreignObject></svg>', '<svg><set attributeName="href" to="THERE"/></svg>',
    '<svg><animate attributeName="href" values="THERE"/></svg>', '<svg><rect fill="url(THERE)"/></svg>',
    '<svg onload="fetch(\'THERE\')"></svg>',
    '<svg><rect style="fill:url(THERE)"/></svg>', "<svg><style>rect{fill:url(THERE)}</style></svg>",
    "<svg><style>&#64;import 'THERE'</style></svg>",
    "<svg><desc><![CDATA[</desc><img src=THERE>]]></desc></svg>", '<svg><feImage href="THERE"/></svg>',
    "<svg><style>rect{fill:&#117;rl(THERE)}</style></svg>",
]  # fmt: skip


class Found(HTMLParser):
    """What a browser might act on: tags that do something, and attributes that fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.active: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in {
            "script", "iframe", "object", "embed", "link", "meta", "base", "form", "button", "input", "video", "audio",
            "source",
            "area", "image", "foreignobject", "set", "animate", "feimage", "template", "noscript", "textarea", "xmp",
        }:  # fmt: skip
            self.active.append(tag)
        for name, value in attrs:
            if (
                name.startswith(("on", "data-"))
                or "elsewhere.example" in (value or "")
                or name in {"ping", "srcset", "srcdoc"}
            ):
                self.active.append(f"{tag} {name}")
            if name in {"href", "xlink:href"} and not (value or "").startswith("#"):
                self.active.append(f"{tag} {name}")

    def handle_data(self, data):
        if self.cdata_elem == "style" and "elsewhere" in data:
            self.active.append("style")


@pytest.mark.parametrize("text", ACTIVE)
@pytest.mark.parametrize("made", [inert_html, inert_svg])
def test_nothing_that_acts_is_left(text, made):
    once = made(text.replace("THERE", THERE))
    assert Found(once).active == []
    assert made(once) == once


@pytest.mark.parametrize(
    "text",
    [FRAME, "a < b and <b>c</b>", "<p>5 &lt; 6</p>", '<a href="#table-1">below</a>', "<br/><hr />",
     '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">', '<th scope="col" rowspan="2">x</th>', "<p hidden>x</p>",
     '<div id="t" role="region" aria-labelledby="c" tabindex="0">x</div>'],
)  # fmt: skip
def test_what_only_shows_stays_as_it_was(text):
    assert inert_html(text) == text.replace("a < b", "a &lt; b")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_what_kdsp_shows_stays_as_it_was(path):
    """Else a notebook that was saved in JupyterLab would not be what nbval finds."""
    notebook = json.loads(path.read_text("utf-8"))
    assert inert_notebook(notebook) == notebook


def test_a_drawing_of_matplotlib_stays_a_drawing():
    import io

    from matplotlib.figure import Figure

    figure, made = Figure(), io.StringIO()
    figure.subplots().plot([1, 2])
    figure.savefig(made, format="svg")
    inert = inert_svg(made.getvalue())
    assert inert.count("<path") == made.getvalue().count("<path")
    assert 'clip-path="url(#' in inert
    assert 'xlink:href="#' in inert


def test_markdown_becomes_html_without_pictures_or_links_that_lead_away():
    made = inert_markdown(f"# Head\n\n![a]({THERE}) [more]({THERE}) [below](#x) <img src={THERE}>\n\n|a|\n|-|\n|1|\n")
    assert Found(made).active == []
    assert "<h1>Head</h1>" in made
    assert '<a href="#x">below</a>' in made
    assert "<td>1</td>" in made


def test_kinds_that_are_not_known_are_left_out():
    given = {
        "application/javascript": "1", "text/javascript": "1", "application/vnd.vega.v5+json": {},
        "application/pdf": "x",
        "application/vnd.kdsp.table+json": {"a": 1}, "text/plain": ["<img>"], "image/png": "iVBOR\n",
        "image/jpeg": '"><img src=x>',
        "text/latex": "$x^2$", "text/markdown": "*x*",
    }  # fmt: skip
    assert inert_bundle(given) == {
        "application/vnd.kdsp.table+json": {"a": 1}, "text/plain": ["<img>"], "image/png": "iVBOR\n",
        "text/latex": "$x^2$",
        "text/html": "<p><em>x</em></p>\n",
    }  # fmt: skip
    assert inert_bundle({"text/latex": r"$\href{https://elsewhere.example}{x}$"}) == {}


def test_a_notebook_loses_the_state_of_widgets_and_frames_of_outputs():
    made = inert_notebook(
        {
            "cells": [
                {
                    "cell_type": "markdown",
                    "source": "x",
                    "attachments": {"a": {"image/png": "x", "image/svg+xml": "<svg/>"}},
                },
                {
                    "cell_type": "code",
                    "source": "x",
                    "outputs": [
                        {
                            "output_type": "display_data",
                            "data": {"text/html": ["<p>", f"<img src='{THERE}'>"]},
                            "metadata": {"text/html": {"isolated": True}},
                        },
                        {"output_type": "stream", "name": "stdout", "text": "<p>"},
                    ],
                },
            ],
            "metadata": {"widgets": {"x": 1}, "kernelspec": {"name": "kdsp"}},
        }
    )
    assert made["metadata"] == {"kernelspec": {"name": "kdsp"}}
    assert made["cells"][0]["attachments"] == {"a": {"image/png": "x"}}
    shown, printed = made["cells"][1]["outputs"]
    assert Found(shown["data"]["text/html"]).active == []
    assert shown["metadata"] == {"text/html": {}}
    assert printed["text"] == "<p>"


@pytest.mark.parametrize(
    "text",
    [
        "![a picture](THERE)", "![a picture][1]\n\n[1]: THERE", "![1]\n\n[1]: THERE", "![a ![b](THERE)](THERE)",
        "![a](<THERE>)",
        "![a](THERE \"(words)\")", "<img src=THERE>", "words <img src=THERE> words", "<script>fetch('THERE')</script>",
        "[x](#y) ![a\n b](THERE)", "```\ncode\n```\n<img src=THERE>", "$<img src=THERE>$", "`<img` src=THERE>",
        "!\\[a](b) ![a](THERE)",
    ],
)  # fmt: skip
def test_the_source_of_a_text_neither_fetches_nor_runs(text):
    from markdown_it import MarkdownIt

    made = inert_source(text.replace("THERE", THERE))
    for parser in (MarkdownIt("commonmark", {"html": True}), MarkdownIt("gfm-like", {"html": True, "linkify": False})):
        rendered = parser.render(made)
        assert not re.search(r"<(img|script)", rendered), rendered
    assert not re.search(r"<(img|script)", made)
    assert inert_source(made) == made


@pytest.mark.parametrize(
    "text", ["# Head\n\nWords, *more* and a [link](https://a.example).", "5 < 6 and a<5", "<https://a.example>"]
)
def test_a_text_that_does_neither_stays_as_it_was(text):
    assert inert_source(text) == text
