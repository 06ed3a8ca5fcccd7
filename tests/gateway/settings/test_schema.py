"""The shipped JSON Schema: what the models make of it, and what an editor would say of a file."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.settings import render_schema
from gateway.settings.file import Settings
from gateway.settings.reference import BEGIN, END, render_reference
from keys import SettingsFile

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "gateway" / "settings" / "schema.json"
DEMO = ROOT / "deploy" / "demo" / "gateway.yaml"
DATA = ROOT / "tests" / "data" / "settings"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SHIPPED.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_written(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def test_the_shipped_schema_is_what_the_models_generate():
    assert SHIPPED.read_text() == render_schema(), "run: gateway schema > gateway/settings/schema.json"


def test_the_demo_is_accepted_as_it_is_written(validator: jsonschema.Draft202012Validator):
    assert list(validator.iter_errors(as_written(DEMO))) == []


def test_the_demo_is_accepted_with_its_defaults_filled_in(validator: jsonschema.Draft202012Validator):
    settings = SettingsFile.load(DEMO, {}).read(Settings)
    assert list(validator.iter_errors(settings.model_dump(mode="json", exclude_unset=True))) == []


# name of bad_*.yaml -> the path at which an editor sees it. What must fit together an editor cannot know.
SEEN_BY_EDITORS = {
    "unknown_key": "apis.acme",
    "unknown_section": "",
    "missing_key": "apis.acme.routes.0",
    "missing_section": "",
    "version": "version",
    "port_not_a_number": "listen.proxy.port",
    "port_too_large": "listen.proxy.port",
    "url_with_path": "upstreams.things.url",
    "scopes_no_list": "apis.acme.routes.1.scopes",
    "tenant_unknown_word": "apis.acme.tenant",
    "path_partial_parameter": "apis.acme.routes.1.path",
    "path_dots": "apis.acme.routes.0.path",
    "route_method": "apis.acme.routes.0.method",
    "foreign": "apis.acme.foreign",
    "plan_limit": "keys.plans.basic.limit",
    "timeout_zero": "upstreams.things.connect_timeout_s",
    "routes_none": "apis.acme.routes",
}


@pytest.mark.parametrize("name", SEEN_BY_EDITORS)
def test_an_editor_sees(validator: jsonschema.Draft202012Validator, name: str):
    errors = list(validator.iter_errors(as_written(DATA / f"bad_{name}.yaml")))
    assert [".".join(map(str, error.path)) for error in errors] == [SEEN_BY_EDITORS[name]]


@pytest.mark.parametrize(
    ("value", "good"),
    [(8080, True), ("8080", True), ("${PORT}", True), ("${P:-1}", True), ("http", False), ("$PORT", False)],
)
def test_a_number_may_be_a_substitution(validator: jsonschema.Draft202012Validator, value: object, good: bool):
    file = deepcopy(as_written(DATA / "good.yaml"))
    file["listen"]["proxy"]["port"] = value
    assert validator.is_valid(file) is good


def every_setting(schema: dict[str, Any]) -> set[str]:
    sections = [schema, *schema["$defs"].values()]
    return {name for section in sections for name in section.get("properties", {})}


def test_every_setting_says_what_it_means():
    schema = json.loads(SHIPPED.read_text())
    sections = [schema, *schema["$defs"].values()]
    silent = [
        f"{section['title']}.{name}"
        for section in sections
        for name, rule in section.get("properties", {}).items()
        if not rule.get("description") and not schema["$defs"][rule["$ref"].rsplit("/", 1)[-1]].get("description")
    ]
    assert silent == []


def test_the_docs_hold_the_tables_that_the_models_make():
    docs = (ROOT / "docs" / "settings.md").read_text()
    begin, end = docs.index(BEGIN), docs.index(END)
    made = docs[begin : end + len(END)] + "\n"
    assert made == render_reference(), "paste the output of: gateway schema --markdown"


def test_the_tables_hold_every_setting():
    tables = render_reference()
    assert [name for name in every_setting(json.loads(SHIPPED.read_text())) if f"| `{name}` |" not in tables] == []


def test_the_links_of_the_tables_lead_to_their_headings():
    tables = render_reference()
    links = {part.split(")")[0] for part in tables.split("](#")[1:]}
    headings = [line.removeprefix("### ").lower() for line in tables.splitlines() if line.startswith("### ")]
    anchors = {"".join(c for c in heading if c.isalnum() or c in "-_") for heading in headings}
    assert links <= anchors
