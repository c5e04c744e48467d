"""What is said of an establishment's own figures: whom they are for where told whole, and why they stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from kdsp_lib.analyse.all_through import ALL_THROUGH
from kdsp_lib.custodian.comparator import alike
from kdsp_lib.model.policy import ROUNDING
from kdsp_lib.model.question import OWN

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.model.answer import Whole
    from kdsp_lib.model.question import Question

_TOO_FEW: Final = "too few others run {alike} for a comparison that tells of none of them"
_BY_PHASE: Final = '; its primary and its secondary years may stand beside England\'s, by=["phase"], beside="england"'
_ALONE: Final[Mapping[Whole, str]] = {"school": "for the school alone", "officers": "for the named officers alone"}
_WHOLE: Final[Mapping[Whole, str]] = {
    "school": (
        "These are your own pupils' figures: nothing is withheld or rounded. They are for your school alone: pupils "
        "may be recognised in small groups."
    ),
    "officers": (
        "These are the figures of the establishment's pupils: nothing is withheld or rounded. They are for the named "
        "officers alone, whose recorded duty needs these pupils' records: pupils may be recognised in small groups."
    ),
}
_PUBLISHED: Final = (
    "These are published figures of schools, put together, and shown as they are. What comes from fewer than "
    "{controllers} bodies that run establishments, or mostly from one, and what is of {small} pupils, is shown "
    "together with others, or withheld, marked [c]."
)
_ROUNDED: Final = (
    "rounded to {round_to} at random, so that no pupil can be recognised: the true one is up to {off} more or less, "
    "and totals may differ from the sum of their parts. Rates and means are of rounded figures, and [u] where they "
    "would be of fewer than {smallest} pupils. What comes from fewer than {controllers} bodies that run "
    "establishments is shown together with others. What would still tell of a few pupils, or of one establishment, is "
    "withheld, marked [c]."
)
_BESIDE: Final = "The counts beside the establishment's own figures are "
BY_DUTY: Final = "whole figures, by a recorded duty"
"""As the access log says it."""


def marking(opened: Opened) -> str:
    """How the report is marked: where figures are whole, that pupils may be recognised, and for whom alone it is."""
    whole = opened.whole_for
    return f"{opened.served.marking} (identifiable: {_ALONE[whole]})" if whole else opened.served.marking


def note(opened: Opened) -> str:
    """What is withheld, in words."""
    if opened.is_aggregate:
        return f"Counts are {_rounded(opened)}"
    if opened.is_published:
        return _PUBLISHED.format(controllers=opened.policy.controllers, small=opened.policy.small_counts)
    if opened.whole_for is None:
        return opened.served.withheld(opened.policy)
    return _WHOLE[opened.whole_for] + (f" {beside(opened)}" if opened.comparators else "")


def beside(opened: Opened) -> str:
    """How the figures beside an establishment's own are protected."""
    return _BESIDE + _rounded(opened)


def _round_to(opened: Opened) -> int:
    return max(opened.policy.round_to, ROUNDING.round_to)


def _rounded(opened: Opened) -> str:
    round_to = _round_to(opened)
    return _ROUNDED.format(
        round_to=round_to,
        off=round_to - 1,
        smallest=ROUNDING.smallest_base,
        controllers=opened.policy.controllers,
    )


def policy(opened: Opened) -> dict[str, Any]:
    """The disclosure policy that it was made by, with its numbers; where own figures are whole, these are of others."""
    said = opened.policy.to_json()
    stamp = opened.policy.stamp
    in_full = opened.policy.in_full
    if opened.comparators:
        in_full += f"; counts of comparators rounded to {_round_to(opened)}"
    if opened.whole_for is None:
        return {**said, "in_full": in_full}
    numbers = in_full.removeprefix(f"{stamp}: ")
    in_full = f"{stamp}: own figures whole, {_ALONE[opened.whole_for]}; beside them {numbers}"
    return {**said, "in_full": in_full, "own_figures": "whole"}


def identifiable(opened: Opened) -> dict[str, Any]:
    """What a manifest says of figures told whole; nothing where they are not."""
    return {"identifiable": {"for": opened.whole_for, "own_figures": "whole"}} if opened.whole_for else {}


def without_comparison(opened: Opened) -> str:
    """Why nothing stands beside the figures, where the permit obliges to that."""
    if not opened.is_own_data_only:
        return ""
    return (
        "These are the establishment's own figures, without comparison: it has not signed the protocol or has left it."
    )


def uncompared(opened: Opened, questions: Iterable[Question]) -> str:
    """Why nothing stands beside the figures of questions whose comparator this establishment lacks."""
    if opened.is_own_data_only:
        return without_comparison(opened)
    lacks = any(question.compare == OWN for question in questions)
    return f"The establishment's figures stand alone: {too_few(opened)}." if lacks else ""


def phase_of(opened: Opened) -> str:
    """The phase of the establishment that a report is about."""
    return opened.published.phase if opened.published is not None else ""


def too_few(opened: Opened) -> str:
    """Why it is compared with nobody; an all-through school has two phases in one, and England has a figure of each."""
    phase = phase_of(opened)
    return _TOO_FEW.format(alike=alike(phase)) + (_BY_PHASE if phase == ALL_THROUGH else "")
