"""The facts that the policies may read: how things stand between a recipient, a report and who asks.

Each is a word, a truth or a set of words, never a name or a day: so that equal facts have equal answers, whoever asks
about whom. Their meanings are in ``schema.cedarschema``, field by field.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple


@cache
def camel(name: str) -> str:
    """``has_signed`` as ``hasSigned``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class RecipientFacts(NamedTuple):
    """What one recipient is, and how it stands to the report: by its kind, standing, part and agreements."""

    kind: str
    standing: str
    has_signed: bool
    is_in_post: bool
    is_one_subject: bool
    is_receiving: bool
    is_member: bool
    is_stakeholder: bool
    has_duty: bool
    has_agreement: bool
    is_in_cluster_agreement: bool
    has_heads_agreement: bool
    has_individual_heads_agreement: bool


class ReportFacts(NamedTuple):
    """What is shared: at which level, in which detail, of whom, and whether its data may be relied on."""

    level: str
    detail: str
    item: str
    categories: tuple[str, ...]
    subjects: str
    subjects_are_in_group: bool
    is_commissioned: bool
    is_promotional: bool
    is_current: bool
    is_signed_off: bool
    some_subject_is_no_signatory: bool


class RequesterFacts(NamedTuple):
    """Who asks: of which kind, in post or not, with a duty or on behalf of a subject."""

    kind: str
    has_signed: bool
    is_in_post: bool
    has_duty: bool
    is_one_subject: bool
    acts_for_one_subject: bool


class AskingFacts(NamedTuple):
    """Why it is asked and by whom, and how the other subjects stand: what is the same for all of its recipients."""

    purpose: str
    requester: RequesterFacts
    another_is_a_subject: bool
    another_is_withdrawn: bool
    another_is_unsigned: bool
    heads_consent_to_item: bool
    everyone_agrees_to_be_identified: bool
    some_agree_by_consent: bool
    some_agree_by_heads_agreement: bool
    suppresses_when_required: bool


class Facts(NamedTuple):
    """One recipient, one report, one asking: what all stages but the law's are asked about."""

    recipient: RecipientFacts
    report: ReportFacts
    asking: AskingFacts

    def to_json(self) -> dict[str, Any]:
        """The facts by the names that the policies use."""
        return {
            "principal": as_attributes(self.recipient),
            "resource": as_attributes(self.report),
            "context": {"asking": as_attributes(self.asking)},
        }


class LawFacts(NamedTuple):
    """What the law's rules are asked about."""

    kind: str
    detail: str
    is_required: bool
    is_prohibited: bool
    is_prohibited_to_a_member: bool
    is_prohibited_to_one_acted_for: bool

    def to_json(self) -> dict[str, Any]:
        return _of_the_request(self)


class AddresseeFacts(NamedTuple):
    """What the rules on whom a request can be decided for are asked about."""

    kind: str
    detail: str
    acts_for_somebody: bool
    has_signatory: bool
    receives_through_group: bool
    standing: str

    def to_json(self) -> dict[str, Any]:
        return _of_the_request(self)


RECIPIENT_PATHS: Final = (
    *(f"principal.{camel(name)}" for name in RecipientFacts._fields),
    *(f"resource.{camel(name)}" for name in ReportFacts._fields),
    *(f"context.asking.{camel(name)}" for name in AskingFacts._fields),
    *(f"context.asking.requester.{camel(name)}" for name in RequesterFacts._fields),
    "context.audience",
    "context.remit",
    "context.need",
    "context.isByLaw",
)
"""What each place of :func:`in_a_row` holds, by the name that the policies use."""


def in_a_row(facts: Facts, grounds: tuple[tuple[str, ...], ...], *, is_by_law: bool = False) -> tuple[Any, ...]:
    """All facts about one recipient as one row, with the grounds found for audience, remit and need."""
    recipient, report, asking = facts
    return (*recipient, *report, *asking, *asking.requester, *grounds, is_by_law)


def paths_of_the_request(facts: type[LawFacts | AddresseeFacts]) -> tuple[str, ...]:
    """What each place of facts about the request as it stands is called in the policies."""
    places = {"kind": "principal.kind", "detail": "resource.detail"}
    return tuple(places.get(name, f"context.{camel(name)}") for name in facts._fields)


def _of_the_request(facts: LawFacts | AddresseeFacts) -> dict[str, Any]:
    context = as_attributes(facts)
    return {
        "principal": {"kind": context.pop("kind")},
        "resource": {"detail": context.pop("detail")},
        "context": context,
    }


def as_attributes(facts: tuple[Any, ...]) -> dict[str, Any]:
    """Facts as Cedar's attributes: ``has_signed`` is ``hasSigned``."""
    names: tuple[str, ...] = facts._fields  # type: ignore[attr-defined]
    return {camel(name): _as_attribute(value) for name, value in zip(names, facts, strict=True)}


def _as_attribute(value: Any) -> Any:
    if isinstance(value, tuple):
        return as_attributes(value) if hasattr(value, "_fields") else list(value)
    return value
