"""Who may record what. The permission to record is held in the journal, beside what is recorded by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kdsp_lib.errors import BadParameters, Fault, NotAuthorised
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register.journal import Event
from kdsp_lib.register.register import Register
from kdsp_lib.register.standing import is_live

ROLES: Final = ("registrar", "information-owner", "ksip-lead")
"""Whoever keeps the register for the heads; the Directorate's information owner; who leads the School Improvement
Partnership Framework, and alone, beside each head, sees the entries on it."""
RECORDED_BY: Final = {"duties": "information-owner", "legal_orders": "information-owner", "agreements": "area-lead"}
"""Sections that somebody else than a registrar records."""
OF_ESTABLISHMENTS: Final = ("sign_offs", "consents")
"""Sections whose entries an establishment records of itself too."""
BY_TWO: Final = ("legal_orders", "keys")
"""Sections of which every act is proposed by one and seconded by another: orders decide above all the rest, and by a
key somebody acts."""


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody's permission to record: from a day, and until one where it ends."""

    person: str
    role: str
    start: date
    end: date

    @classmethod
    def read(cls, fields: Mapping[str, str], people: Collection[str]) -> Role:
        """From the words of a command line, for one of the register's people; every fault at once."""
        start, end = read_day(fields.get("from")), read_day(fields.get("to", "9999-12-31"))
        wrong = {
            "person": "" if fields.get("person") in people else "a person of the register, such as officer:r1",
            "role": "" if fields.get("role") in ROLES else f"one of {', '.join(ROLES)}",
            "from": "" if start else "a date, such as 2026-03-02",
            "to": "" if end and (start is None or start < end) else "a date after from",
        }
        faults = [Fault("", text, field) for field, text in wrong.items() if text]
        faults += [Fault("", "is not a field of a permission", field) for field in fields if field not in wrong]
        if faults or start is None or end is None:
            raise BadParameters("That is no permission to record.", faults=faults)
        return cls(fields["person"], fields["role"], start, end)

    def to_json(self) -> dict[str, str]:
        return {"person": self.person, "role": self.role, "from": str(self.start), "to": str(self.end)}


def roles_of(person: str, events: Iterable[Event], day: date) -> frozenset[str]:
    """What somebody may do on a day. Whoever began the journal has read its file, and is the first registrar."""
    found = set[str]()
    for event in events:
        if event.act == "begin" and event.recorder == person:
            found |= {"registrar", "ksip-lead"}
        elif event.act == "permit" and event.body["person"] == person:
            start, end = read_day(event.body["from"]), read_day(event.body["to"])
            if start is not None and end is not None and start <= day:
                (found.add if day < end else found.discard)(event.body["role"])
    return frozenset(found)


def recorder_of(section: str) -> str:
    """The role of whoever records a section."""
    return RECORDED_BY.get(section, "registrar")


def check_may_record(
    person: str, section: str, entry: Mapping[str, Any], events: Iterable[Event], register: Register, day: date
) -> None:
    """NotAuthorised where somebody else records entries of this section."""
    if section in OF_ESTABLISHMENTS and person == f"establishment:{entry.get('establishment')}":
        return
    wanted = recorder_of(section)
    named = wanted.replace("-", " ")
    if wanted == "area-lead":
        leads = register.entries("area_leads")
        area = entry.get("collaborative")
        if any(lead["person"] == person and lead["collaborative"] == area and is_live(lead, day) for lead in leads):
            return
        remedy = "the area lead of the collaborative records it"
    else:
        if wanted in roles_of(person, events, day):
            return
        remedy = f"somebody records it who is {named}; a registrar gives that permission: kdsp register permit"
    raise NotAuthorised(
        f"{person} may not record in {section}.", rule=f"{section} are recorded by the {named}", remedy=remedy
    )
