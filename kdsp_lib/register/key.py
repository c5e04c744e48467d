"""Keys by which somebody signs an act for another to record: Ed25519, the public half in the register."""

from __future__ import annotations

import base64
import binascii
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from kdsp_lib.errors import BadParameters

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def private_text(seed: bytes | None = None) -> bytes:
    """A private key as PEM: at random, or of 32 bytes where somebody is made up."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    kind, form, lock = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.private_bytes(kind, form, lock)


def public_key(private: bytes) -> str:
    """The public half of a private key, as the register holds it."""
    return base64.b64encode(_read(private).public_key().public_bytes_raw()).decode("ascii")


def private_key(file: Path) -> bytes:
    """The private key in a file, which others may not read. BadParameters where it is none."""
    try:
        content, mode = file.read_bytes(), file.stat().st_mode
    except OSError as error:
        raise BadParameters(f"{file} cannot be read: {error.strerror}.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise BadParameters(f"Others may read {file}.", remedy=f"chmod 600 {file}")
    _read(content)
    return content


def signature(private: bytes, text: str) -> str:
    """The signature over a text."""
    return base64.b64encode(_read(private).sign(text.encode())).decode("ascii")


def is_signature(key: str, text: str, signed: str) -> bool:
    """Whether a signature over a text is of this public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(signed, validate=True), text.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _read(private: bytes) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(private, password=None)
    except (ValueError, TypeError):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise BadParameters("That is no private key.", remedy="kdsp register new-key PARTY --to FILE makes one")
    return found
