"""`gateway demo`: the sample backends in a process of their own, sample keys in a fresh folder, the gateway in front."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.demo.banner import print_banner
from deploy.demo.sample_keys import ACTOR, mint_samples
from gateway.app import site_of
from gateway.server import run_site
from gateway.settings import load_file
from keys import Hasher, Operators, Role, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploy.demo.sample_keys import SampleKey
    from gateway.settings import Loaded

SETTINGS = Path(__file__).with_name("gateway.yaml")
HOST = "127.0.0.1"
_VARIABLE = re.compile(r"\$\{(DEMO_[A-Z_]+)(?::-[^}]*)?\}")


def demo(port: int, admin_port: int, keys_file: Path) -> int:
    """Serve until SIGTERM or Ctrl-C. Gives the exit code: 0, or 1 when something could not start."""
    unwritable = _why_unwritable(keys_file)
    if unwritable:
        print(f"error: cannot write {keys_file}: {unwritable}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="gateway-demo-") as name, _backends(Path(name)) as backends:
        folder = Path(name)
        samples, admin_token = asyncio.run(_mint(_load(folder, port, admin_port, {})))
        ports = _ports_of(backends)
        if ports is None:
            return 1
        loaded = _load(folder, port, admin_port, ports)

        def on_ready(bound: Mapping[str, int]) -> None:
            base_url, admin_url = (f"http://{HOST}:{bound[listener]}" for listener in ("proxy", "admin"))
            _write_keys(keys_file, base_url, admin_url, admin_token, samples)
            print_banner(base_url, admin_url, keys_file, folder, samples)

        return run_site(site_of(loaded, 1, on_ready))


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


def _load(folder: Path, port: int, admin_port: int, backends: Mapping[str, int]) -> Loaded:
    """The demo's settings, written into its folder with every variable in place: `keys --config` works on them too."""
    values = {"DEMO_FOLDER": str(folder), "DEMO_PORT": str(port), "DEMO_ADMIN_PORT": str(admin_port)}
    values |= {f"DEMO_{name.upper().replace('-', '_')}_PORT": str(number) for name, number in backends.items()}
    text = _VARIABLE.sub(lambda found: values.get(found[1], found[0]), SETTINGS.read_text("utf-8"))
    file = folder / "gateway.yaml"
    file.write_text(text, "utf-8")
    return load_file(file, {})


async def _mint(loaded: Loaded) -> tuple[dict[str, SampleKey], str]:
    """The sample keys, and the token of an operator who may do everything on the admin listener."""
    keys = loaded.settings.keys
    store = await open_store(keys.store_url(loaded.folder), create=True)
    try:
        issued = await Operators(store, Hasher(keys.hashing_params())).add("Demo admin", Role.ADMIN, None, ACTOR)
        return await mint_samples(store, loaded.settings), issued.token
    finally:
        await store.close()


def _why_unwritable(file: Path) -> str | None:
    """Why the keys file could not be written, said before anything is started; None if it can."""
    if file.is_dir():
        return os.strerror(errno.EISDIR)
    try:
        with tempfile.TemporaryFile(dir=file.parent):
            return None
    except OSError as error:
        return error.strerror


def _write_keys(file: Path, base_url: str, admin_url: str, admin_token: str, samples: Mapping[str, SampleKey]) -> None:
    """For programs: whole or not at all, for this user's eyes only."""
    document = {
        "base_url": base_url,
        "admin_url": admin_url,
        "admin_token": admin_token,
        "keys": {name: sample.as_dict() for name, sample in samples.items()},
    }
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    unfinished.replace(file)
