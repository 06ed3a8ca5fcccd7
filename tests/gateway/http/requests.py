"""Requests as bytes, one line of them each."""

from __future__ import annotations


def get(*lines: bytes, target: bytes = b"/x", version: bytes = b"HTTP/1.1", host: bytes = b"Host: a") -> bytes:
    return b"\r\n".join((b"GET " + target + b" " + version, *((host,) if host else ()), *lines)) + b"\r\n\r\n"


def post(*lines: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join((b"POST /x " + version, b"Host: a", *lines)) + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)
