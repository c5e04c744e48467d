"""Who may not have a report made, though the protocol permits it; and what even a denial may not tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from kdsp_lib.custodian.opening import MINIMISE_COLUMNS, SUPPRESS_SMALL_COUNTS, Opened
from kdsp_lib.custodian.requesting import SUPPRESSION, WHEN_REQUIRED, no_such_release
from kdsp_lib.custodian.served import SERVED
from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.protocol.decision import RETAIN_UNTIL
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.vocabulary import FOREVER
from kdsp_lib.register.confidential import ITEM
from kdsp_lib.register.register import Register

Reopen = Callable[[Register], Opened]


def refuse_to_tell(opened: Opened) -> None:
    """BadParameters, as for one that is not there, where a denial would tell of a release on the framework (12)."""
    if opened.audited is not None and opened.audited["request"]["item"] == ITEM and not opened.decision.is_permit:
        raise no_such_release()


def refuse_asker(opened: Opened, without_own: Callable[[], Iterable[Register]], reopen: Reopen) -> None:
    """NotAuthorised where the protocol permits a report, and whoever asks for it may not have it made all the same.

    ``without_own``: the register without what they had a hand in; none where they recorded nothing.
    ``reopen`` opens the same report by it.
    """
    served, parameters = opened.served, opened.parameters
    if opened.audited is not None:
        served, parameters = SERVED.get(str(opened.audited["name"]), served), opened.audited["parameters"]
    recipient = f"establishment:{parameters.get('school')}"
    if served.own_only and opened.request.recipient != recipient:
        raise NotAuthorised(
            f"{served.title}s go to the establishment whose pupils they are about, and to nobody else.",
            clauses=protocol_named(opened.request.protocol).clauses_of(MINIMISE_COLUMNS),
            remedy=f"recipient: {recipient}",
        )
    if opened.served.receives and not opened.request.receiving:
        raise NotAuthorised(
            f"A {opened.served.title.lower()} goes to the establishment that its pupils are confirmed to go to, and to "
            "nobody else. While that is not known it is held.",
            clauses=protocol_named(opened.request.protocol).clauses_of(MINIMISE_COLUMNS),
            remedy="recipient: the establishment that accepted them; kdsp data add transfers loads who did",
        )
    if parameters.get(SUPPRESSION) == WHEN_REQUIRED and opened.audited is None and opened.whole_for is None:
        raise NotAuthorised(
            "Small counts of an establishment's pupils are told to itself, and to an officer or partner whose recorded "
            "duty needs these pupils' records. This recipient has no such duty for all that the report is about.",
            clauses=protocol_named(opened.request.protocol).clauses_of(SUPPRESS_SMALL_COUNTS),
            rule="suppression: when-required is for those who may see the pupils' records",
            remedy="leave suppression out; or have the duty recorded, for these categories and this purpose",
        )
    for register in without_own():
        try:
            without = reopen(register)
            is_same = _is_the_same(without, opened) and _ends(without) >= _ends(opened)
        except BadParameters:
            is_same = False
        if not is_same:
            raise NotAuthorised(
                "This report rests on what you recorded in the register yourself, or had a hand in.",
                rule="nobody asks for a report that rests on an entry they recorded, changed or let be recorded",
                remedy="somebody else asks for it, or somebody else records what it rests on",
            )


def _is_the_same(one: Opened, other: Opened) -> bool:
    return _rests_on(one) == _rests_on(other)


def _ends(opened: Opened) -> dt.date:
    """When a permit ends: an act of somebody that only shortened it gave them nothing."""
    return opened.decision.retain_until or FOREVER


def is_as_it_was(again: Opened, opened: Opened) -> bool:
    """Whether a report that is opened again rests on the same, and ends on the same day."""
    return _is_the_same(again, opened) and _ends(again) == _ends(opened)


def _rests_on(opened: Opened) -> tuple[object, ...]:
    """All but its end that would be otherwise in a report if an entry that it rests on were not in the register."""
    decision, community = opened.decision, opened.community
    return (
        decision.is_permit,
        [each for each in decision.obligations if not each.startswith(RETAIN_UNTIL)],
        decision.permitted,
        opened.subjects,
        dict(opened.comparators),
        {urn: community.controller(urn) for urn in opened.establishments},
        opened.readers,
    )
