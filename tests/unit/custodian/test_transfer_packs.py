"""A transfer pack: incoming pupils alone, of one school, for the confirmed school; attacked column by column."""

import datetime as dt
import json

import pytest
from small_workspace import AUTUMN, SPRING, SUMMER, Roll, School, SmallWorkspace, _establishment

from kdsp_lib.custodian.ledger import Ledger
from kdsp_lib.errors import KdspError, NotAuthorised
from kdsp_lib.register.database import Database
from kdsp_lib.source.pseudonym import check_letter

SENDS, RECEIVES, OTHER, DUAL = "990401", "990402", "990403", "990404"
HOME, OLD_HOME = "ZZ1 1AA", "ZZ9 9ZZ"
DAY = dt.date(2026, 2, 27)
PACK = {
    "school": SENDS, "recipient": f"establishment:{RECEIVES}", "purpose": "pupil-transfer", "period": "2025/26",
    "on": "2026-03-02",
}  # fmt: skip


def upn(estab, number):
    body = f"001{estab}19{number:03}"
    return check_letter(body) + body


def moves(key, to=RECEIVES, urn=SENDS, status="accepted", on=DAY, **flags):
    return {
        "pupil_key": key, "urn": urn, "destination": to, "status": status, "confirmed_on": on, "leaves_on": DAY,
        "safeguarding": False, "court_order": False, **flags,
    }  # fmt: skip


def spell(key, urn=SENDS, entry="2022-09-01", leave=None, status="C"):
    day = dt.date.fromisoformat
    return {
        "pupil_key": key, "urn": urn, "entry_date": day(entry), "leave_date": leave and day(leave),
        "enrol_status": status, "ncyear": "3",
    }  # fmt: skip


TRANSFERS = [
    moves("plain"),
    moves("at-risk", safeguarding=True),
    moves("ordered", court_order=True),
    moves("elsewhere", to=OTHER),
    moves("unknown", to=None, status="offered", on=None),
    moves("only-offered", status="offered", on=None),
    moves("tomorrow", on=dt.date(2026, 3, 3)),
    moves("of-another", urn=OTHER),
    moves("never-here"),
    moves("both"),
    moves("both", urn=DUAL),
]
SPELLS = [
    *(spell(key) for key in ("plain", "elsewhere", "unknown", "only-offered", "tomorrow", "stays")),
    *(spell(key, entry="2025-01-06") for key in ("at-risk", "ordered")),
    *(spell(key, urn=OTHER, leave="2024-12-20") for key in ("at-risk", "ordered")),
    spell("of-another", urn=OTHER), spell("never-here", urn=OTHER),
    spell("both", status="M"), spell("both", urn=DUAL, status="S"),
]  # fmt: skip
KEYS = sorted({row["pupil_key"] for row in SPELLS})
CALENDAR = [
    {"urn": SENDS, "kind": kind, "first_day": dt.date.fromisoformat(a), "last_day": dt.date.fromisoformat(b)}
    for kind, a, b in [
        ("session", "2026-02-23", "2026-03-06"), ("session", "2026-03-16", "2026-04-30"),
        ("inset", "2026-03-02", "2026-03-02"),
    ]
]  # fmt: skip


@pytest.fixture
def place(tmp_path):
    place = SmallWorkspace(tmp_path, [School(urn) for urn in (SENDS, RECEIVES, OTHER, DUAL)])
    register = place.workspace.register
    text = register.read_text("utf-8").replace("[pupil-characteristics,", "[transfer, pupil-characteristics,")
    register.write_text(
        text.replace("[commissioning-of-services,", "[pupil-transfer, commissioning-of-services,"), "utf-8"
    )
    roll = Roll()
    for key in KEYS:
        roll.pupil(SENDS if key not in ("of-another", "never-here") else OTHER, key, sessions=(120, 11, 7))
    roll.sessions["both", DUAL] = (33, 3, 2)
    for period in (AUTUMN, SPRING, SUMMER):
        place.load(period, roll)
    place._keep("pupils", None, [
        {"pupil_key": key, "upn": upn("0403" if key == "at-risk" else "0401", n), "upn_status": "permanent",
         "surname": f"Sur-{key}", "forename": "Fay", "dob": dt.date(2017, 1, 1), "sex": "F",
         "postcode": OLD_HOME if key in ("at-risk", "ordered") else HOME, "idaci_decile": 5}
        for n, key in enumerate(KEYS)
    ])  # fmt: skip
    place._keep("establishments", None, [
        {**_establishment(school), "laestab": f"001{urn[-4:]}"} for urn, school in place.schools.items()
    ])  # fmt: skip
    place._keep("registrations", None, SPELLS)
    place._keep("transfers", None, TRANSFERS)
    place._keep("school-days", None, CALENDAR)
    place._keep("former-upns", None, [{"pupil_key": "at-risk", "upn": upn("0403", 900)}])
    place._keep("suspensions", SPRING, [
        {"pupil_key": key, "urn": urn, "category": "SUSP", "start_date": DAY, "sessions": n, "reason_1": "PP",
         "reason_2": None, "reason_3": None}
        for key, urn, n in [("plain", SENDS, 4), ("at-risk", OTHER, 77), ("both", DUAL, 66)]
    ])  # fmt: skip
    return place


