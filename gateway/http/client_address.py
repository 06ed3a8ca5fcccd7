"""Whose request it is, when proxies stand before the gateway (SECURITY.md H20). Pure."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from ipaddress import IPv4Address, IPv4Network, IPv6Network

    Networks = Sequence[IPv4Network | IPv6Network]


def is_trusted(address: str, trusted: Networks) -> bool:
    """Whether `address` is one of our proxies; what is no address is not."""
    parsed = _parse(address)
    return parsed is not None and _is_within(parsed, trusted)


def client_address(peer: str, forwarded_for: Iterable[bytes], trusted: Networks) -> str:
    """The right-most untrusted hop of X-Forwarded-For (its field values in order), for a request from a trusted `peer`.

    What stands left of that hop was written by the client itself. A hop that is no address ends the search: then it is
    the last proxy that is known.
    """
    address = peer
    hops = b",".join(forwarded_for).decode("latin-1").split(",")
    for hop in reversed(hops):
        parsed = _parse(_without_port(hop.strip(" \t")))
        if parsed is None:
            break
        address = str(parsed)
        if not _is_within(parsed, trusted):
            break
    return address


def forwarded_scheme(forwarded_proto: Sequence[bytes], own: str) -> str:
    """`http` or `https` as the nearest proxy says (the last word of X-Forwarded-Proto), else our own."""
    last = forwarded_proto[-1].rpartition(b",")[2].strip(b" \t").lower() if forwarded_proto else b""
    return last.decode() if last in (b"http", b"https") else own


def _is_within(address: IPv4Address | IPv6Address, trusted: Networks) -> bool:
    return any(address in network for network in trusted)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _without_port(hop: str) -> str:
    """`192.0.2.1:80` and `[2001:db8::1]:80` without brackets and port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
