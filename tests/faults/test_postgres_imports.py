"""Keys of another system on whole gateways: taken as they are, Argon2id after their first use, revoked like any other."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256

from keys import parse_key
from tests.faults.fleet import PATIENCE_S, Gateways, opened, settings, until, write
from tests.faults.test_postgres_fleet import command

OLD_KEY = "sk-live/Old.Form:0123456789"


async def imported(config, folder, *texts: str) -> None:
    file = folder / "old.jsonl"
    common = {"prefix": "px", "account": "acme", "tenant": "pixel-1", "scopes": ["old_query", "boards:read"]}
    lines = [json.dumps(common | {"sha256": sha256(text.encode()).hexdigest()}) for text in texts]
    file.write_text("\n".join(lines))
    await command(config, "import", str(file), "--legacy-scopes")


async def test_an_imported_key_is_served_and_becomes_argon2id(tmp_path, store_url, backend):
    document = settings(store_url, backend.port)
    document["apis"]["things"]["credential"]["imported"] = True
    config = write(tmp_path, document)
    async with opened(store_url) as (store, _), Gateways.running(config) as gateways:
        assert await gateways.status_of(OLD_KEY) == 401
        await imported(config, tmp_path, OLD_KEY, "another")
        await until(gateways, OLD_KEY, 200)  # the refusal of before is forgotten with the import
        key = (await store.find_imported(sha256(OLD_KEY.encode()).hexdigest())).key
        async with asyncio.timeout(PATIENCE_S):
            while not (await store.find_key(key.id)).key.digest.startswith("$argon2id$"):
                await asyncio.sleep(0.01)
        assert await gateways.status_of(OLD_KEY) == 200
        assert await gateways.status_of(OLD_KEY + "x") == 401
        assert await gateways.status_of("another", tenant="pixel-2") == 401
        await command(config, "revoke", key.id, "--why", "t", "--wait")
        assert await gateways.status_of(OLD_KEY) == 401
    async with Gateways.running(config) as again:
        assert await again.status_of(OLD_KEY) == 401
        assert await again.status_of("another") == 200


async def test_an_api_that_does_not_say_so_takes_no_other_form(tmp_path, store_url, backend):
    config = write(tmp_path, settings(store_url, backend.port))
    async with opened(store_url), Gateways.running(config) as gateways:
        await imported(config, tmp_path, OLD_KEY)
        assert parse_key(OLD_KEY, "px") is None
        assert await gateways.status_of(OLD_KEY) == 401
