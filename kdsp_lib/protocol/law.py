"""Legal orders that match a request (8): the facts for the law's rules, and until when a requirement holds.

An order to the ``receiving`` establishments matches at every detail. It is the protocol's own rules alone, which the
law goes before, that look at them at detail individual only.
"""

from __future__ import annotations

from datetime import date

from kdsp_lib.protocol.facts import LawFacts
from kdsp_lib.protocol.inquiry import Inquiry
from kdsp_lib.protocol.instrument import LegalOrder
from kdsp_lib.protocol.vocabulary import is_group, kind_of


def law_facts(inquiry: Inquiry) -> LawFacts:
    """How live orders stand to a request. Asked about the request's recipient as it stands there, a group too."""
    recipient = inquiry.request.recipient
    kind = kind_of(recipient)
    if not inquiry.community.legal_orders:
        return LawFacts(kind, inquiry.detail, False, False, False, False)
    orders = _orders(inquiry, "prohibit")
    return LawFacts(
        kind=kind,
        detail=inquiry.detail,
        is_required=any(_names_recipient(order, inquiry) for order in _orders(inquiry, "require")),
        is_prohibited=any(_names_recipient(order, inquiry) for order in orders),
        is_prohibited_to_a_member=is_group(recipient) and any(_names_one_behind(order, inquiry) for order in orders),
        is_prohibited_to_one_acted_for=kind == "appointee"
        and any(_names_one_behind(order, inquiry) for order in orders),
    )


def requirement_ends(inquiry: Inquiry) -> list[date]:
    """Until when each live requirement holds that matches the request."""
    return [order.until for order in _orders(inquiry, "require") if _names_recipient(order, inquiry)]


def citations(inquiry: Inquiry, effect: str) -> tuple[str, ...]:
    """The orders that match, as the register cites them, for whoever has to look one up."""
    orders = [o for o in _orders(inquiry, effect) if _names_recipient(o, inquiry) or _names_one_behind(o, inquiry)]
    return tuple(f"{order.effect}: {order.citation}" for order in orders)


def _orders(inquiry: Inquiry, effect: str) -> list[LegalOrder]:
    orders = inquiry.community.legal_orders
    return [order for order in orders if order.effect == effect and _matches_report(order, inquiry)]


def _matches_report(order: LegalOrder, inquiry: Inquiry) -> bool:
    request = inquiry.request
    return (
        (order.report is None or order.report == request.report)
        and (order.categories is None or not order.categories.isdisjoint(request.categories))
        and (order.subject is None or order.subject in request.subjects)
    )


def _names_recipient(order: LegalOrder, inquiry: Inquiry) -> bool:
    recipient = inquiry.request.recipient
    if order.recipient == "receiving":
        return recipient.removeprefix("establishment:") in inquiry.request.receiving
    return order.recipient is None or order.recipient == recipient


def _names_one_behind(order: LegalOrder, inquiry: Inquiry) -> bool:
    """The order names an establishment that stands behind the recipient: a group's member, one acted for."""
    behind = _behind(inquiry)
    if order.recipient == "receiving":
        return not inquiry.request.receiving.isdisjoint(behind)
    return order.recipient is not None and order.recipient.removeprefix("establishment:") in behind


def _behind(inquiry: Inquiry) -> tuple[str, ...]:
    recipient = inquiry.request.recipient
    if is_group(recipient):
        return inquiry.community.members(recipient)
    appointments = inquiry.community.appointments.get(recipient, ())
    return tuple(appointment.establishment for appointment in appointments)
