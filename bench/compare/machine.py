"""What a run was made on: commit, machine, versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "nginx": ["nginx", "-v"],
    "HAProxy": ["haproxy", "-v"],
    "Redis": ["redis-server", "--version"],
    "wrk": ["wrk", "-v"],
}
LIBRARIES = ("uvicorn", "uvloop", "httptools", "redis", "hiredis")
_VERSION = re.compile(r"\d+\.\d+[\w.]*")


def describe() -> dict[str, str]:
    """What each thing is called, and what it was in this run."""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    programs = [f"{name} {_version(command)}" for name, command in PROGRAMS.items()]
    libraries = [f"{name} {version(name)}" for name in LIBRARIES]
    return {
        "commit": _commit(),
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": f"{os.cpu_count()} cores, {_processor()}; {system}, Linux {platform.release()}",
        "programs": ", ".join([f"Python {platform.python_version()}", *programs]),
        "libraries": ", ".join(libraries),
    }


def _commit() -> str:
    """With a word where files that belong to git were changed since: such figures are nobody else's to print again."""
    changed = _printed(["git", "status", "--porcelain", "--untracked-files=no"])
    return _printed(["git", "rev-parse", "--short", "HEAD"]).strip() + (", with changes" if changed.strip() else "")


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(command: list[str]) -> str:
    found = _VERSION.search(_printed(command))
    return found[0] if found else "of unknown version"


def _printed(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout
