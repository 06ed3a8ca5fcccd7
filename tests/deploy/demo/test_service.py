"""What the services share: words for mistakes, and the answer to a fault of their own."""

import httpx
import pytest
from starlette.responses import Response

from deploy.demo.answers import FieldError, invalid
from deploy.demo.service import guarded, service
from deploy.demo.wording import field_path
from tests.deploy.demo.conftest import running


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        (("measures", 2, "measure"), "measures[2].measure"),
        (("dateRange", "end"), "dateRange.end"),
        (("filters", "#and", "and", 0, "#condition", "op"), "filters.and[0].op"),
        ((), "body"),
        (("x" * 500,), "x" * 200),
    ],
)
def test_a_path_is_written_as_in_javascript(steps, path):
    assert field_path(steps) == path


def test_a_field_has_one_entry_the_first():
    refusal = invalid([FieldError("a", "1"), FieldError("b", "2"), FieldError("a", "3")])
    assert refusal.errors == (FieldError("a", "1"), FieldError("b", "2"))


async def broken(_request, _caller) -> Response:
    raise RuntimeError("the database's password is hunter2")


def test_a_fault_is_500_with_the_request_id_and_no_more(caplog):
    with running({"broken": service([guarded("/broken", GET=broken)])}) as ports:
        headers = {"x-tenant-id": "t", "x-request-id": "r-17"}
        answer = httpx.get(f"http://127.0.0.1:{ports['broken']}/broken", headers=headers, trust_env=False)
    assert answer.status_code == 500
    assert answer.json() == {"message": "An internal error occurred", "requestId": "r-17"}
    assert "r-17" in caplog.text
