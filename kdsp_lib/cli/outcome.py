"""The one place where an outcome becomes text on standard error and an exit code.

A refusal or a mistake is shown as its author worded it. Anything else is a fault of ours: the screen gets a
reference, the log gets the traceback, and neither gets a figure.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from typer import Abort
from typer.exceptions import TyperException

from kdsp_lib.errors import BadParameters, Broken, KdspError, traceback_without_figures
from kdsp_lib.source.files import write_new
from kdsp_lib.source.workspace import find_workspace

BY_SIGNAL: Final = 128
"""The shell's own codes for a command that a signal ended: this and the signal's number."""
INTERRUPTED: Final = BY_SIGNAL + signal.SIGINT
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def endings() -> Iterator[list[int]]:
    """Being asked to end, or losing the terminal, is as Ctrl-C: what was begun is tidied away. Gives what was heard."""
    received: list[int] = []

    def end(number: int, _frame: object) -> None:
        received.append(number)
        raise KeyboardInterrupt

    heard = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]  # not so under nohup
    before = {number: signal.signal(number, end) for number in heard}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code_of(command: Callable[[], int | None]) -> int:
    """Run ``command``; whatever it raises is shown on standard error and becomes an exit code."""
    try:
        code = command() or 0
        if code == INTERRUPTED:  # what typer makes of Ctrl-C
            raise KeyboardInterrupt
        return code
    except KdspError as error:
        return show(error)
    except TyperException as error:
        return show(_command_line_mistake(error))
    except (Abort, KeyboardInterrupt):
        # What a notebook's client still waited for ends with the process; asyncio would print its traceback.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)
        print("Stopped. Nothing is half written; to go on, run it again.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; closing standard output again must not raise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  (the last stop: nothing may pass as a traceback)
        return show(
            Broken("Something in kdsp went wrong.", remedy="try again; if it stays, report the reference"), error
        )


def show(error: KdspError, cause: BaseException | None = None) -> int:
    """Print an error on standard error and give its exit code; a fault of ours also goes to the log."""
    print(error.shown(), file=sys.stderr)
    if isinstance(error, Broken):
        reference = secrets.token_hex(4)
        place = _log(reference, cause or error)
        print(f"  reference  {reference} ({place})", file=sys.stderr)
    return error.exit_code


def _command_line_mistake(error: TyperException) -> BadParameters:
    """A wrong option or argument, with our own exit code and the help that names what is allowed."""
    context = getattr(error, "ctx", None)
    return BadParameters(error.format_message(), remedy=f"{context.command_path if context else 'kdsp'} --help")


def _log(reference: str, cause: BaseException) -> str:
    """Keep the traceback where only this person reads it; the answer says where, or that it could not be kept."""
    path = _log_folder() / f"{reference}.txt"
    try:
        write_new(path, traceback_without_figures(cause).encode(), mode=0o600)
    except OSError:
        return "the log could not be written"
    return str(path)


def _log_folder() -> Path:
    """``log`` in the workspace's state; without a workspace, in the person's own state folder."""
    try:
        return find_workspace().state / "log"
    except (KdspError, OSError):
        own = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        return Path(own) / "kdsp" / "log"
