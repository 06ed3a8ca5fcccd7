"""The types of single values: each says its form once, for the reader, for the schema and for the mistake's text."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from keys import WrongValue

if TYPE_CHECKING:
    from collections.abc import Callable

# RFC 9110 section 7.6.1 and what frames or addresses a message: the transport's own, no API may use or strip these.
TRANSPORT_HEADERS = frozenset(
    [
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
# What the gateway itself tells its backends: a client may never set these, so nothing can be read from them.
IDENTITY_HEADERS = frozenset(
    [
        "forwarded",
        "via",
        "x-account-id",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-key-id",
        "x-plan",
        "x-real-ip",
        "x-request-id",
        "x-resources",
        "x-scopes",
        "x-tenant-id",
    ]
)

_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


def matching(pattern: str, allowed: str) -> Callable[[str], str]:
    """A check that the whole text has the form `pattern`; `allowed` tells people what that is."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise WrongValue("has not the form it must have", allowed)
        return text

    return check


def _as_whole_number(value: object) -> object:
    """Choices are compared as they are, so the text that `${NAME}` gives must become a number first."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) else value


def _host(text: str) -> str:
    if _is_address(text) or (_HOST_NAME.fullmatch(text) and not re.fullmatch(r"[0-9.]+", text)):
        return text
    raise WrongValue("is no host", "a host name or an IP address, without a port")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener there."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise WrongValue("is no address or network", "like 10.0.0.7, 10.0.0.0/8 or fd00::/8") from None


def _origin(url: str) -> str:
    """Only an origin (RFC 6454): routes carry the paths, and credentials do not belong into addresses."""
    allowed = "http://HOST[:PORT] or https://HOST[:PORT]"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongValue("is no URL", allowed) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise WrongValue("is no URL of a server", allowed)
    if "@" in parts.netloc:
        raise WrongValue("holds credentials", allowed)
    if parts.path or "?" in url or "#" in url:
        raise WrongValue("has more than scheme, host and port", f"{allowed}, nothing after; routes carry the paths")
    _host(parts.hostname)
    return url


def _header(text: str) -> str:
    name = text.lower()
    if name in TRANSPORT_HEADERS:
        raise WrongValue("belongs to the transport, and ends at the gateway", "another header name")
    return name


def _own_header(text: str) -> str:
    if text in IDENTITY_HEADERS:
        raise WrongValue("is set by the gateway itself", "another header name")
    return text


_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_HEADER = r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,64}"
_SEGMENT = r"[A-Za-z0-9\-._~!$&'()*+,=:@]+"
_PARAMETER = r"\{[A-Za-z_][A-Za-z0-9_]{0,63}\}"
_NO_DOTS = r"(?!.*/\.{1,2}(/|$))"
_PREFIX = rf"{_NO_DOTS}/({_SEGMENT}/)*"
_TEMPLATE = rf"{_NO_DOTS}(/({_SEGMENT}|{_PARAMETER}))+/?|/"
_MEMBER = r"[^.\s\[\]]+(\.[^.\s\[\]]+)*"

Name = Annotated[
    str,
    AfterValidator(matching(_NAME, "letters, digits, '.', '_' and '-', at most 64")),
    Field(json_schema_extra={"pattern": f"^({_NAME})$"}),
]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Host = Annotated[str, AfterValidator(_host)]
Network = Annotated[str, AfterValidator(_network)]
OriginText = Annotated[str, AfterValidator(_origin), Field(json_schema_extra={"pattern": "^https?://[^/?#@]+$"})]
HeaderName = Annotated[
    str,
    AfterValidator(matching(_HEADER, "a header name: letters, digits, '-'; no '_'")),
    AfterValidator(_header),
    Field(json_schema_extra={"pattern": f"^{_HEADER}$"}),
]
OwnHeaderName = Annotated[HeaderName, AfterValidator(_own_header)]
PathPrefix = Annotated[
    str,
    AfterValidator(matching(_PREFIX, "a path like /accounts/, with / at both ends")),
    Field(json_schema_extra={"pattern": f"^{_PREFIX}$"}),
]
PathTemplate = Annotated[
    str,
    AfterValidator(matching(_TEMPLATE, "a path like /views/{viewId}/copy; a parameter is one whole segment")),
    Field(json_schema_extra={"pattern": f"^({_TEMPLATE})$"}),
]
MemberPath = Annotated[
    str,
    AfterValidator(matching(_MEMBER, "a member of the JSON body like pixelId or dashboardView.pixelId")),
    Field(json_schema_extra={"pattern": f"^{_MEMBER}$"}),
]
WholeNumberChoice = BeforeValidator(_as_whole_number)
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=1, le=1 << 40)]
Count = Annotated[int, Field(ge=1, le=10**9)]