def lists(released):
    return {each["name"]: each["rows"] for each in released["listings"]}


@pytest.fixture
def released(place):
    return place.release("transfer-pack", None, PACK)


@pytest.fixture
def sent(released):
    (text,) = released["attachments"].values()
    return text


def test_only_who_is_confirmed_to_come_from_this_school_is_in_it(released, sent):
    """Not who goes elsewhere, whom nobody accepted by that day, who stays, or whom another school sends."""
    assert [row[0] for row in lists(released)["cover"]] == ["Sur-at-risk", "Sur-both", "Sur-ordered", "Sur-plain"]
    assert {row[0] for rows in lists(released).values() for row in rows} == {row[0] for row in lists(released)["cover"]}
    for key in ("elsewhere", "unknown", "only-offered", "tomorrow", "of-another", "never-here", "stays"):
        assert f"Sur-{key}" not in sent


@pytest.mark.parametrize("key", ["at-risk", "ordered"])
def test_nothing_tells_where_a_child_at_risk_lives_or_was_before(released, sent, key):
    """Case 55: not the postcode, not the earlier school, not a former UPN, not the UPN that the earlier school gave."""
    (cover,) = (row for row in lists(released)["cover"] if row[0] == f"Sur-{key}")
    assert cover[6:] == ["Withheld", "Withheld"]
    everything = json.dumps({name: released[name] for name in ("listings", "attachments", "tables")})
    assert OLD_HOME not in everything
    assert f"Made-up School {OTHER}" not in everything
    assert "0010403" not in everything
    assert "77" not in [row[4] for row in lists(released)["suspensions"]]
    pupils = sent.split("<Pupil>")[1:]
    (found,) = [text for text in pupils if f"Sur-{key}" in text] or [""]
    assert "Address" not in found
    assert "SchoolHistory" not in found
    assert (found == "") == (key == "at-risk")


def test_of_a_pupil_at_two_schools_each_sends_what_is_its_own(place, released, sent):
    both = [row for row in lists(released)["attendance"] if row[0] == "Sur-both"]
    assert [row[3:] for row in both] == [["120", "11", "7"]] * 3
    assert "66" not in [row[4] for row in lists(released)["suspensions"]]
    other = lists(place.release("transfer-pack", None, {**PACK, "school": DUAL}))
    assert [row[0] for row in other["cover"]] == ["Sur-both"]
    assert [row[3:] for row in other["attendance"]] == [["33", "3", "2"]] * 3
    assert other["suspensions"][0][4] == "66"
    assert ">99<" not in sent


def test_the_due_day_is_by_the_schools_own_days(released):
    """From Friday 27 February: training on 2 March, 3 to 6 March are four days, then no school until the 16th."""
    assert {row[5] for row in lists(released)["cover"]} == {"30 March 2026"}


@pytest.mark.parametrize(
    "recipient", ["establishment:990404", f"establishment:{SENDS}", "officer:a1", "authority", "public"]
)
def test_nobody_but_the_confirmed_school_gets_it(place, recipient):
    with pytest.raises(NotAuthorised) as refused:
        place.release("transfer-pack", None, {**PACK, "recipient": recipient})
    assert {"2", "3", "levels"} & set(refused.value.clauses)


def test_while_the_destination_is_not_known_it_is_held(place):
    place._keep(
        "transfers",
        None,
        [moves("unknown", to=None, status="offered", on=None), moves("only-offered", status="offered")],
    )
    with pytest.raises(NotAuthorised):
        place.release("transfer-pack", None, PACK)


def test_the_ledger_keeps_no_pupil_of_it(place, released):
    kept = json.dumps([dict(entry.body) for entry in Ledger(Database(place.workspace.database)).entries()])
    assert "Sur-" not in kept
    assert HOME not in kept
    assert "xml" not in kept


def test_a_notebook_gets_no_file(place):
    with pytest.raises(KdspError):
        place.release(
            "transfer-pack", {"pupils": {"kind": "count", "measure": "pupils", "by": [], "where": None}}, PACK
        )
