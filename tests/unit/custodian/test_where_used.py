"""Which releases drew on a pupil or an establishment, told without a figure and without the pupil."""

from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest

from kdsp_lib.custodian.ledger_entry import Entry
from kdsp_lib.custodian.where_used import GONE, uses_of, uses_of_establishment, uses_of_pupil, visible
from kdsp_lib.errors import BadParameters, NotAuthorised
from kdsp_lib.register.held import Holding
from kdsp_lib.register.journal import Event
from kdsp_lib.register.reading import register_from_text
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.pseudonym import check_letter
from kdsp_lib.source.snapshot import snapshot_path, write_snapshot


def upn(number):
    body = f"001123425{number:03}"
    return check_letter(body) + body


HERE, GUEST, ELSEWHERE, NOWHERE, BEFORE = map(upn, range(1, 6))
ROLL = [("k1", "990001", "C"), ("k2", "990001", "S"), ("k3", "990002", "M")]


@pytest.fixture
def data(tmp_path):
    """A folder of data with the snapshots of a term, by their names."""
    pupils = pa.table({"pupil_key": ["k1", "k2", "k3"], "upn": [HERE, GUEST, ELSEWHERE]})
    census = pa.table(dict(zip(("pupil_key", "urn", "enrol_status"), map(list, zip(*ROLL, strict=True)), strict=True)))
    former = pa.table({"pupil_key": ["k1"], "upn": [BEFORE]})
    written = {
        "pupils": write_snapshot(pupils, tmp_path).sha256,
        "census 2025/26-autumn": write_snapshot(census, tmp_path).sha256,
    }
    known = DataSet("former-upns", None, write_snapshot(former, tmp_path).sha256, 1, True, True, (), "v", "2026-01-01")
    return SimpleNamespace(catalogue=Catalogue(tmp_path, (known,)), snapshots=written)


def released(snapshots, *subjects, name="area-profile", report="r1", school=None):
    body = {
        "name": name, "period": "2025/26-autumn", "subjects": list(subjects), "snapshots": snapshots,
        "recipient": "collaborative:east", "requester": "officer:a1",
        "parameters": {"purpose": "raising-attainment", "school": school},
        "request": {"purpose": "raising-attainment", "categories": ["attendance"]},
    }  # fmt: skip
    return Entry(1, "release", report, "2026-03-02T09:00:00.000+00:00", body, "")


def names(uses):
    return [(use.release, use.establishments, use.unknown) for use in uses]


def test_an_establishment_is_looked_for_among_all_that_a_release_is_about(data):
    entries = [released(data.snapshots, "990001", "990002"), released(data.snapshots, "990003", report="r2")]
    assert names(uses_of_establishment(entries, "990001")) == [("r1", ("990001",), "")]
    assert uses_of_establishment(entries, "990009") == []


@pytest.mark.parametrize(
    ("pupil", "found"),
    [(HERE, ["r1", "r3"]), (BEFORE, ["r1", "r3"]), (ELSEWHERE, ["r2", "r3"]), (GUEST, []), (NOWHERE, [])],
)
def test_a_pupil_is_looked_for_on_the_rolls_of_then(data, pupil, found):
    """A pupil registered as a guest is left out of totals, and so of what the release is about."""
    entries = [
        released(data.snapshots, "990001", report="r1"),
        released(data.snapshots, "990002", report="r2"),
        released(data.snapshots, "990001", "990002", report="r3"),
        released({"performance-tables-census 2024/25": "0" * 64}, "990001", report="r4"),
    ]
    assert [use.release for use in uses_of_pupil(entries, pupil, data.catalogue)] == found


def test_data_that_are_gone_are_said_to_be_gone(data):
    snapshot_path(data.catalogue.data, data.snapshots["pupils"]).unlink()
    entries = [released(data.snapshots, "990001")]
    assert names(uses_of_pupil(entries, HERE, data.catalogue)) == [("r1", (), GONE)]


@pytest.mark.parametrize("wrong", ["", "A123", HERE[:-1] + "X", HERE.lower(), "Z" + HERE[1:]])
def test_what_is_no_upn_is_refused_without_being_repeated(data, wrong):
    with pytest.raises(BadParameters) as caught:
        uses_of_pupil([], wrong, data.catalogue)
    assert "--pupil" in str(caught.value)
    assert not wrong or wrong not in str(caught.value)


def test_a_report_on_the_framework_is_known_to_that_head_and_its_lead_alone(data):
    framework = released(data.snapshots, "990001", name="ksip-report", school="990001")
    entries = [framework, released(data.snapshots, "990001", report="r2")]
    for viewer, roles, seen in (
        ("officer:a1", {"registrar"}, 1),
        ("officer:a1", {"registrar", "ksip-lead"}, 2),
        ("establishment:990001", (), 2),
        ("establishment:990002", (), 1),
    ):
        assert len(visible(entries, viewer, roles)) == seen


