"""Facts as a person says them, so that a decision can show what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_TRUTHS: Final[Mapping[str, tuple[str, str]]] = {
    "principal.hasSigned": ("the recipient has signed", "the recipient has not signed"),
    "principal.isInPost": ("the recipient is in post", "the recipient is not in post"),
    "principal.isOneSubject": ("it is the recipient's own data", "it is not the recipient's own data"),
    "principal.isReceiving": ("the pupils are transferring to the recipient", "no pupils are transferring to it"),
    "principal.isMember": ("the recipient is a member of the group", "the recipient is not a member of the group"),
    "principal.isStakeholder": ("the subject names it as a stakeholder", "the subject does not name it a stakeholder"),
    "principal.hasDuty": ("a live duty of the recipient covers this", "no live duty of the recipient covers this"),
    "principal.hasAgreement": (
        "a live confidentiality agreement covers this",
        "no live, signed confidentiality agreement covers this",
    ),
    "principal.isInClusterAgreement": ("the cluster has agreed to it", "the cluster has not agreed to it"),
    "principal.hasHeadsAgreement": (
        "a heads' agreement covers every subject",
        "no heads' agreement covers every subject",
    ),
    "principal.hasIndividualHeadsAgreement": (
        "a heads' agreement on pupils' own data covers every subject",
        "no heads' agreement on pupils' own data covers every subject",
    ),
    "resource.subjectsAreInGroup": (
        "every subject is a member of the group",
        "some subject is not a member of the group on the day",
    ),
    "resource.isCommissioned": ("a subject has commissioned this", "no subject has commissioned this"),
    "resource.isPromotional": ("it is meant to promote", "it is not meant to promote"),
    "resource.isCurrent": ("the data is current", "the data is not current"),
    "resource.isSignedOff": ("the data is signed off", "the data is not signed off"),
    "resource.someSubjectIsNoSignatory": ("some subject is not a signatory", "every subject is a signatory"),
    "context.asking.requester.hasSigned": ("the requester has signed", "the requester has not signed"),
    "context.asking.requester.isInPost": ("the requester is in post", "the requester is not in post"),
    "context.asking.requester.hasDuty": (
        "a live duty of the requester covers this",
        "no live duty of the requester covers this",
    ),
    "context.asking.requester.isOneSubject": (
        "the requester is the one subject",
        "the requester is not the one subject",
    ),
    "context.asking.requester.actsForOneSubject": (
        "the requester acts for the one subject",
        "the requester does not act for the one subject",
    ),
    "context.asking.anotherIsASubject": (
        "it is about others than the recipient",
        "it is about nobody but the recipient",
    ),
    "context.asking.anotherIsWithdrawn": ("a subject has withdrawn", "no other subject has withdrawn"),
    "context.asking.anotherIsUnsigned": ("a subject has not signed", "every other subject has signed at some time"),
    "context.asking.headsConsentToItem": (
        "with the agreement of the establishment",
        "without the agreement of the establishment",
    ),
    "context.asking.everyoneAgreesToBeIdentified": (
        "every establishment agrees to be identified",
        "some establishment does not agree to be identified",
    ),
    "context.asking.someAgreeByConsent": (
        "some by agreement of the establishment",
        "none by agreement of the establishment",
    ),
    "context.asking.someAgreeByHeadsAgreement": ("some by a heads' agreement", "none by a heads' agreement"),
    "context.asking.suppressesWhenRequired": (
        "small counts are to be suppressed where required",
        "small counts are always to be suppressed",
    ),
    "context.isRequired": ("a live order requires it", "no live order requires it"),
    "context.isProhibited": ("a live order prohibits it", "no live order prohibits it"),
    "context.isProhibitedToAMember": (
        "a live order prohibits it to a member of the group",
        "no live order prohibits it to a member of the group",
    ),
    "context.isProhibitedToOneActedFor": (
        "a live order prohibits it to an establishment that the appointee acts for",
        "no live order prohibits it to an establishment that the appointee acts for",
    ),
    "context.isByLaw": ("a legal order requires it", "no legal order requires it"),
    "context.actsForSomebody": ("the appointee acts for an establishment", "the appointee acts for no establishment"),
    "context.hasSignatory": ("the group has a signatory", "the group has no signatory"),
    "context.receivesThroughGroup": ("it receives as a member of a group", "it receives on its own"),
}
_WORDS: Final[Mapping[str, str]] = {
    "principal.kind": "the recipient is of kind {}",
    "principal.standing": "the establishment's standing is {}",
    "resource.level": "the level is {}",
    "resource.detail": "the detail is {}",
    "resource.item": "the item is {}",
    "resource.categories": "the categories are {}",
    "resource.subjects": "the number of subjects is {}",
    "context.asking.purpose": "the purpose is {}",
    "context.asking.requester.kind": "the requester is of kind {}",
    "context.standing": "the establishment's standing is {}",
    "context.audience": "grounds for being in the audience: {}",
    "context.remit": "grounds for the purpose: {}",
    "context.need": "grounds for pupils' own data: {}",
}
SPOKEN: Final = frozenset(_TRUTHS) | frozenset(_WORDS)
"""Every fact that has words. A test holds the policies to it."""


def say(path: str, attributes: Mapping[str, Any]) -> str:
    """One fact in words; empty where the stage was not asked about it."""
    value: Any = attributes
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return ""
        value = value[part]
    if path in _TRUTHS:
        return _TRUTHS[path][0 if value else 1]
    words = ", ".join(value) or "none" if isinstance(value, list) else str(value)
    return _WORDS[path].format(words) if path in _WORDS else f"{path} is {words}"
