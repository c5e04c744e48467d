"""Editions: the aggregates of a period are made once, kept in a sealed file, and selected by every later report."""

import json
import os
from datetime import date
from itertools import pairwise

import pytest
from rounded import is_rounded
from small_workspace import (
    AUTUMN,
    COLLEAGUE,
    OFFICER,
    SPRING,
    Roll,
    School,
    SmallWorkspace,
    asked,
    printed,
    workspaces,
)

from kdsp_lib.custodian.edition import edition_policy, lines_of, standard_forms
from kdsp_lib.custodian.edition_at_hand import Basis, EditionsAtHand, standard_places
from kdsp_lib.custodian.edition_file import FOLDER, Editions
from kdsp_lib.custodian.edition_making import make_edition
from kdsp_lib.custodian.sessions import Session
from kdsp_lib.custodian.tables_at_hand import TablesAtHand
from kdsp_lib.errors import BadParameters, BadSource, Broken, Disclosive, NotAuthorised
from kdsp_lib.register import read_register
from kdsp_lib.source.catalogue import Catalogue
from kdsp_lib.source.workspace import find_workspace, init_workspace

DAY = date(2026, 3, 2)
SCHOOLS = [School(f"99{k:04}", (("east", "west")[k > 5],)) for k in range(1, 10)]
URNS = [school.urn for school in SCHOOLS]
STANDARD = {"meals": asked("rate", "fsm6", "sex")}
FURTHER = {"plans": asked("rate", "ehc-plan", "fsm6")}


def a_roll() -> Roll:
    """Of each school 18 girls, 6 with free meals; about 22 boys, 5 with free meals, 2 alone in Year 4 with a plan."""
    roll = Roll()
    for number, urn in enumerate(URNS):
        roll.pupils(6, urn, fsm6=True)
        roll.pupils(12, urn)
        roll.pupils(5, urn, sex="M", fsm6=True)
        roll.pupils(14 + number % 3, urn, sex="M")
        roll.pupils(2, urn, sex="M", ncyear="4", sen_provision="E", sessions=(120, 20, 0))
    return roll


@pytest.fixture
def make(tmp_path):
    yield from workspaces(tmp_path)


@pytest.fixture
def place(make):
    return make(SCHOOLS, a_roll())


def editions(place) -> Editions:
    return Editions(place.workspace)


def files(place) -> dict[str, bytes]:
    folder = place.workspace.state / FOLDER
    return {path.name: path.read_bytes() for path in sorted(folder.glob("2*"))}


def named(place) -> str:
    """The edition that the last release names."""
    return place.desk.ledger.entries(kind="release")[-1].body["answers"][0]["edition"]


def figures(released) -> dict:
    return {table["name"]: printed(released, table["name"]) for table in released["tables"]}


def printed_in(edition) -> dict:
    """Every figure of an edition by form, place and codes."""
    return {
        (*placed, *row.codes): (row.base, row.counted) for placed, table in edition.tables.items() for row in table.rows
    }


def at_hand(place) -> EditionsAtHand:
    return EditionsAtHand(editions(place), TablesAtHand(place.workspace).with_snapshots)


def basis(place) -> Basis:
    community = read_register(place.workspace.register).on(DAY)
    catalogue = Catalogue.load(place.workspace)
    pins = {f"{name} {AUTUMN}": catalogue.dataset(name, AUTUMN).snapshot for name in ("census", "attendance")}
    return Basis(AUTUMN, pins, community, community)


def test_it_is_made_at_the_first_report_and_selected_after_that(place):
    first = place.area("east", STANDARD)
    made = files(place)
    assert list(made) == [f"{AUTUMN.replace('/', '-')}-001"]
    again = place.area("east", STANDARD, on="2026-03-03")
    place.area("west", {"absence": asked("rate", "absence", "sen"), "sexes": asked("gap", "fsm6", "sex", to="M")})
    place.school(URNS[0], {"beside": asked("rate", "fsm6", "sex", compare="authority")})
    assert files(place) == made, "nothing that is standard is written again"
    assert figures(again) == figures(first)
    assert named(place) == f"{AUTUMN}, edition 1"


