"""Order and repetition never matter; what is unknown is never a permit; instruments only ever add."""

from __future__ import annotations

import contextlib
import json
from datetime import date

import hypothesis.strategies as st
import yaml
from hunting import examples
from hypothesis import given

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.protocol.decision import decide
from kdsp_lib.protocol.jsonl import answer_lines
from kdsp_lib.protocol.request import FIELDS, Request
from kdsp_lib.protocol.vocabulary import CATEGORIES, DETAILS, ITEMS, LEVELS
from kdsp_lib.register import dump_register, register_from_text

URNS = [f"99000{n}" for n in range(1, 7)]
GROUPS = ["cluster:north", "collaborative:east", "network:stem"]
PEOPLE = ["officer:a1", "officer:a2", "partner:p1", "appointee:k1", "external:x1"]
PURPOSES = ["school-improvement-plan", "commissioning-of-services", "raising-attainment", "attendance-review"]
DAYS = ["2025-09-01", "2026-01-01", "2026-03-02", "2026-06-01"]
PARTIES = [*(f"establishment:{urn}" for urn in URNS), *GROUPS, *PEOPLE, "authority", "public"]

urns, people = st.sampled_from(URNS), st.sampled_from(PEOPLE)
spans = st.sampled_from(
    [{"from": a, "to": b} for i, a in enumerate(DAYS) for b in DAYS[i + 1 :]] + [{"from": a} for a in DAYS]
)
categories = st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=6, unique=True)
some_urns = st.lists(urns, min_size=1, max_size=6, unique=True)
parties = st.sampled_from(PARTIES)


def entries(**fields):
    return st.lists(st.builds(lambda span, made: made | span, spans, st.fixed_dictionaries(fields)), max_size=4)


EVERY_DUTY = {"person": "officer:a1", "categories": list(CATEGORIES), "purposes": PURPOSES, "from": DAYS[0]}
some_purposes = st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True)
duties = entries(person=st.sampled_from(PEOPLE[:3]), categories=categories, purposes=some_purposes)


@st.composite
def registers(draw):
    """A register as a mapping: any instruments over six establishments."""
    members = draw(st.lists(st.tuples(urns, st.sampled_from(GROUPS)), max_size=10, unique=True))
    return {
        "establishments": [{"urn": urn, "name": urn, "phase": "primary"} for urn in URNS],
        "groups": [{"id": group, "name": group} for group in GROUPS],
        "people": [{"id": person, "name": person} for person in PEOPLE],
        "signatures": [{"establishment": urn, "from": DAYS[0]} for urn in draw(some_urns)]
        + [{"person": person, "from": DAYS[0]} for person in PEOPLE],
        "withdrawals": [{"establishment": urn, "from": DAYS[1]} for urn in draw(st.lists(urns, max_size=2))],
        "memberships": [{"establishment": urn, "group": group, **draw(spans)} for urn, group in members],
        "appointments": draw(entries(establishment=urns, person=st.just("appointee:k1"))),
        "duties": [EVERY_DUTY, *draw(duties)],
        "stakeholders": draw(entries(establishment=urns, party=parties)),
        "consents": draw(entries(establishment=urns, item=st.sampled_from([*ITEMS, "identify"]), recipient=parties)),
        "heads_agreements": draw(
            entries(
                establishments=some_urns,
                recipients=st.lists(parties, min_size=1, max_size=2),
                categories=categories,
                detail=st.sampled_from(["individual", "establishment"]),
            )
        ),
        "legal_orders": draw(
            entries(effect=st.just("prohibit"), citation=st.just("Order"), subject=urns, recipient=parties)
        ),
    }


