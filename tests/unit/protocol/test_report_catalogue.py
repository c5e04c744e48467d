"""A catalogued report fixes its level, detail, item and categories; a request may repeat them, never change them."""

import pytest

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.protocol.catalogue import CATALOGUE, RECORDS, read_catalogue, report_name
from kdsp_lib.protocol.policy import protocol_named
from kdsp_lib.protocol.request import Request
from kdsp_lib.protocol.vocabulary import CATEGORIES, DETAILS, ITEMS, LEVELS

FIXED = ("level", "detail", "item", "categories")


@pytest.fixture
def short(well_formed):
    """A request that leaves to the catalogue what it fixes."""

    def made(report, **fields):
        return {k: v for k, v in well_formed.items() if k not in FIXED} | {"report": report} | fields

    return made


def test_the_catalogue_speaks_the_protocols_words():
    remits = frozenset().union(*protocol_named("knowsley").remits.values())
    for report in CATALOGUE.values():
        assert set(report.levels) <= set(LEVELS)
        assert set(report.details) <= set(DETAILS)
        assert report.item in (None, *ITEMS)
        assert (report.categories or frozenset()) <= set(CATEGORIES)
        assert report.purposes <= remits


def test_the_name_fixes_the_rest(short, small_community):
    request = Request.from_mapping(short("pupil-report"), small_community)
    assert (request.level, request.detail, request.item) == ("school", "individual", None)
    assert request.categories == CATALOGUE["pupil-report"].categories


def test_a_notebooks_name_is_the_reports(short, small_community):
    assert Request.from_mapping(short("pupil_report"), small_community).report == "pupil-report"
    assert report_name("an_unknown") == "an_unknown"


def test_the_group_tells_an_area_profiles_level(short, small_community):
    assert Request.from_mapping(short("area-profile"), small_community).level == "authority"
    area = Request.from_mapping(short("area-profile", group="collaborative:east"), small_community)
    assert area.level == "collaborative"


def test_it_may_tell_of_less_than_it_could(short, small_community):
    request = Request.from_mapping(short("area-profile", categories=["attainment"]), small_community)
    assert request.categories == {"attainment"}


@pytest.mark.parametrize(
    ("report", "field", "value"),
    [
        ("pupil-report", "level", "authority"),
        ("pupil-report", "detail", "aggregate"),
        ("pupil-report", "item", "bespoke"),
        ("pupil-report", "categories", ["attendance", "safeguarding"]),
        ("bespoke-school", "item", None),
        ("bespoke-school", "categories", None),
        ("cluster-vulnerable", "detail", "individual"),
    ],
)
def test_what_it_fixes_is_not_changed(short, small_community, report, field, value):
    group = "cluster:north" if report == "cluster-vulnerable" else None
    with pytest.raises(BadParameters) as caught:
        Request.from_mapping(short(report, group=group, **{field: value}), small_community)
    assert field in [fault.field for fault in caught.value.faults]


def test_what_it_leaves_open_must_be_said(short, small_community):
    with pytest.raises(BadParameters) as caught:
        Request.from_mapping(short("cluster-vulnerable", group="cluster:north"), small_community)
    assert [fault.field for fault in caught.value.faults] == ["detail"]
    with pytest.raises(BadParameters) as caught:
        Request.from_mapping(short("bespoke-school"), small_community)
    assert [fault.field for fault in caught.value.faults] == ["categories"]


@pytest.mark.parametrize("missing", FIXED)
def test_an_unknown_report_says_all_of_it(well_formed, small_community, missing):
    with pytest.raises(BadParameters) as caught:
        Request.from_mapping({k: v for k, v in well_formed.items() if k != missing}, small_community)
    assert "report" in [fault.field for fault in caught.value.faults]


ENTRY = """
[made-up]
levels = ["school"]
details = ["establishment"]
lawful_basis = "Article 6(1)(e)"
gateway = "an Act"
dpia = "DPIA 1"
"""


def test_every_report_has_its_lawful_basis_its_gateway_and_its_assessment():
    for report in CATALOGUE.values():
        assert all(report.records.to_json()[record] for record in RECORDS)
    assert list(read_catalogue(ENTRY)) == ["made-up"]


@pytest.mark.parametrize("record", RECORDS)
def test_a_report_without_one_of_them_is_refused(record):
    lines = [line for line in ENTRY.splitlines() if not line.startswith(record)]
    for text in ("\n".join(lines), "\n".join([*lines, f'{record} = " "'])):
        with pytest.raises(BadSource) as caught:
            read_catalogue(text)
        assert [(fault.place, fault.field) for fault in caught.value.faults] == [("[made-up]", record)]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('levels = ["village"]', "levels"),
        ('item = "secret"', "item"),
        ('categories = ["shoes"]', "categories"),
        ('purposes = ["No Slug"]', "purposes"),
        ('lawfulness = "x"', "lawfulness"),
    ],
)
def test_a_catalogue_speaks_known_words_alone(line, field):
    kept = [each for each in ENTRY.splitlines() if not each.startswith(field)]
    with pytest.raises(BadSource) as caught:
        read_catalogue("\n".join([*kept, line]))
    assert [fault.field for fault in caught.value.faults] == [field]


def test_an_authority_puts_its_own_in_the_place_of_the_catalogues():
    report = CATALOGUE["area-profile"]
    own = report.recorded_as({"dpia": "DPIA 2026/14"})
    assert (own.dpia, own.gateway) == ("DPIA 2026/14", report.records.gateway)