def test_a_figure_is_the_same_in_another_report_to_anybody(place):
    """Of the same pupils in a table split otherwise, to other readers, and beside a school's own figures."""
    whole = figures(place.area(None, STANDARD))["meals"]
    beside = figures(place.school(URNS[0], {"t": asked("rate", "fsm6", "sex", compare="authority")}))["t"]
    assert {codes: beside[*codes, "authority"] for codes in whole} == whole
    without = figures(place.area(None, {"t": asked("rate", "fsm6")}))["t"]
    assert without[()] == whole["All",]
    officer = place.school(URNS[1], {"t": asked("rate", "fsm6", "sex", compare="authority")}, to=COLLEAGUE)
    assert {codes: figures(officer)["t"][*codes, "authority"] for codes in whole} == whole


def test_its_figures_are_multiples_beside_the_truth(place):
    """99 pupils of 9 schools have free meals, 54 of them girls."""
    rows = figures(place.area(None, STANDARD))["meals"]
    true = {"F": (54, 162), "M": (45, 9 * 21 + 9), "All": (99, 9 * 39 + 9)}
    for sex, counts in true.items():
        rate, *shown = rows[sex,]
        assert all(map(is_rounded, shown, counts))
        assert float(rate) == pytest.approx(100 * int(shown[0]) / int(shown[1]), abs=0.05)


def test_a_corrected_pupil_makes_a_second_that_keeps_what_is_still_within_the_base(place):
    """One girl with free meals more: what counted her may move by a base, and all else is what it was."""
    made = figures(place.area("east", STANDARD))
    first = files(place)
    more = a_roll()
    more.pupil(URNS[0], fsm6=True)
    place.load(AUTUMN, more)
    after = figures(place.area("east", STANDARD, on="2026-03-03"))
    one, two = editions(place).of(AUTUMN)
    assert (one.number, two.number) == (1, 2)
    assert files(place).items() >= first.items(), "the first stays what it was"
    assert made["meals"]["M",] == after["meals"]["M",]
    before, now = printed_in(one), printed_in(two)
    assert before.keys() == now.keys()
    numbers = [
        (old, new)
        for name in before
        for old, new in zip(before[name], now[name], strict=True)
        if isinstance(old, int) and isinstance(new, int)
    ]
    assert all(abs(old - new) in (0, 5) for old, new in numbers)
    # A figure that was no multiple stays, whoever is corrected: one in five moves at most.
    assert sum(old != new for old, new in numbers) < len(numbers) / 5


def test_many_corrections_average_nothing_out(make):
    """A figure of a few pupils is drawn once: to correct it to and fro prints no other."""
    place, seen = make(SCHOOLS, a_roll()), set()
    for number in range(4):
        roll = a_roll()
        if number % 2:
            roll.pupil(URNS[0], sen_provision="E")
        place.load(AUTUMN, roll)
        released = place.area("east", STANDARD, on=f"2026-03-{2 + number:02}")
        seen.add(figures(released)["meals"]["All",][1])
    assert len(seen) == 1


def test_the_same_data_again_are_the_same_edition(place):
    place.area("east", STANDARD)
    made = files(place)
    place.load(AUTUMN, a_roll())
    place.area("east", STANDARD, on="2026-03-03")
    assert files(place) == made


def test_another_period_has_its_own(place):
    place.load(SPRING, a_roll())
    place.area("east", STANDARD)
    place.area("east", STANDARD, period=SPRING)
    assert [each.name for each in editions(place).every()] == [f"{AUTUMN}, edition 1", f"{SPRING}, edition 1"]
    assert [each.period for each in editions(place).of(SPRING)] == [SPRING]


def test_other_members_make_another(place):
    place.area("east", STANDARD)
    text = place.workspace.register.read_text("utf-8")
    moved = f'- {{establishment: "{URNS[-1]}", group: "collaborative:west", from: 2024-09-01}}\n'
    assert moved in text
    place.workspace.register.write_text(text.replace(moved, ""), "utf-8")
    place.area("east", STANDARD, on="2026-03-03")
    one, two = editions(place).of(AUTUMN)
    assert URNS[-1] in one.members["collaborative:west"]
    assert URNS[-1] not in two.members["collaborative:west"]
    same = [name for name in printed_in(one) if name[1] in ("authority", "collaborative:east")]
    assert {name: printed_in(two)[name] for name in same} == {name: printed_in(one)[name] for name in same}


