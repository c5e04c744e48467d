"""``kdsp decide``: may this be shared, and by which clauses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.journal_commands import KnownAt
from kdsp_lib.errors import BadParameters, Fault, NotAuthorised

if TYPE_CHECKING:
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
    return _explain(parameters, _register(register, known_at), notebooks, as_json)


def _register(register: Path | None, known_at: str) -> Register:
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import held_register
    from kdsp_lib.register.reading import read_register
    from kdsp_lib.source.workspace import find_workspace

    if register is not None:
        return read_register(register)
    workspace = find_workspace()
    with Database(workspace.database) as database:
        return held_register(workspace.register, database, known_at)


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


def _explain(parameters: Path, register: Register, notebooks: Path | None, as_json: bool) -> int:
    """The request as the custodian would complete it, and the answer it would give."""
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.custodian.opening import check_parameters, open_request
    from kdsp_lib.protocol.explain import explain
    from kdsp_lib.protocol.mending import ways_to_permit
    from kdsp_lib.protocol.vocabulary import read_day
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import held_roles
    from kdsp_lib.run.parameters import read_parameters
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.workspace import find_workspace

    workspace = find_workspace()
    given = read_parameters(parameters, notebooks or notebooks_of(workspace))
    report, values = check_parameters(given.notebook.stem, given.values)
    day = read_day(values["on"])
    assert day is not None, "check_parameters lets no other day through"
    community = register.on(day)
    try:
        catalogue, records, protocol = Catalogue.load(workspace), workspace.records, workspace.protocol
        opened = open_request(report, values, workspace.requester, community, catalogue, b"", records, protocol)
    except BadParameters as error:
        raise _by_line(error, parameters) from None
    decision = opened.decision
    ways = ways_to_permit(decision, opened.request, community)
    if as_json:
        told = [[change.text for change in way] for way in ways]
        print_json({"request": opened.request.to_mapping(), **decision.to_json(), "ways": told})
    else:
        with Database(workspace.database) as database:
            roles = held_roles(workspace.requester, database, datetime.now(UTC).date())
        print(explain(decision, opened.request, ways).to_text(to_registrar="registrar" in roles))
    return 0 if decision.is_permit else NotAuthorised.exit_code


def _by_line(error: BadParameters, parameters: Path) -> BadParameters:
    """The same faults, each with the line of the file on which its field stands."""
    lines = parameters.read_text("utf-8").splitlines()
    places = {line.split(":")[0].strip(" \"'"): f"line {number}" for number, line in enumerate(lines, start=1)}
    faults = [Fault(fault.place or places.get(fault.field, ""), fault.text, fault.field) for fault in error.faults]
    return BadParameters(f"{parameters}: {error.message}", faults=faults, remedy=error.remedy)
