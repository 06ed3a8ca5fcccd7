"""The tenant of a request is its key's, whatever the header says: SECURITY.md S3, S4."""

import pytest

from gateway.answers import render_refusal
from gateway.binding import bind_tenant
from gateway.problems import Reason, Refused
from tests.gateway.builders import DASHTRACK, UPSTACK, principal, request


def test_the_header_repeats_the_keys_tenant() -> None:
    assert bind_tenant(UPSTACK, principal(), request(fields=((b"x-pixel-id", b"pixel-1"),))) == "pixel-1"


def test_without_a_tenant_header_the_account_is_the_tenant() -> None:
    assert bind_tenant(DASHTRACK, principal(tenant=None), request()) == "acme"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], Reason.TENANT_MISSING),
        ([b""], Reason.TENANT_MISMATCH),
        ([b"pixel-2"], Reason.TENANT_MISMATCH),
        ([b"PIXEL-1"], Reason.TENANT_MISMATCH),
        ([b"pixel-1, pixel-1"], Reason.TENANT_MISMATCH),
        ([b"pixel-\xc2\xb9"], Reason.TENANT_MISMATCH),
        ([b"pixel-1", b"pixel-1"], Reason.TENANT_AMBIGUOUS),
    ],
)
def test_another_tenant_is_refused(values: list[bytes], reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        bind_tenant(UPSTACK, principal(), request(fields=tuple((b"x-pixel-id", value) for value in values)))
    assert refused.value.reason is reason
    assert refused.value.problem.status == 401


def test_a_key_without_a_tenant_reaches_none() -> None:
    with pytest.raises(Refused):
        bind_tenant(UPSTACK, principal(tenant=None), request(fields=((b"x-pixel-id", b"pixel-1"),)))


def test_the_answer_is_the_same_bytes_whichever_other_tenant_was_named() -> None:
    bodies = set()
    for number, value in enumerate([b"pixel-2", b"no-such-pixel", b""]):
        with pytest.raises(Refused) as refused:
            bind_tenant(UPSTACK, principal(), request(fields=((b"x-pixel-id", value),)))
        bodies.add(render_refusal(refused.value, UPSTACK, f"request-{number}", ()).body)
    assert len(bodies) == 1
