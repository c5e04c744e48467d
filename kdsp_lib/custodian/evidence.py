"""The evidence of a workspace: its chains, the checkpoints over them, and the copies of these elsewhere.

Before one is signed, all that was appended since the last is checked against it, and the last against its copy, so that
no signature makes good what was taken away. Entries before the last checkpoint are read again by the commands that
check a chain as a whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Final

from kdsp_lib.custodian.checkpoint import Checkpoint, Copy, read_copies, signed
from kdsp_lib.custodian.signing_key import FILE, SigningKey, signing_key
from kdsp_lib.errors import BadParameters, BadSource, Broken, Fault
from kdsp_lib.register.chain import End, Turn
from kdsp_lib.register.chains import CHAINS, chain_of
from kdsp_lib.register.database import Database
from kdsp_lib.source.files import append_line, one_writer, write_atomically
from kdsp_lib.source.workspace import Workspace

EVERY: Final = 100
"""So many entries of the access log at most are in no checkpoint."""
_COPY: Final = "checkpoint.json"
_LATELY: Final = 4096
"""So many of the last bytes of the operator's file are read where not all of it is asked for."""


class Evidence:
    """Makes and checks the checkpoints of one workspace. Safe for several threads and processes."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._copy, self._key_file = workspace.state / _COPY, workspace.state / FILE
        self._elsewhere = workspace.checkpoints
        self._chains = {name: chain_of(database, name) for name in CHAINS}
        self._own = self._chains["checkpoint"]
        self._read: tuple[tuple[int, int], Copy] | None = None

    @cached_property
    def key(self) -> SigningKey:
        """The key that it signs by, made before the first; BadSource where it is gone, for no other can vouch here."""
        if not self._key_file.exists() and (self._own.end().number or self._copy.exists()):
            raise BadSource(
                f"The key that the checkpoints are signed by is gone: {self._key_file}.",
                remedy="restore it from a backup of the state folder",
            )
        return signing_key(self._key_file.parent)

    def make(self, reason: str) -> Checkpoint:
        """Sign where all chains end now. BadSource where one is not as the last checkpoint, or its copy, has it."""
        key, copies = self.key, self._copy_of_state()
        with self._own.turn() as turn:
            ends = self._ends_since_last(turn)
            self._refuse_unknown(copies, turn)
            made = turn.append({"reason": reason}, signed(ends, secrets.token_hex(16), key))
        self._keep_copies(key)
        return Checkpoint.of(made)

    def check(self, *whole: str, expect: str = "") -> None:
        """See that nothing was cut short or written anew since the last checkpoint, and in these chains ever.

        ``expect``: a checkpoint's hash, or a file of copies, kept elsewhere. BadSource names the chain and the entry.
        """
        copies = [*self._copy_of_state(), *self._copies_elsewhere()]
        copies += _expected(expect) if expect else ()
        self._ends_since_last()
        self._refuse_unknown(copies)
        noted = [Checkpoint.of(link) for link in self._own.whole()] if whole else []
        for name in whole:
            chain = self._chains[name]
            hashes = [link.hash for link in chain.whole()]
            for end in (each.ends[name] for each in noted if name in each.ends):
                if end.number and (end.number > len(hashes) or hashes[end.number - 1] != end.hash):
                    raise chain.changed(f"written anew: entry {end.number} is not the one that was signed")

    def check_chain(self, name: str) -> None:
        """See that a chain is not cut short or other than the state's copy of the last checkpoint has it. Quick."""
        for copy in self._copy_of_state():
            self._chains[name].end_after((copy.ends or {}).get(name, End()))

    # Where it is kept

    def _keep_copies(self, key: SigningKey) -> None:
        """Put the last checkpoint beside the database, and add it to the operator's file."""
        try:
            with one_writer(self._copy.parent):
                last = self._own.last()
                line = Checkpoint.of(last).line(key) if last else b""
                write_atomically(self._copy, line, mode=0o600, flushed=False)  # the database has it
                if self._elsewhere is not None:
                    append_line(self._elsewhere, line)
        except OSError as error:
            raise Broken(
                f"A checkpoint could not be kept: {error.filename or self._copy}: {error.strerror}.",
                remedy="make room, or allow writing there; [state] in kdsp.toml says where `checkpoints` are kept",
            ) from error

    def _copy_of_state(self) -> list[Copy]:
        """The one in the state folder, signed by this workspace; none before the first."""
        try:
            found = self._copy.stat()
        except FileNotFoundError:
            return []
        seen = (found.st_mtime_ns, found.st_ino)
        if self._read is None or self._read[0] != seen:
            self._read = (seen, self._signed_copy())
        return [self._read[1]] if found.st_size else []

    def _copies_elsewhere(self) -> Iterable[Copy]:
        """Those that were lately added where the operator says."""
        if self._elsewhere is None or not self._elsewhere.is_file():
            return ()
        with self._elsewhere.open("rb") as file:
            file.seek(max(0, self._elsewhere.stat().st_size - _LATELY))
            return read_copies(file.read().splitlines())

    # What is checked

    def _ends_since_last(self, beside: Turn | None = None) -> dict[str, End]:
        """Where all chains end, each from where the last checkpoint has it; without one, each from its beginning."""
        link = self._own.last(beside)
        if link is None:
            return {name: chain.end_after(End(), beside) for name, chain in self._chains.items()}
        last = Checkpoint.of(link)
        if not last.is_signed_by(self.key.public):
            raise self._own.changed(f"changed: entry {last.number} is not signed by this workspace's key")
        if unknown := last.ends.keys() - self._chains.keys():
            raise BadSource(
                f"The last checkpoint is of a later kdsp: it signs {', '.join(sorted(unknown))}.",
                remedy="go on with the version of kdsp that made it",
            )
        return {name: chain.end_after(last.ends.get(name, End()), beside) for name, chain in self._chains.items()}

    def _refuse_unknown(self, copies: Iterable[Copy], beside: Turn | None = None) -> None:
        """BadSource where a copy is of no checkpoint that is still there; it names the chain, where the copy tells."""
        for copy in reversed([*copies]):  # the last tells most
            if self._own.holds(copy.hash, beside):
                continue
            if not copy.is_signed_by(self.key.public):
                raise BadSource(
                    f"The checkpoint of {copy.recorded[:19]} that is kept elsewhere is not signed by this workspace.",
                    remedy="name a file of this workspace's own: one that kdsp checkpoint export wrote here",
                )
            for name, end in (copy.ends or {}).items():
                self._chains[name].end_after(end, beside)
            what = f"The checkpoint of {copy.recorded[:19]}" if copy.recorded else "The hash"
            raise BadSource(
                f"{what} that is kept elsewhere is no longer in the state: last entries were taken away, or all were "
                "written anew.",
                remedy="restore the state from a backup that holds it; where an older state was restored on purpose, "
                "move the copy away, and keep it",
            )

    def _signed_copy(self) -> Copy:
        content = self._copy.read_bytes()
        if not content:  # the machine failed before it was on the disk
            return Copy("")
        for copy in read_copies(content.splitlines()):
            if copy.is_signed_by(self.key.public):
                return copy
        raise BadSource(
            f"{self._copy} holds no checkpoint that this workspace signed.",
            remedy="restore it from a backup of the state folder",
        )


def _expected(expect: str) -> list[Copy]:
    """What is kept elsewhere, by its hash or in a file."""
    file = Path(expect)
    if file.is_file():
        found = list(read_copies(file.read_bytes().splitlines()))
        fault = Fault("--expect", f"{file} holds no checkpoint: kdsp checkpoint export writes one")
    else:
        is_hash = len(expect) == 64 and set(expect) <= set("0123456789abcdef")
        found = [Copy(expect)] if is_hash else []
        fault = Fault("--expect", "is no file, and no hash as kdsp checkpoint export prints it")
    if not found:
        raise BadParameters("There is nothing to hold the chains to.", faults=[fault])
    return found
