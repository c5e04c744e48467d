"""``kdsp decide``: may this be shared, and by which clauses."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.journal_commands import KnownAt
from kdsp_lib.errors import BadParameters, Fault, NotAuthorised

if TYPE_CHECKING:
    from datetime import date

    from kdsp_lib.custodian.opening import Opened
    from kdsp_lib.protocol.community import Community
    from kdsp_lib.register.register import Register


def decide(
    parameters: Annotated[
        Path | None, typer.Argument(metavar="PARAMETERS", help="A parameter file, to be explained; or use --requests.")
    ] = None,
    register: Annotated[
        Path | None, typer.Option(metavar="REGISTER.yaml", help="The register; by default the workspace's.")
    ] = None,
    requests: Annotated[
        Path | None, typer.Option(metavar="REQUESTS.jsonl", help="Requests, one a line; - for standard input.")
    ] = None,
    notebooks: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the notebooks are, as for kdsp run.")
    ] = None,
    known_at: KnownAt = "",
    protocol: Annotated[
        str, typer.Option(metavar="NAME", help="The protocol of --requests; by default the workspace's, or knowsley.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Say what the protocol answers, and why.

    A parameter file is explained in sentences; a file of requests gives one decision a line, as JSON.
    """
    if (parameters is None) == (requests is None):
        raise BadParameters("Give either PARAMETERS or --requests REQUESTS.jsonl.", remedy="kdsp decide --help")
    if register is not None and known_at:
        raise BadParameters("A file does not say what was known when.", remedy="leave out --register, or --known-at")
    if requests is not None:
        return _decide_lines(requests, _register(register, known_at), _protocol(protocol, register))
    assert parameters is not None
    return _explain(parameters, register, known_at, notebooks, as_json)


def _register(register: Path | None, known_at: str) -> Register:
    """A file, or the workspace's register as requests of whoever asks are decided by it."""
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import holding
    from kdsp_lib.register.reading import read_register
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.workspace import find_workspace

    if register is not None:
        return read_register(register)
    workspace = find_workspace()
    with Database(workspace.database) as database:
        return holding(workspace.register, database, known_at).decides_for(person_here(workspace), _today())


def _today() -> date:
    return datetime.now(UTC).date()


def _protocol(named: str, register: Path | None) -> str:
    from kdsp_lib.protocol.table import DEFAULT, protocol_names
    from kdsp_lib.source.workspace import find_workspace

    if named and named not in protocol_names():
        fault = Fault("--protocol", f"one of {', '.join(protocol_names())}")
        raise BadParameters("There is no such protocol.", faults=[fault])
    return named or (DEFAULT if register is not None else find_workspace().protocol)


def _decide_lines(requests: Path, register: Register, protocol: str) -> int:
    """Every line is answered; the code says whether one of them was malformed."""
    from kdsp_lib.protocol.jsonl import answer_lines

    any_malformed = False
    is_conversation = str(requests) == "-"
    with _opened(requests) as file:
        for line in answer_lines(_texts(file), register, protocol):
            print(line.text, flush=is_conversation)
            any_malformed |= line.is_malformed
    return BadParameters.exit_code if any_malformed else 0


def _opened(requests: Path) -> BinaryIO:
    if str(requests) == "-":
        return sys.stdin.buffer
    try:
        return requests.open("rb")
    except OSError as error:
        raise BadParameters(f"{requests} cannot be read: {error.strerror}.") from None


def _texts(file: BinaryIO) -> Iterator[str]:
    """The lines as text. One that is not UTF-8 becomes an empty one, which is malformed in its place."""
    for number, line in enumerate(file):
        try:
            yield line.decode("utf-8-sig" if number == 0 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            yield ""


def _explain(parameters: Path, register: Path | None, known_at: str, notebooks: Path | None, as_json: bool) -> int:
    """The request as the custodian would complete it, and the answer it would give."""
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.custodian.earlier import audited_release
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.opening import check_parameters, open_request, refuse_asker, refuse_to_tell
    from kdsp_lib.custodian.requesting import unknown_parameters
    from kdsp_lib.protocol.explain import explain
    from kdsp_lib.protocol.mending import ways_to_permit
    from kdsp_lib.protocol.vocabulary import read_day
    from kdsp_lib.register.database import Database
    from kdsp_lib.run.parameters import read_parameters
    from kdsp_lib.run.register_check import RegisterCheck
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    asker, check = person_here(workspace), RegisterCheck(workspace, known_at)
    deciding = _register(register, "") if register else check.held.decides_for(asker, _today())
    folder = notebooks or notebooks_of(workspace)

    def unknown(name: str, values: Mapping[str, str | None]) -> list[Fault]:
        return unknown_parameters(name, values, asker, deciding, workspace.protocol)

    given = read_parameters(parameters, folder, unknown)
    report, values = check_parameters(given.report, given.values)
    day = read_day(values["on"])
    assert day is not None, "check_parameters lets no other day through"
    catalogue, records, protocol = Catalogue.load(workspace), workspace.records, workspace.protocol

    with Database(workspace.database) as database:
        entry = audited_release(Ledger(database), values)
    audited = None if entry is None else entry.body

    def opened_by(community: Community) -> Opened:
        return open_request(report, values, asker, community, catalogue, b"", records, protocol, audited)

    opened = opened_by(deciding.on(day))
    decision, refused = opened.decision, None
    refuse_to_tell(opened)
    ways = ways_to_permit(decision, opened.request, opened.community)
    if decision.is_permit:
        try:
            refuse_asker(
                opened, lambda: () if register else check.held.without_acts_of(asker, _today(), day), opened_by
            )
        except NotAuthorised as error:
            refused = error
    is_registrar = register is None and "registrar" in check.held.roles(asker, _today())
    if as_json:
        told = [[change.text for change in way] for way in ways]
        print_json({**_as_json(opened, refused, to_registrar=is_registrar), "ways": told})
    else:
        print(explain(decision, replace(opened.request, report=opened.name), ways).to_text(to_registrar=is_registrar))
    if refused is not None:
        raise refused
    return 0 if decision.is_permit else NotAuthorised.exit_code


def _as_json(opened: Opened, refused: NotAuthorised | None, *, to_registrar: bool) -> dict[str, object]:
    """The decision with its request. Which members of a group it leaves out, the registrar alone reads."""
    shown = {"request": opened.request.to_mapping(), **opened.decision.to_json()}
    if not to_registrar:
        del shown["recipients"]
        shown["left_out"] = len(opened.decision.refused)
    return {**shown, "refused_to_you": None if refused is None else refused.to_json()}
