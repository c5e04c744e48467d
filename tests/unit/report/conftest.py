"""Made-up tables in the wire form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

import pytest

WITHHELD = "confidential: withheld so that no pupil or establishment can be recognised"


def wire(
    values: Mapping[tuple[str, ...], Iterable[str]],
    *,
    dims: Mapping[str, Mapping[str, str]],
    statistics: Mapping[str, int],
    **more: Any,
) -> dict[str, Any]:
    """A table in the wire form: ``dims`` are labels by code, ``statistics`` decimals by name."""
    return {
        "name": "absence",
        "title": "Persistent absence by phase and sex",
        "question": {"kind": "rate", "measure": "persistent-absence", "by": list(dims), "where": None},
        "scope": "Pupils on roll in East collaborative, autumn 2025/26",
        "dims": [
            {
                "name": name,
                "label": name.capitalize(),
                "total": "All",
                "levels": [{"code": code, "label": label} for code, label in labels.items()],
            }
            for name, labels in dims.items()
        ],
        "statistics": [
            {"name": name, "label": name.capitalize(), "decimals": decimals} for name, decimals in statistics.items()
        ],
        "cells": [{"codes": list(codes), "values": list(cell)} for codes, cell in values.items()],
        "notes": ["Sessions missed are a tenth or more."],
        "symbols": {"c": WITHHELD, "x": "not available"},
        "source": "made-up School Census",
        "draft": False,
    } | more


@pytest.fixture
def rates() -> dict[str, Any]:
    """Two phases by sex, with rate, numerator and base; special schools are withheld."""
    return wire(
        {
            ("primary", "F"): ("18.2", "331", "1819"),
            ("primary", "M"): ("20.1", "389", "1935"),
            ("primary", "All"): ("19.2", "720", "3754"),
            ("special", "F"): ("c", "c", "c"),
            ("special", "M"): ("c", "c", "c"),
            ("special", "All"): ("c", "c", "c"),
            ("All", "F"): ("c", "c", "c"),
            ("All", "M"): ("c", "c", "c"),
            ("All", "All"): ("20.4", "850", "4166"),
        },
        dims={"phase": {"primary": "Primary", "special": "Special"}, "sex": {"F": "Girls", "M": "Boys"}},
        statistics={"rate": 1, "numerator": 0, "base": 0},
    )


@pytest.fixture
def counts() -> dict[str, Any]:
    """Pupils by year group and sex: one statistic, so sex lies across."""
    years = {"1": "Year 1", "2": "Year 2", "3": "Year 3"}
    values = dict.fromkeys(product([*years, "All"], ["F", "M", "All"]), ("1234",))
    values["2", "F"] = values["2", "M"] = ("c",)
    values["3", "F"] = ("0",)
    return wire(
        values,
        dims={"year": years, "sex": {"F": "Girls", "M": "Boys"}},
        statistics={"pupils": 0},
        name="roll",
        title="Pupils by year group and sex",
    )


@pytest.fixture
def wire_of() -> Callable[..., dict[str, Any]]:
    """The builder itself."""
    return wire
