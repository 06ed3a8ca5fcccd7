"""One kind of error for each upstream reason; foreign ones translated by table."""

from __future__ import annotations

import socket
import ssl

import pytest

from gateway.problems import Reason
from gateway.upstream import ProtocolFault, Reset, Saturated, TimedOut, Unreachable, UpstreamError
from gateway.upstream.errors import DIALLING, TALKING, translate


def test_kinds_and_reasons_are_one_to_one():
    reasons = {kind.reason for kind in UpstreamError.__subclasses__()}
    assert reasons == {reason for reason in Reason if reason.value.startswith("upstream_")}
    assert set(UpstreamError.__subclasses__()) == {Unreachable, ProtocolFault, Reset, TimedOut, Saturated}


def test_the_family_itself_cannot_be_raised():
    with pytest.raises(TypeError, match="abstract"):
        UpstreamError("something")


@pytest.mark.parametrize(
    ("error", "table", "kind", "detail"),
    [
        (TimeoutError(), DIALLING, Unreachable, "connecting took too long"),
        (ConnectionRefusedError(), DIALLING, Unreachable, "connection refused"),
        (socket.gaierror(-2, "unknown"), DIALLING, Unreachable, "connecting failed"),
        (ssl.SSLCertVerificationError("secret host"), DIALLING, Unreachable, "the backend's certificate is not valid for its name"),
        (ssl.SSLError("x"), DIALLING, Unreachable, "the TLS handshake failed"),
        (UnicodeError("label too long"), DIALLING, Unreachable, "not a host name"),
        (ConnectionResetError(), TALKING, Reset, "connection reset"),
        (BrokenPipeError(), TALKING, Reset, "connection closed while the request was sent"),
        (ssl.SSLError("x"), TALKING, Reset, "the TLS layer failed"),
        (TimeoutError("ETIMEDOUT"), TALKING, Reset, "the connection broke"),
    ],
)  # fmt: skip
def test_foreign_errors_are_translated(error, table, kind, detail):
    translated = translate(error, table)
    assert (type(translated), translated.detail) == (kind, detail)
