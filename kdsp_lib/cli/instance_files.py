"""The files of an instance, and of an answer: read whole, with every fault by its line; written whole or not at all."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import scipy.sparse as sp

from kdsp_lib.cli.csv_columns import faults_at, numbers_of, read_columns, read_csv, refused
from kdsp_lib.errors import BadParameters, BadSource, Fault
from kdsp_lib.model.policy import BASES
from kdsp_lib.protect.hierarchy import Dimension
from kdsp_lib.protect.instance import (
    CELLS,
    OPTIONAL,
    REQUIRED,
    Cells,
    Contributions,
    Instance,
    Meta,
    check_cells,
    make_instance,
    read_meta,
)
from kdsp_lib.protect.published_rows import FILE, NO_COLUMN
from kdsp_lib.protect.published_spec import Spec, read_spec
from kdsp_lib.protect.rounding import Rounded, adds_up
from kdsp_lib.protect.system import Bools, Floats, Ints, System
from kdsp_lib.source.files import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

SHORTEST_KEY = 16


def read_instance(folder: Path, *, zeros: Literal["printed", "hidden"] = "printed") -> Instance:
    """The instance in a folder. Raises `BadSource` with every fault of every file: the line, what was expected."""
    meta, faults = _read_meta(folder / "meta.json")
    cells, wrong = _read_cells(folder, meta)
    faults += wrong
    if cells is None:
        raise refused(folder, faults)
    equations, wrong_sums = _read_equations(folder, meta, cells.size)
    contributions, wrong_parts = _read_contributions(folder / "contributions.csv", cells)
    faults += wrong_sums + wrong_parts
    if meta is None or faults:
        raise refused(folder, faults)
    return make_instance(meta, cells, equations, contributions, zeros=zeros)


def read_answered(folder: Path, answer: Path) -> tuple[Instance, Bools]:
    """An instance and which cells its answer hides. Raises `BadSource` with every fault of either."""
    try:
        instance = read_instance(folder)
    except BadSource as unreadable:
        cells, _ = _read_cells(folder, None)
        try:
            read_answer(answer, cells.size if cells else None)
        except BadSource as other:
            raise refused(Path(f"{folder} with {answer}"), [*unreadable.faults, *other.faults]) from None
        raise
    return instance, read_answer(answer, instance.system.size)


def read_answer(path: Path, size: int | None) -> Bools:
    """Which cells a protected table hides. Raises `BadSource` unless it names each of ``size`` cells once.

    Where it is not known how many there are, as many are expected as it has rows.
    """
    table, faults = read_csv(path, ["id", "published"], others=True)
    if table is None:
        raise refused(path, faults)
    cell, wrong = numbers_of(table, "id", path.name)
    published, wrong_flags = numbers_of(table, "published", path.name)
    faults += wrong + wrong_flags
    size = len(cell) if size is None else size
    for column, bad, text in (
        (
            "id",
            np.isfinite(cell) & ~np.isin(cell, np.arange(size)),
            f"a cell of the instance is expected: 0 to {size - 1}",
        ),
        ("published", np.isfinite(published) & ~np.isin(published, (0, 1)), "1 (published) or 0 is expected"),
        ("id", np.isin(np.arange(len(cell)), np.unique(cell, return_index=True)[1], invert=True), "is named before"),
    ):
        faults += faults_at(path.name, bad, text, column)
    missing = np.setdiff1d(np.arange(size), cell)
    if len(missing):
        named = ", ".join(map(str, missing[:10].tolist())) + (f" and {len(missing) - 10} more" * (len(missing) > 10))
        faults.append(Fault(path.name, f"names no cell {named}", "id"))
    if faults:
        raise refused(path, faults)
    hidden = np.zeros(size, bool)
    hidden[cell.astype(np.int64)] = published == 0
    return hidden


def read_key(path: Path) -> bytes:
    """A secret that blurs prices. Raises `BadParameters` where it is too short to be one."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise BadParameters(f"{path} cannot be read: {error.strerror}.") from None
    if len(key) < SHORTEST_KEY:
        remedy = f"head -c 32 /dev/urandom > {path.name}"
        raise BadParameters(f"A key has {SHORTEST_KEY} bytes or more.", remedy=remedy)
    return key


