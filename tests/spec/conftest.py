"""A small community, and a way to ask it: each test of the folders by clause is a paragraph of the protocol's manual.

``answer(...)`` is the decision in words: ``permit 3, 9`` or ``deny 2, levels``. Whatever a test does not say is as in
``REQUEST``: the attendance of school 990001's pupils, for that school, made by an officer whose duty it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import small_community


@pytest.fixture
def ask() -> Callable[..., Any]:
    """The decision on a request. ``also`` adds entries to the community's register."""
    return small_community.ask


@pytest.fixture
def answer() -> Callable[..., str]:
    """The decision in words."""
    return small_community.answer


@pytest.fixture
def obligations() -> Callable[..., tuple[str, ...]]:
    """What a permit obliges to; a denial fails the test."""
    return small_community.obligations


@pytest.fixture
def retained() -> Callable[..., str]:
    """Until when a permit holds: ``ever`` where nothing ends it."""
    return small_community.retained
