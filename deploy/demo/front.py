"""The gateway of the demo: settings and sample keys in its folder, the keys file, the banner, then the requests."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.demo.banner import print_banner
from deploy.demo.sample_keys import ACTOR, mint_samples
from gateway.app import site_of
from gateway.server import run_site
from gateway.settings import load_file
from keys import Hasher, Operators, Role, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from deploy.demo.sample_keys import SampleKey
    from gateway.settings import Loaded

    Ports = Mapping[str, int]
    """The port of each backend, by the name of its upstream."""

SETTINGS = Path(__file__).with_name("gateway.yaml")
HOST = "127.0.0.1"
_VARIABLE = re.compile(r"\$\{(DEMO_[A-Z_]+)(?::-[^}]*)?\}")


def serve(folder: Path, port: int, admin_port: int, keys_file: Path, backends: Callable[[], Ports | None]) -> int:
    """Serve until told to stop. `backends` waits for the sample backends. Gives the exit code."""
    samples, admin_token = asyncio.run(_mint(_load(folder, port, admin_port, {})))
    ports = backends()
    if ports is None:
        return 1
    loaded = _load(folder, port, admin_port, ports)

    def on_ready(bound: Ports) -> None:
        base_url, admin_url = (f"http://{HOST}:{bound[listener]}" for listener in ("proxy", "admin"))
        _write_keys(keys_file, base_url, admin_url, admin_token, samples)
        print_banner(base_url, admin_url, keys_file, folder, samples)

    return run_site(site_of(loaded, 1, on_ready))


def _load(folder: Path, port: int, admin_port: int, backends: Ports) -> Loaded:
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
