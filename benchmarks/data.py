"""How long data takes to load and to count, beside pandas and plain DuckDB: ``python benchmarks/data.py``.

Each one's turn is a process of its own, and the turns alternate, so that what else the machine does falls on all alike.
Ratios are of processor time within a round, kdsp's to the other's; the table has the middle one of ``--rounds``. Where
the answers are not the same, it ends. ``--census-file`` is a school census file of performance tables, as downloaded.

What is compared is the same work where it says "checked" alone. Else kdsp does more: it holds every value to its
contract, makes returns into six tables whose pupils are matched, hashes what it keeps and reads, and locks its data.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

Steps = Iterator[tuple[str, Callable[[], Any]]]
"""The steps of a turn, in order: what each is called, and how it is done. The last one's answer is compared."""
PERIOD, TODAY = "2025/26-spring", date(2026, 3, 2)
DIMENSIONS = ("ncyear", "ethnicity", "language", "fsm6", "sen_provision", "enrol_status")
OTHERS = DIMENSIONS[:2]
"""Asked first, to warm up: of a question that it was asked before, kdsp remembers the answer."""
RETURNS = "files/school-census/2025-26-spring"
TURN = "--turn"


def make_nation(folder: Path, pupils: int) -> None:
    """A census of so many pupils as a data set, its codes drawn evenly: as many different groups as there can be."""
    import numpy as np
    import pyarrow as pa

    from kdsp_lib.source.catalogue import DataSet, record
    from kdsp_lib.source.contract import CONTRACTS, arrow_schema
    from kdsp_lib.source.snapshot import write_snapshot
    from kdsp_lib.source.workspace import init_workspace

    dice, contract = np.random.default_rng(7), CONTRACTS["census"]

    def drawn(values: list[str]) -> Any:
        return pa.DictionaryArray.from_arrays(dice.integers(0, len(values), pupils, np.int32), values).cast(pa.string())

    columns = {
        "pupil_key": pa.array(np.char.add("p", np.arange(pupils).astype("U8"))),
        "urn": drawn([str(100_000 + n) for n in range(22_000)]),
        **{c.name: pa.array(dice.random(pupils) < 0.3) for c in contract.columns if c.type == "yes-no"},
        **{c.name: drawn(list(c.codes)) for c in contract.columns if c.codes},
    }
    table = pa.table({name: columns[name] for name in contract.names}, schema=arrow_schema(contract))
    workspace = init_workspace(folder)
    kept = write_snapshot(table, workspace.data)
    record(
        workspace,
        DataSet("census", PERIOD, kept.sha256, pupils, True, True, contract.categories, "drawn", "2026-03-02"),
    )


def census_of(folder: Path) -> Path:
    """The snapshot of a workspace's census, as its catalogue names it."""
    datasets = json.loads((folder / "data" / "catalogue.json").read_text())["datasets"]
    wanted = ("census", PERIOD, True)
    found = next(each for each in datasets if (each["dataset"], each["period"], each["current"]) == wanted)
    return folder / "data" / "snapshots" / f"{found['snapshot']}.parquet"


def nation_by_kdsp(folder: Path) -> Steps:
    import ibis
    import pandas  # noqa: F401

    from kdsp_lib.source.tables import open_tables
    from kdsp_lib.source.workspace import read_workspace

    ibis.duckdb.compile(ibis.table({"a": "string"}, name="t").count())
    opened: list[Any] = []
    yield "open", lambda: opened.append(open_tables(read_workspace(folder), PERIOD, ["census"]))
    census = opened[0].census
    asked = census.group_by(list(DIMENSIONS)).aggregate(n=census.count())
    other = census.group_by(list(OTHERS)).aggregate(n=census.count())
    yield "warm", lambda: opened[0].frame(other)
    yield "group by six", lambda: _told(opened[0].frame(asked))


def nation_by_duckdb(folder: Path) -> Steps:
    import duckdb
    import pandas  # noqa: F401

    from kdsp_lib.source.tables import THREADS

    connection = duckdb.connect(config={"threads": THREADS})
    path = census_of(folder)
    asked = f"SELECT {', '.join(DIMENSIONS)}, count(*) AS n FROM census GROUP BY ALL"
    yield "open", lambda: connection.execute("CREATE TABLE census AS SELECT * FROM read_parquet(?)", [str(path)])
    yield "warm", lambda: connection.execute(asked.replace(", ".join(DIMENSIONS), ", ".join(OTHERS))).df()
    yield "group by six", lambda: _told(connection.execute(asked).df())


