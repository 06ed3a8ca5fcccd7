"""The OpenAPI document says what the API is: nothing is left out, and the API keeps what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.routing import Route

from keys.admin import admin_app
from keys.admin.endpoints import ENDPOINTS
from keys.admin.openapi import SERVED_PATHS, document
from keys.admin.problems import PROBLEMS, Code
from keys.model import Role
from tests.keys.admin.conftest import Api
from tests.keys.builders import SETTINGS

DOCUMENT = document()
DOCS = (Path(__file__).parents[3] / "docs" / "admin-api.md").read_text()
KEYS = Path(sys.executable).with_name("keys")
API = schemathesis.openapi.from_dict(DOCUMENT)
EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


def routes_of(app):
    """Method and path of everything that the application answers to."""
    starlette = app._app
    return {
        (method, route.path)
        for route in starlette.routes
        if isinstance(route, Route)
        for method in route.endpoint._by_method
    }


def test_every_route_is_in_the_document(desk):
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert routes_of(admin_app(desk)) == described | {("GET", path) for path in SERVED_PATHS}


async def test_it_is_served_to_everybody(app, desk):
    assert (await Api(app)("GET", "/openapi.json", expect=200)).json() == DOCUMENT


def test_every_reference_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    names = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= names
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_problem_has_a_row_and_is_documented():
    assert set(PROBLEMS) == set(Code)
    assert not [code for code in Code if f"| `{code.value}` | {PROBLEMS[code].status} |" not in DOCS]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_every_endpoint_is_documented_with_its_roles(endpoint):
    (row,) = [line for line in DOCS.splitlines() if line.startswith(f"| `{endpoint.method} {endpoint.path}` |")]
    roles = row.split("|")[2].strip()
    assert roles == ("all" if endpoint.roles == set(Role) else ", ".join(sorted(endpoint.roles)))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """`keys serve` as a process, over a store with an account: its URL, and the fields of an admin's requests."""
    folder = tmp_path_factory.mktemp("openapi")
    (folder / "gateway.yaml").write_text(yaml.safe_dump({"version": 1, "keys": SETTINGS}))

    def keys(*arguments):
        return subprocess.run([KEYS, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60)

    keys("db", "upgrade")
    keys("accounts", "add", "acme", "--name", "Acme", "--plan", "small")
    token = keys("operators", "add", "--name", "Admin", "--role", "admin").stdout.strip()
    with subprocess.Popen([KEYS, "serve", "--port", "0"], cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = re.search(r"http://\S+", process.stderr.readline())[0]
            yield url, {"authorization": f"Bearer {token}"}
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0


@API.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_what_the_document_says(case, served):
    url, fields = served
    case.call_and_validate(base_url=url, headers=fields, checks=CHECKS)
