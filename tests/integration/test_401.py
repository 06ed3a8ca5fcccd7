"""401: no key, no live key, or not this key's pixel. From outside, every key that is not alive is one and the same."""

from __future__ import annotations

import zlib

import pytest

from deploy.demo.seed import OTHER_PIXEL, PIXEL, VIEW
from keys import mint_text
from tests.integration.asking import CLIENTS, MEASURES, QUERY, QUESTION, VIEWS, shape
from tests.integration.raw import exchange

MISSING_OR_INVALID = {"message": "The API key is missing or invalid", "code": "unauthorized"}
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def unknown(prefix: str) -> str:
    """A key that nobody minted, its checksum right."""
    return mint_text(prefix).text


def with_another_secret(key: str) -> str:
    """The same id and a right checksum around another secret."""
    kept, stranger = key.partition("_")[2][:10], unknown(key.partition("_")[0])
    return _summed(stranger[: stranger.index("_") + 1] + kept + stranger[-30:-6])


def _summed(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    while len(letters) < 6:
        number, rest = divmod(number, 62)
        letters = BASE62[rest] + letters
    return body + letters


# name: the key's text, made of a live one of the same API
DEAD = {
    "unknown": lambda key: unknown(key.partition("_")[0]),
    "wrong secret": with_another_secret,
    "wrong checksum": lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
    "wrong case": lambda key: key[:12] + key[12:].swapcase(),
    "too short": lambda key: key[:-1],
    "too long": lambda key: key + "0",
    "another prefix": lambda key: "sk" + key[key.index("_") :],
    "no prefix": lambda key: key.partition("_")[2],
    "a comma": lambda key: f"{key},{key}",
    "a blank inside": lambda key: key[:20] + " " + key[21:],
    "no ASCII": lambda key: key[:-1] + "ü",
    "very long": lambda key: key * 50,
    "empty": lambda key: "",
}


@pytest.fixture
def nobody(stranger) -> tuple:
    """What is answered to who shows no key at all."""
    return shape(stranger.get(MEASURES, headers={"x-pixel-id": PIXEL}))


@pytest.mark.parametrize("name", DEAD)
def test_a_dead_upstack_key_is_as_no_key(demo, stranger, nobody, name):
    text = DEAD[name](demo.key("upstack_full")).encode()
    response = stranger.get(MEASURES, headers={b"x-api-key": text, b"x-pixel-id": PIXEL.encode()})
    assert shape(response) == nobody
    assert response.status_code == 401
    assert response.json() == MISSING_OR_INVALID
    assert response.headers["www-authenticate"] == 'ApiKey realm="upstack"'


@pytest.mark.parametrize("name", ["upstack_revoked", "upstack_expired"])
def test_a_key_that_lived_is_as_no_key(as_key, nobody, name):
    assert shape(as_key(name).get(MEASURES)) == nobody


@pytest.mark.parametrize("name", [name for name in DEAD if name != "empty"])  # no client sends a blank at the end
def test_a_dead_dashtrack_key_is_as_no_key(demo, stranger, name):
    text = DEAD[name](demo.key("dashtrack_agency")).encode()
    response = stranger.get(CLIENTS, headers={b"authorization": b"Bearer " + text})
    assert shape(response) == shape(stranger.get(CLIENTS))
    assert (response.status_code, response.json()) == (401, MISSING_OR_INVALID)
    assert response.headers["www-authenticate"] == 'Bearer realm="dashtrack"'


# where a key is no credential
MISPLACED = {
    "as bearer for Upstack": lambda key: {"headers": {"authorization": f"Bearer {key}", "x-pixel-id": PIXEL}},
    "in the query": lambda key: {"params": {"x-api-key": key, "api_key": key}, "headers": {"x-pixel-id": PIXEL}},
    "in a cookie": lambda key: {"headers": {"cookie": f"x-api-key={key}", "x-pixel-id": PIXEL}},
    "with an underscore": lambda key: {"headers": {"x_api_key": key, "x-pixel-id": PIXEL}},
    "twice": lambda key: {"headers": [("x-api-key", key), ("x-api-key", key), ("x-pixel-id", PIXEL)]},
    "beside another": lambda key: {
        "headers": {"x-api-key": key, "authorization": f"Bearer {unknown('upstack')}", "x-pixel-id": PIXEL}
    },
}


@pytest.mark.parametrize("name", MISPLACED)
def test_a_key_elsewhere_is_none(demo, stranger, nobody, name):
    assert shape(stranger.get(MEASURES, **MISPLACED[name](demo.key("upstack_full")))) == nobody


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token ", "Bearer"])
def test_dashtrack_wants_the_bearer_scheme(demo, stranger, scheme):
    key = demo.key("dashtrack_agency")
    assert stranger.get(CLIENTS, headers={"authorization": scheme + key}).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(demo, stranger, scheme):
    """RFC 9110, section 11.1."""
    key = demo.key("dashtrack_agency")
    assert stranger.get(CLIENTS, headers={"authorization": f"{scheme} {key}"}).status_code == 200


@pytest.mark.parametrize(("owner", "path"), [("dashtrack_agency", MEASURES), ("upstack_full", CLIENTS)])
def test_a_key_of_the_other_api_is_none(demo, stranger, owner, path):
    key = demo.key(owner)
    response = stranger.get(path, headers={"x-api-key": key, "authorization": f"Bearer {key}", "x-pixel-id": PIXEL})
    assert (response.status_code, response.json()) == (401, MISSING_OR_INVALID)


def test_without_a_pixel(demo, stranger):
    response = stranger.get(MEASURES, headers={"x-api-key": demo.key("upstack_full")})
    assert response.status_code == 401
    assert response.json()["message"] == "The x-pixel-id header is missing"


NOT_ITS_PIXEL = {
    "another's": OTHER_PIXEL,
    "nobody's": "00000000-0000-4000-8000-000000000000",
    "upper case": PIXEL.upper(),
    "no UUID": "pixel",
    "empty": "",
    "two in one": f"{PIXEL}, {PIXEL}",
}


def test_a_pixel_that_is_not_the_keys_tells_nothing(demo, stranger):
    key = demo.key("upstack_full")
    told = {
        name: shape(stranger.get(MEASURES, headers={"x-api-key": key, "x-pixel-id": pixel}))
        for name, pixel in NOT_ITS_PIXEL.items()
    }
    told["twice"] = shape(
        stranger.get(MEASURES, headers=[("x-api-key", key), ("x-pixel-id", PIXEL), ("x-pixel-id", OTHER_PIXEL)])
    )
    assert len({(status, body, tuple(names)) for status, body, names in told.values()}) == 1, told
    status, body, _ = told["another's"]
    assert (status, b"header is invalid for this API key" in body) == (401, True)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"{VIEWS}/{VIEW}"), ("POST", QUERY), ("DELETE", f"{VIEWS}/{VIEW}"), ("GET", VIEWS)]
)
def test_the_other_pixel_is_refused_on_every_service(demo, stranger, method, path):
    headers = {"x-api-key": demo.key("upstack_full"), "x-pixel-id": OTHER_PIXEL}
    body = QUESTION | {"pixelId": OTHER_PIXEL} if method == "POST" else None
    assert stranger.request(method, path, json=body, headers=headers).status_code == 401


def test_blanks_around_a_key_are_not_of_it(demo):
    """RFC 9110, section 5.5: white space around a value is not of it."""
    credentials = f"X-Api-Key: \t {demo.key('upstack_full')} \r\nx-pixel-id:{PIXEL}\t\r\n"
    assert exchange(demo.base_url, f"GET {MEASURES} HTTP/1.1\r\nHost: a\r\n{credentials}\r\n").status == 200


def test_the_body_of_a_stranger_is_not_read(demo, stranger):
    """The refusal comes although the body never does."""
    response = stranger.post(QUERY, content=iter([b"{"]), headers={"x-pixel-id": PIXEL})
    assert response.status_code == 401


def test_a_stranger_learns_no_route(stranger):
    paths = (MEASURES, "/db-mgmt/api/nothing", "/db-mgmt/", "/accounts/x", VIEWS + "/1/2/3")
    assert len({stranger.get(path).content for path in paths}) == 1
    assert {stranger.request(method, MEASURES).status_code for method in ("GET", "PUT", "DELETE", "OPTIONS")} == {401}
