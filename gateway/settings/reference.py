"""The tables of docs/settings.md, made from the models, so that no setting can be undocumented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.settings.file import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = "<!-- Made by `gateway schema --markdown`. Change the models, not this part. -->"
END = "<!-- The end of the made part. -->"

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "nothing",
}


def render_reference() -> str:
    """Give every setting in tables, a section each, in the order of the models."""
    schema = Settings.model_json_schema()
    tables = "\n".join(_section("", schema, schema.get("$defs", {})))
    return f"{BEGIN}\n{tables}\n{END}\n"


def _section(path: str, section: dict[str, Any], defs: dict[str, Any]) -> Iterator[str]:
    yield f"\n### {f'`{path}`' if path else 'The file'}\n"
    if path:
        yield f"{_first_paragraph(section['description'])}\n"
    yield "| setting | what it may be | default | meaning |"
    yield "|---|---|---|---|"
    required = section.get("required", [])
    inner: list[tuple[str, dict[str, Any]]] = []
    for name, field in section["properties"].items():
        kind, below = _kind(field, f"{path}.{name}" if path else name, defs)
        inner += below
        default = "required" if name in required else _default(field)
        yield f"| `{name}` | {kind} | {default} | {_cell(_meaning(field, defs))} |"
    for below_path, below_section in inner:
        yield from _section(below_path, below_section, defs)


def _kind(rule: dict[str, Any], path: str, defs: dict[str, Any]) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """What a value may be, in words, and the sections inside it."""
    if "$ref" in rule:
        rule = defs[rule["$ref"].rsplit("/", 1)[-1]]
    if "properties" in rule:
        return f"section [`{path}`](#{_anchor(path)})", [(path, rule)]
    if choices := rule.get("anyOf") or rule.get("oneOf"):
        kinds = [_kind(choice, path, defs) for choice in choices]
        return " or ".join(kind for kind, _ in kinds if kind != "nothing"), [one for _, inner in kinds for one in inner]
    if rule.get("type") == "array":
        kind, inner = _kind(rule["items"], f"{path}[]", defs)
        return f"list: {kind}", inner
    if rule.get("type") == "object":
        kind, inner = _kind(_values(rule), f"{path}.NAME", defs)
        return f"mapping, NAME: {kind}", inner
    return _scalar(rule), []


def _values(rule: dict[str, Any]) -> dict[str, Any]:
    values = rule.get("additionalProperties") or next(iter(rule.get("patternProperties", {}).values()))
    found: dict[str, Any] = values
    return found


def _scalar(rule: dict[str, Any]) -> str:
    if "const" in rule:
        return f"`{rule['const']}`"
    if "enum" in rule:
        return ", ".join(f"`{choice}`" for choice in rule["enum"])
    return _WORDS[rule["type"]] + _bounds(rule)


def _bounds(rule: dict[str, Any]) -> str:
    low, high = rule.get("minimum"), rule.get("maximum")
    if low is None and "exclusiveMinimum" in rule:
        return f", over {rule['exclusiveMinimum']:g} to {high:g}" if high is not None else f", over {low}"
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    return f", {low:,} or more" if low is not None else ""


def _default(field: dict[str, Any]) -> str:
    value = field.get("default", {"made": "by a factory"})
    if value is None:
        return "none"
    return "as below" if isinstance(value, dict) and value else f"`{json.dumps(value)}`"


def _meaning(field: dict[str, Any], defs: dict[str, Any]) -> str:
    """The field's description; pydantic leaves it out where the section's own says the same."""
    meaning = field.get("description") or defs[field["$ref"].rsplit("/", 1)[-1]]["description"]
    return str(meaning)


def _anchor(path: str) -> str:
    return "".join(character for character in path.lower() if character.isalnum() or character in "_-")


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
