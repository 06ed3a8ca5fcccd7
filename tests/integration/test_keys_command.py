"""`keys list|mint|revoke` beside a running gateway, on the settings file that the demo names: changes count at once."""

from __future__ import annotations

import json
import re

import pytest

from deploy.demo.seed import PIXEL, UPSTACK_ACCOUNT
from tests.integration.asking import MEASURES, QUERY, QUESTION, client_of, shape
from tests.integration.process import command
from tests.integration.waiting import eventually

PROMISED_S = 5.0
"""A revocation takes effect in every process within this; the goal is 1 s."""

MINT = ("mint", "--prefix", "upstack", "--name", "by command", "--account", UPSTACK_ACCOUNT, "--tenant", PIXEL)


@pytest.fixture
def keys(demo):
    """The command on the demo's settings file."""
    return lambda *arguments: command("keys", *arguments, "--config", demo.config)


@pytest.fixture
def minted(demo, mint):
    """A client with a key of the test's own, and the key's id."""
    text = mint("upstack", "--scope", "analytics:read")
    with client_of(demo.base_url, demo.headers("upstack_full") | {"x-api-key": text}) as client:
        yield client, text.removeprefix("upstack_")[:10]


def test_list_names_every_sample_key_and_no_secret(demo, keys):
    told = keys("list", "--limit", 1000, "--json")
    assert told.returncode == 0, told.stderr
    listed = {key["id"]: key for key in json.loads(told.stdout)["keys"]}
    for name, sample in demo.written["keys"].items():
        key = listed[sample["key"].partition("_")[2][:10]]
        assert key["state"] == {"upstack_revoked": "revoked", "upstack_expired": "expired"}.get(name, "active")
        assert sample["key"][-30:] not in told.stdout
    legacy = listed[demo.key("upstack_legacy_db_query").partition("_")[2][:10]]
    assert legacy["scopes"] == ["db_query"]


def test_a_minted_key_works_at_once(demo, keys):
    told = keys(*MINT, "--scope", "analytics:read")
    assert told.returncode == 0, told.stderr
    assert re.fullmatch(r"upstack_[0-9A-Za-z]{40}\n", told.stdout)
    assert told.stdout.strip() not in told.stderr
    with client_of(demo.base_url, demo.headers("upstack_full") | {"x-api-key": told.stdout.strip()}) as client:
        assert client.post(QUERY, json=QUESTION).status_code == 200


@pytest.mark.parametrize("scope", ["db_query", "attribution_query", "analytics:write"])
def test_no_key_is_minted_with_a_scope_that_is_none(keys, scope):
    told = keys(*MINT, "--scope", scope)
    assert (told.returncode, told.stdout) == (1, "")
    assert scope in told.stderr


def test_a_revoked_key_is_refused_although_it_was_known(demo, keys, minted, stranger):
    client, key_id = minted
    assert client.get(MEASURES).status_code == 200
    told = keys("revoke", key_id, "--why", "a test")
    assert told.returncode == 0, told.stderr
    refused = eventually(lambda: (answer := client.get(MEASURES)).status_code == 401 and answer, PROMISED_S)
    assert shape(refused) == shape(stranger.get(MEASURES))
    assert {client.get(MEASURES).status_code for _ in range(5)} == {401}


def test_a_disabled_key_comes_back(keys, minted):
    client, key_id = minted
    assert client.get(MEASURES).status_code == 200
    assert keys("disable", key_id).returncode == 0
    eventually(lambda: client.get(MEASURES).status_code == 401, PROMISED_S)
    assert keys("enable", key_id).returncode == 0
    eventually(lambda: client.get(MEASURES).status_code == 200, PROMISED_S)


def test_show_tells_what_a_legacy_scope_grants(demo, keys):
    key_id = demo.key("upstack_legacy_attribution").partition("_")[2][:10]
    shown = json.loads(keys("show", key_id, "--json").stdout)
    assert shown["scopes"] == ["attribution_query"]
    assert shown["granted_scopes"] == ["analytics:read"]
