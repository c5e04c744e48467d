"""Which pupils are counted, as a number: the same for the same pupils, whatever they were asked for by.

A population is named by the sum of keyed 128-bit hashes of its pupils: the keyed additive multiset hash of Clarke et
al. (2003), kept as four sums of 32 bits each, which never wrap around. Sums of parts are sums of hashes, so thousands
of cells cost one sparse product. Adding, and not XOR: a pupil counted twice, on two rolls, would cancel under XOR, and
two populations be one. An analyst chooses populations, but not the hashes, which need the custodian's secret, and never
sees the sum: only a draw that a keyed hash makes of all of it together with the number of pupils. So two different
populations share a name with a chance of 2**-128 however they were chosen, and how one was rounded says nothing of how
another will be, be they ever so near.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LIMBS = 4
"""A hash has so many parts of 32 bits: of 2**31 pupils their sums still fit."""
_PUPIL, _DRAW = b"kdsp pupil", b"kdsp draw"


def pupil_hashes(pupils: Iterable[str], secret: bytes) -> Ints:
    """A keyed hash of each pupil: pupils by `LIMBS`. ``secret``: 16 to 64 bytes that only the custodian knows."""
    _check(secret)
    found = b"".join(
        blake2b(name.encode(), digest_size=4 * LIMBS, key=secret, person=_PUPIL).digest() for name in pupils
    )
    return np.frombuffer(found, dtype="<u4").astype(np.int64).reshape(-1, LIMBS)


def hashes_by_kind(hashes: Ints, kind: Ints, kinds: int) -> Ints:
    """The sums of the pupils' hashes of each kind: kinds by `LIMBS`. ``kind``: of which kind each pupil is."""
    ones = np.ones(len(kind), dtype=np.int64)
    by_kind = sp.csr_matrix((ones, (kind, np.arange(len(kind)))), shape=(kinds, len(kind)))
    return np.asarray(by_kind @ hashes, dtype=np.int64)


def population_names(hashes: Ints, pupils: Ints, statistic: str) -> list[str]:
    """The name of each population, from the sums of its pupils' hashes, how many they are, and what is told of them."""
    told = np.column_stack([hashes, pupils]).astype("<i8")
    return [
        blake2b(row.tobytes() + statistic.encode(), digest_size=16, person=b"kdsp name").hexdigest() for row in told
    ]


def draws(names: Iterable[str], salts: Iterable[int], secret: bytes) -> Floats:
    """A number of [0, 1) for each name, the same every time; another by another salt."""
    _check(secret)
    found = b"".join(
        blake2b(f"{name} {salt}".encode(), digest_size=8, key=secret, person=_DRAW).digest()
        for name, salt in zip(names, salts, strict=True)
    )
    return np.asarray((np.frombuffer(found, dtype="<u8") >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def _check(secret: bytes) -> None:
    if not 16 <= len(secret) <= 64:
        raise ValueError("a secret has 16 to 64 bytes")
