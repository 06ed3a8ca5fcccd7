"""Where a key may be presented: SECURITY.md A1, A2, A4."""

import pytest

from gateway.apis import CredentialRule
from gateway.credentials import extract_credential
from gateway.message import Fields
from gateway.problems import Reason, Refused
from tests.gateway.builders import DASHTRACK, UPSTACK, request

KEY = b"upstack_" + b"k" * 40
BEARER = b"dt_" + b"k" * 40


@pytest.mark.parametrize(
    ("rule", "fields", "text"),
    [
        (UPSTACK.credential, ((b"x-api-key", KEY),), KEY),
        (UPSTACK.credential, ((b"x-api-key", KEY), (b"authorization", b"Bearer " + KEY)), KEY),
        (UPSTACK.credential, ((b"x-api-key", KEY), (b"authorization", b"Basic dXNlcjpwYXNz")), KEY),
        (DASHTRACK.credential, ((b"authorization", b"Bearer " + BEARER),), BEARER),
        (DASHTRACK.credential, ((b"authorization", b"bearer   " + BEARER),), BEARER),
        (CredentialRule(b"x-token", "t"), ((b"x-token", KEY),), KEY),
    ],
)
def test_one_credential_is_taken(rule: CredentialRule, fields: Fields, text: bytes) -> None:
    assert extract_credential(rule, request(fields=fields)) == text.decode()


@pytest.mark.parametrize(
    ("rule", "fields", "reason"),
    [
        (UPSTACK.credential, (), Reason.CREDENTIAL_MISSING),
        (UPSTACK.credential, ((b"authorization", b"Bearer " + KEY),), Reason.CREDENTIAL_MISSING),
        (UPSTACK.credential, ((b"cookie", b"x-api-key=" + KEY),), Reason.CREDENTIAL_MISSING),
        (UPSTACK.credential, ((b"x-api-key", KEY), (b"x-api-key", KEY)), Reason.CREDENTIAL_AMBIGUOUS),
        (UPSTACK.credential, ((b"x-api-key", KEY), (b"authorization", b"Bearer x")), Reason.CREDENTIAL_AMBIGUOUS),
        (DASHTRACK.credential, ((b"authorization", b"Bearer x"), (b"x-api-key", KEY)), Reason.CREDENTIAL_AMBIGUOUS),
        (UPSTACK.credential, ((b"x-api-key", b"k" * 129),), Reason.CREDENTIAL_MALFORMED),
        (UPSTACK.credential, ((b"x-api-key", b"k\xc3\xa9"),), Reason.CREDENTIAL_MALFORMED),
        (DASHTRACK.credential, ((b"authorization", BEARER),), Reason.CREDENTIAL_MALFORMED),
        (DASHTRACK.credential, ((b"authorization", b"Bearer"),), Reason.CREDENTIAL_MALFORMED),
        (DASHTRACK.credential, ((b"authorization", b"Basic " + BEARER),), Reason.CREDENTIAL_MALFORMED),
        (DASHTRACK.credential, ((b"authorization", b"Bearer a b"),), Reason.CREDENTIAL_MALFORMED),
        (DASHTRACK.credential, ((b"authorization", b"Bearer\t" + BEARER),), Reason.CREDENTIAL_MALFORMED),
    ],
)
def test_anything_else_is_refused(rule: CredentialRule, fields: Fields, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        extract_credential(rule, request(fields=fields))
    assert refused.value.reason is reason
    assert refused.value.problem.status == 401
