"""Who has signed data off (7): the owner the whole of it, or each establishment its own rows.

What is signed off are rows, by their hash. Data that is loaded anew is signed off where an establishment's rows are the
same as before, and not where they have changed. The hashes are kept beside the snapshot when it is loaded, so that a
request is decided before any row is read.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.errors import BadSource
from kdsp_lib.protocol.community import Community
from kdsp_lib.source.catalogue import Catalogue, DataSet
from kdsp_lib.source.contract import contract_of
from kdsp_lib.source.files import write_atomically

FOLDER = "returns"
_URN = "urn"
_AS_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def is_by_establishment(name: str) -> bool:
    """Whether establishments sign off data sets of this kind: their pupils' rows, which say whose they are."""
    contract = contract_of(name)
    return contract.holds_pupils and _URN in contract.names


def digests_of(table: Any) -> Mapping[str, str]:
    """The SHA-256 of each establishment's rows, whatever their order."""
    rows: dict[str, list[str]] = defaultdict(list)
    urns = table.column(_URN).to_pylist()
    for urn, values in zip(urns, zip(*(column.to_pylist() for column in table.columns), strict=True), strict=True):
        rows[urn].append(_AS_JSON.encode(values))
    return {urn: hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest() for urn, said in sorted(rows.items())}


def keep_digests(data: Path, name: str, sha256: str, table: Any) -> None:
    """Keep the hashes of a snapshot's rows by establishment, where establishments sign off such data."""
    if is_by_establishment(name):
        content = json.dumps(dict(digests_of(table)), indent=0, sort_keys=True) + "\n"
        write_atomically(_path(data, sha256), content.encode(), mode=0o600)


def digests(catalogue: Catalogue, dataset: DataSet) -> Mapping[str, str]:
    """The hashes of a data set's rows by establishment; none where they were not kept."""
    path = _path(catalogue.data, dataset.snapshot)
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(digest, str) for digest in found.values()):
        raise BadSource(f"{path} cannot be read.", remedy=f"load {dataset} again with: kdsp data add")
    return found


def digests_kept(catalogue: Catalogue, dataset: DataSet) -> Mapping[str, str]:
    """As :func:`digests`; where they were not kept they are made and kept now, for somebody to sign."""
    kept = digests(catalogue, dataset)
    if not kept:
        keep_digests(catalogue.data, dataset.dataset, dataset.snapshot, catalogue.read(dataset))
        kept = digests(catalogue, dataset)
    return kept


def are_digests_of(catalogue: Catalogue, dataset: DataSet, table: Any) -> bool:
    """Whether the hashes that were kept, if any, are those of the rows."""
    kept = digests(catalogue, dataset)
    return not kept or dict(kept) == dict(digests_of(table))


def is_signed_off(catalogue: Catalogue, dataset: DataSet, community: Community, establishments: Iterable[str]) -> bool:
    """Whether a data set is signed off for figures of some establishments on the community's day.

    By its owner as a whole, or by each of those that have rows in it.
    """
    if is_signed_off_whole(dataset, community):
        return True
    if not is_by_establishment(dataset.dataset):
        return False
    kept = digests(catalogue, dataset)
    return bool(kept) and all(
        community.has_signed_off(urn, str(dataset), kept[urn]) for urn in establishments if urn in kept
    )


def is_signed_off_whole(dataset: DataSet, community: Community) -> bool:
    """Whether its owner has signed a data set off: when it was loaded, or these very rows afterwards."""
    return dataset.signed_off or community.has_signed_off("", str(dataset), dataset.snapshot)


def in_words(catalogue: Catalogue, dataset: DataSet, community: Community | None) -> str:
    """How far a data set is signed off; without a register, what was said of it when it was loaded."""
    if dataset.signed_off or (community is not None and is_signed_off_whole(dataset, community)):
        return "signed off"
    if community is None:
        return "not signed off"
    kept = digests(catalogue, dataset) if is_by_establishment(dataset.dataset) else {}
    signed = len(kept) - len(unsigned(catalogue, dataset, community))
    return f"signed off by {signed} of {len(kept)} establishments" if signed else "not signed off"


def unsigned(catalogue: Catalogue, dataset: DataSet, community: Community) -> tuple[str, ...]:
    """The establishments that have not signed their rows off, where neither has the owner of the whole."""
    if is_signed_off_whole(dataset, community) or not is_by_establishment(dataset.dataset):
        return ()
    kept = digests(catalogue, dataset)
    return tuple(urn for urn, rows in kept.items() if not community.has_signed_off(urn, str(dataset), rows))


def _path(data: Path, sha256: str) -> Path:
    return data / FOLDER / f"{sha256}.json"