REGISTER = """
establishments:
- {urn: '990001', name: Ash, phase: primary}
- {urn: '990002', name: Birch, phase: primary}
groups: [{id: 'collaborative:east', name: East}]
people:
- {id: 'officer:a1', name: Duty}
- {id: 'officer:a2', name: Other duty}
- {id: 'officer:a3', name: Left, to: 2026-01-01}
- {id: 'officer:a4', name: None}
- {id: 'external:x1', name: Consultancy}
signatures:
- {person: 'officer:a1', from: 2020-01-01}
- {person: 'officer:a2', from: 2020-01-01}
- {person: 'officer:a3', from: 2020-01-01}
- {person: 'officer:a4', from: 2020-01-01}
- {person: 'external:x1', from: 2020-01-01}
duties:
- {person: 'officer:a1', categories: [attendance, sen], purposes: [raising-attainment], from: 2020-01-01}
- {person: 'officer:a2', categories: [sen], purposes: [raising-attainment], from: 2020-01-01}
- {person: 'officer:a3', categories: [attendance], purposes: [raising-attainment], from: 2020-01-01}
"""
TODAY = date(2026, 3, 2)


@pytest.fixture
def ask(data):
    """Ask as somebody, where no journal has begun: of a release about both schools, and one about the second."""
    entries = [
        released(data.snapshots, "990001", "990002"),
        released(data.snapshots, "990002", report="r2"),
        released({"pupils": "0" * 64, "census 2025/26-autumn": "0" * 64}, "990001", "990002", report="gone"),
    ]

    def ask(person, roles=(), **question):
        permits = [{"person": person, "role": role, "from": "2020-01-01", "to": "9999-12-31"} for role in roles]
        events = tuple(Event(n, "", "officer:r1", "permit", body, "") for n, body in enumerate(permits, 1))
        held = Holding(register_from_text(REGISTER), events, "")
        return names(uses_of(question, entries, data.catalogue, held, person, TODAY))

    return ask


def refused(ask, person, **question):
    with pytest.raises(NotAuthorised) as caught:
        ask(person, **question)
    return caught.value.to_json()


@pytest.mark.parametrize("person", ["external:x1", "officer:a3", "officer:a4", "officer:nobody", "collaborative:east"])
def test_who_has_neither_role_nor_duty_is_told_nothing_and_the_same_of_everybody(ask, person):
    """A consultancy learned a child's school so. Without a journal too; and before anything is looked at."""
    told = [refused(ask, person, pupil=pupil) for pupil in (HERE, NOWHERE, "A99")]
    told += [refused(ask, person, establishment=urn) for urn in ("990001", "990009", "9")]
    assert all(each == told[0] for each in told)
    assert told[0]["rule"]
    assert told[0]["remedy"]


@pytest.mark.parametrize("role", ["registrar", "information-owner"])
def test_a_registrar_and_an_information_owner_ask_of_all(ask, role):
    everything = [("r1", ("990002",), ""), ("r2", ("990002",), ""), ("gone", (), GONE)]
    assert ask("officer:a4", {role}, pupil=ELSEWHERE) == everything
    assert [use[0] for use in ask("external:x1", {role}, establishment="990002")] == ["r1", "r2", "gone"]
    with pytest.raises(NotAuthorised):
        ask("officer:a4", {"ksip-lead"}, pupil=HERE)


def test_an_officer_learns_of_releases_within_a_duty(ask):
    assert [use[0] for use in ask("officer:a1", establishment="990001")] == ["r1", "gone"]
    assert ask("officer:a2", establishment="990001") == []
    assert ask("officer:a2", pupil=HERE) == ask("officer:a2", pupil=NOWHERE) == []


def test_an_establishment_learns_of_itself_and_of_pupils_of_its_own_roll(ask):
    assert [use[0] for use in ask("establishment:990001", establishment="990001")] == ["r1", "gone"]
    other = refused(ask, "establishment:990001", establishment="990002")
    assert other == refused(ask, "establishment:990001", establishment="990009")
    assert ask("establishment:990001", pupil=HERE) == [("r1", ("990001",), "")]
    assert ask("establishment:990001", pupil=ELSEWHERE) == ask("establishment:990001", pupil=NOWHERE) == []
    assert refused(ask, "establishment:990009", pupil=HERE) == other


def test_who_was_in_a_report_by_their_results_alone_was_in_it(data):
    """Case 57: on no roll of the year's census, and registered there."""
    where = {"pupil_key": ["k2", "k2"], "urn": ["990003", "990004"], "enrol_status": ["C", "G"]}
    folder = data.catalogue.data
    more = {"registrations": write_snapshot(pa.table(where), folder).sha256}
    more |= {f"census 2025/26-{term}": data.snapshots["census 2025/26-autumn"] for term in ("spring",)}
    year = {"pupils": data.snapshots["pupils"], **more}
    results = {"results 2025/26": write_snapshot(pa.table({"pupil_key": ["k2"]}), folder).sha256}
    entries = [released({**year, **results}, "990003"), released(year, "990003", report="r2")]
    for entry in entries:
        entry.body["period"] = "2025/26"
    assert names(uses_of_pupil(entries, GUEST, data.catalogue)) == [("r1", ("990003",), "")]
