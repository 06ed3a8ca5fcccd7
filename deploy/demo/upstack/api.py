"""The API's calls, one method each. What it refuses, and what never reaches it, is raised as `UpstackError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from deploy.demo.upstack.failures import FieldProblem, UpstackError

if TYPE_CHECKING:
    from types import TracebackType

    from deploy.demo.upstack.account import Account

TIMEOUT_S = 30.0
VIEWS = "/accounts/api/dashboard/views"

Json = dict[str, Any]


class Upstack:
    """A connection to the API; a context manager that closes it."""

    def __init__(self, account: Account, timeout_s: float = TIMEOUT_S) -> None:
        self._account = account
        self._timeout_s = timeout_s
        self._client = httpx.Client(
            base_url=account.base_url,
            headers={"x-api-key": account.key, "x-pixel-id": account.pixel, "accept": "application/json"},
            timeout=timeout_s,
            # a key must not go to whoever an environment variable or a redirect names
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def measures(self) -> list[Json]:
        """The catalogue."""
        return self._objects(self._call("GET", "/db-mgmt/api/measures"), "measures")

    def views(self, type_: str) -> list[Json]:
        """The pixel's views of a type."""
        return self._objects(self._call("GET", VIEWS, query={"type": type_}), "dashboardViews")

    def view(self, id_: str) -> Json:
        """One view."""
        return self._view(self._call("GET", _view_path(id_)))

    def create_view(self, body: Json) -> Json:
        """A new view."""
        return self._view(self._call("POST", VIEWS, body=body))

    def build_view(self, preset: Json) -> Json:
        """A new view from a list of measures."""
        return self._view(self._call("POST", VIEWS + "/from-preset", body=preset))

    def change_view(self, id_: str, body: Json) -> Json:
        """A view, changed."""
        return self._view(self._call("PATCH", _view_path(id_), body=body))

    def copy_view(self, id_: str) -> Json:
        """A copy of a view."""
        return self._view(self._call("POST", _view_path(id_) + "/copy"))

    def delete_view(self, id_: str) -> Json:
        """Forget a view; gives what the API says of it."""
        return self._call("DELETE", _view_path(id_))

    def _call(self, method: str, path: str, *, query: dict[str, str] | None = None, body: Json | None = None) -> Json:
        try:
            answer = self._client.request(method, path, params=query, json=body)
        except httpx.ConnectError:
            cure = "is it running? `gateway demo` starts one; --base-url or UPSTACK_BASE_URL names another"
            raise UpstackError(f"nothing answers at {self._account.base_url}: {cure}") from None
        except httpx.TimeoutException:
            raise UpstackError(f"{self._account.base_url} did not answer within {self._timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UpstackError(f"the call to {self._account.base_url} failed: {type(error).__name__}") from None
        return _read(answer)

    def _view(self, answer: Json) -> Json:
        view = answer.get("dashboardView")
        if not isinstance(view, dict):
            raise UpstackError("the answer has no dashboardView: is this the Upstack API?")
        return view

    def _objects(self, answer: Json, member: str) -> list[Json]:
        rows = answer.get(member)
        if not isinstance(rows, list):
            raise UpstackError(f"the answer has no {member}: is this the Upstack API?")
        return rows


def _view_path(id_: str) -> str:
    return f"{VIEWS}/{quote(id_, safe='')}"


def _read(answer: httpx.Response) -> Json:
    """The body of a good answer; a refusal raised with its message and fields."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UpstackError(f"{answer.status_code}: the answer is no JSON object: is this the Upstack API?")
    if answer.is_success:
        return body
    message = str(body.get("message") or answer.reason_phrase)
    if after := answer.headers.get("retry-after"):
        message += f" (try again in {after} s)"
    if request_id := body.get("request_id") or body.get("requestId"):
        message += f" (request {request_id})"
    raise UpstackError(message, status=answer.status_code, fields=_problems(body.get("errors")))


def _problems(errors: Any) -> tuple[FieldProblem, ...]:
    found = errors if isinstance(errors, list) else []
    return tuple(FieldProblem(str(e.get("field")), str(e.get("message"))) for e in found if isinstance(e, dict))
