"""A request is well formed, or every faulty field of it is named. It is never a permit by mistake."""

from datetime import date

import pytest

from kdsp_lib.errors import BadParameters
from kdsp_lib.protocol.request import Request

FAULTY = [
    ("report", None),
    ("report", ""),
    ("report", "No Slug"),
    ("report", 7),
    ("report", "signatory-register"),
    ("level", "county"),
    ("level", ["school"]),
    ("detail", "all"),
    ("detail", None),
    ("item", "secret"),
    ("item", []),
    ("categories", []),
    ("categories", "attendance"),
    ("categories", ["weather"]),
    ("categories", [["attendance"]]),
    ("categories", None),
    ("categories", {"attendance": 1}),
    ("categories", ["ksip"]),
    ("subjects", "990001"),
    ("subjects", [990001]),
    ("subjects", ["999999"]),
    ("subjects", ["99000"]),
    ("subjects", ["９９０００１"]),
    ("subjects", None),
    ("subjects", [None]),
    ("group", "collaborative:east"),
    ("group", ""),
    ("recipient", "establishment:999999"),
    ("recipient", "officer:unknown"),
    ("recipient", "somebody"),
    ("recipient", None),
    ("recipient", ["public"]),
    ("recipient", "receiving"),
    ("recipient", "establishment:990001 "),
    ("requester", "officer:unknown"),
    ("requester", 1),
    ("purpose", "because"),
    ("purpose", None),
    ("purpose", ["school-improvement-plan"]),
    ("on", "2026-02-30"),
    ("on", "02/03/2026"),
    ("on", "20260302"),
    ("on", "2026-W10-1"),
    ("on", "2026-3-2"),
    ("on", 20260302),
    ("on", None),
    ("on", "2026-03-03"),
    ("receiving", None),
    ("receiving", "990001"),
    ("receiving", ["999999"]),
    ("promotional", "false"),
    ("promotional", 0),
    ("promotional", None),
    ("data", None),
    ("data", {}),
    ("data", {"current": True}),
    ("data", {"current": True, "signed_off": True, "extra": True}),
    ("data", True),
    ("suppression", "never"),
    ("suppression", None),
    ("colour", "red"),
]


def faulty_fields(mapping, community):
    with pytest.raises(BadParameters) as caught:
        Request.from_mapping(mapping, community)
    return [fault.field for fault in caught.value.faults]


def test_a_well_formed_request(small_community, well_formed):
    request = Request.from_mapping(well_formed, small_community)
    assert request.subjects == {"990001"}
    assert request.on == date(2026, 3, 2)


@pytest.mark.parametrize(("field", "value"), FAULTY)
def test_a_faulty_field_is_named_alone(small_community, well_formed, field, value):
    assert faulty_fields(well_formed | {field: value}, small_community) == [field]


@pytest.mark.parametrize(
    "field", ["recipient", "requester", "purpose", "on", "promotional", "data", "subjects", "report"]
)
def test_what_is_needed_must_be_there(small_community, well_formed, field):
    assert field in faulty_fields({k: v for k, v in well_formed.items() if k != field}, small_community)


def test_data_says_true_or_false(small_community, well_formed):
    data = {"data": {"current": "yes", "signed_off": 1}}
    assert faulty_fields(well_formed | data, small_community) == ["data.current", "data.signed_off"]


def test_every_fault_at_once(small_community):
    assert set(faulty_fields({}, small_community)) >= {
        "report",
        "level",
        "subjects",
        "recipient",
        "requester",
        "on",
        "data",
    }


def test_a_group_is_needed_at_cluster_and_collaborative_level(small_community, well_formed):
    for level, group in [
        ("cluster", None),
        ("cluster", "collaborative:east"),
        ("cluster", "cluster:unknown"),
        ("collaborative", "cluster:north"),
        ("collaborative", ["collaborative:east"]),
    ]:
        assert faulty_fields(well_formed | {"level": level, "group": group}, small_community) == ["group"]


def test_ksip_is_a_category_if_and_only_if_it_is_the_item(small_community, well_formed):
    assert faulty_fields(well_formed | {"item": "ksip"}, small_community) == ["categories"]
    fine = well_formed | {"item": "ksip", "categories": ["ksip", "attendance"]}
    assert Request.from_mapping(fine, small_community).item == "ksip"


def test_a_purpose_is_known_from_a_remit_or_from_the_register(small_community, well_formed):
    for purpose in ("removing-concern", "attendance-review"):
        assert Request.from_mapping(well_formed | {"purpose": purpose}, small_community).purpose == purpose


def test_sets_are_sets(small_community, well_formed):
    twice = well_formed | {"subjects": ["990001", "990001"], "categories": ["attendance", "attendance"]}
    assert Request.from_mapping(twice, small_community) == Request.from_mapping(well_formed, small_community)


def test_it_writes_what_it_reads(small_community, well_formed):
    request = Request.from_mapping(well_formed | {"subjects": ["990002", "990001"]}, small_community)
    assert Request.from_mapping(request.to_mapping(), small_community) == request


def test_a_date_may_be_a_date(small_community, well_formed):
    assert Request.from_mapping(well_formed | {"on": date(2026, 3, 2)}, small_community).on == date(2026, 3, 2)
