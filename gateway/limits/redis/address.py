"""Where Redis is, as one URL says it. Pure.

    redis://[USER:PASSWORD@]HOST[:PORT][/DB]                       one server
    redis+sentinel://[USER:PASSWORD@]HOST[:PORT],.../SERVICE[/DB]  the primary that these Sentinels name
    redis+cluster://[USER:PASSWORD@]HOST[:PORT],...                a Cluster, found through any of these nodes

`rediss` in place of `redis` is TLS, to Sentinels too; the certificate must be valid for the host, by the system's
authorities or those in the file of `?ca_file=`. User and password are those of the servers that hold data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

FORMS = "redis[s]://HOST[:PORT][/DB], redis[s]+sentinel://HOST,.../SERVICE[/DB] or redis[s]+cluster://HOST,..."
SCHEME = re.compile(r"(redis|rediss)(?:\+(sentinel|cluster))?")
SERVER = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?")
DATABASE = re.compile(r"[0-9]{1,4}")

Server = tuple[str, int]


class Kind(StrEnum):
    """How servers are found."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


DEFAULT_PORTS = {Kind.SINGLE: 6379, Kind.SENTINEL: 26379, Kind.CLUSTER: 6379}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A URL that was understood. `servers` are whom to ask first: the server, the Sentinels, or nodes of the Cluster."""

    kind: Kind
    servers: tuple[Server, ...]
    service: str = ""
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None

    @classmethod
    def parse(cls, url: str) -> RedisAddress:
        """Raises ValueError, with a text that holds nothing of the URL, which may hold a password."""
        parts = urlsplit(url)
        scheme = SCHEME.fullmatch(parts.scheme)
        if scheme is None or parts.fragment:
            raise ValueError("is no URL of a Redis")
        kind = Kind(scheme[2] or Kind.SINGLE)
        userinfo, _, hosts = parts.netloc.rpartition("@")
        user, _, password = userinfo.partition(":")
        service, database = _path(kind, parts.path)
        return cls(
            kind,
            _servers(kind, hosts),
            service,
            database,
            unquote(user) or None,
            unquote(password) or None,
            tls=scheme[1] == "rediss",
            ca_file=_ca_file(parts.query),
        )


def _servers(kind: Kind, hosts: str) -> tuple[Server, ...]:
    found = [SERVER.fullmatch(host) for host in hosts.split(",")]
    servers = [(one["ipv6"] or one["host"], int(one["port"] or DEFAULT_PORTS[kind])) for one in found if one]
    if len(servers) < len(found) or not all(0 < port < 65536 for _, port in servers):
        raise ValueError("names no host, or one in no form that hosts have")
    if kind is Kind.SINGLE and len(servers) > 1:
        raise ValueError("names several hosts: say redis+sentinel or redis+cluster")
    return tuple(servers)


def _path(kind: Kind, path: str) -> tuple[str, int]:
    """The service and the database's number that stand behind the hosts."""
    names = [unquote(name) for name in path.split("/")[1:] if name]
    service = names.pop(0) if kind is Kind.SENTINEL and names else ""
    if kind is Kind.SENTINEL and not service:
        raise ValueError("names no service of the Sentinels")
    if not names:
        return service, 0
    if kind is Kind.CLUSTER or len(names) > 1 or not DATABASE.fullmatch(names[0]):
        raise ValueError("has a path that is no number of a database")
    return service, int(names[0])


def _ca_file(query: str) -> str | None:
    options = dict(parse_qsl(query, keep_blank_values=True))
    ca_file = options.pop("ca_file", None)
    if options or ca_file == "":
        raise ValueError("has an option other than ca_file=FILE")
    return ca_file
