"""The protocol read a second time, in plain Python, from the protocol's page alone.

It shares nothing with the library: it works on the register and the request as they are written, asks no Cedar, keeps
no index and reuses no answer. Slow, short, and there to be compared with. Each function is a paragraph of the page.
"""

from __future__ import annotations

from typing import Any

Mapping = dict[str, Any]

PUBLISHED = {"inspection", "floor-target"}
REMITS = {
    "school": {"school-improvement-plan", "school-development", "pupil-transfer"},
    "cluster": {"school-improvement-plan"},
    "collaborative": {"commissioning-of-services"},
    "authority": {"raising-attainment", "removing-concern"},
}
DETAILS = {
    "school": {"individual", "pseudonymous", "establishment"},
    "cluster": {"individual", "pseudonymous", "aggregate", "establishment"},
    "collaborative": {"aggregate", "establishment"},
    "authority": {"aggregate", "establishment", "individual"},
}
NEVER = "9999-12-31"


def second_reading(register: Mapping, request: Mapping) -> Mapping:
    """``decision``, ``clauses``, ``obligations``, ``permitted`` and ``refused`` of a well-formed request."""
    return _Reading(register, request).decision()


class _Reading:
    def __init__(self, register: Mapping, request: Mapping) -> None:
        self.register, self.request = register, request
        self.day = request["on"]
        self.subjects = set(request["subjects"])
        self.about = set(request["categories"])
        self.level, self.detail, self.item = request["level"], request["detail"], request["item"]
        self.group_members = self.members(request["group"]) if request["group"] else set()
        self.moving_to = set(request["receiving"])  # as the law asks it, at every detail
        self.receiving = self.moving_to if self.detail == "individual" else set()
        self.confidential = self.item or ("bespoke" if (self.level, self.detail) == ("school", "establishment") else "")

    # The register on the day

    def live(self, section: str, day: str = "", **equal: str) -> list[Mapping]:
        day = day or self.day
        return [
            entry
            for entry in self.register.get(section, [])
            if entry.get("from", "") <= day < entry.get("to", NEVER)
            and all(entry.get(key) == value for key, value in equal.items())
        ]

    def standing(self, urn: str) -> str:
        acts = [(entry["from"], "signatory") for entry in self.live("signatures", establishment=urn)]
        acts += [(entry["from"], "withdrawn") for entry in self.live("withdrawals", establishment=urn)]
        return max(acts)[1] if acts else "unsigned"  # "withdrawn" sorts after "signatory": it wins on the same day

    def members(self, group: str) -> set[str]:
        if group == "authority":
            every = {entry["urn"] for entry in self.register["establishments"]}
            return {urn for urn in every if self.standing(urn) == "signatory"}
        return {entry["establishment"] for entry in self.live("memberships", group=group)}

    def covers(self, named: str, party: str, urn: str | None) -> bool:
        """Whether a name in a list covers a recipient: itself, its establishment, a group that this belongs to."""
        if named == party:
            return True
        if urn is None:
            return False
        is_group = named == "authority" or named.split(":")[0] in ("cluster", "network", "collaborative")
        return named == f"establishment:{urn}" or (is_group and urn in self.members(named))

    def may_act(self, person: str) -> bool:
        """Has signed, and is in post."""
        in_post = any(self.live("people", id=person))
        return in_post and (person.startswith("external:") or any(self.live("signatures", person=person)))

    def duties(self, party: str) -> list[Mapping]:
        if not party.startswith(("officer:", "partner:")):
            return []
        return [
            duty
            for duty in self.live("duties", person=party)
            if self.about <= set(duty["categories"]) and self.request["purpose"] in duty["purposes"]
        ]

    def confidentiality_agreements(self, party: str) -> list[Mapping]:
        return [
            agreement
            for agreement in self.live("agreements", party=party, purpose=self.request["purpose"])
            if agreement.get("signed_on", NEVER) <= self.day
            and self.live(
                "area_leads",
                agreement["issued_on"],
                collaborative=agreement["collaborative"],
                person=agreement["issued_by"],
            )
            and self.subjects <= self.members(agreement["collaborative"])
        ]

    def heads_agreements(self, party: str, urn: str | None) -> list[Mapping]:
        return [
            agreement
            for agreement in self.live("heads_agreements")
            if self.about <= set(agreement["categories"])
            and any(self.covers(named, party, urn) for named in agreement["recipients"])
        ]

    def consents(self, subject: str, item: str, party: str, urn: str | None) -> list[Mapping]:
        return [
            consent
            for consent in self.live("consents", establishment=subject, item=item)
            if self.covers(consent["recipient"], party, urn)
        ]

    # The decision

    def decision(self) -> Mapping:
        party = self.request["recipient"]
        by_law = self.law()
        if by_law == "prohibit":
            return _deny({"8"}, {party: {"8"}})
        if by_law == "require":
            urn = party.removeprefix("establishment:") if party.startswith("establishment:") else None
            ends = [order.get("to", NEVER) for order in self.orders("require") if self.names_recipient(order)]
            return _permit({"8"}, self.obligations(party, urn), [max(ends)], [party], {})
        kind = party.split(":")[0]
        if kind in ("cluster", "network", "collaborative", "authority"):
            return self.decide_group(party)
        if kind == "appointee":
            return self.decide_appointee(party)
        urn = party.removeprefix("establishment:") if kind == "establishment" else None
        forbidding = self.forbidding(party, urn)
        if forbidding:
            return _deny(forbidding, {party: forbidding})
        return _permit(self.permitting(party, urn), self.obligations(party, urn), self.ends(party, urn), [party], {})

    def decide_group(self, group: str) -> Mapping:
        refused: dict[str, set[str]] = {}
        clauses: set[str] = set()
        obligations: set[str] = set()
        ends: list[str] = []
        permitted: list[str] = []
        denied: set[str] = set()
        for urn in sorted(self.members(group)):
            party, standing = f"establishment:{urn}", self.standing(urn)
            if standing != "signatory":
                refused[party] = {"11" if standing == "withdrawn" else "2"}
                continue
            forbidding = self.forbidding(party, urn)
            if forbidding:
                refused[party] = forbidding
                denied |= forbidding
            else:
                permitted.append(party)
                clauses |= self.permitting(party, urn)
                obligations |= self.obligations(party, urn)
                ends += self.ends(party, urn)
        if denied:
            return _deny(denied, refused, permitted)
        if not permitted:
            return _deny({"levels"}, refused)
        return _permit(clauses, obligations, ends, permitted, refused)

    def decide_appointee(self, party: str) -> Mapping:
        acts_for = sorted({entry["establishment"] for entry in self.live("appointments", person=party)})
        if not acts_for:
            return _deny({"2"}, {party: {"2"}})
        denied: set[str] = set()
        for urn in acts_for:
            forbidding = self.forbidding(party, urn)
            if not forbidding:
                clauses = self.permitting(party, urn)
                return _permit(clauses, self.obligations(party, urn), self.ends(party, urn), [party], {})
            denied |= forbidding
        return _deny(denied, {party: denied})

    def law(self) -> str:
        if any(self.names_recipient(order) or self.names_one_behind(order) for order in self.orders("prohibit")):
            return "prohibit"
        if self.request["recipient"] == "public" and self.detail != "aggregate":
            return ""
        return "require" if any(map(self.names_recipient, self.orders("require"))) else ""

    def orders(self, effect: str) -> list[Mapping]:
        return [
            order
            for order in self.live("legal_orders", effect=effect)
            if order.get("report", self.request["report"]) == self.request["report"]
            and ("categories" not in order or self.about & set(order["categories"]))
            and ("subject" not in order or order["subject"] in self.subjects)
        ]

    def names_recipient(self, order: Mapping) -> bool:
        recipient = self.request["recipient"]
        if order.get("recipient") == "receiving":
            return recipient in {f"establishment:{urn}" for urn in self.moving_to}
        return order.get("recipient", recipient) == recipient

    def names_one_behind(self, order: Mapping) -> bool:
        recipient = self.request["recipient"]
        if recipient.startswith("appointee:"):
            behind = {entry["establishment"] for entry in self.live("appointments", person=recipient)}
        else:
            behind = self.members(recipient)
        if order.get("recipient") == "receiving":
            return bool(behind & self.moving_to)
        return order.get("recipient") in {f"establishment:{urn}" for urn in behind}

    def forbidding(self, party: str, urn: str | None) -> set[str]:
        """Every clause that forbids, and ``levels``."""
        clauses, request = set(), self.request
        is_own = urn is not None and self.subjects == {urn}
        others = {self.standing(subject) for subject in self.subjects - {urn}}
        tells_of_them = self.detail != "aggregate" and not self.about <= PUBLISHED
        for standing, clause in (("withdrawn", "11"), ("unsigned", "2")):
            if (urn is not None and self.standing(urn) == standing and not is_own) or (
                standing in others and tells_of_them
            ):
                clauses.add(clause)
        kind = party.split(":")[0]
        if kind == "public" or (kind == "external" and not self.confidentiality_agreements(party)):
            clauses.add("2")
        for person in (party, request["requester"]):
            if person.startswith(("officer:", "partner:", "appointee:")) and not self.may_act(person):
                clauses.add("2")
        if kind == "external" and not self.may_act(party):
            clauses.add("2")
        if not self.remit(party):
            clauses.add("9")
        if not self.fits_its_level() or not self.audience(party, urn):
            clauses.add("levels")
        if self.detail == "individual" and not self.need(party, urn):
            clauses.add("3")
        if not self.requester_needs_it():
            clauses.add("3")
        if request["promotional"] or (self.asks_to_identify() and not self.identification(party, urn)):
            clauses.add("6")
        if not (request["data"]["current"] and request["data"]["signed_off"]) and not is_own:
            clauses.add("7")
        if self.confidential and not all(
            self.consents(subject, self.confidential, party, urn) for subject in self.subjects - {urn}
        ):
            clauses.add("12")
        return clauses

    def permitting(self, party: str, urn: str | None) -> set[str]:
        clauses = {{"aggregate": "4", "establishment": "2"}.get(self.detail, "3"), "9"}
        if self.audience(party, urn) == {"heads-agreement"}:
            clauses.add("10")
        if self.detail == "individual" and self.need(party, urn) == {"heads-agreement"}:
            clauses.add("10")
        if self.asks_to_identify():
            for consents, _ in self.identification(party, urn):
                clauses.add("6" if consents else "10")
        if self.confidential and self.subjects - {urn}:
            clauses.add("12")
        return clauses

    def remit(self, party: str) -> set[str]:
        levels = REMITS if self.detail == "aggregate" else {self.level}
        grounds = {level for level in levels if self.request["purpose"] in REMITS[level]}
        if "school" in levels and any(
            self.live("commissions", establishment=urn, purpose=self.request["purpose"]) for urn in self.subjects
        ):
            grounds.add("commission")
        if self.duties(party):
            grounds.add("duty")
        return grounds

    def fits_its_level(self) -> bool:
        if self.detail not in DETAILS[self.level] or not self.subjects:
            return False
        if self.level == "authority":
            return self.detail != "establishment" or self.about <= PUBLISHED
        return len(self.subjects) == 1 if self.level == "school" else self.subjects <= self.group_members

    def audience(self, party: str, urn: str | None) -> set[str]:
        """By what the recipient belongs to the audience of the level."""
        return {ground for ground, _ in self.audience_ends(party, urn)}

    def audience_ends(self, party: str, urn: str | None) -> list[tuple[str, str]]:
        grounds: list[tuple[str, str]] = []
        is_signatory = urn is not None and self.standing(urn) == "signatory"
        in_community = (
            is_signatory or party.startswith(("officer:", "partner:")) or bool(self.confidentiality_agreements(party))
        )
        if in_community and (
            self.detail == "aggregate"
            or self.level == "collaborative"
            or (self.level == "authority" and self.detail != "individual")
        ):
            grounds.append(("community", NEVER))
        if self.level == "school" and len(self.subjects) == 1:
            (subject,) = self.subjects
            if subject == urn:
                grounds.append(("own-data", NEVER))
            if urn in self.receiving:
                grounds.append(("receiving", NEVER))
            grounds += [
                ("stakeholder", entry.get("to", NEVER))
                for entry in self.live("stakeholders", establishment=subject)
                if self.covers(entry["party"], party, urn)
            ]
        if self.level == "cluster" and self.detail != "aggregate":
            if urn in self.group_members:
                grounds.append(("membership", NEVER))
            grounds += [
                ("cluster-agreement", agreement.get("to", NEVER))
                for agreement in self.live("cluster_agreements", cluster=self.request["group"])
                if self.group_members
                and self.group_members <= set(agreement["agreed_by"])
                and any(self.covers(named, party, urn) for named in agreement["recipients"])
            ]
        if self.level in ("school", "cluster") or (self.level == "authority" and self.detail == "individual"):
            grounds += [("duty", duty.get("to", NEVER)) for duty in self.duties(party)]
        grounds += [
            ("heads-agreement", agreement.get("to", NEVER))
            for agreement in self.heads_agreements(party, urn)
            if self.subjects <= set(agreement["establishments"])
            and (self.detail in ("establishment", "aggregate") or agreement["detail"] == "individual")
        ]
        return grounds

    def need(self, party: str, urn: str | None) -> set[str]:
        """Why the recipient may have a child's own data (3)."""
        return {ground for ground, _ in self.need_ends(party, urn)}

    def need_ends(self, party: str, urn: str | None) -> list[tuple[str, str]]:
        grounds = []
        if urn is not None and self.subjects == {urn}:
            grounds.append(("own-data", NEVER))
        if urn in self.receiving:
            grounds.append(("receiving", NEVER))
        grounds += [("duty", duty.get("to", NEVER)) for duty in self.duties(party)]
        grounds += [
            ("heads-agreement", agreement.get("to", NEVER))
            for agreement in self.heads_agreements(party, urn)
            if agreement["detail"] == "individual" and self.subjects <= set(agreement["establishments"])
        ]
        return grounds

    def requester_needs_it(self) -> bool:
        requester = self.request["requester"]
        if self.duties(requester):
            return True
        if len(self.subjects) != 1:
            return False
        (subject,) = self.subjects
        return requester == f"establishment:{subject}" or bool(
            requester.startswith("appointee:") and self.live("appointments", person=requester, establishment=subject)
        )

    def asks_to_identify(self) -> bool:
        return self.detail == "establishment" and self.level in ("cluster", "collaborative")

    def identification(self, party: str, urn: str | None) -> list[tuple[list[str], list[str]]]:
        """For each establishment of the group and each subject, the ends of what agrees; empty where one does not."""
        if not self.group_members:
            return []
        found = []
        for one in sorted(self.group_members | self.subjects):
            consents = [entry.get("to", NEVER) for entry in self.consents(one, "identify", party, urn)]
            agreed = [
                agreement.get("to", NEVER)
                for agreement in self.heads_agreements(party, urn)
                if agreement["detail"] == "establishment" and one in agreement["establishments"]
            ]
            if not consents and not agreed:
                return []
            found.append((consents, agreed))
        return found

    # What a permit binds to

    def tells_small_counts(self, party: str, urn: str | None) -> bool:
        """Whether it is asked to tell of 1 to 5 pupils, and the recipient may see each of them anyway."""
        is_own = urn is not None and self.subjects == {urn}
        by_duty = self.detail == "establishment" and bool(self.duties(party))
        return self.request.get("suppression") == "when-required" and (is_own or by_duty)

    def obligations(self, party: str, urn: str | None) -> set[str]:
        is_own = urn is not None and self.subjects == {urn}
        of_pupils = self.detail in ("individual", "pseudonymous")
        bound = {
            "terms-of-use": True,
            "suppress-small-counts": not self.tells_small_counts(party, urn),
            "protect-establishments": self.detail == "aggregate",
            "pseudonymise": self.detail == "pseudonymous",
            "minimise-columns": of_pupils,
            "no-ranking": self.detail == "establishment" and len(self.subjects) > 1,
            "own-data-only": is_own and self.standing(str(urn)) != "signatory",
            "mark-confidential": bool(self.confidential) or self.detail == "individual",
            "coverage-note": self.detail == "aggregate"
            and any(self.standing(subject) != "signatory" for subject in self.subjects),
            "encrypt-delivery": bool(self.confidential) or of_pupils,
        }
        return {obligation for obligation, holds in bound.items() if holds}

    def ends(self, party: str, urn: str | None) -> list[str]:
        """For each need, the end of the longest-lived instrument that meets it."""
        ends = []
        if party.startswith("external:"):
            ends.append(max(entry["to"] for entry in self.confidentiality_agreements(party)))
        if party.startswith("appointee:"):
            appointed = self.live("appointments", person=party, establishment=str(urn))
            ends.append(max(entry.get("to", NEVER) for entry in appointed))
        ends.append(max(end for _, end in self.audience_ends(party, urn)))
        if self.remit(party) == {"duty"}:
            ends.append(max(duty.get("to", NEVER) for duty in self.duties(party)))
        if self.tells_small_counts(party, urn) and self.subjects != {urn}:
            ends.append(max(duty.get("to", NEVER) for duty in self.duties(party)))
        if self.detail == "individual":
            ends.append(max(end for _, end in self.need_ends(party, urn)))
        if self.asks_to_identify():
            ends += [max(consents + agreed) for consents, agreed in self.identification(party, urn)]
        if self.confidential:
            ends += [
                max(entry.get("to", NEVER) for entry in self.consents(subject, self.confidential, party, urn))
                for subject in self.subjects - {urn}
            ]
        return ends


def _permit(
    clauses: set[str], obligations: set[str], ends: list[str], permitted: list[str], refused: dict[str, set[str]]
) -> Mapping:
    end = min(ends)
    retained = {f"retain-until: {end}"} if end != NEVER else set()
    return _answer("permit", clauses, obligations | retained, permitted, refused)


def _deny(clauses: set[str], refused: dict[str, set[str]], permitted: list[str] | None = None) -> Mapping:
    return _answer("deny", clauses, set(), permitted or [], refused)


def _answer(
    decision: str, clauses: set[str], obligations: set[str], permitted: list[str], refused: dict[str, set[str]]
) -> Mapping:
    return {
        "decision": decision,
        "clauses": _sorted(clauses),
        "obligations": sorted(obligations),
        "permitted": permitted,
        "refused": {party: _sorted(forbidding) for party, forbidding in refused.items()},
    }


def _sorted(clauses: set[str]) -> list[str]:
    return sorted(clauses, key=lambda clause: (clause == "levels", clause.rjust(2)))
