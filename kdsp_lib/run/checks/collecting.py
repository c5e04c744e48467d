"""Notebooks as pytest collects them: each check of each is one test, with a message that a person can act on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from kdsp_lib.custodian.confinement import obtainable
from kdsp_lib.errors import BadParameters, KdspError
from kdsp_lib.run.checks import accessible, audited, confined, thin
from kdsp_lib.run.checks.browser import NoBrowser, chromium, faults_in_browser
from kdsp_lib.run.checks.draft import Drafted, draft_of, read_notebook
from kdsp_lib.run.checks.finding import Finding, told
from kdsp_lib.run.checks.reproducible import reproducible_findings
from kdsp_lib.source.workspace import Workspace, find_workspace


class Looked:
    """A notebook as it is looked at: read once, run twice, and only where a check needs it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stored = read_notebook(path)

    @cached_property
    def _workspace(self) -> Workspace:
        try:
            return find_workspace()
        except BadParameters:
            return find_workspace(self.path.parent)

    @cached_property
    def _first(self) -> Drafted | KdspError:
        return self._run()

    @cached_property
    def _second(self) -> Drafted | KdspError:
        return self._run()

    def _run(self) -> Drafted | KdspError:
        """A run, or why there is none: that is told by every check that needs one, and found out once."""
        try:
            return draft_of(self.path, self._workspace)
        except KdspError as error:
            return error

    @property
    def first(self) -> Drafted:
        """What a run of it came to; KdspError where it does not run."""
        return _or_raised(self._first)

    @property
    def second(self) -> Drafted:
        """What another run of it came to."""
        return _or_raised(self._second)


def _or_raised(ended: Drafted | KdspError) -> Drafted:
    if isinstance(ended, KdspError):
        raise ended
    return ended


def _thin(looked: Looked) -> list[Finding]:
    return thin.thin_findings(looked.stored)


def _confined(looked: Looked) -> list[Finding]:
    named = confined.kernel_findings(looked.stored)
    if not named and obtainable() != "full":
        pytest.skip(
            "this machine confines no kernel in full (Landlock, libseccomp): only the kernel's name was looked at"
        )
    return named or confined.confined_findings(looked.first)


def _reproducible(looked: Looked) -> list[Finding]:
    return reproducible_findings(looked.stored, looked.first, looked.second)


def _audited(looked: Looked) -> list[Finding]:
    found = audited.audited_findings(looked.first)
    for text in audited.to_review(looked.first):
        warnings.warn_explicit(f"for a reviewer to look at: {text}", UserWarning, str(looked.path), 0)
    return found


def _accessible(looked: Looked) -> list[Finding]:
    found = accessible.accessible_findings(looked.first.executed)
    return found or accessible.page_findings(accessible.page_of(looked.first))


def _in_browser(looked: Looked) -> list[Finding]:
    try:
        with chromium() as browser:
            faults = faults_in_browser(browser, accessible.page_of(looked.first))
    except NoBrowser as error:
        pytest.skip(f"its page was not seen in a browser: {error}")
    return [Finding(0, f"in a browser, {fault}", "look at the page of a release in a browser") for fault in faults]


CHECKS: Final[Mapping[str, Callable[[Looked], list[Finding]]]] = MappingProxyType(
    {
        "thin": _thin,
        "confined": _confined,
        "reproducible": _reproducible,
        "audited": _audited,
        "accessible": _accessible,
        "accessible in a browser": _in_browser,
    }
)


class NotThus(Exception):
    """What a check found, in words."""


class NotebookFile(pytest.File):
    """A notebook and its checks."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test a check."""
        try:
            looked = Looked(self.path)
        except BadParameters as error:
            raise self.CollectError(error.shown()) from None
        for name in CHECKS:
            yield NotebookCheck.from_parent(self, name=name, looked=looked)


class NotebookCheck(pytest.Item):
    """One check of one notebook."""

    def __init__(self, *, looked: Looked, **options: Any) -> None:
        super().__init__(**options)
        self._looked = looked

    def runtest(self) -> None:
        """Pass, or say what was found."""
        found = CHECKS[self.name](self._looked)
        if found:
            raise NotThus(told(found))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, or why it did not run; a traceback only where the fault is ours."""
        if isinstance(excinfo.value, NotThus):
            return f"{self.path.name} is not {self.name}.\n\n{excinfo.value}"
        if isinstance(excinfo.value, KdspError):
            return f"Whether {self.path.name} is {self.name} is not known: it does not run.\n\n{excinfo.value.shown()}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Its place and name, as pytest tells of it."""
        return self.path, None, f"{self.path.name}: {self.name}"
