"""A register to begin with: all establishments of an authority, and nothing that somebody would have to agree to."""

from __future__ import annotations

from datetime import date

import pytest
from published_files import CENSUS, FILES, INDEPENDENT, LINKS, PRIMARY, REGISTER, SCHOOL, text

from kdsp_lib.errors import BadParameters, BadSource
from kdsp_lib.register import read_register
from kdsp_lib.source.skeleton import write_skeleton

ELSEWHERE = PRIMARY.replace("990001,999", "990009,998")


@pytest.fixture
def write(tmp_path):
    census = tmp_path / "census.csv"
    census.write_text(text(CENSUS, [PRIMARY, INDEPENDENT, ELSEWHERE]))
    links = tmp_path / "links.csv"
    rows = ['990020,990001,"Invented ""Free"" School: a new one #1",Successor,', "990001,990002,Hall,Predecessor,"]
    links.write_text(text(LINKS, rows))

    def write(*authorities, with_links=True, into="register.yaml", extract=None):
        number = write_skeleton(authorities, census, links if with_links else None, tmp_path / into, extract)
        return number, tmp_path / into

    return write


def test_it_is_a_register_without_a_fault(write):
    number, path = write("999")
    register = read_register(path)
    assert number == 2
    assert {name: len(entries) for name, entries in register.sections.items() if entries} == {"establishments": 2}
    entries = {entry["urn"]: entry for entry in register.sections["establishments"]}
    assert [entries[urn]["phase"] for urn in sorted(entries)] == ["primary", "independent"]


def test_names_come_from_the_links_and_are_else_the_urn(write):
    names = {e["urn"]: e["name"] for e in read_register(write("999")[1]).sections["establishments"]}
    assert names == {"990001": 'Invented "Free" School: a new one #1', "990002": "Hall"}
    bare = read_register(write("999", with_links=False, into="bare.yaml")[1]).sections["establishments"]
    assert [entry["name"] for entry in bare] == ["990001", "990002"]


def test_predecessors_are_told_but_only_those_in_the_register_are_entries(write):
    _, path = write("999")
    entries = {e["urn"]: e for e in read_register(path).sections["establishments"]}
    assert entries["990001"]["predecessors"] == ("990002",)
    assert "# before: 990020" in path.read_text()


def test_nobody_has_signed_and_nobody_runs_anything(write):
    """Signatures, consents, trusts, areas and people are for people to write down."""
    community = read_register(write("999")[1]).on(date(2026, 3, 2))
    assert set(community.standings.values()) == {"unsigned"}
    assert community.controller("990001") == "establishment:990001"
    assert not community.groups
    assert not community.people


def test_the_register_of_establishments_names_schools_and_who_runs_them(write, tmp_path):
    """Two schools of one trust are one body: nobody has to know it by heart."""
    path = tmp_path / "extract.csv"
    academy = SCHOOL.replace("Llŷn", '"" #1').replace("Ysgol", '"Ysgol').replace(",Community", '",Community')
    path.write_text(text(REGISTER, [academy.replace(",200,,,", ',200,5001,"A\nTrust",')]))
    register = read_register(write("999", into="trusts.yaml", extract=path)[1])
    names = {entry["urn"]: entry["name"] for entry in register.sections["establishments"]}
    assert names["990001"] == 'Ysgol "" #1'.replace('""', '"')
    community = register.on(date(2026, 3, 2))
    assert community.controller("990001") == "trust-5001"
    assert community.controller("990002") == "establishment:990002"


def test_schools_of_one_federation_are_one_body(write, tmp_path):
    """One governing body runs them, whatever the number of their heads; an academy is its trust's all the same."""
    path = tmp_path / "extract.csv"
    rows = [f"{SCHOOL},7001,Two Hills", f"{SCHOOL.replace('200,,,', '200,5001,A Trust,')},7001,Two Hills"]
    for number, row in enumerate(rows):
        path.write_text(text(f"{REGISTER},Federations (code),Federations (name)", [row]))
        register = read_register(write("999", into=f"{number}.yaml", extract=path)[1])
        assert register.on(date(2026, 3, 2)).controller("990001") == ("federation-7001", "trust-5001")[number]


def test_what_stands_in_comments_is_a_register_too(write):
    """The examples in it can be taken as they are."""
    _, path = write("999")
    lines = path.read_text().split("kdsp register check")[1].splitlines()[1:]
    example = "\n".join(line.removeprefix("# ") for line in lines if line.startswith(("# - ", "#    ", "# ")))
    keys = ("controllers:", "groups:", "memberships:", "people:", "duties:", "signatures:")
    kept = [line for line in example.splitlines() if line.startswith((*keys, "- {", "   "))]
    path.write_text(path.read_text().split("\n# Complete")[0] + "\n" + "\n".join(kept) + "\n")
    found = read_register(path)
    assert {name for name, entries in found.sections.items() if entries} >= {"establishments", "signatures", "duties"}


def test_several_authorities_and_one_that_is_not_there(write):
    assert write("999", "998", into="both.yaml")[0] == 3
    with pytest.raises(BadSource) as error:
        write("999", "997", "996", into="none.yaml")
    assert [fault.place for fault in error.value.faults] == ["997", "996"]


def test_it_is_never_written_over_another_file(write):
    _, path = write("999")
    before = path.read_bytes()
    with pytest.raises(BadParameters, match="left as it is"):
        write("998")
    assert path.read_bytes() == before


def test_a_wrong_file_is_explained_here_too(tmp_path):
    path = tmp_path / "absence.csv"
    path.write_text(FILES["performance-tables-absence"])
    with pytest.raises(BadSource, match="looks like performance-tables-absence"):
        write_skeleton(["999"], path, None, tmp_path / "register.yaml")
    assert not (tmp_path / "register.yaml").exists()