def nation_by_pandas(folder: Path) -> Steps:
    import pandas as pd
    import pyarrow.parquet  # noqa: F401

    frames: list[Any] = []
    path = census_of(folder)
    by = list(DIMENSIONS)
    yield "open", lambda: frames.append(pd.read_parquet(path))
    yield "warm", lambda: frames[0].groupby(list(OTHERS), dropna=False, observed=True).size()
    yield "group by six", lambda: _told(frames[0].groupby(by, dropna=False, observed=True).size().reset_index(name="n"))


def _told(frame: Any) -> list[int]:
    """What two equal answers have alike: how many groups, of how many pupils, and the sum of the squares."""
    counts = frame["n"].astype("int64")
    return [len(frame), int(counts.sum()), int((counts * counts).sum())]


def file_by_kdsp(path: Path) -> Steps:
    import pyarrow  # noqa: F401

    from kdsp_lib.source.load import KINDS, read_file
    from kdsp_lib.source.published import CENSUS

    yield "warm", _check_something
    yield "load", lambda: read_file(KINDS[CENSUS], path, "2022/23")[0].num_rows


def _check_something() -> None:
    """What is imported when the first table is checked is no part of reading the next."""
    import pyarrow as pa

    from kdsp_lib.source.checking import check_table
    from kdsp_lib.source.contract import CONTRACTS, arrow_schema

    contract = CONTRACTS["former-upns"]
    row = {"pupil_key": "p1", "upn": "F340200024017"}
    check_table(pa.Table.from_pylist([row], arrow_schema(contract)), contract)


def file_by_duckdb(path: Path) -> Steps:
    import duckdb

    connection = duckdb.connect()
    schools = "SELECT count(*) FROM schools WHERE LA IS NOT NULL AND URN NOT IN ('NAT', 'REG')"

    def load() -> int:
        connection.execute("CREATE TABLE schools AS SELECT * FROM read_csv(?, all_varchar = true)", [str(path)])
        return int(connection.execute(schools).fetchall()[0][0])

    yield "load", load


def file_checked_by_duckdb(path: Path) -> Steps:
    """The same work as kdsp's: read as text, then typed, and its rows held to what they must keep between them."""
    import duckdb

    connection = duckdb.connect()
    counts = tuple("NOR NORG NORB TSENELSE TSENELK NUMEAL NUMENGFL NUMUNCFL NUMFSM NUMFSMEVER NORFSMEVER".split())  # noqa: SIM905
    typed = ", ".join(f"TRY_CAST({name} AS INTEGER) AS {name}, {name} AS {name}_said" for name in counts)
    words = "('SUPP', 'NE', 'NA', 'NP', 'NEW', 'LOWCOV', 'SP', 'SN', 'RE', '')"
    broken = " OR ".join(
        [
            *(f"({name} IS NULL AND coalesce({name}_said, '') NOT IN {words}) OR {name} < 0" for name in counts),
            "NORG + NORB > NOR", "TSENELSE + TSENELK > NOR", "NUMEAL + NUMENGFL + NUMUNCFL <> NOR",
            "greatest(NUMFSM, NORFSMEVER) > NOR", "NUMFSMEVER > NORFSMEVER",
        ]
    )  # fmt: skip
    schools = "LA IS NOT NULL AND URN NOT IN ('NAT', 'REG')"

    def load() -> int:
        read = "read_csv(?, all_varchar = true)"
        connection.execute(
            f"CREATE TABLE schools AS SELECT URN, LA, Estab, SCHOOLTYPE, {typed} FROM {read} WHERE {schools}",
            [str(path)],
        )
        connection.execute(f"SELECT count(*) FROM schools WHERE {broken}").fetchall()
        return int(connection.execute("SELECT count(DISTINCT URN) FROM schools").fetchall()[0][0])

    yield "load", load


def file_by_pandas(path: Path) -> Steps:
    import pandas as pd

    def load() -> int:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        return int((frame["LA"].notna() & ~frame["URN"].isin(["NAT", "REG"])).sum())

    yield "load", load


def authority_by_kdsp(folder: Path) -> Steps:
    import pyarrow.parquet  # noqa: F401

    from kdsp_lib.source.adding import add_files
    from kdsp_lib.source.catalogue import Catalogue
    from kdsp_lib.source.load import add_dataset
    from kdsp_lib.source.workspace import init_workspace, read_workspace

    made = Catalogue.load(read_workspace(folder))
    workspace = init_workspace(Path(tempfile.mkdtemp(dir=folder)) / "workspace")
    add_dataset(workspace, "establishments", made.path(made.dataset("establishments")), loaded_on=TODAY)

    def load() -> int:
        loaded = add_files(workspace, "school-census-xml", folder / RETURNS, loaded_on=TODAY)
        return next(each.dataset.rows for each in loaded if each.dataset.dataset == "census")

    yield "warm", _check_something
    yield "load", load


