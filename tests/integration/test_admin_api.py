"""The admin API beside a running gateway: what it mints is good, what it ends is refused, by the time that it says so."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from deploy.demo.seed import PIXEL, UPSTACK_ACCOUNT
from tests.integration.asking import MEASURES, client_of
from tests.integration.process import Process, command
from tests.integration.waiting import eventually

DATA = Path(__file__).parents[1] / "data" / "settings"
MINT = {
    "prefix": "upstack",
    "name": "by API",
    "account": UPSTACK_ACCOUNT,
    "tenant": PIXEL,
    "scopes": ["analytics:read"],
}


@pytest.fixture
def admin(demo):
    """A client of the admin listener with the token of the keys file."""
    fields = {"authorization": f"Bearer {demo.written['admin_token']}"}
    with httpx.Client(base_url=demo.admin_url, headers=fields, trust_env=False) as client:
        yield client


@pytest.fixture
def minted(demo, admin):
    """A client with a key that the API minted, and the path of the key."""
    made = admin.post("/v1/keys", json=MINT)
    assert made.status_code == 201, made.text
    with client_of(demo.base_url, {"x-api-key": made.json()["secret"], "x-pixel-id": PIXEL}) as client:
        yield client, made.headers["location"]


def test_every_sample_key_is_listed_and_no_secret(demo, admin):
    answer = admin.get("/v1/keys", params={"limit": 500})
    hints = {one["hint"] for one in answer.json()["items"]}
    for sample in demo.written["keys"].values():
        prefix, _, body = sample["key"].rpartition("_")
        assert f"{prefix}_{body[:10]}…" in hints
        assert sample["key"] not in answer.text


def test_a_minted_key_works_and_a_revoked_one_does_not_once_that_is_acknowledged(minted, admin):
    client, path = minted
    assert client.get(MEASURES).status_code == 200
    revoked = admin.post(f"{path}/revoke", json={"why": "a test", "wait_s": 5}).json()
    assert revoked["acknowledged"]["is_complete"] is True
    assert len(revoked["acknowledged"]["applied"]) == 1
    assert client.get(MEASURES).status_code == 401


def test_disabled_and_enabled_again(minted, admin):
    client, path = minted
    assert client.get(MEASURES).status_code == 200
    assert admin.post(f"{path}/disable", json={}).status_code == 200
    eventually(lambda: client.get(MEASURES).status_code == 401)
    assert admin.post(f"{path}/enable", json={}).status_code == 200
    eventually(lambda: client.get(MEASURES).status_code == 200)


def test_both_keys_of_a_rotation_work_for_the_overlap(demo, minted, admin):
    client, path = minted
    rotated = admin.post(f"{path}/rotate", json={"overlap_s": 3600}).json()
    with client_of(demo.base_url, {"x-api-key": rotated["secret"], "x-pixel-id": PIXEL}) as successor:
        assert (client.get(MEASURES).status_code, successor.get(MEASURES).status_code) == (200, 200)


def test_what_the_api_did_is_in_the_log_that_the_command_verifies(demo, minted, admin):
    _, path = minted
    tags = [one["tag"] for one in admin.get("/v1/audit", params={"subject": path.rpartition("/")[2]}).json()["items"]]
    assert tags == ["key:minted"]
    verified = command("keys", "audit", "verify", "--config", demo.config)
    assert verified.returncode == 0, verified.stderr


def test_the_data_listener_serves_none_of_it(demo, full):
    for path in ("/openapi.json", "/v1/keys", "/v1/session", "/metrics"):
        answer = httpx.get(
            demo.base_url + path,
            headers={"authorization": f"Bearer {demo.written['admin_token']}"},
            trust_env=False,
        )
        assert answer.status_code in {401, 404}


def test_status_stands_beside_it(demo, admin):
    assert httpx.get(f"{demo.admin_url}/readyz", trust_env=False).json()["status"] == "ok"
    assert admin.get("/openapi.json").json()["openapi"] == "3.1.0"


def test_a_sample_key_is_no_credential_here(demo):
    for sample in ("upstack_full", "dashtrack_agency"):
        fields = {"authorization": f"Bearer {demo.written['keys'][sample]['key']}"}
        assert httpx.get(f"{demo.admin_url}/v1/keys", headers=fields, trust_env=False).status_code == 401


def test_a_public_admin_listener_waits_for_the_first_operator(tmp_path):
    settings = (DATA / "good.yaml").read_text()
    settings = settings.replace("admin: { host: 127.0.0.1", "admin: { host: 0.0.0.0")
    settings = settings.replace("\nkeys:\n", "\nkeys:\n  admin: { hosts: [admin.example.com] }\n")
    settings = settings.replace("port: 8080", "port: 0").replace("port: 8081", "port: 0")
    file = tmp_path / "gateway.yaml"
    file.write_text(settings)
    assert command("keys", "db", "upgrade", "--config", file).returncode == 0
    refused = command("gateway", "run", "--config", file)
    assert (refused.returncode, "there is no operator yet: keys operators add" in refused.stderr) == (2, True)
    assert command("keys", "operators", "add", "--name", "A", "--role", "admin", "--config", file).returncode == 0
    running = Process(tmp_path, "gateway", "run", "--config", str(file))
    running.hear(lambda line: '"ready"' in line)
    assert running.end() == 0
