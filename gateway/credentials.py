"""Where a key may be presented: in the API's one header field, once. Anything doubled is refused, never picked from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from gateway.apis import CredentialRule
    from gateway.message import Request

MAX_CREDENTIAL_BYTES = 128
CREDENTIAL_HEADERS = frozenset({b"authorization", b"x-api-key"})
"""The fields that commonly carry a key; a second one that disagrees with the API's own makes a request ambiguous."""

_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9\-]*) +(\S+)\Z")


def extract_credential(rule: CredentialRule, request: Request) -> str:
    """The text presented as a key. Raises `Refused` when there is none, more than one, or none that can be a key."""
    own: bytes | None = None
    others: list[tuple[bytes, bytes]] = []
    for name, value in request.fields:
        if name == rule.header:
            if own is not None:
                raise Refused(Reason.CREDENTIAL_AMBIGUOUS)
            own = value
        elif name in CREDENTIAL_HEADERS:
            others.append((name, value))
    if own is None:
        raise Refused(Reason.CREDENTIAL_MISSING)
    text = _strip_scheme(own, rule.scheme)
    if text is None or len(text) > MAX_CREDENTIAL_BYTES or not text.isascii():
        raise Refused(Reason.CREDENTIAL_MALFORMED)
    if others:
        _require_agreement(text, others)
    return text.decode("ascii")


def _strip_scheme(value: bytes, scheme: bytes | None) -> bytes | None:
    """`Bearer KEY` -> KEY; RFC 9110 section 11.1: the scheme is case-insensitive. None: another scheme, or none."""
    if scheme is None:
        return value
    match = _SCHEME.match(value)
    return match[2] if match and match[1].lower() == scheme.lower() else None


def _require_agreement(text: bytes, others: list[tuple[bytes, bytes]]) -> None:
    for name, value in others:
        bearer = _strip_scheme(value, b"Bearer") if name == b"authorization" else value
        if bearer is not None and bearer != text:
            raise Refused(Reason.CREDENTIAL_AMBIGUOUS)


def challenge(rule: CredentialRule, realm: str) -> bytes:
    """The value of WWW-Authenticate (RFC 9110 section 11.6.1)."""
    scheme = rule.scheme or b"ApiKey"
    return scheme + b' realm="' + realm.encode() + b'"'