def is_rounded(path: Path) -> bool:
    """Whether an answer is one of rounded counts."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return "rounded" in file.readline()
    except (OSError, UnicodeDecodeError):
        return False


def read_rounded(path: Path, system: System) -> Rounded:
    """The rounded counts of an answer. Raises `BadSource` unless they are of every cell, near it, and add up."""
    table, faults = read_csv(path, ["id", "rounded", "base"])
    if table is None:
        raise refused(path, faults)
    cell, wrong = numbers_of(table, "id", path.name)
    values, wrong_values = numbers_of(table, "rounded", path.name)
    bases, wrong_bases = numbers_of(table, "base", path.name)
    faults += [*wrong, *wrong_values, *wrong_bases]
    if not faults and not np.array_equal(cell, np.arange(system.size)):
        faults.append(
            Fault(path.name, f"each cell of the instance is expected once, in order: 0 to {system.size - 1}", "id")
        )
    if not faults:
        faults += faults_at(
            path.name,
            ~np.isin(bases, BASES) | (bases != bases[0]),
            "5 or 10, the same in each row, is expected",
            "base",
        )
    if faults:
        raise refused(path, faults)
    base = int(bases[0])
    rounded = Rounded(values, base, np.abs(values - system.statistics[0].values) >= base)
    if not adds_up(system, rounded):
        raise BadSource(
            f"{path} is no rounding of this instance.",
            faults=[Fault(path.name, "multiples near the counts, of which all sums hold, are expected", "rounded")],
        )
    return rounded


def read_spec_file(path: Path) -> Spec:
    """How to read a published table, from YAML. Raises `BadParameters` with every fault."""
    import yaml

    try:
        given = yaml.safe_load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadParameters(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name} line {mark.line + 1}" if mark else path.name
        raise BadParameters(f"{path} cannot be read.", faults=[Fault(place, "is not YAML in UTF-8")]) from None
    return read_spec(given, path.name)


def read_published(paths: Sequence[Path], spec: Spec) -> dict[str, list[str]]:
    """A published table as printed, a list of texts for each of its columns.

    Several files are one table, each with the columns it has, and their names in the column `FILE`. Raises `BadSource`
    where a column of the spec is in none of them.
    """
    if len(paths) == 1:
        return read_columns(paths[0], sorted(spec.columns))
    tables = [read_columns(path, ()) for path in paths]
    empty = [path for path, table in zip(paths, tables, strict=True) if not set(table) & set(spec.values)]
    if empty:
        faults = [Fault(path.name, f"none of the columns {', '.join(spec.values)} is there") for path in empty]
        raise BadSource("Some files have no figures that the spec names.", faults=faults)
    names = dict.fromkeys(name for table in tables for name in table)
    if FILE in names:
        raise BadParameters(
            f"The files have a column {FILE!r}, which is where the name of each goes.", remedy="rename that column"
        )
    sizes = [len(next(iter(table.values()))) for table in tables]
    joined = {
        name: [text for table, size in zip(tables, sizes, strict=True) for text in table.get(name, [NO_COLUMN] * size)]
        for name in names
    }
    return joined | {FILE: [path.name for path, size in zip(paths, sizes, strict=True) for _ in range(size)]}


def write_answer(path: Path, hidden: Bools) -> None:
    """``id,published``, one row a cell."""
    rows = "".join(f"{cell},{int(not is_hidden)}\n" for cell, is_hidden in enumerate(hidden.tolist()))
    write_atomically(path, f"id,published\n{rows}".encode())


def write_rounded(path: Path, rounded: Rounded) -> None:
    """``id,rounded,base``, one row a cell."""
    rows = "".join(f"{cell},{value:.0f},{rounded.base}\n" for cell, value in enumerate(rounded.values.tolist()))
    write_atomically(path, f"id,rounded,base\n{rows}".encode())


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Arrays as an ``.npz``, for this person's eyes only: witnesses hold differences of true values."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
    write_atomically(path, buffer.getvalue(), mode=0o600)


def _read_meta(path: Path) -> tuple[Meta | None, list[Fault]]:
    try:
        given = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        return None, [Fault(path.name, f"cannot be read: {error.strerror}")]
    except ValueError as error:
        line = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return None, [Fault(f"{path.name}{line}", "is not JSON in UTF-8")]
    return read_meta(given, path.name)


def _read_cells(folder: Path, meta: Meta | None) -> tuple[Cells | None, list[Fault]]:
    """The cells; without ``meta``, what can be said of them without knowing their dimensions."""
    path = folder / CELLS
    if not path.exists() and (folder / f"{CELLS}.gz").exists():
        path = folder / f"{CELLS}.gz"
    dimensions = meta.dimensions if meta else ()
    needed = ["id", *(dimension.name for dimension in dimensions), *REQUIRED]
    table, faults = read_csv(path, needed, optional=[*OPTIONAL, "single"], others=meta is None)
    if table is None:
        return None, faults
    if not table.num_rows:
        return None, [Fault(path.name, "holds no cell")]
    ids, wrong = numbers_of(table, "id", CELLS)
    faults += wrong
    if not wrong and (astray := np.nonzero(ids != np.arange(len(ids)))[0]).size:
        others = f"; so it is in {len(astray) - 1} more rows" * (len(astray) > 1)
        text = f"the number of the row is expected: {astray[0]} here{others}"
        faults.append(Fault(f"{CELLS} line {astray[0] + 2}", text, "id"))
    codes, labels = [], []
    for dimension in dimensions:
        places, called, wrong = _places(table, dimension)
        codes.append(places)
        labels.append(called)
        faults += wrong
    numbers: dict[str, Floats] = {}
    for column in REQUIRED:
        numbers[column], wrong = numbers_of(table, column, CELLS)
        faults += wrong
    for column, missing in OPTIONAL.items():
        numbers[column] = np.full(table.num_rows, missing)
        if column in table.column_names:
            numbers[column], wrong = numbers_of(table, column, CELLS, missing)
            faults += wrong
    single = table["single"].to_pylist() if "single" in table.column_names else [""] * table.num_rows
    cells = Cells(tuple(codes), numbers, single, tuple(labels))
    told = {(fault.place, fault.field) for fault in faults}
    further = check_cells(meta or Meta("", "mag", ()), cells)
    return cells, [*faults, *(fault for fault in further if (fault.place, fault.field) not in told)]


def _places(table: pa.Table, dimension: Dimension) -> tuple[Ints, Sequence[str], list[Fault]]:
    """Each cell's place among the codes of a dimension, and these codes."""
    found = table[dimension.name].combine_chunks().dictionary_encode()
    labels, place = found.dictionary.to_pylist(), found.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if dimension.root is None:
        return place, labels, []
    known = {code: position for position, code in enumerate(dimension.codes)}
    places = np.array([known.get(label, -1) for label in labels], dtype=np.int64)[place]
    text = "a code of this dimension's hierarchy in meta.json is expected"
    return places, dimension.codes, faults_at(CELLS, places < 0, text, dimension.name)


