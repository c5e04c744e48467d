"""The key that checkpoints are signed by: Ed25519, in the state folder, made when the first is signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kdsp_lib.custodian.secret import read_private

FILE: Final = "checkpoint.key"
_REMEDY: Final = "restore it from a backup of the state folder, readable by its owner alone; no other key can sign here"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of one workspace."""

    public: str
    """What others check a signature by, in hexadecimal."""
    _private: Any

    def sign(self, text: bytes) -> str:
        """The signature of a text, in hexadecimal."""
        signature: bytes = self._private.sign(text)
        return signature.hex()


def signing_key(state: Path) -> SigningKey:
    """The key of the workspace whose state folder this is; made, once, where there is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(read_private(state / FILE, _REMEDY))
    return SigningKey(private.public_key().public_bytes_raw().hex(), private)


def is_signed(text: bytes, signature: str, public: str) -> bool:
    """Whether whoever holds the key of ``public`` signed this text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True
