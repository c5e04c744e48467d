"""Another machine, as far as a custodian can tell: a workspace without data, with its certificate and a token."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager

from kdsp_lib.custodian.start import facts, stop
from kdsp_lib.custodian.token import Tokens
from kdsp_lib.register.database import Database
from kdsp_lib.source.workspace import read_workspace

PATIENCE = 300


@contextmanager
def serving(workspace, *options):
    """`kdsp custodian serve` for other machines, on a port that is free; gives what it tells of itself."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "kdsp_lib.cli.main",
            "custodian",
            "serve",
            "--listen",
            "127.0.0.1:0",
            *map(str, options),
        ],
        env={**os.environ, "KDSP_WORKSPACE": str(workspace.root)},
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while (told := facts(workspace)) is None:
            assert process.poll() is None, "the custodian ended"
            assert time.monotonic() < end, "waited in vain for the custodian"
            time.sleep(0.05)
        yield told
    finally:
        process.terminate()
        process.wait(PATIENCE)


def new_token(workspace, person="officer:a1", days=30, made=None):
    """A token's id and its text."""
    with Database(workspace.database) as database:
        token, text = Tokens(database).make(person, days, made or dt.datetime.now(dt.UTC))
    return token.id, text


@contextmanager
def far_workspace(root, told, token, *, certificate=None, address=None):
    """A workspace of another machine; the way to the custodian that it starts is ended afterwards."""
    root.mkdir(parents=True)
    (root / "token").write_text(f"{token}\n", "utf-8")
    (root / "token").chmod(0o600)
    named = {"address": address or told["address"], "certificate": str(certificate or told["certificate"])}
    settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in {**named, "token": "token"}.items())
    (root / "kdsp.toml").write_text(f'[workspace]\nname = "Far away"\n[custodian]\n{settings}', "utf-8")
    made = read_workspace(root)
    try:
        yield made
    finally:
        stop(made)