def _read_equations(folder: Path, meta: Meta | None, size: int) -> tuple[sp.csr_matrix | None, list[Fault]]:
    arrays, listed = folder / "eqs.npz", folder / "eqs.csv"
    if arrays.exists():
        return _read_matrix(arrays, size)
    if listed.exists():
        return _read_listed(listed, size)
    if meta is not None and not meta.has_hierarchies:
        return None, [Fault("meta.json", "dimensions without root need their sums in eqs.csv or eqs.npz", "dims")]
    return None, []


def _read_matrix(path: Path, size: int) -> tuple[sp.csr_matrix | None, list[Fault]]:
    try:
        matrix = sp.csr_matrix(sp.load_npz(path), dtype=np.float64)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None, [Fault(path.name, "a sparse matrix as scipy.sparse.save_npz writes it is expected")]
    if matrix.shape[1] != size or not np.isfinite(matrix.data).all():
        return None, [Fault(path.name, f"a matrix of finite numbers with {size} columns, one a cell, is expected")]
    return matrix, []


def _read_listed(path: Path, size: int) -> tuple[sp.csr_matrix | None, list[Fault]]:
    table, faults = read_csv(path, ["eq", "cell", "coef"])
    if table is None:
        return None, faults
    columns = {}
    for column in ("eq", "cell", "coef"):
        columns[column], wrong = numbers_of(table, column, path.name)
        faults += wrong
    eq, cell = columns["eq"], columns["cell"]
    faults += _faults_of_cells(cell, size, path.name)
    astray = np.isfinite(eq) & ((eq < 0) | (eq != np.round(eq)) | (eq > 1e9))
    faults += faults_at(path.name, astray, "the number of an equation is expected", "eq")
    if faults:
        return None, faults
    _, row = np.unique(columns["eq"], return_inverse=True)
    shape = (int(row.max(initial=-1)) + 1, size)
    return sp.csr_matrix((columns["coef"], (row, columns["cell"].astype(np.int64))), shape=shape), []


def _read_contributions(path: Path, cells: Cells) -> tuple[Contributions | None, list[Fault]]:
    if not path.exists():
        return None, []
    table, faults = read_csv(path, ["cell", "owner", "value"])
    if table is None:
        return None, faults
    cell, wrong = numbers_of(table, "cell", path.name)
    value, wrong_values = numbers_of(table, "value", path.name)
    astray = _faults_of_cells(cell, cells.size, path.name)
    faults += wrong + wrong_values + astray
    owner = table["owner"].to_pylist()
    seen: dict[tuple[float, str], int] = {}
    for row, pair in enumerate(zip(cell.tolist(), owner, strict=True)):
        place = f"{path.name} line {row + 2}"
        if not pair[1]:
            faults.append(Fault(place, "the name of a contributor is expected", "owner"))
        elif seen.setdefault(pair, row) != row:
            faults.append(Fault(place, f"the same cell and owner stand on line {seen[pair] + 2}", "owner"))
    may_be_below = np.zeros(len(cell), bool)
    if not (wrong or astray):
        may_be_below = cells.numbers["lb"][cell.astype(np.int64)] < 0
    text = "a number that is not below 0 is expected, unless lb of the cell is"
    faults += faults_at(path.name, (value < 0) & ~may_be_below, text, "value")
    return (None, faults) if faults else (Contributions(cell.astype(np.int64), owner, value), [])


def _faults_of_cells(cell: Floats, size: int, name: str) -> list[Fault]:
    astray = np.isfinite(cell) & ((cell < 0) | (cell >= size) | (cell != np.round(cell)))
    return faults_at(name, astray, f"the id of a cell is expected: 0 to {size - 1}", "cell")
