"""Which releases drew on a pupil or an establishment, told without a figure and without the pupil."""

from types import SimpleNamespace

import pyarrow as pa
import pytest

from kdsp_lib.custodian.ledger import Entry
from kdsp_lib.custodian.where_used import GONE, check_may_ask, uses_of_establishment, uses_of_pupil, visible
from kdsp_lib.errors import BadParameters, NotAuthorised
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


def test_a_registrar_or_an_information_owner_asks():
    check_may_ask((), has_begun=False)
    check_may_ask({"registrar"}, has_begun=True)
    check_may_ask({"information-owner"}, has_begun=True)
    with pytest.raises(NotAuthorised) as caught:
        check_may_ask({"ksip-lead"}, has_begun=True)
    assert caught.value.rule
    assert caught.value.remedy


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
