"""`gateway demo`: the sample backends in a process of their own, and in front of them the gateway (deploy.demo.front)."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def demo(port: int, admin_port: int, keys_file: Path) -> int:
    """Serve until SIGTERM or Ctrl-C. Gives the exit code: 0, or 1 when something could not start."""
    unwritable = _why_unwritable(keys_file)
    if unwritable:
        print(f"error: cannot write {keys_file}: {unwritable}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as name, _backends(Path(name)) as backends:
        # Imported while the backends start: both take half a second.
        from deploy.demo.front import serve  # noqa: PLC0415

        return serve(Path(name), port, admin_port, keys_file, lambda: _ports_of(backends))


@contextmanager
def _backends(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The sample backends on free ports; they end with this process, however it ends."""
    command = [sys.executable, "-m", "deploy.demo.serve", "--folder", str(folder / "backends"), "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()


def _ports_of(backends: subprocess.Popen[str]) -> dict[str, int] | None:
    """The port of each backend, once all of them answer. None: they did not start, and said why on standard error."""
    line = backends.stdout.readline() if backends.stdout else ""
    return json.loads(line) if line else None


def _why_unwritable(file: Path) -> str | None:
    """Why the keys file could not be written, said before anything is started; None if it can."""
    if file.is_dir():
        return os.strerror(errno.EISDIR)
    try:
        with tempfile.TemporaryFile(dir=file.parent):
            return None
    except OSError as error:
        return error.strerror
