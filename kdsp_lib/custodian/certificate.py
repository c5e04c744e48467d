"""The certificate that the custodian shows other machines: one that is given, or one it made and signed itself.

A certificate of its own suits a trial, or few machines: each that asks is given a copy and takes no other.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import platform
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kdsp_lib.errors import BadParameters
from kdsp_lib.source.files import write_atomically

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

FOLDER: Final = "tls"
_DAYS: Final = 366
_ALWAYS: Final = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - what is listened to may be everything; no name is


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate, with those that signed it, and of its key."""

    chain: Path
    key: Path

    def read(self) -> tuple[bytes, bytes]:
        """Both as text (PEM). BadParameters where they cannot be read, or do not belong together."""
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.chain, self.key, password="")
            return self.chain.read_bytes(), self.key.read_bytes()
        except OSError as error:  # what ssl raises is one too
            raise BadParameters(
                f"{self.chain} and {self.key} are no certificate and its key: "
                f"{getattr(error, 'reason', None) or error.strerror or 'they cannot be read'}.",
                remedy="give both as PEM, the key without a password; or neither, and one is made",
            ) from None


def own_certificate(state: Path, host: str) -> Certificate:
    """The custodian's own, made where there is none; it is for ``host`` and for this machine's own names."""
    folder = state / FOLDER
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    if not made.chain.exists():
        _make(made, [name for name in (host, platform.node(), *_ALWAYS) if name not in ("", *_EVERYWHERE)])
    return made


def _make(into: Certificate, hosts: Iterable[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kdsp custodian")])
    begins = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([_named(host) for host in dict.fromkeys(hosts)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    no_password = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    write_atomically(into.key, secret, mode=0o600)
    write_atomically(into.chain, made.public_bytes(serialization.Encoding.PEM))


def _named(host: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
