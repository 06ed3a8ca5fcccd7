"""What every contender works with (a backend, a Redis), and the peers: nginx, nginx + Lua + Redis, HAProxy.

The peers do less than the gateway: they look a key up by its SHA-256 and charge a bucket; no log, metrics, scopes or tenant.
nginx + Lua + Redis is how Kong and APISIX are built, without the layers that they add: one EVALSHA for each request over
a keep-alive pool, written and read by hand instead of by the usual library, which costs twice as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import redis

from bench.compare.contender import Contender
from bench.compare.processes import CONTENDER_CORE, LOAD_CORE, free_port, wait_for_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from bench.compare.plan import Size
    from bench.compare.processes import Started

CONFIGS = Path(__file__).with_name("configs")
LUA_MODULES = [Path("/usr/lib/nginx/modules") / f"{name}.so" for name in ("ndk_http_module", "ngx_http_lua_module")]
KEYS = 64
PLAIN = "nginx"
LUA = "nginx+lua+redis"
HAPROXY = "haproxy, no redis"
FILLING_BYTES = 1000  # nginx takes no longer word in a configuration than 4 KiB: long answers repeat this


class _Config(Template):
    """A configuration in which `@{name}` is filled in; `$` is nginx's own."""

    delimiter = "@"


def config(template: str, /, **values: object) -> str:
    return _Config((CONFIGS / template).read_text()).substitute(values)


def answer_of(size: Size) -> str:
    """The `location` that answers with a JSON body of this many bytes, whatever the method."""
    frame = '{"items":""}'
    times, rest = divmod(size.bytes - len(frame), FILLING_BYTES)
    text = frame.replace('""', f'"{"${filling}" * times}{"x" * rest}"')
    return f"location = /v1/items/{size.name} {{ return 200 '{text}'; }}"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What all contenders share: where configurations and logs are, and the ports of the backend and of Redis."""

    folder: Path
    backend: int
    redis: int

    @classmethod
    def laid(cls, started: Started, folder: Path, answers: Sequence[Size]) -> Grounds:
        """Starts the backend and Redis. Raises NotReady."""
        grounds = cls(folder, free_port(), free_port())
        bodies = "\n  ".join(answer_of(size) for size in answers)
        http = config("backend.conf", port=grounds.backend, filling="x" * FILLING_BYTES, answers=bodies)
        _nginx(started, grounds, "backend", http, grounds.backend, core=LOAD_CORE)
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(grounds.redis), "--dir", str(folder)]
        log = folder / "redis.log"
        process = started.run(LOAD_CORE, [*command, "--save", "", "--appendonly", "no"], log)
        wait_for_port(grounds.redis, process, log)
        return grounds


def start_peers(started: Started, grounds: Grounds) -> list[Contender]:
    """Raises NotReady."""
    return [_plain(started, grounds), _lua(started, grounds), _haproxy(started, grounds)]


def _plain(started: Started, grounds: Grounds) -> Contender:
    port = free_port()
    http = config("upstream.conf", backend=grounds.backend) + config("plain.conf", port=port)
    return _contender(PLAIN, port, _nginx(started, grounds, "plain", http, port), grounds.folder / "plain.log")


def _lua(started: Started, grounds: Grounds) -> Contender:
    port = free_port()
    keys = grounds.folder / "keys.txt"
    keys.write_text("".join(f"{key} key-{number}\n" for number, key in enumerate(_keys())))
    with redis.Redis(port=grounds.redis) as client:
        script = client.script_load((CONFIGS / "bucket.lua").read_text())
    http = config("upstream.conf", backend=grounds.backend)
    http += config("lua.conf", port=port, keys=keys, redis=grounds.redis, script=script)
    modules = "\n".join(f"load_module {module};" for module in LUA_MODULES)
    process = _nginx(started, grounds, "lua", http, port, modules=modules)
    return _contender(LUA, port, process, grounds.folder / "lua.log")


def _haproxy(started: Started, grounds: Grounds) -> Contender:
    port, path, log = free_port(), grounds.folder / "haproxy.cfg", grounds.folder / "haproxy.log"
    keys = grounds.folder / "keys.map"
    digests = [sha256(key.encode()).hexdigest().upper() for key in _keys()]
    keys.write_text("".join(f"{digest} key-{number}\n" for number, digest in enumerate(digests)))
    path.write_text(config("haproxy.cfg", port=port, keys=keys, backend=grounds.backend))
    process = started.run(CONTENDER_CORE, ["haproxy", "-f", str(path), "-db"], log)
    wait_for_port(port, process, log)
    return _contender(HAPROXY, port, process, log)


def _nginx(
    started: Started,
    grounds: Grounds,
    name: str,
    http: str,
    port: int,
    *,
    core: int = CONTENDER_CORE,
    modules: str = "",
) -> subprocess.Popen[bytes]:
    path, log = grounds.folder / f"{name}.conf", grounds.folder / f"{name}.log"
    path.write_text(config("nginx.conf", folder=grounds.folder, name=name, http=http, modules=modules))
    process = started.run(core, ["nginx", "-e", str(log), "-c", str(path)], log)
    wait_for_port(port, process, log)
    return process


def _contender(name: str, port: int, process: subprocess.Popen[bytes], log: Path) -> Contender:
    return Contender(name, port, process.pid, tuple({"X-Api-Key": key} for key in _keys()), log)


def _keys() -> list[str]:
    return [f"bench_{number:040d}" for number in range(KEYS)]
