"""A register to begin with: the establishments of some authorities, and nothing that anybody would have to agree to.

Who signed, who runs which school, who belongs to which area and who may ask is for people to write down: a skeleton
invents none of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.source.files import write_new
from kdsp_lib.source.gias_links import successors
from kdsp_lib.source.load import KINDS, read_file
from kdsp_lib.source.national.establishment import KIND as EXTRACT
from kdsp_lib.source.published import CENSUS, LINKS

_HEAD = """\
# A register to be completed: the establishments of {authorities}, from {source}.
# Nobody has signed yet, so no report about any of them is permitted. See docs/real-data.md and docs/formats.md.
"""
_TRUSTS = """
# from the register of establishments, from the day each opened: check when it joined its trust or federation
controllers:
"""
_REST = """
# Complete by hand, and check with: kdsp register check {name}
#
# who runs a school; without an entry each is a body of its own, so name trusts and federations:
# controllers:
# - {{establishment: "990001", controller: some-trust, from: 2024-09-01}}
#
# areas and who is in them:
# groups:
# - {{id: collaborative:north, name: North collaborative}}
# memberships:
# - {{establishment: "990001", group: collaborative:north, from: 2024-09-01}}
#
# who asks, and what for:
# people:
# - {{id: officer:a1, name: An analyst}}
# duties:
# - {{person: officer:a1, categories: [pupil-characteristics, sen, attendance, attainment, exclusions],
#    purposes: [commissioning-of-services, raising-attainment], from: 2024-09-01}}
#
# who has signed the protocol:
# signatures:
# - {{person: officer:a1, from: 2024-09-01}}
# - {{establishment: "990001", from: 2024-09-01}}
"""


def write_skeleton(
    authorities: Collection[str], census: Path, links: Path | None, into: Path, extract: Path | None = None
) -> int:
    """Write the register of those authorities' establishments to a new file; how many there are.

    ``extract`` is the register of establishments itself: it has their names, and the trusts and federations.

    BadSource where a file has faults, or has no establishment of an authority; BadParameters where ``into`` is there.
    """
    schools = read_file(KINDS[CENSUS], census, None)[0].to_pylist()
    known = [] if links is None else read_file(KINDS[LINKS], links, None)[0].to_pylist()
    chosen = [school for school in schools if school["la"] in authorities]
    there = {school["la"] for school in chosen}
    faults = [Fault(la, f"has no establishment in {census.name}", "--la") for la in authorities if la not in there]
    if faults:
        raise BadSource("An authority is not in the census file.", faults=faults, remedy="give its three digits: 340")
    listed = [] if extract is None else read_file(KINDS[EXTRACT], extract, None)[0].to_pylist()
    text = skeleton_text(chosen, known, sorted(there), census.name, into.name, listed)
    try:
        write_new(into, text.encode())
    except FileExistsError:
        raise BadParameters(
            f"{into} is there already, and is left as it is.", remedy="write to another file, and compare the two"
        ) from None
    except OSError as error:
        raise BadParameters(f"{into} cannot be written: {error.strerror}.") from None
    return len(chosen)


def skeleton_text(
    schools: Iterable[Mapping[str, Any]],
    links: Collection[Mapping[str, Any]],
    authorities: Collection[str],
    source: str,
    name: str,
    extract: Iterable[Mapping[str, Any]] = (),
) -> str:
    """The register as YAML. A name that the sources lack is the URN; a predecessor that is not in it is a comment.

    Trusts are controllers of their academies, and federations (several schools under one governing body) of their
    schools, from the day that these opened, where the extract says both.
    """
    known = {str(row["urn"]): row for row in extract}
    names = {str(link["link_urn"]): str(link["link_name"]) for link in links}
    names |= {urn: str(row["name"]) for urn, row in known.items()}
    before: dict[str, list[str]] = {}
    for urn, following in successors(links).items():
        for after in following:
            before.setdefault(after, []).append(urn)
    ordered = sorted(schools, key=lambda school: str(school["urn"]))
    urns = {str(school["urn"]) for school in ordered}
    lines = [_HEAD.format(authorities=", ".join(authorities), source=source), "establishments:\n"]
    for school in ordered:
        urn = str(school["urn"])
        inside = sorted(urns.intersection(before.get(urn, ())))
        outside = sorted(set(before.get(urn, ())) - urns)
        listed = f", predecessors: [{', '.join(map(json.dumps, inside))}]" if inside else ""
        remark = f"  # before: {', '.join(outside)}" if outside else ""
        called = json.dumps(names.get(urn, urn), ensure_ascii=False)
        lines.append(f'- {{urn: "{urn}", name: {called}, phase: {school["phase"]}{listed}}}{remark}\n')
    run = [line for urn, row in sorted(known.items()) if urn in urns for line in _run_by(urn, row)]
    if run:
        lines += [_TRUSTS, *run]
    return "".join(lines) + _REST.format(name=name)


def _run_by(urn: str, row: Mapping[str, Any]) -> Iterator[str]:
    """The body that runs an establishment beside others, if there is one: an academy's is its trust."""
    kind = next((kind for kind in ("trust", "federation") if row[f"{kind}_uid"] is not None), None)
    if kind is None or row["open_date"] is None:
        return
    name, controller = json.dumps(row[kind], ensure_ascii=False), f"{kind}-{row[f'{kind}_uid']}"
    yield f'- {{establishment: "{urn}", controller: {controller}, from: {row["open_date"]}}}  # {name}\n'