@st.composite
def requests(draw):
    level = draw(st.sampled_from(LEVELS))
    group = {"cluster": ["cluster:north"], "collaborative": GROUPS[1:]}.get(level)
    item = draw(st.sampled_from([None, None, *ITEMS]))
    about = [c for c in draw(categories) if c != "ksip"] or ["attendance"]
    return {
        "report": "made-up",
        "level": level,
        "detail": draw(st.sampled_from(DETAILS)),
        "item": item,
        "categories": ["ksip", *about] if item == "ksip" else about,
        "subjects": draw(st.lists(urns, max_size=4)),
        "group": draw(st.sampled_from(group)) if group else None,
        "recipient": draw(parties),
        "requester": draw(st.sampled_from(["officer:a1", "officer:a1", *PARTIES])),
        "purpose": draw(st.sampled_from(PURPOSES)),
        "on": draw(st.sampled_from(DAYS)),
        "receiving": draw(st.lists(urns, max_size=2)),
        "promotional": draw(st.sampled_from([False, False, False, True])),
        "data": {"current": True, "signed_off": draw(st.sampled_from([True, True, False]))},
    }


def register_of(document):
    return register_from_text(yaml.safe_dump(document, sort_keys=False))


def decided(register, mapping):
    community = register.on(date.fromisoformat(mapping["on"]))
    return decide(Request.from_mapping(mapping, community), community)


@examples(25)
@given(registers(), requests(), st.randoms(use_true_random=False))
def test_order_and_repetition_never_matter(document, mapping, random):
    before = decided(register_of(document), mapping).to_json()
    shuffled = {}
    for section, found in document.items():
        again = [*found, *random.sample(found, len(found) // 2)]
        random.shuffle(again)
        shuffled[section] = [
            {
                k: random.sample(v, len(v)) if isinstance(v, list) else v
                for k, v in random.sample(sorted(e.items()), len(e))
            }
            if section not in ("memberships", "establishments", "groups", "people")
            else e
            for e in again
        ]
    lists = {k: random.sample(v, len(v)) + v[:1] for k, v in mapping.items() if isinstance(v, list)}
    after = decided(register_of(dict(random.sample(sorted(shuffled.items()), len(shuffled)))), mapping | lists)
    assert after.to_json() == before


@examples(25)
@given(registers(), requests())
def test_a_permit_and_a_denial_each_name_their_clauses(document, mapping):
    decision = decided(register_of(document), mapping)
    assert decision.clauses
    assert {reason.clause for reason in decision.reasons} == set(decision.clauses)
    assert bool(decision.obligations) == decision.is_permit
    if decision.is_permit:
        assert decision.permitted
        assert "suppress-small-counts" in decision.obligations
    else:
        assert decision.refused or mapping["recipient"] in [*GROUPS, "authority"]


@examples(25)
@given(
    registers(),
    requests(),
    st.sampled_from(FIELDS),
    st.sampled_from([None, "", "unknown", 0, [], {}, "990099", ["x"], True]),
)
def test_what_is_unknown_is_never_a_permit(document, mapping, field, value):
    """Any field replaced by a stray value is an error that names it, or a request that is decided on its merits."""
    register = register_of(document)
    stray = mapping | {field: value}
    (answer,) = answer_lines([json.dumps(stray)], register)
    if answer.is_malformed:
        assert json.loads(answer.text)["errors"]
        return
    community = register.on(date.fromisoformat(mapping["on"]))
    request = Request.from_mapping(stray, community)
    assert {field: request.to_mapping()[field]} == {field: value if not isinstance(value, list) else sorted(value)}


@examples(25)
@given(registers(), requests(), st.data())
def test_taking_an_instrument_away_never_permits(document, mapping, data):
    """No consent, agreement, duty or stakeholder entry stands in anybody's way; only prohibitions do."""
    section = data.draw(st.sampled_from(["consents", "heads_agreements", "stakeholders", "duties"]))
    fewer = document | {section: document[section][:-1]}
    try:
        without = decided(register_of(fewer), mapping)
    except BadParameters:
        return
    if without.is_permit:
        assert decided(register_of(document), mapping).is_permit


@examples(15)
@given(registers())
def test_a_register_is_written_back_equal(document):
    register = register_of(document)
    assert register_from_text(dump_register(register)) == register


@examples(150)
@given(
    st.text(alphabet=st.sampled_from(list("establishments: []{}-&*!'\"\n\t#|>?%@`~,0129aurn")), max_size=80)
    | st.text(max_size=60)
)
def test_no_text_breaks_the_reader(text):
    """A register or a BadSource: nothing else."""
    with contextlib.suppress(BadSource):
        register_from_text(text)
