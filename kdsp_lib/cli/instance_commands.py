"""``kdsp protect`` and ``kdsp audit``: any table in the neutral format, without a school in sight."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kdsp_lib.cli.console import Json, print_json, progress, withheld
from kdsp_lib.errors import BadParameters, BadSource

LEAK = 1
"""The exit code of an audit that found something."""

if TYPE_CHECKING:
    from kdsp_lib.protect.printed import Result
    from kdsp_lib.protect.system import Bools, System


def protect_instance(
    instance: Annotated[Path, typer.Argument(metavar="INSTANCE_DIR", help="A folder with meta.json and cells.csv.")],
    out: Annotated[Path, typer.Option(metavar="PROTECTED.csv", help="Where the answer goes.")],
    lower_bound: Annotated[
        int, typer.Option(min=0, max=1, help="The least that an attacker knows of a withheld count; 0 may hide zeros.")
    ] = 1,
    effort: Annotated[
        str, typer.Option(help="How long to look for fewer cells: quick, normal or thorough.")
    ] = "normal",
    witnesses: Annotated[
        Path | None, typer.Option(metavar="FILE.npz", help="Keep the proof. It holds differences of true values.")
    ] = None,
    method: Annotated[
        str, typer.Option(help="suppression: which cells to withhold; rounding: every count to a multiple of the base.")
    ] = "suppression",
    base: Annotated[int, typer.Option(help="What counts are rounded to multiples of: 5 or 10.")] = 5,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A secret file that blurs prices: see docs/disclosure.md.")
    ] = None,
) -> int:
    """Choose which cells of a table to withhold, or round them all, so that nobody works out what needs protection.

    The last line printed is the answer as JSON. Where it cannot be proved, there is no file.
    """
    if method == "rounding":
        if witnesses is not None or key is not None:
            raise BadParameters(
                "Rounding has no proof to keep and no prices.", remedy="leave out --witnesses and --key"
            )
        return _round_instance(instance, out, base)
    if method != "suppression":
        raise BadParameters(f"There is no method {method!r}.", remedy="choose suppression or rounding")
    from time import perf_counter

    from kdsp_lib.cli.instance_files import read_instance, read_key, write_answer, write_arrays
    from kdsp_lib.cli.outcome import show
    from kdsp_lib.protect.blur import with_blurred_prices
    from kdsp_lib.protect.certificate import certificates
    from kdsp_lib.protect.pattern import protect_system
    from kdsp_lib.protect.system import Unprotectable

    started = perf_counter()
    with progress(f"Reading {instance.name}") as step:
        system = read_instance(instance, zeros="printed" if lower_bound else "hidden").system
        if key is not None:
            system = with_blurred_prices(system, read_key(key))
        step(f"Protecting {instance.name}")
        try:
            pattern = protect_system(system, effort=effort)
        except Unprotectable as refusal:
            _answer(system, started, proved=False, unprovable=list(refusal.cells), changes=[])
            return show(refusal)
    secondary = pattern.hidden & ~system.primary
    zeros = (secondary & system.sampling_zeros).nonzero()[0].tolist()
    write_answer(out, pattern.hidden)
    if witnesses is not None:
        write_arrays(witnesses, certificates(system, pattern))
    changes = [{"kind": "hide_zero", "ids": zeros}]
    _answer(system, started, secondary, proved=pattern.proved, unprovable=[], changes=changes)
    return 0


def audit_instance(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="INSTANCE_DIR | RELEASE_DIR", help="An instance with its answer; or a release folder."),
    ] = None,
    answer: Annotated[Path | None, typer.Argument(metavar="PROTECTED.csv", help="What is published of it.")] = None,
    published: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Any published CSV file, with --spec; again for more that hang together."),
    ] = None,
    spec: Annotated[Path | None, typer.Option(metavar="SPEC.yaml", help="How to read it: see docs/formats.md.")] = None,
    as_json: Json = False,
) -> int:
    """Attack a protected table, a release or a published file; the exit code is 1 where something can be worked out."""
    if published and spec is not None and folder is None:
        return _audit_published(published, spec, as_json)
    if folder is not None and not published and spec is None:
        return _audit_release(folder, as_json) if answer is None else _audit_answer(folder, answer, as_json)
    raise BadParameters(
        "Give INSTANCE_DIR and PROTECTED.csv, or RELEASE_DIR, or --published FILE and --spec SPEC.yaml.",
        remedy="kdsp audit --help",
    )


def _round_instance(instance: Path, out: Path, base: int) -> int:
    from time import perf_counter

    from kdsp_lib.cli.instance_files import read_instance, write_rounded
    from kdsp_lib.cli.outcome import show
    from kdsp_lib.protect.rounding import round_system
    from kdsp_lib.protect.system import Unprotectable

    started = perf_counter()
    with progress(f"Reading {instance.name}") as step:
        system = read_instance(instance, zeros="hidden").system
        step(f"Rounding {instance.name}")
        try:
            rounded = round_system(system, base)
        except Unprotectable as refusal:
            _answer(system, started, proved=False, unprovable=list(refusal.cells), method="rounding", base=base)
            return show(refusal)
    write_rounded(out, rounded)
    farther = int(rounded.farther.sum())
    _answer(system, started, proved=True, unprovable=[], method="rounding", base=base, farther=farther)
    return 0


def _answer(system: System, started: float, secondary: Bools | None = None, **proof: Any) -> None:
    """The answer as the last line on standard output."""
    import json
    import resource
    from time import perf_counter

    hidden_value = 0.0 if secondary is None else float(system.statistics[0].values[secondary].sum())
    answer = {
        "primaries": int(system.primary.sum()),
        "secondary": 0 if secondary is None else int(secondary.sum()),
        "hidden_value": int(hidden_value) if hidden_value == int(hidden_value) else hidden_value,
        "seconds": round(perf_counter() - started, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps({**answer, **proof}), flush=True)


def _audit_answer(instance: Path, answer: Path, as_json: bool) -> int:
    from kdsp_lib.cli.instance_files import is_rounded, read_answered
    from kdsp_lib.protect.audit import audit_system
    from kdsp_lib.protect.instance_attack import intervals

    if is_rounded(answer):
        return _audit_rounded(instance, answer, as_json)

    with progress(f"Attacking {answer.name}") as step:
        step(f"Attacking {answer.name}")
        whole, hidden = read_answered(instance, answer)
        system = whole.system
        zeros_hidden = bool((hidden & system.sampling_zeros).any())
        findings = audit_system(system, hidden, zeros_hidden=zeros_hidden)
        told = intervals(whole, hidden, (*findings.exact, *findings.narrow), zeros_hidden=zeros_hidden)
    if as_json:
        known = [cell.to_json() for cell in told]
        print_json(
            {"hidden": int(hidden.sum()), "zeros_hidden": zeros_hidden, **findings.to_json(), "intervals": known}
        )
    else:
        print(f"{int(hidden.sum())} cells are withheld, {int(system.primary.sum())} of them need protection.")
        for words, cells in findings.told():
            print(f"{words}: {len(cells)}" + (f" (cells {', '.join(map(str, cells))})" if cells else ""))
        for cell in told:
            print(f"  cell {cell.column}, {cell.id}: {cell.between}: {cell.how}")
        printed = sorted(set(findings.exact) - {int(cell.column) for cell in told})
        for cell_number in printed:
            print(f"  cell {cell_number}, {whole.name(cell_number)}: needs protection, and is printed")
    return 0 if findings.is_safe else LEAK


def _audit_rounded(instance: Path, answer: Path, as_json: bool) -> int:
    from kdsp_lib.cli.instance_files import read_instance, read_rounded
    from kdsp_lib.protect.rounding import audit_rounded

    with progress(f"Attacking {answer.name}") as step:
        step(f"Attacking {answer.name}")
        system = read_instance(instance, zeros="hidden").system
        rounded = read_rounded(answer, system)
        findings = audit_rounded(system, rounded)
    if as_json:
        print_json({"base": rounded.base, "farther": int(rounded.farther.sum()), **findings.to_json()})
    else:
        needed = int(system.primary.sum())
        print(f"{system.size} cells are rounded to multiples of {rounded.base}, {needed} of them need protection.")
        for words, cells in findings.told():
            print(f"{words}: {len(cells)}" + (f" (cells {', '.join(map(str, cells))})" if cells else ""))
    return 0 if findings.is_safe else LEAK


def _audit_release(folder: Path, as_json: bool) -> int:
    """The count tables of a release; and whether its files are as they were written."""
    if (folder / "meta.json").exists() and not (folder / "tables.json").exists():
        raise BadParameters(f"{folder} is an instance: what is published of it?", remedy="name PROTECTED.csv after it")
    from kdsp_lib.cli.release_files import OWN_FIGURES, identifiable, read_release_tables
    from kdsp_lib.protect.linked_tables import attack_linked
    from kdsp_lib.release.manifest import MANIFEST
    from kdsp_lib.release.read import verify_release

    with _entered(folder), progress(f"Attacking {folder.name}") as step:
        changed = verify_release(folder) if (folder / MANIFEST).exists() else ()
        step(f"Attacking {folder.name}")
        result = attack_linked(*read_release_tables(folder))
    if (own := identifiable(folder)) in OWN_FIGURES:
        print(f"Note: {OWN_FIGURES[own]}.", file=sys.stderr)
    code = _show_result(result, as_json)
    if changed:
        unsound = BadSource(f"The release {folder.name} is not as it was written.", faults=changed)
        print(unsound.shown(), file=sys.stderr)
        return code or unsound.exit_code
    return LEAK if result.small else code


def _entered(folder: Path) -> AbstractContextManager[None]:
    """An entry in the access log of the workspace whose release it is; of a copy elsewhere nobody keeps one."""
    from kdsp_lib.cli.evidence import entered
    from kdsp_lib.cli.verify_commands import report_of
    from kdsp_lib.source.workspace import find_workspace

    try:
        workspace = find_workspace(folder.resolve())
    except BadParameters:
        return nullcontext()
    return entered(workspace, "audit", report_of(folder.resolve()))


def _audit_published(published: Sequence[Path], spec: Path, as_json: bool) -> int:
    from kdsp_lib.cli.instance_files import read_published, read_spec_file
    from kdsp_lib.protect.published import attack_published

    how = read_spec_file(spec)
    name = ", ".join(path.name for path in published)
    with progress(f"Attacking {name}") as step:
        step(f"Attacking {name}")
        result = attack_published(how, read_published(published, how), name)
    return _show_result(result, as_json)


def _show_result(result: Result, as_json: bool) -> int:
    """What can be worked out of printed tables, as text or as JSON; and the exit code."""
    for doubt in result.doubts:
        print(f"Note: {doubt}.", file=sys.stderr)
    if as_json:
        print_json(result.to_json())
    else:
        print(f"{withheld(result.hidden)}; {len(result.recovered)} of them can be worked out.")
        for cell in result.recovered:
            print(f"  {cell.id}  {cell.column}: {cell.between}: {cell.how}")
        if result.small:
            print(f"{len(result.small)} more are known to be below {result.threshold}:")
        for cell in result.small:
            print(f"  {cell.id}  {cell.column}: {cell.between}: {cell.how}")
    return LEAK if result.recovered else 0
