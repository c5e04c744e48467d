"""An instance protected by acro, in an environment of its own: ``acro_tables.py FOLDER OUT.csv``.

A researcher's way: a row a pupil, made from the finest counts, and a cross-tabulation for every combination of levels,
each with suppression on and the instance's threshold. Writes ``id,published`` and prints a line of JSON: the seconds
that acro took, or why it does not take this instance.
"""

from __future__ import annotations

import itertools
import json
import logging
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import acro
import numpy as np
import pandas as pd
import yaml
from instance import Dimension, NotForThisPeer, Row, read, write_answer

MOST_PUPILS = 400_000


def pupils_of(dims: list[Dimension], rows: list[Row]) -> pd.DataFrame:
    """A row a pupil, in the finest codes."""
    split = [set(dim["children"]) for dim in dims]
    fine = [row for row in rows if not any(row[dim["name"]] in of for dim, of in zip(dims, split, strict=True))]
    counts = np.array([int(float(row["value"])) for row in fine])
    if counts.sum() > MOST_PUPILS:
        raise NotForThisPeer(f"more than {MOST_PUPILS:,} pupils")
    codes = pd.DataFrame([[row[dim["name"]] for dim in dims] for row in fine], columns=[dim["name"] for dim in dims])
    return codes.loc[np.repeat(np.arange(len(codes)), counts)].reset_index(drop=True)


def levels_of(dim: Dimension) -> list[dict[str, str]]:
    """For each level below the total, which code of it each finest code belongs to."""
    above = {part: code for code, parts in dim["children"].items() for part in parts}
    chains = {}
    for code in above:
        if code not in dim["children"]:
            chain = [code]
            while above[chain[-1]] != dim["root"]:
                chain.append(above[chain[-1]])
            chains[code] = chain[::-1]
    deepest = max(map(len, chains.values()))
    return [{code: chain[min(at, len(chain) - 1)] for code, chain in chains.items()} for at in range(deepest)]


def session_with(threshold: int) -> Any:
    """Acro as it comes, with the threshold of the instance: it withholds zeros too."""
    own = Path(acro.__file__).with_name("default.yaml")
    settings = yaml.safe_load(own.read_text("utf-8")) | {"safe_threshold": threshold}
    own.with_name("instance.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    logging.disable(logging.CRITICAL)
    return acro.ACRO(config="instance", suppress=True)


def main() -> None:
    """Read the instance, cross-tabulate it, write which cells are published."""
    try:
        meta, dims, rows = read(Path(sys.argv[1]))
        if meta["kind"] != "freq":
            raise NotForThisPeer("sums without the records they are of")
        pupils = pupils_of(dims, rows)
    except NotForThisPeer as reason:
        print(json.dumps({"skipped": str(reason)}))
        return
    session = session_with(int(meta["threshold"]))
    names = [dim["name"] for dim in dims]
    hidden: set[tuple[str, ...]] = set()
    everybody = pd.Series("all", index=pupils.index, name="everybody")
    started = perf_counter()
    for levels in itertools.product(*([None, *levels_of(dim)] for dim in dims)):
        shown = [pupils[name].map(level) for name, level in zip(names, levels, strict=True) if level is not None]
        if not shown:
            continue
        table = session.crosstab(shown[0], shown[1:] or everybody)
        used = [at for at, level in enumerate(levels) if level is not None]
        absent = table.isna().to_numpy()
        for row, column in np.argwhere(absent).tolist():
            label = table.columns[column]
            codes = [table.index[row], *(label if isinstance(label, tuple) else [label])]
            cell = [dim["root"] for dim in dims]
            for at, code in zip(used, codes, strict=False):
                cell[at] = code
            hidden.add(tuple(cell))
    seconds = perf_counter() - started
    write_answer(Path(sys.argv[2]), [tuple(row[name] for name in names) in hidden for row in rows])
    print(json.dumps({"seconds": round(seconds, 1)}))


if __name__ == "__main__":
    main()