def test_a_question_beside_it_grows_it_and_leaves_every_figure_that_was_there(place):
    place.area("east", STANDARD)
    (before,) = editions(place).of(AUTUMN)
    place.area("east", FURTHER)
    (after,) = editions(place).of(AUTUMN)
    there, now = printed_in(before), printed_in(after)
    assert {name: now[name] for name in there} == there
    assert {table.place for key, table in after.tables.items() if key not in before.tables} == {"collaborative:east"}
    assert len(after.tables) == len(before.tables) + 1
    assert after.proof.programmes >= before.proof.programmes
    grown = files(place)
    place.area("east", FURTHER, on="2026-03-03")
    assert files(place) == grown


def test_a_hostile_question_first_costs_no_standard_figure(make):
    """Whoever asks first for what singles out a few leaves every standard figure as it would have been."""
    hostile = {
        "fine": asked("rate", "persistent-absence", "year-group", "sex", "fsm6"),
        "filtered": asked("count", "pupils", "sex", where="fsm6 = false"),
        "plans": asked("count", "pupils", "sen", "year-group", "sex"),
    }
    attacked, quiet = make(SCHOOLS, a_roll()), make(SCHOOLS, a_roll())
    attacked.area("east", hostile)
    quiet.area("east", STANDARD)
    (one,), (other,) = editions(attacked).of(AUTUMN), editions(quiet).of(AUTUMN)
    theirs, ours = printed_in(one), printed_in(other)
    assert len(theirs) > len(ours)
    assert {name: theirs[name] for name in ours} == ours
    assert figures(attacked.area("east", STANDARD)) == figures(quiet.area("east", STANDARD, on="2026-03-03"))


def test_nor_does_one_that_is_refused(place):
    with pytest.raises(Disclosive):
        place.area("east", {"few": asked("count", "pupils", where="ncyear = '4' and sex = 'F'")})
    place.area("east", STANDARD)
    (edition,) = editions(place).of(AUTUMN)
    assert not [key for key in edition.tables if "ncyear" in key[0]]


def test_the_file_tells_nothing_without_the_key(place):
    place.area("east", STANDARD)
    (content,) = files(place).values()
    assert b"fsm6" not in content
    assert AUTUMN.encode() not in content
    path = place.workspace.state / FOLDER / next(iter(files(place)))
    assert path.stat().st_mode & 0o077 == 0
    key = place.workspace.state / "rounding.key"
    key.write_bytes(bytes(reversed(key.read_bytes())))
    with pytest.raises(Broken) as broken:
        editions(place).of(AUTUMN)
    assert "backup" in broken.value.remedy


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: b"{}",
    ],
    ids=["a bit", "half of it", "empty", "something else"],
)
def test_a_damaged_file_is_broken(place, damaged):
    make_edition(place.workspace, AUTUMN, DAY)
    ((name, content),) = files(place).items()
    (place.workspace.state / FOLDER / name).write_bytes(damaged(content))
    with pytest.raises(Broken, match=name):
        editions(place).of(AUTUMN)
    with pytest.raises(Broken):
        place.area("east", STANDARD)


def test_a_file_in_the_place_of_another_is_broken(place):
    """What was sealed as the first edition is none as the second: an old one cannot be put in a newer one's place."""
    make_edition(place.workspace, AUTUMN, DAY)
    ((name, content),) = files(place).items()
    (place.workspace.state / FOLDER / name.replace("001", "002")).write_bytes(content)
    with pytest.raises(Broken, match="002"):
        editions(place).of(AUTUMN)


def test_it_is_read_as_it_was_kept(place):
    made = make_edition(place.workspace, AUTUMN, DAY)
    (read,) = editions(place).of(AUTUMN)
    assert printed_in(read) == printed_in(made)
    assert read.totals == made.totals
    assert read.memory == made.memory
    assert read.memories == made.memories
    assert (read.members, read.standard, read.proof) == (made.members, made.standard, made.proof)


def test_made_beforehand_it_is_the_one_that_the_first_report_takes(place):
    made = make_edition(place.workspace, AUTUMN, DAY)
    before = files(place)
    place.area("east", STANDARD)
    assert files(place) == before
    assert named(place) == made.name
    assert make_edition(place.workspace, AUTUMN, DAY).number == 1
    assert files(place) == before


