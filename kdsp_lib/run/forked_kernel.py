"""What a forked process does that becomes a kernel of Jupyter's: what the kernel's launcher and its program do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NoReturn

from kdsp_lib.custodian.confined import empty_at_exit, give_up, listen
from kdsp_lib.errors import KdspError
from kdsp_lib.run.forked import begin, take_over
from kdsp_lib.run.frames import PROBLEM, READY
from kdsp_lib.run.shell import Pipe


def become_kernel(reading: int, writing: int) -> NoReturn:
    """Confine this process and run the kernel that is read from one pipe; the other is told how that began, and closed.

    It ends as a program does, so that what it last put out reaches its client.
    """
    try:
        given, telling = take_over(reading, writing)
        connection_file, scratch = Path(given["connection_file"]), Path(given["scratch"])
        begin(scratch, given["variables"])
        os.chdir(given["folder"])
        try:
            listeners = listen(json.loads(connection_file.read_text("utf-8")))
            has_own_disk = give_up(given, scratch, connection_file)
        except KdspError as error:
            Pipe(telling).send(PROBLEM, error.to_json())
            os._exit(error.exit_code)
        Pipe(telling).send(READY, {})
        os.close(telling)
        del given
        if not has_own_disk:
            empty_at_exit(scratch)

        from kdsp_lib.custodian.kernel_app import run

        run(connection_file, listeners)
    except SystemExit:
        raise
    except BaseException:  # noqa: BLE001 - whatever it is, this process never does what the one that forked it does
        os._exit(70)
    raise SystemExit(0)
