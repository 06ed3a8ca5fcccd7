"""A certificate for `localhost`, signed by itself: for backends that speak TLS. Its key is public, it protects nothing."""

from __future__ import annotations

import ssl
from pathlib import Path

LOCALHOST = Path(__file__).with_name("localhost.pem")


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOCALHOST)
    return context


def trusting_context() -> ssl.SSLContext:
    """What a client needs that shall trust it; names are checked as ever."""
    return ssl.create_default_context(cafile=str(LOCALHOST))
