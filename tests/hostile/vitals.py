"""What a running process holds: memory, descriptors, pool slots. What must be flat after abuse is read here."""

from __future__ import annotations

import http.client
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.deployed import Deployed

_SAMPLE = re.compile(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", re.MULTILINE)
PATIENCE_S = 20.0


def metrics(gateway: Deployed) -> dict[str, float]:
    """Every sample of `/metrics`, by its name and labels as they stand there."""
    return {name: float(value) for name, value in _SAMPLE.findall(status_page(gateway, "/metrics")[1])}


def status_page(gateway: Deployed, path: str) -> tuple[int, str]:
    """What the status listener answers."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.status_port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def pool(gateway: Deployed) -> dict[str, float]:
    """The backend's connections by state, and requests in flight."""
    found = metrics(gateway)
    states = ("active", "idle", "waiting")
    counted = {state: found[f'gateway_upstream_connections{{state="{state}",upstream="backend"}}'] for state in states}
    return counted | {"in flight": found["gateway_requests_in_flight"]}


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def rss_bytes(pid: int) -> int:
    """Resident memory, files not counted."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition of another process, which nothing announces."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        pause.wait(0.02)
