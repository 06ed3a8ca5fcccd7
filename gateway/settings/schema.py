"""The JSON Schema (2020-12) of the settings file, for editors. It is shipped as schema.json beside this file.

It says what a single value may be; what must fit together only `gateway check` knows. Where the file may hold `${NAME}`,
any text that has one is allowed, and a number may stand in quotes, as the loader takes it.
"""

from __future__ import annotations

import json
from typing import Any

from gateway.settings.file import Settings

_SUBSTITUTED: dict[str, Any] = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}"}
_QUOTED = {
    "integer": {"type": "string", "pattern": "^[0-9]+$"},
    "number": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
    "boolean": {"type": "string", "pattern": "^(true|false)$"},
}
_ABOUT = ("title", "description", "default", "deprecated")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def render_schema() -> str:
    """Give the schema as JSON text, as schema.json holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_opened(Settings.model_json_schema()),
        "title": "Settings of the gateway",
        "description": "One gateway: its listeners, APIs, routes, upstreams, keys and plans. See docs/settings.md.",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _opened(schema: Any) -> Any:
    """`schema` with every scalar open to `${NAME}`."""
    if isinstance(schema, list):
        return [_opened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(kind := schema.get("type"), str) and kind in _SCALARS:
        return _open_scalar(schema)
    return {key: value if key in ("default", "enum") else _opened(value) for key, value in schema.items()}


def _open_scalar(schema: dict[str, Any]) -> dict[str, Any]:
    rule = {key: value for key, value in schema.items() if key not in _ABOUT}
    if rule == {"type": "string"}:
        return schema
    choices = [rule, *([_QUOTED[rule["type"]]] if rule["type"] in _QUOTED else []), _SUBSTITUTED]
    return {**{key: schema[key] for key in _ABOUT if key in schema}, "anyOf": choices}