def of_a_group(place, report, **given):
    """What a runner asks before a report about the east is begun: to have its edition made."""
    east = {"group": "collaborative:east", "recipient": "collaborative:east", "purpose": "commissioning-of-services"}
    session = Session("runner", given.pop("asker", OFFICER), "runner", "before", "full", os.getpid())
    parameters = {**east, "period": AUTUMN, "on": "2026-03-02", **given}
    return place.desk.edition(session, {"report": report, "parameters": parameters})


def test_a_runner_has_it_made_before_the_first_report_and_only_once(place):
    assert of_a_group(place, "area-profile") == {"made": True}
    assert of_a_group(place, "area-profile") == {"made": False}
    released = place.area("east", STANDARD)
    (answer,) = released["facts"]["editions"]
    assert answer == editions(place).of(AUTUMN)[0].name


def test_none_is_made_for_who_may_not_have_the_report(place):
    with pytest.raises(NotAuthorised):
        of_a_group(place, "area-profile", recipient="public")
    assert editions(place).of(AUTUMN) == []


def test_of_a_period_without_data_none_is_made(place):
    with pytest.raises(BadSource):
        make_edition(place.workspace, SPRING, DAY)
    assert not files(place)


def test_it_has_every_standard_table_of_every_place_that_there_are_data_for(place):
    edition = make_edition(place.workspace, AUTUMN, DAY)
    assert set(edition.standard) == {"authority", "collaborative:east", "collaborative:west", "phase:primary"}
    assert edition.members == edition.standard
    assert edition.members["authority"] == edition.members["phase:primary"] == tuple(URNS)
    assert edition.members["collaborative:west"] == tuple(URNS[5:])
    by_place = {name: {form for form, at in edition.tables if at == name} for name in edition.members}
    assert by_place["authority"] == by_place["collaborative:east"] == by_place["collaborative:west"]
    assert 0 < len(by_place["authority"]) <= len(standard_forms()["groups"])
    assert not [form for form in by_place["authority"] if "phonics" in form], "there are no results"


def test_a_place_of_ones_own_has_a_name_that_hangs_on_its_members_alone(place):
    edition = make_edition(place.workspace, AUTUMN, DAY)
    assert edition.place_of(URNS) == "authority"
    assert edition.place_of(list(reversed(URNS[:5]))) == "collaborative:east"
    own = edition.place_of(URNS[:4])
    assert own not in edition.members
    assert own == edition.place_of(URNS[3::-1])
    assert own != edition.place_of(URNS[:3])


def a_mixed_place(make, secondaries: int) -> SmallWorkspace:
    """Six primary schools and so many secondary ones, one each run by its own governors."""
    schools = [School(f"99{k:04}") for k in range(1, 7)]
    schools += [School(f"99{k:04}", phase="secondary", ages=(11, 16)) for k in range(11, 11 + secondaries)]
    roll = Roll()
    for school in schools:
        roll.pupils(40, school.urn, ncyear="3" if school.phase == "primary" else "8")
    return make(schools, roll)


@pytest.mark.parametrize(("secondaries", "is_place"), [(2, False), (3, False), (4, True)])
def test_a_phase_is_a_place_only_where_each_school_is_compared_with_enough_others(make, secondaries, is_place):
    """Of four that stand for themselves each is beside three others; of three, beside two, whom it would work out."""
    place = a_mixed_place(make, secondaries)
    assert edition_policy().controllers == 3
    places = standard_places(basis(place), Catalogue.load(place.workspace))
    assert "phase:primary" in places
    assert ("phase:secondary" in places) is is_place


def test_schools_of_one_trust_are_one_to_be_compared_with(make):
    schools = [School(f"99{k:04}", run_by="trust-a" if k < 4 else "") for k in range(1, 7)]
    roll = Roll()
    for school in schools:
        roll.pupils(40, school.urn)
    place = make(schools, roll)
    assert "phase:primary" in standard_places(basis(place), Catalogue.load(place.workspace))
    few = make(schools[:5], roll_of(schools[:5]))
    assert "phase:primary" not in standard_places(basis(few), Catalogue.load(few.workspace))


def roll_of(schools) -> Roll:
    roll = Roll()
    for school in schools:
        roll.pupils(40, school.urn)
    return roll