def authority_by_pandas(folder: Path) -> Steps:
    import pandas as pd

    items = [
        "UPN",
        "Surname",
        "Forename",
        "DOB",
        "Ethnicity",
        "Language",
        "EnrolStatus",
        "NCyearActual",
        "SENprovision",
    ]

    def load() -> int:
        files = sorted((folder / RETURNS).iterdir())
        read = [pd.read_xml(file, iterparse={"PupilOnRoll": items}, parser="etree", dtype=str) for file in files]
        return len(pd.concat(read))

    yield "load", load


def authority_by_etree(folder: Path) -> Steps:
    from xml.etree import ElementTree

    import pandas as pd

    pupils = ("PupilOnRoll", "PupilNoLongerOnRoll")

    def load() -> int:
        rows = []
        for file in sorted((folder / RETURNS).iterdir()):
            for _, element in ElementTree.iterparse(file):
                if element.tag in pupils:
                    said = {each.tag: each.text for each in element.iter() if not len(each)}
                    rows.append({**said, "list": element.tag})
                    element.clear()
        return int((pd.DataFrame(rows, dtype=str)["list"] == pupils[0]).sum())

    yield "load", load


CONTESTS: dict[str, dict[str, Callable[[Path], Steps]]] = {
    "pupils of a nation": {"kdsp": nation_by_kdsp, "duckdb": nation_by_duckdb, "pandas": nation_by_pandas},
    "a published file": {
        "kdsp": file_by_kdsp, "duckdb": file_by_duckdb, "duckdb, checked": file_checked_by_duckdb,
        "pandas": file_by_pandas,
    },
    "returns of an authority": {
        "kdsp": authority_by_kdsp, "pandas, eight items": authority_by_pandas, "etree, all items": authority_by_etree,
    },
}  # fmt: skip


def turn(contest: str, who: str, source: Path) -> dict[str, Any]:
    """The seconds, processor seconds and greatest memory of each step, measured here; the answer of the last."""
    measured: dict[str, Any] = {}
    start = None
    for step, do in CONTESTS[contest][who](source):
        start = _memory() if start is None else start
        began, worked = perf_counter(), process_time()
        answer = do()
        measured[step] = (perf_counter() - began, process_time() - worked, _memory() - start)
        measured["answer"] = answer
    return measured


def _memory() -> int:
    """The most that this process has held, in MiB, without what its parent held before: as Linux tells it, in kB."""
    told = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(told.split()[1]) >> 10


def compare(contest: str, source: Path, rounds: int) -> None:
    """Let each have its turn, round by round, and print what it took."""
    found: dict[str, list[dict[str, Any]]] = {who: [] for who in CONTESTS[contest]}
    for _ in range(rounds):
        for who, turns in found.items():
            command = [sys.executable, __file__, TURN, contest, who, str(source)]
            turns.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    if len({json.dumps(each["answer"]) for turns in found.values() for each in turns}) != 1:
        raise SystemExit(f"{contest}: the answers are not the same")
    steps = [step for step in found["kdsp"][0] if step not in ("answer", "warm")]
    for step in steps:
        for who, turns in found.items():
            seconds, worked, memory = (statistics.median(each[step][k] for each in turns) for k in range(3))
            ratio = statistics.median(
                ours[step][1] / theirs[step][1] for ours, theirs in zip(found["kdsp"], turns, strict=True)
            )
            told = "" if who == "kdsp" else f"{ratio:.2f}"
            print(f"| {contest} | {step} | {who} | {seconds:.2f} | {worked:.2f} | {memory:,.0f} | {told} |", flush=True)


def main() -> None:
    """Read the command line, make what is to be loaded, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pupils", type=int, default=8_000_000)
    parser.add_argument(
        "--nation", type=Path, help="a workspace made by kdsp demo --authorities 150; else one is drawn"
    )
    parser.add_argument("--census-file", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(TURN, nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.turn:
        contest, who, source = given.turn
        print(json.dumps(turn(contest, who, Path(source))))
        return
    from kdsp_lib.source.demo.authority import make_authority
    from kdsp_lib.source.demo.files import write_files

    head = ("what", "step", "who", "seconds", "processor seconds", "MiB", "kdsp to it")
    print("| " + " | ".join(head) + " |\n" + "|" + "---|" * len(head))
    with tempfile.TemporaryDirectory() as folder:
        nation = given.nation or Path(folder) / "nation"
        if given.nation is None:
            make_nation(nation, given.pupils)
        compare("pupils of a nation", nation.resolve(), given.rounds)
        if given.census_file:
            compare("a published file", given.census_file.resolve(), given.rounds)
        write_files(make_authority(Path(folder) / "authority"))
        compare("returns of an authority", Path(folder) / "authority", given.rounds)


if __name__ == "__main__":
    main()
