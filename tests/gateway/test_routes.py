"""Matching: declared paths only, literal segments before parameters, 404 and 405 only once asked for the route."""

import pytest

from gateway.problems import Reason, Refused
from gateway.routes import Match, Routes
from tests.gateway.builders import DASHTRACK, UPSTACK, route

VIEWS = "/accounts/views"
ROUTES = Routes(
    [
        route("GET", VIEWS),
        route("POST", VIEWS),
        route("POST", VIEWS + "/from-preset"),
        route("GET", VIEWS + "/{viewId}"),
        route("DELETE", VIEWS + "/{viewId}"),
        route("POST", VIEWS + "/{viewId}/copy"),
        route("GET", "/accounts/{team}/members/{memberId}"),
        route("GET", "/v1/clients", api=DASHTRACK),
    ],
    {b"/accounts/": UPSTACK, b"/v1/": DASHTRACK},
)


def reason_of(match: Match) -> Reason:
    with pytest.raises(Refused) as refused:
        match.require_route()
    return refused.value.reason


@pytest.mark.parametrize(
    ("method", "path", "template", "parameters"),
    [
        ("GET", b"/accounts/views", VIEWS, ()),
        ("POST", b"/accounts/views/from-preset", VIEWS + "/from-preset", ()),
        ("GET", b"/accounts/views/from-preset", None, (b"from-preset",)),
        ("GET", b"/accounts/views/7", VIEWS + "/{viewId}", (b"7",)),
        ("GET", b"/accounts/views/%37", VIEWS + "/{viewId}", (b"%37",)),
        ("POST", b"/accounts/views/7/copy", VIEWS + "/{viewId}/copy", (b"7",)),
        ("GET", b"/accounts/red/members/9", "/accounts/{team}/members/{memberId}", (b"red", b"9")),
        ("GET", b"/accounts/views/members/9", "/accounts/{team}/members/{memberId}", (b"views", b"9")),
        ("GET", b"/v1/clients", "/v1/clients", ()),
    ],
)
def test_a_declared_path_finds_its_route(method: str, path: bytes, template: str | None, parameters: tuple) -> None:
    match = ROUTES.match(method, path)
    if template is None:  # the literal route is declared for another method only
        assert reason_of(match) is Reason.METHOD_NOT_ALLOWED
    else:
        assert (match.require_route().template, match.parameters) == (template, parameters)


@pytest.mark.parametrize(
    "path", [b"/accounts/", b"/accounts/views/", b"/accounts/Views", b"/accounts/views/7/copy/", b"/v1/client", b"/v1/clients/1"]
)  # fmt: skip
def test_an_undeclared_path_inside_an_api_has_a_place_but_no_route(path: bytes) -> None:
    match = ROUTES.match("GET", path)
    assert match.cost == 1
    assert reason_of(match) is Reason.ROUTE_UNKNOWN


def test_an_undeclared_method_names_the_declared_ones() -> None:
    with pytest.raises(Refused) as refused:
        ROUTES.match("PATCH", b"/accounts/views/7").require_route()
    assert refused.value.reason is Reason.METHOD_NOT_ALLOWED
    assert refused.value.fields == ((b"allow", b"DELETE, GET"),)


@pytest.mark.parametrize("method", ["get", "HEAD", "TRACE", "BREW"])
def test_methods_are_matched_as_they_are(method: str) -> None:
    assert reason_of(ROUTES.match(method, b"/accounts/views")) is Reason.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"/", Reason.ROUTE_UNKNOWN),
        (b"/accounts", Reason.ROUTE_UNKNOWN),
        (b"/metrics", Reason.ROUTE_UNKNOWN),
        (b"/internal/owners/views/1", Reason.ROUTE_UNKNOWN),
        (b"/accounts/../v1/clients", Reason.PATH_AMBIGUOUS),
        (b"/accounts/views/%2e%2e", Reason.PATH_AMBIGUOUS),
        (b"/accounts//views", Reason.PATH_AMBIGUOUS),
    ],
)
def test_what_lies_outside_every_api_or_is_ambiguous_is_refused_at_once(path: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        ROUTES.match("GET", path)
    assert refused.value.reason is reason


def test_the_longest_prefix_names_the_api() -> None:
    routes = Routes([route("GET", "/v1/inner/x")], {b"/v1/": DASHTRACK, b"/v1/inner/": UPSTACK})
    assert routes.match("GET", b"/v1/inner/none").api is UPSTACK
    assert routes.match("GET", b"/v1/none").api is DASHTRACK