def test_the_lines_of_an_edition_are_of_all_its_tables(place):
    edition = make_edition(place.workspace, AUTUMN, DAY)
    lines = lines_of(edition)
    assert [line.table for line in lines] == sorted(line.table for line in lines)
    assert sum(line.places for line in lines) == len(edition.tables)
    assert sum(line.figures for line in lines) == sum(
        figure is not None for each in printed_in(edition).values() for figure in each
    )
    assert all(line.withheld <= line.figures for line in lines)
    assert any(line.table.endswith(" by sex") for line in lines)


def test_numbers_go_on(place):
    """Three states of the data are three editions in order."""
    for number in range(3):
        roll = a_roll()
        roll.pupils(number, URNS[0])
        place.load(AUTUMN, roll)
        make_edition(place.workspace, AUTUMN, DAY)
    found = [each.number for each in editions(place).of(AUTUMN)]
    assert all(later == earlier + 1 for earlier, later in pairwise(found))
    assert len(found) == 3


def test_a_second_process_that_asks_reads_what_the_first_wrote(place):
    make_edition(place.workspace, AUTUMN, DAY)
    before = files(place)
    one, other = at_hand(place), at_hand(place)
    catalogue = Catalogue.load(place.workspace)
    assert printed_in(one.of(basis(place), catalogue, ())) == printed_in(other.of(basis(place), catalogue, ()))
    assert files(place) == before


@pytest.fixture
def kdsp(place, capsys, monkeypatch):
    """The command line, in the folder of the place."""
    from kdsp_lib.cli.main import main

    monkeypatch.delenv("KDSP_WORKSPACE", raising=False)
    monkeypatch.chdir(place.workspace.root)
    assert find_workspace().state == place.workspace.state

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_it_is_made_and_shown_by_the_command_line_in_numbers(kdsp, place):
    code, out, _ = kdsp("edition", "make", AUTUMN, "--on", DAY.isoformat())
    (edition,) = editions(place).of(AUTUMN)
    assert code == 0
    first, head, *lines, last = out.splitlines()
    assert first == f"{AUTUMN}, edition 1: {len(edition.tables)} tables of 4 places"
    assert head.split() == ["table", "places", "figures", "together", "withheld"]
    assert len(lines) == len(lines_of(edition))
    assert f"proved by {edition.proof.programmes} programmes" in last
    assert kdsp("edition", "show", AUTUMN)[:2] == (0, out)
    assert not any(urn in out for urn in URNS)


def test_each_edition_of_a_period_is_shown(kdsp, place):
    kdsp("edition", "make", AUTUMN, "--on", DAY.isoformat())
    more = a_roll()
    more.pupils(7, URNS[0])
    place.load(AUTUMN, more)
    kdsp("edition", "make", AUTUMN, "--on", DAY.isoformat())
    _, out, _ = kdsp("edition", "show", AUTUMN)
    assert [line.split(":")[0] for line in out.splitlines() if "places" in line and "edition" in line] == [
        f"{AUTUMN}, edition {number}" for number in (1, 2)
    ]


def test_where_there_is_none_it_says_how_to_make_one(kdsp):
    code, out, err = kdsp("edition", "show", SPRING)
    assert (code, out) == (BadParameters.exit_code, "")
    assert f"kdsp edition make {SPRING}" in err
    assert kdsp("edition", "make", SPRING)[0] == BadSource.exit_code
    assert kdsp("edition", "make", AUTUMN, "--on", "yesterday")[0] == BadParameters.exit_code


def test_only_what_was_made_up_is_drawn_by_what_everybody_knows(tmp_path):
    workspace = init_workspace(tmp_path / "authority", name="Made-up", requester="officer:a1")
    editions = Editions(workspace)
    own = editions.secret_for(["1" * 64])
    workspace.data.mkdir(exist_ok=True)
    (workspace.data / "demo.json").write_text(json.dumps({"snapshots": ["1" * 64, "2" * 64]}), "utf-8")
    assert editions.secret_for(["1" * 64, "2" * 64]) == Editions(workspace).secret_for(["2" * 64]) != own
    assert editions.secret_for(["1" * 64, "3" * 64]) == own
    assert editions.secret_for([]) == own
