"""What is said to be enough for a permit is: the changes are made to register and request, and it is asked again.

And no change of it can be left out. Each change is made here as a person would make it, in the register's own words.
"""

from __future__ import annotations

import copy
import json
from itertools import combinations
from random import Random

import pytest
import yaml
from random_register import random_register
from random_requests import random_request

from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.mending import ways_to_permit
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import read_day
from kdsp_lib.register import register_from_text

SEEDS = range(10)


def asked(document, request):
    community = register_from_text(json.dumps(document)).on(read_day(request["on"]))
    read = Request.from_mapping(request, community)
    return read, community, decide(read, community)


class Made:
    """A register and a request with changes made to them, one after the other."""

    def __init__(self, document, request, community):
        self.document, self.request = copy.deepcopy(document), copy.deepcopy(request)
        self.community = community

    def enter(self, section, **entry):
        self.document.setdefault(section, []).append(entry | {"from": self.request["on"]})

    def make(self, change):
        match change.name:
            case "purpose" | "detail":
                self.request[change.name] = change.value
            case "fewer-subjects":
                kept = "authority" if change.value == "signatories" else self.request["group"]
                self.request["subjects"] = sorted({*self.request["subjects"]} & {*self.community.members(kept)})
            case "not-promotional":
                self.request["promotional"] = False
            case "current-data":
                self.request["data"]["current"] = True
            case "signed-off":
                self.request["data"]["signed_off"] = True
            case "another-asks":
                self.document["people"].append({"id": "officer:new", "name": "New"})
                self.request["requester"] = "officer:new"
                self.make_person("officer:new")
            case name:
                getattr(self, name.replace("-", "_"))()

    def make_person(self, person):
        self.enter("signatures", person=person)
        self.duty_of(person)

    def duty_of(self, person):
        purposes = [self.request["purpose"]]
        self.enter("duties", person=person, categories=self.request["categories"], purposes=purposes)

    def sign(self, urns):
        for urn in urns:
            today = {"establishment": urn, "from": self.request["on"]}
            self.document["withdrawals"] = [entry for entry in self.document["withdrawals"] if entry != today]
            self.enter("signatures", establishment=urn)

    def in_post(self, person):
        for entry in self.document["people"]:
            if entry["id"] == person:
                entry.pop("from", None)
                entry.pop("to", None)

    def recipient_signs(self):
        party = self.request["recipient"]
        acted_for = [appointment.establishment for appointment in self.community.appointments.get(party, ())]
        self.sign(acted_for or [party.removeprefix("establishment:")])

    def recipient_adheres(self):
        self.enter("signatures", person=self.request["recipient"])

    def recipient_in_post(self):
        self.in_post(self.request["recipient"])

    def requester_adheres(self):
        self.enter("signatures", person=self.request["requester"])

    def requester_in_post(self):
        self.in_post(self.request["requester"])

    def recipient_duty(self):
        self.duty_of(self.request["recipient"])

    def requester_duty(self):
        self.duty_of(self.request["requester"])

    def stakeholder(self):
        self.enter("stakeholders", establishment=self.request["subjects"][0], party=self.request["recipient"])

    def confidentiality_agreement(self):
        subjects, day = {*self.request["subjects"]}, self.request["on"]
        areas = ((group, {*members}) for group, members in self.community.groups.items() if "collaborative" in group)
        area = next((group for group, members in areas if subjects <= members), None)
        if area is None:
            return
        self.document["area_leads"] = [e for e in self.document["area_leads"] if e["collaborative"] != area]
        self.document["area_leads"].append({"collaborative": area, "person": "officer:a1", "from": day})
        signed = {"issued_by": "officer:a1", "issued_on": day, "signed_on": day, "activity": "A study"}
        purpose = {"purpose": self.request["purpose"], "to": "2030-01-01"}
        self.enter("agreements", party=self.request["recipient"], collaborative=area, **signed, **purpose)

    def cluster_agreement(self):
        group = self.request["group"]
        members = list(self.community.members(group))
        self.enter("cluster_agreements", cluster=group, recipients=[self.request["recipient"]], agreed_by=members)

    def heads_agreement(self):
        about = {"categories": self.request["categories"], "detail": "individual"}
        whom = {"establishments": self.request["subjects"], "recipients": [self.request["recipient"]]}
        self.enter("heads_agreements", **whom, **about)

    def consent(self, urns, item):
        for urn in urns:
            self.enter("consents", establishment=urn, item=item, recipient=self.request["recipient"])

    def identify_consents(self):
        self.consent({*self.community.members(self.request["group"]), *self.request["subjects"]}, "identify")

    def item_consents(self):
        self.consent(self.request["subjects"], self.request["item"] or "bespoke")

    def of_standing(self, standing):
        return [urn for urn in self.request["subjects"] if self.community.standings[urn] == standing]

    def withdrawn_subjects_sign(self):
        self.sign(self.of_standing("withdrawn"))

    def unsigned_subjects_sign(self):
        self.sign(self.of_standing("unsigned"))

    def commission(self):
        subject, purpose = self.request["subjects"][0], self.request["purpose"]
        self.enter("commissions", establishment=subject, purpose=purpose)


@pytest.fixture(scope="module")
def told():
    """Denials of every kind with a few of the ways told for each."""
    found = []
    for seed in SEEDS:
        random = Random(seed)
        document = random_register(random)
        register = register_from_text(yaml.safe_dump(document, sort_keys=False))
        for _ in range(12):
            request = random_request(random, document)
            community = register.on(read_day(request["on"]))
            read = Request.from_mapping(request, community)
            ways = ways_to_permit(decide(read, community), read, community)
            found += [(document, request, community, way) for way in random.sample(ways, min(len(ways), 2))]
    return found


def after(document, request, community, changes):
    made = Made(document, request, community)
    # what is asked for first: a duty or a consent is then for what is asked
    for change in sorted(changes, key=lambda one: not one.value):
        made.make(change)
    return asked(made.document, made.request)[2]


def test_every_way_is_enough(told):
    assert len(told) > 60
    for document, request, community, way in told:
        assert after(document, request, community, way).is_permit, (request, way)


def test_no_change_of_a_way_can_be_left_out(told):
    for document, request, community, way in told:
        for fewer in combinations(way, len(way) - 1):
            assert not after(document, request, community, fewer).is_permit, (request, way, fewer)


def test_every_kind_of_change_is_told_of_somebody(told):
    names = {change.name for *_, way in told for change in way}
    assert names >= {"recipient-signs", "stakeholder", "heads-agreement", "item-consents", "another-asks", "purpose"}
