"""Which texts may be a key of an API at all, and whose they claim to be."""

from __future__ import annotations

from hashlib import sha256
from types import SimpleNamespace

import pytest

from gateway.apis import CredentialRule
from gateway.claims import UNKNOWN_LANE, claim_of
from keys import mint_text

STRICT = CredentialRule(b"x-api-key", "px")
OPEN = CredentialRule(b"x-api-key", "px", imported=True)
OWN = mint_text("px")
FOREIGN = "sk-live/Old.Form:0123456789"


class RecordsInHand:
    """Key records by id and by the text that they were imported with."""

    def __init__(self, by_id=(), by_text=()) -> None:
        self.by_id = dict(by_id)
        self.by_sha256 = {sha256(text.encode()).hexdigest(): record for text, record in dict(by_text).items()}
        self.asked: list[str] = []

    async def find_key(self, key_id):
        self.asked.append(key_id)
        return self.by_id.get(key_id)

    async def find_imported(self, sha256_hex):
        self.asked.append(sha256_hex)
        return self.by_sha256.get(sha256_hex)


def a_record(prefix="px"):
    return SimpleNamespace(key=SimpleNamespace(prefix=prefix))


@pytest.mark.parametrize("text", [FOREIGN, OWN.text[:-1], mint_text("dt").text, "x"], ids=["foreign", "cut", "another prefix", "short"])  # fmt: skip
def test_another_form_is_no_claim_unless_the_api_takes_imported_keys(text):
    assert claim_of(STRICT, text) is None
    claim = claim_of(OPEN, text)
    assert (claim.key_id, claim.lane) == (None, UNKNOWN_LANE)


@pytest.mark.parametrize("text", ["", "with space", "tab\t", "nul\0", "ümlaut", "a" * 129, "\x7f"])
def test_what_is_not_visible_ascii_is_never_a_claim(text):
    assert claim_of(OPEN, text) is None


def test_a_text_of_our_form_claims_its_id():
    claim = claim_of(STRICT, OWN.text)
    assert (claim.key_id, claim.lane, claim.name) == (OWN.id, OWN.id, OWN.text)


def test_proofs_of_one_text_for_two_prefixes_are_kept_apart():
    other = CredentialRule(b"x-api-key", "dt", imported=True)
    assert claim_of(OPEN, FOREIGN).name != claim_of(other, FOREIGN).name


async def test_a_foreign_text_is_found_by_its_sha256_alone():
    record, records = a_record(), RecordsInHand(by_text={FOREIGN: a_record()})
    records.by_sha256 = dict.fromkeys(records.by_sha256, record)
    assert await claim_of(OPEN, FOREIGN).find(records) is record
    assert records.asked == [sha256(FOREIGN.encode()).hexdigest()]


async def test_a_key_imported_for_another_prefix_is_not_found():
    assert await claim_of(OPEN, FOREIGN).find(RecordsInHand(by_text={FOREIGN: a_record("dt")})) is None


async def test_our_own_form_is_looked_up_by_id_first_and_may_have_been_imported_too():
    own, imported = a_record(), a_record()
    assert await claim_of(OPEN, OWN.text).find(RecordsInHand({OWN.id: own}, {OWN.text: imported})) is own
    assert await claim_of(OPEN, OWN.text).find(RecordsInHand({}, {OWN.text: imported})) is imported
    strict = RecordsInHand({}, {OWN.text: imported})
    assert await claim_of(STRICT, OWN.text).find(strict) is None
    assert strict.asked == [OWN.id]
