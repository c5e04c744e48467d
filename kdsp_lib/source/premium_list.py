"""The pupil premium list that an authority downloads of its pupils, by UPN: what each draws it for, as 1 or 0.

It is of the service Get Information About Pupils. Its other columns (names, dates of birth, sums of money) stay there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from kdsp_lib.source.contract import Contract
from kdsp_lib.source.published_reading import MOST_BYTES, finished, read_rows
from kdsp_lib.source.reading import Reading, opened

KIND = "pupil-premium"
HEADERS: Mapping[str, tuple[str, ...]] = {
    "upn": ("UPN",),
    "deprivation": ("DeprivationPupilPremium", "Deprivation Pupil Premium"),
    "service_child": ("ServiceChildPremium", "Service Child Premium"),
    "adopted_from_care": ("AdoptedfromCarePremium", "Adopted from Care Premium"),
    "looked_after": ("LookedAfterPremium", "Looked After Premium"),
}
_FLAGS = {"1": True, "0": False}


def is_premium_list(header: Collection[str]) -> bool:
    """Whether a header is that of such a list, and not one with kdsp's own columns."""
    names = {name.strip().lower().replace(" ", "") for name in header}
    return {"upn", "deprivationpupilpremium"} <= names


def read_premium_list(path: Path, contract: Contract) -> Reading:
    """The rows by UPN; ``contract`` has UPNs for keys."""
    reading = Reading(path.name, first_row=2, places=[])
    assert reading.places is not None
    values: dict[str, list[Any]] = {name: [] for name in contract.names}
    with opened(path, MOST_BYTES, (headers[0] for headers in HEADERS.values())) as file:
        for number, row in read_rows(file, reading, HEADERS):
            reading.places.append(number)
            values["upn"].append(row["upn"] or None)
            for name in _of_flags(contract):
                values[name].append(_FLAGS.get(row[name]))
                if row[name] not in _FLAGS:
                    reading.fault("must be 1 or 0", row=number, column=HEADERS[name][0])
                    reading.unread.add((number, name))
    return finished(reading, values, contract)


def _of_flags(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns if column.type == "yes-no"]
