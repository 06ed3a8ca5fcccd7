"""From a presented key to a principal: known ones fast, unknown ones once, revoked ones never again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.authenticate import Authenticator
from gateway.known_keys import KnownKeys
from gateway.principal import Principal
from gateway.problems import Reason, Refused
from gateway.verifier import VerifierPool
from keys import Account, Change, ChangeSubject, Hasher, HashingParams, Key, KeyRecord, StoreUnavailable, mint_text
from tests.gateway.builders import HOURLY, UPSTACK, request

CHEAP = HashingParams(memory_kib=8, iterations=1, lanes=1)
ACCOUNT = Account("acme", "Acme", "starter", None, 0.0)


class Clocks:
    """Wall and monotonic time, set by the test."""

    def __init__(self) -> None:
        self.wall_s = 1_000_000.0
        self.steady_s = 50.0
        self.feed_age_s = 0.0


class RecordsInMemory:
    """A key store of a few records that counts what it is asked, and can fail or wait on request."""

    def __init__(self) -> None:
        self.records: dict[str, KeyRecord] = {}
        self.found: list[str] = []
        self.down = False
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()
        self.rehashed = asyncio.Event()

    async def find_key(self, key_id: str) -> KeyRecord | None:
        self.found.append(key_id)
        if self.down:
            raise StoreUnavailable("the store is away")
        record = self.records.get(key_id)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        return record

    async def rehash(self, key_id: str, old: str, new: str) -> bool:
        record = self.records[key_id]
        assert record.key.digest == old
        self.change(key_id, digest=new)
        self.rehashed.set()
        return True

    def change(self, key_id: str, **values: object) -> None:
        record = self.records[key_id]
        self.records[key_id] = KeyRecord(replace(record.key, **values), record.account)


class FullAddresses:
    """The brake on failed authentications: addresses in it have no room."""

    def __init__(self) -> None:
        self.full: set[str] = set()

    def require_room(self, client: str) -> None:
        if client in self.full:
            raise Refused(Reason.ANONYMOUS_LIMITED)


class House:
    """An authenticator with everything around it."""

    def __init__(self, params: HashingParams = CHEAP) -> None:
        self.clocks, self.records, self.brake = Clocks(), RecordsInMemory(), FullAddresses()
        self.hasher = Hasher(params)
        self.verifiers = VerifierPool(2, 16)
        self.authenticator = Authenticator(
            self.records,
            self.hasher,
            KnownKeys(100, 100, 5.0),
            self.verifiers,
            principal_of=self._principal,
            brake=self.brake,
            feed_age_s=lambda: self.clocks.feed_age_s,
            max_stale_s=60.0,
            clock=lambda: self.clocks.wall_s,
            monotonic=lambda: self.clocks.steady_s,
        )

    @staticmethod
    def _principal(record: KeyRecord) -> Principal:
        key = record.key
        return Principal(key.id, record.account.id, key.tenant, key.scopes, frozenset(), None, HOURLY, "b", ())

    def mint(self, **values: object) -> tuple[str, str]:
        text, key_id = mint_text("upstack")
        digest = Hasher(CHEAP).hash(text)
        key = Key(key_id, "upstack", "n", "acme", "p", None, frozenset(), None, None, digest, 0.0, "t")
        self.records.records[key_id] = KeyRecord(replace(key, **values), ACCOUNT)
        return text, key_id

    async def use(self, text: str, client: str = "192.0.2.1") -> Principal:
        fields = ((b"x-api-key", text.encode()),)
        return await self.authenticator.authenticate(UPSTACK, request(fields=fields, client=client))

    async def refusal(self, text: str, client: str = "192.0.2.1") -> Reason:
        with pytest.raises(Refused) as refused:
            await self.use(text, client)
        return refused.value.reason

    def announce(self, key_id: str, subject: ChangeSubject = ChangeSubject.KEY) -> None:
        self.authenticator.apply(Change(1, subject, key_id))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    built = House()
    yield built
    await built.authenticator.close()


async def test_a_key_is_verified_once_and_known_after(house: House) -> None:
    text, key_id = house.mint()
    for _ in range(3):
        assert (await house.use(text)).key_id == key_id
    assert house.records.found == [key_id]
    assert (house.authenticator.verified, house.authenticator.hits, house.authenticator.misses) == (1, 2, 1)
    assert house.authenticator.known_keys == 1


async def test_many_at_once_share_one_verification(house: House) -> None:
    text, key_id = house.mint()
    principals = await asyncio.gather(*(house.use(text) for _ in range(20)))
    assert {principal.key_id for principal in principals} == {key_id}
    assert (house.records.found, house.authenticator.verified) == ([key_id], 1)


async def test_a_client_that_gives_up_does_not_take_the_verification_from_the_others(house: House) -> None:
    text, key_id = house.mint()
    house.records.gate = asyncio.Event()
    impatient, patient = asyncio.create_task(house.use(text)), asyncio.create_task(house.use(text))
    await house.records.asked.wait()
    impatient.cancel()
    house.records.gate.set()
    assert (await patient).key_id == key_id
    assert impatient.cancelled() or await asyncio.gather(impatient, return_exceptions=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revoked_at": 1.0}, Reason.KEY_REVOKED),
        ({"disabled_at": 1.0}, Reason.KEY_DISABLED),
        ({"expires_at": 1_000_000.0}, Reason.KEY_EXPIRED),
    ],
)
async def test_a_key_that_is_not_live_is_refused_cold_and_warm(house: House, change: dict, reason: Reason) -> None:
    cold, _ = house.mint(**change)
    assert await house.refusal(cold) is reason
    warm, key_id = house.mint()
    await house.use(warm)
    house.records.change(key_id, **change)
    house.announce(key_id)
    assert await house.refusal(warm) is reason


async def test_an_invented_key_and_a_wrong_secret_cost_a_verification_each_and_are_remembered_alike(
    house: House,
) -> None:
    _, key_id = house.mint()
    invented, _ = mint_text("upstack")
    forged = with_checksum(f"upstack_{key_id}{'s' * 24}")
    assert await house.refusal(invented) is Reason.KEY_UNKNOWN
    assert await house.refusal(forged) is Reason.KEY_SECRET_WRONG
    assert house.authenticator.refuted == 2
    for _ in range(3):
        await house.refusal(invented)
        await house.refusal(forged)
    assert (house.authenticator.refuted, len(house.records.found)) == (2, 2)
    house.clocks.steady_s += 5.0
    await house.refusal(forged)
    assert house.authenticator.refuted == 3


def with_checksum(text: str) -> str:
    from keys.secret import checksum  # noqa: PLC0415 - a forger knows the checksum too

    return text + checksum(text)


@pytest.mark.parametrize("text", ["", "upstack_short", "dt_" + "a" * 40, "upstack_" + "a" * 40])
async def test_what_is_no_key_text_asks_nobody(house: House, text: str) -> None:
    assert await house.refusal(text) is Reason.CREDENTIAL_MALFORMED
    assert (house.records.found, house.authenticator.refuted) == ([], 0)


async def test_expiry_is_exact_for_a_known_key(house: House) -> None:
    text, _ = house.mint(expires_at=1_000_100.0)
    await house.use(text)
    house.clocks.wall_s = 1_000_099.999
    await house.use(text)
    house.clocks.wall_s = 1_000_100.0
    assert await house.refusal(text) is Reason.KEY_EXPIRED


async def test_a_changed_record_is_read_again_without_a_second_verification(house: House) -> None:
    text, key_id = house.mint()
    await house.use(text)
    house.records.change(key_id, scopes=frozenset({"new"}))
    house.announce(key_id)
    assert (await house.use(text)).scopes == {"new"}
    assert (len(house.records.found), house.authenticator.verified) == (2, 1)


@pytest.mark.parametrize("subject", [ChangeSubject.ACCOUNT, ChangeSubject.PLAN])
async def test_a_change_of_account_or_plan_reaches_its_keys(house: House, subject: ChangeSubject) -> None:
    text, key_id = house.mint()
    await house.use(text)
    house.announce("acme", subject)
    await house.use(text)
    assert house.records.found == [key_id, key_id]


async def test_a_revocation_announced_while_a_key_is_being_read_wins(house: House) -> None:
    text, key_id = house.mint()
    house.records.gate = asyncio.Event()
    use = asyncio.create_task(house.refusal(text))
    await house.records.asked.wait()  # the old record is in hand
    house.records.change(key_id, revoked_at=1.0)
    house.announce(key_id)
    house.records.gate.set()
    assert await use is Reason.KEY_REVOKED
    assert len(house.records.found) == 2


async def test_a_change_of_another_key_disturbs_nobody(house: House) -> None:
    text, key_id = house.mint()
    house.records.gate = asyncio.Event()
    use = asyncio.create_task(house.use(text))
    await house.records.asked.wait()
    house.announce("another")
    house.records.gate.set()
    assert (await use).key_id == key_id
    assert len(house.records.found) == 1


async def test_enabling_a_key_lifts_its_refusal_at_once(house: House) -> None:
    text, key_id = house.mint(disabled_at=1.0)
    assert await house.refusal(text) is Reason.KEY_DISABLED
    house.records.change(key_id, disabled_at=None)
    house.announce(key_id)
    assert (await house.use(text)).key_id == key_id


async def test_without_a_store_known_keys_work_and_others_are_503_not_401(house: House) -> None:
    known, _ = house.mint()
    cold, _ = house.mint()
    await house.use(known)
    house.records.down = True
    await house.use(known)
    with pytest.raises(Refused) as refused:
        await house.use(cold)
    assert refused.value.reason is Reason.KEYS_UNAVAILABLE
    assert refused.value.problem.status == 503
    assert dict(refused.value.fields) == {b"retry-after": b"1"}
    house.records.down = False
    await house.use(cold)


async def test_past_the_stated_age_of_the_feed_nothing_known_is_trusted(house: House) -> None:
    text, _ = house.mint()
    await house.use(text)
    house.clocks.feed_age_s = 60.0
    await house.use(text)
    house.clocks.feed_age_s = 60.1
    assert await house.refusal(text) is Reason.KEYS_UNAVAILABLE


async def test_a_full_queue_is_503_at_once_and_is_not_remembered(house: House) -> None:
    text, _ = house.mint()
    house.verifiers._queue = 0
    assert await house.refusal(text) is Reason.VERIFIER_BUSY
    house.verifiers._queue = 16
    await house.use(text)


async def test_an_address_without_room_gets_no_verification_but_keeps_its_known_keys(house: House) -> None:
    known, key_id = house.mint()
    cold, _ = house.mint()
    await house.use(known)
    house.brake.full.add("192.0.2.1")
    assert await house.refusal(cold) is Reason.ANONYMOUS_LIMITED
    await house.use(known)
    house.announce(key_id)
    await house.use(known)  # read again, but proven before
    await house.use(cold, client="192.0.2.2")


async def test_raised_parameters_rehash_a_key_when_it_is_used() -> None:
    house = House(HashingParams(memory_kib=16, iterations=1, lanes=1))
    text, key_id = house.mint()
    old = house.records.records[key_id].key.digest
    await house.use(text)
    await house.records.rehashed.wait()
    new = house.records.records[key_id].key.digest
    assert new != old
    assert house.hasher.verify(new, text)
    assert not house.hasher.needs_rehash(new)
    await house.authenticator.close()
