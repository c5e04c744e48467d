"""Medians and quartiles, told by the band that they lie in: they follow from counts by band that are shown.

No pupil's own value is ever printed. Where counts are withheld, what is told is as wide as those that are shown leave
it: other counts behind every [c] would tell the same. The policy says of how many pupils a median or quartiles are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kdsp_lib.analyse.attribute import ATTRIBUTES, ROOT
from kdsp_lib.analyse.derived import Shown
from kdsp_lib.analyse.measure import Measure
from kdsp_lib.analyse.symbol import HIDDEN, NOT_APPLICABLE
from kdsp_lib.model.policy import DisclosurePolicy
from kdsp_lib.model.question import Question
from kdsp_lib.model.table import Statistic

Codes = tuple[str, ...]
MIDDLES: Mapping[str, tuple[tuple[str, str, int], ...]] = {
    "bands": (),
    "median": (("median", "Median", 2),),
    "quartiles": (("lower", "Lower quartile", 1), ("median", "Median", 2), ("upper", "Upper quartile", 3)),
}
"""What each kind tells besides the counts: the name, the words, and how many quarters lie below."""


def distribution_statistics(question: Question, measure: Measure) -> list[Statistic]:
    """From where and below where each middle lies, the base, and the count of each band."""
    attribute = ATTRIBUTES[measure.attribute]
    labels = dict(attribute.leaves)
    ends = [
        Statistic(f"{name}_{end}", f"{label}: {words} (%)", 0)
        for name, label, _ in MIDDLES[question.kind]
        for end, words in (("from", "from"), ("to", "to below"))
    ]
    counts = [Statistic(f"n_{band}".replace("-", "_"), labels[band], 0) for band in attribute.bands]
    return [*ends, Statistic("base", measure.base_label, 0), *counts]


def distributions(question: Question, measure: Measure, rows: Sequence[Shown], policy: DisclosurePolicy) -> list[Shown]:
    """The rows by band put side by side, each row of the other dimensions with what follows from it."""
    bands = ATTRIBUTES[measure.attribute].bands
    found: dict[Codes, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row.codes[:-1]][row.codes[-1]] = row.values[0]
    made, fewest = [], {"median": policy.median_pupils, "quartiles": policy.quartile_pupils}.get(question.kind, 0)
    for codes, by_band in found.items():
        base, counts = by_band[ROOT], [by_band.get(band, NOT_APPLICABLE) for band in bands]
        middles = _middles(question.kind, base, counts, list(bands.values()), fewest)
        made.append(Shown(codes, (*middles, base, *counts), None))
    return made


def band_by_band(question: Question, measure: Measure, known: Mapping[Codes, Sequence[str]]) -> dict[Codes, list[str]]:
    """The values of an answered table as those of its cells: what :func:`distributions` put together."""
    bands = (ROOT, *ATTRIBUTES[measure.attribute].bands)
    first = 2 * len(MIDDLES[question.kind])
    return {
        (*codes, band): [value]
        for codes, values in known.items()
        for band, value in zip(bands, values[first:], strict=True)
    }


def _middles(kind: str, base: str, counts: Sequence[str], ends: Sequence[tuple[str, str]], fewest: int) -> list[str]:
    asked = MIDDLES[kind]
    if not base.isdecimal():
        return [base] * (2 * len(asked))
    if int(base) < fewest or not int(base):
        return [HIDDEN if int(base) else NOT_APPLICABLE] * (2 * len(asked))
    told: list[str] = []
    for _, _, quarters in asked:
        place = (int(base) - 1) * quarters
        low, high = band_of(counts, int(base), place // 4)[0], band_of(counts, int(base), -(-place // 4))[1]
        is_open = low == 0 and high == len(ends) - 1
        told += [HIDDEN, HIDDEN] if is_open else [ends[low][0], ends[high][1]]
    return told


def band_of(counts: Sequence[str], base: int, place: int) -> tuple[int, int]:
    """Between which bands the pupil at a place lies, all in order of the value, for whoever sees these counts alone."""
    rest = base - sum(int(count) for count in counts if count.isdecimal())
    is_open = [count == HIDDEN for count in counts]
    shown = 0
    first, last = len(counts) - 1, len(counts) - 1
    for band, count in enumerate(counts):
        shown += int(count) if count.isdecimal() else 0
        up_to = shown + (rest if any(is_open[: band + 1]) else 0)
        at_least = shown + (rest if not any(is_open[band + 1 :]) else 0)
        if up_to > place:
            first = min(first, band)
        if at_least > place:
            last = min(last, band)
    return first, last
