"""The server of ``kdsp lab``: what it answers, and what it lets the browser do with it.

The page and all that a kernel shows in it come from one origin, so the headers of every response say that the browser
may ask no other: no picture, connection, frame, form, font, style or worker. Scripts are JupyterLab's own files alone.
JupyterLab compiles its settings' schemas, for which it needs ``unsafe-eval``; inline it has styles, and one script of
its page, which is named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from jinja2 import DictLoader
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import ErrorHandler, OutputTransform, RequestHandler

from kdsp_lib.errors import Broken

_GUARD: Final = "/kdsp/guard.js"
_SCRIPTS: Final = ("/static/", "/lab/extensions/", _GUARD)
_ANSWERED: Final = re.compile(
    r"/|/lab|/(?:lab|doc)/(?:tree|workspaces)(?:/.*)?|/lab/extensions/.*|/static/.*|/kdsp/guard\.js|/favicon\.ico"
    r"|/lab/api/(?:settings|themes|translations|workspaces|licenses)(?:/.*)?|/login|/logout|/kernelspecs/.*"
    r"|/api|/api/(?:contents|kernels|kernelspecs|sessions)(?:/.*)?|/api/(?:me|status|shutdown|events/subscribe)"
)
"""All that JupyterLab needs for notebooks. Not: files as they are, terminals, conversion, extensions, language help."""
DISABLED: Final = (
    *(
        f"@jupyterlab/{name}-extension"
        for name in (
            "debugger", "extensionmanager", "fileeditor", "htmlviewer", "javascript", "lsp", "pdf", "terminal", "vega5",
        )
    ),
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/notebook-extension:export",
    "@jupyterlab/notebook-extension:language-server",
    "@jupyterlab/tooltip-extension:files",
)  # fmt: skip
"""What shows more than notebooks and inert outputs, and what asks the server for what it does not answer."""
_HOST: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def harden(server: Any) -> None:
    """Hold a JupyterLab that has been set up, and not begun to answer, to all of this."""
    application = server.web_app
    template = _template(application.settings["lab_jinja2_env"])
    application.settings["lab_jinja2_env"].loader = DictLoader({"index.html": template})
    application.settings["page_config_hook"] = _without_disabled
    application.add_handlers(".*", [(re.escape(_GUARD), _Guard)])
    application.add_transform(_headers(tuple(_hashes(template))))
    find = application.find_handler

    def find_handler(request: HTTPServerRequest, **options: Any) -> Any:
        if _ANSWERED.fullmatch(request.path):
            return find(request, **options)
        return application.get_handler_delegate(request, ErrorHandler, {"status_code": 404})

    application.find_handler = find_handler


def policy(host: str, hashes: Iterable[str] = ()) -> str:
    """What the browser may do with what comes from this host."""
    origin = f"http://{host}" if _HOST.fullmatch(host) else "'none'"
    scripts = " ".join(f"{origin}{path}" for path in _SCRIPTS) if origin != "'none'" else origin
    rules = {
        "default-src": "'none'",
        "script-src": f"{scripts} 'unsafe-eval' {' '.join(hashes)}",
        "script-src-attr": "'none'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "data: blob:",
        "connect-src": f"'self' ws://{host}" if origin != "'none'" else "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in rules.items())


def _headers(hashes: tuple[str, ...]) -> type[OutputTransform]:
    class Headers(OutputTransform):
        """Every response has them, an error's too."""

        def __init__(self, request: HTTPServerRequest) -> None:
            self._host = request.host

        def transform_first_chunk(
            self,
            status_code: int,
            headers: HTTPHeaders,
            chunk: bytes,
            finishing: bool,  # noqa: ARG002
        ) -> tuple[int, HTTPHeaders, bytes]:
            headers["Content-Security-Policy"] = policy(self._host, hashes)
            headers["Referrer-Policy"] = "no-referrer"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-DNS-Prefetch-Control"] = "off"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            return status_code, headers, chunk

    return Headers


def _template(environment: Any) -> str:
    """JupyterLab's page, with the guard before its scripts."""
    text: str = environment.loader.get_source(environment, "index.html")[0]
    made = text.replace("<script defer", f'<script src="{_GUARD}"></script><script defer', 1)
    if made == text:
        raise Broken("JupyterLab's page is not as this version of kdsp knows it.", remedy="install JupyterLab 4.6")
    return made


def _hashes(page: str) -> Iterable[str]:
    for script in _INLINE.findall(page):
        yield f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _without_disabled(_handler: Any, page: dict[str, Any]) -> dict[str, Any]:
    """The page's settings, whatever the person's own say."""
    page["disabledExtensions"] = sorted({*page.get("disabledExtensions", ()), *DISABLED})
    page["buildCheck"] = page["buildAvailable"] = False
    page["buildCheck"] = page["buildAvailable"] = False
    return page


class _Guard(RequestHandler):
    """The one script of ours; it tells nothing, so nobody has to be known who asks for it."""

    def get(self) -> None:
        """The script."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(Path(__file__).with_name("guard.js").read_bytes())
