"""``kdsp decide``: may this be shared, and by which clauses."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from kdsp_lib.cli.console import Json, print_json
from kdsp_lib.cli.evidence import entered
from kdsp_lib.cli.journal_commands import KnownAt
from kdsp_lib.errors import BadParameters, Fault, NotAuthorised

if TYPE_CHECKING:
    from kdsp_lib.custodian.opening import Opened
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
    from kdsp_lib.custodian.asked_days import real_day
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import holding
    from kdsp_lib.register.reading import read_register
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.workspace import find_workspace

    if register is not None:
        return read_register(register)
    workspace = find_workspace()
    with entered(workspace, "decide"), Database(workspace.database) as database:
        return holding(workspace.register, database, known_at).decides_for(person_here(workspace), real_day())


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
    """The answer that a run of the file would get: what is refused is nowhere called permitted."""
    from kdsp_lib.cli.run_commands import notebooks_of
    from kdsp_lib.custodian.asked_days import faults_of_days, real_day
    from kdsp_lib.custodian.deciding import Deciding
    from kdsp_lib.custodian.ledger import Ledger
    from kdsp_lib.custodian.requesting import unknown_parameters
    from kdsp_lib.register.database import Database
    from kdsp_lib.register.held import Holding
    from kdsp_lib.register.reading import read_register
    from kdsp_lib.run.parameters import read_parameters
    from kdsp_lib.run.register_check import RegisterCheck
    from kdsp_lib.source.acting import person_here
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.workspace import find_workspace

    workspace, today = find_workspace(), real_day()
    asker = person_here(workspace)
    with entered(workspace, "decide"):
        held = Holding(read_register(register), (), "") if register else RegisterCheck(workspace, known_at).held
        deciding = held.decides_for(asker, today)

        def faults(name: str, values: Mapping[str, str | None]) -> list[Fault]:
            unknown = unknown_parameters(name, values, asker, deciding, workspace.protocol)
            return [*faults_of_days(name, values, today), *unknown]

        given = read_parameters(parameters, notebooks or notebooks_of(workspace), faults)
        with Database(workspace.database) as database:
            catalogue, ledger = Catalogue.load(workspace), Ledger(database)
            by = Deciding(held, catalogue, ledger, today, workspace.records, workspace.protocol)
            opened, refused = by.opened(asker, given.report, given.values, given.notebook.stem), None
            try:
                by.refuse_unless_permitted(opened, given.notebook.stem)
            except NotAuthorised as error:
                refused = error
        is_registrar = register is None and "registrar" in held.roles(asker, today)
    print_json(_as_json(opened, refused, is_registrar)) if as_json else _tell(opened, refused, is_registrar)
    if refused is not None and opened.decision.is_permit:
        raise refused
    return 0 if refused is None else refused.exit_code


def _tell(opened: Opened, refused: NotAuthorised | None, is_registrar: bool) -> None:
    """The decision in sentences; what is refused although both days would permit it is told by its refusal alone."""
    from kdsp_lib.custodian.deciding import ended
    from kdsp_lib.protocol.explain import explain
    from kdsp_lib.protocol.mending import ways_to_permit

    if refused is not None and opened.decision.is_permit:
        return
    if opened.has_ended:
        print(ended(opened))
    request, community = opened.settled_by
    ways = ways_to_permit(opened.decision, request, community)
    print(explain(opened.decision, replace(request, report=opened.name), ways).to_text(to_registrar=is_registrar))


def _as_json(opened: Opened, refused: NotAuthorised | None, is_registrar: bool) -> dict[str, object]:
    """The decision with its request. Which members of a group it leaves out, the registrar alone reads."""
    from kdsp_lib.protocol.mending import ways_to_permit

    request, community = opened.settled_by
    shown = {"request": request.to_mapping(), **opened.decision.to_json()}
    if not is_registrar:
        del shown["recipients"]
        shown["left_out"] = len(opened.decision.refused)
    if refused is not None and opened.decision.is_permit:
        shown |= {"decision": "deny", "clauses": list(refused.clauses), "obligations": [], "reasons": []}
    ways = ways_to_permit(opened.decision, request, community)
    return {
        **shown,
        "permission_ended": opened.has_ended,
        "refused_to_you": refused.to_json() if refused is not None and opened.decision.is_permit else None,
        "ways": [[change.text for change in way] for way in ways],
    }
