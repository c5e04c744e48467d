"""A custodian on another machine: ``[custodian]`` in ``kdsp.toml``. Such a workspace holds no data and no register."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kdsp_lib.errors import BadParameters, Fault

SCHEME: Final = "grpc+tls"
TOKEN_VARIABLE: Final = "KDSP_TOKEN"  # noqa: S105 - a name, no secret
_SETTINGS: Final = {
    "address": "grpc+tls://HOST:PORT",
    "certificate": "a file: the custodian's certificate, or its CA's",
    "token": f"a file that holds the token (or set {TOKEN_VARIABLE})",
}
_OPTIONAL: Final = ("token",)
_HOST: Final = re.compile(r"[A-Za-z0-9.:-]+")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the custodian is, what certificate it has to show, and where the token is that it is shown."""

    host: str
    port: int
    certificate: Path
    token_file: Path | None

    @property
    def address(self) -> str:
        """Its address as Arrow Flight takes it."""
        return address_of(self.host, self.port)

    def certificate_text(self) -> bytes:
        """The certificate that the custodian's own must be, or be signed by."""
        try:
            return self.certificate.read_bytes()
        except OSError as error:
            raise BadParameters(
                f"The custodian's certificate cannot be read: {self.certificate}: {error.strerror}.",
                remedy="copy it from the custodian's machine: state/tls/certificate.pem, or the one that it was given",
            ) from None

    def token(self) -> str:
        """The token's text: of the environment, else of its file, which others may not read."""
        given = os.environ.get(TOKEN_VARIABLE, "").strip()
        if given:
            return given
        if self.token_file is None:
            raise BadParameters(
                "There is no token to show the custodian.",
                remedy=f"name its file as `token` under [custodian] in kdsp.toml, or set {TOKEN_VARIABLE}",
            )
        return read_token(self.token_file)


def read_token(file: Path) -> str:
    """The text of a token's file, which others may not read."""
    try:
        mode = file.stat().st_mode
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadParameters(
            f"The token cannot be read: {file}: {getattr(error, 'strerror', None) or 'it is no text'}.",
            remedy="put there what `kdsp custodian token PERSON` printed on the custodian's machine",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise BadParameters(f"Others may read {file}.", remedy=f"chmod 600 {file}")
    return text


def address_of(host: str, port: int) -> str:
    """The address of a custodian by its host and port."""
    return f"{SCHEME}://{f'[{host}]' if ':' in host else host}:{port}"


def remote_of(root: Path, table: Mapping[str, str]) -> Remote:
    """The custodian that a checked table describes; paths are relative to the workspace."""
    host, port = _host_and_port(table["address"]) or ("", 0)
    token = table.get("token")
    return Remote(host, port, _path(root, table["certificate"]), None if token is None else _path(root, token))


def faults_of_remote(table: object) -> list[Fault]:
    """All that is wrong with the table of a file."""
    place = "[custodian]"
    if not isinstance(table, dict):
        return [Fault("", "must be a table", place)]
    faults = [
        Fault(place, f"is not a setting; these are: {', '.join(_SETTINGS)}", key)
        for key in table
        if key not in _SETTINGS
    ]
    for key, expected in _SETTINGS.items():
        value = table.get(key)
        if value is None and key in _OPTIONAL:
            continue
        if not isinstance(value, str) or not value.strip():
            faults.append(Fault(place, f"must be {expected}, in quotes", key))
        elif key == "address" and _host_and_port(value) is None:
            faults.append(Fault(place, f"must be {expected}: it is reached by TLS alone", key))
    return faults


def _path(root: Path, given: str) -> Path:
    return root / Path(given).expanduser()


def _host_and_port(address: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    rest = (parts.path, parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme != SCHEME or not host or not _HOST.fullmatch(host) or not port or any(rest):
        return None
    return host, port
