"""One file of tests/data/settings per mistake: the line it is told with, and the whole sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Settings, load_settings
from gateway.settings.texts import REASONS_BY_NAME
from keys import Mistake, SettingsError, SettingsFile

FOLDER = Path(__file__).parents[2] / "data" / "settings"

# name of bad_*.yaml -> what follows the file's name. Each is good.yaml with one change.
MISTAKES = {
    "unknown_key": "21: apis.acme.pathes: is unknown; did you mean paths?; allowed: credential, errors, foreign, foreign_message, paths, resources, routes, tenant",
    "unknown_section": "17: upstrems: is unknown; did you mean upstreams?; allowed: apis, authenticate, http, keys, limits, listen, log, reserved_headers, upstreams, version",
    "missing_key": "28: apis.acme.routes[0].method: is missing",
    "missing_section": "1: upstreams: is missing",
    "version": "1: version: 2 is not allowed; allowed: 1",
    "port_not_a_number": "3: listen.proxy.port: 'http' must be a whole number",
    "port_too_large": "3: listen.proxy.port: 80800 is too large; allowed: 65535 or less",
    "same_port": "4: listen.admin.port: 8080 is the port of listen.proxy too; allowed: a port of its own",
    "public_admin": "4: listen.admin.host: '0.0.0.0' would open the admin listener to others, while keys.admin.hosts names no host that it answers to; allowed: 127.0.0.1, ::1 or localhost, or hosts",
    "host": "3: listen.proxy.host: '127.0.0.1:80' is no host; allowed: a host name or an IP address, without a port",
    "doubled_key": "15: keys.store: stands here twice, first in line 6",
    "key_no_text": "14: keys.legacy_scopes: has the key 404, which is no text; put it in quotes",
    "variable_unset": "6: keys.store: needs the environment variable KEYS_FOLDER, or KEYS_FOLDER_FILE, or a default: ${KEYS_FOLDER:-default}",
    "variable_broken": "6: keys.store: holds a '${' that is neither ${NAME} nor ${NAME:-default}; write $${ for the two characters",
    "url_with_path": "18: upstreams.things.url: 'http://127.0.0.1:9001/base' has more than scheme, host and port; allowed: http://HOST[:PORT] or https://HOST[:PORT], nothing after; routes carry the paths",
    "url_with_credentials": "18: upstreams.things.url: 'http://***@127.0.0.1:9001' holds credentials; allowed: http://HOST[:PORT] or https://HOST[:PORT]",
    "url_scheme": "18: upstreams.things.url: 'ftp://127.0.0.1:9001' is no URL of a server; allowed: http://HOST[:PORT] or https://HOST[:PORT]",
    "redis_url": "18: limits.redis.url: 'redis://***@cache/main' has a path that is no number of a database; allowed: redis[s]://HOST[:PORT][/DB], redis[s]+sentinel://HOST,.../SERVICE[/DB] or redis[s]+cluster://HOST,...",
    "upstream_undeclared": "32: apis.acme.routes[0].upstream: 'thigns' is not declared; allowed: things",
    "owner_upstream_undeclared": "26: apis.acme.resources.thing.owner.upstream: 'owners' is not declared; allowed: things",
    "owner_path": "26: apis.acme.resources.thing.owner.path: '/owners/{thing}' has not the form it must have; allowed: a path like /internal/owners/views/{id}",
    "prefix_undeclared": "22: apis.acme.credential.prefix: 'acmee' is not declared; allowed: acme, plain",
    "scope_undeclared": "31: apis.acme.routes[0].scopes[0]: 'things:write' is not declared; allowed: things:read",
    "scope_of_another_prefix": "31: apis.acme.routes[0].scopes[0]: 'other:read' is no scope of acme keys; allowed: things:read",
    "scope_legacy": "31: apis.acme.routes[0].scopes[0]: 'old_read' is a legacy scope: it stands for others, and no route may ask for it; allowed: things:read",
    "scopes_no_list": "36: apis.acme.routes[1].scopes: 'things:read' must be a list",
    "tenant_of_tenantless_keys": "23: apis.acme.tenant.header: 'x-tenant' names a tenant, but plain keys have none; allowed: tenant: account",
    "tenant_account_of_tenant_keys": "23: apis.acme.tenant: 'account' would let acme keys, which are for one tenant, reach their whole account; allowed: {header: NAME}",
    "tenant_unknown_word": "23: apis.acme.tenant: 'pixel' is no kind of tenant; allowed: account, or {header: NAME}",
    "header_of_the_transport": "23: apis.acme.tenant.header: 'Connection' belongs to the transport, and ends at the gateway; allowed: another header name",
    "header_of_the_gateway": "23: apis.acme.tenant.header: 'X-Key-Id' is set by the gateway itself; allowed: another header name",
    "header_with_underscore": "23: apis.acme.tenant.header: 'x_tenant' has not the form it must have; allowed: a header name: letters, digits, '-'; no '_'",
    "header_shared": "23: apis.acme.tenant.header: 'x-api-key' is the credential's header too; allowed: one of its own",
    "path_outside": "30: apis.acme.routes[0].path: '/thing/all' is under none of the API's paths; allowed: /things/...",
    "path_partial_parameter": "35: apis.acme.routes[1].path: '/things/{id}.json' has not the form it must have; allowed: a path like /views/{viewId}/copy; a parameter is one whole segment",
    "path_dots": "30: apis.acme.routes[0].path: '/things/../all' has not the form it must have; allowed: a path like /views/{viewId}/copy; a parameter is one whole segment",
    "path_parameter_twice": "35: apis.acme.routes[1].path: '/things/{id}/of/{id}' has the parameter {id} twice",
    "paths_without_slash": "21: apis.acme.paths[0]: '/things' has not the form it must have; allowed: a path like /accounts/, with / at both ends",
    "route_name_twice": "33: apis.acme.routes[1].name: 'list' is the name of another route too; allowed: a name of its own",
    "route_twice": "35: apis.acme.routes[1].path: '/things/{id}' matches what the GET route list matches; allowed: one route for each method and shape of path",
    "route_method": "29: apis.acme.routes[0].method: 'TRACE' is not allowed; allowed: 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE' or 'OPTIONS'",
    "resource_undeclared": "38: apis.acme.routes[1].resource.name: 'thign' is no resource of this API; allowed: thing",
    "resource_parameter": "38: apis.acme.routes[1].resource.parameter: 'thingId' is no parameter of the path; allowed: id",
    "foreign": "24: apis.acme.foreign: 401 is not allowed; allowed: 404 or 403",
    "foreign_message": "24: apis.acme.foreign_message: 'It is not yours' would tell a foreign resource from a missing one, as foreign is 404; allowed: only with foreign: 403",
    "text_unknown_reason": "24: apis.acme.errors.key_revoked: 'key_revoked' is no reason whose text can be set; allowed: " + ", ".join(sorted(REASONS_BY_NAME)),
    "text_unknown_word": "24: apis.acme.errors.insufficient_scope: 'No scope {scop}' has the unknown word {scop}; allowed: {scope}",
    "paths_shared": "26: apis.acme.paths[0]: '/things/' overlaps with /things/of/ of the API other; allowed: prefixes apart from each other",
    "legacy_scope_unknown": "14: keys.legacy_scopes.old_read[0]: 'things:reed' is not declared under keys.scopes; allowed: other:read, things:read",
    "plan_limit": "16: keys.plans.basic.limit: 'lots' fits none of what is allowed; allowed: a whole number, or 'custom'",
    "timeout_zero": "18: upstreams.things.connect_timeout_s: 0 is too small; allowed: more than 0",
    "trusted_proxy": "6: http.trusted_proxies[1]: '10.0.0.300' is no address or network; allowed: like 10.0.0.7, 10.0.0.0/8 or fd00::/8",
    "reserved_header": "17: reserved_headers[1]: 'Host' belongs to the transport, and ends at the gateway; allowed: another header name",
    "syntax_tab": "3: a value cannot begin with this character: indent with spaces, not tabs, or quote it",
    "syntax_bracket": """21: a bracket is not closed, a "," is missing, or a "${NAME}" inside brackets lacks its quotes""",
    "syntax_tag": "3: tags (!name) are not supported",
    "syntax_two_documents": "5: the file must hold one document",
    "routes_none": "27: apis.acme.routes: has too few entries; allowed: 1 or more",
}  # fmt: skip


def mistakes_of(path: Path, environment: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environment or {})
    prefix = f"{path}:"
    assert all(str(mistake).startswith(prefix) for mistake in caught.value.mistakes)
    return tuple(str(mistake).removeprefix(prefix) for mistake in caught.value.mistakes)


def test_the_file_without_a_mistake_is_good():
    assert load_settings(FOLDER / "good.yaml", {}).version == 1


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_told_once_with_its_line(name: str):
    assert mistakes_of(FOLDER / f"bad_{name}.yaml") == (MISTAKES[name],)


def test_every_bad_file_is_in_the_table():
    assert {path.stem.removeprefix("bad_") for path in FOLDER.glob("bad_*.yaml")} == set(MISTAKES)


def test_ten_mistakes_of_mixed_kinds_get_ten_messages_with_their_lines():
    path = FOLDER / "ten_mistakes.yaml"
    commented = [number for number, line in enumerate(path.read_text().splitlines(), 1) if " # " in line]
    mistakes = mistakes_of(path)
    assert [mistake.split(" ", 2)[:2] for mistake in mistakes] == [
        ["3:", "listen.proxy.port:"],
        ["6:", "keys.store:"],
        ["11:", "keys.scopes.things:write.implies[0]:"],
        ["13:", "keys.plans.basic.limit:"],
        ["16:", "upstreams.things:"],
        ["21:", "apis.acme.tenent:"],
        ["27:", "apis.acme.routes[0].method:"],
        ["35:", "apis.acme.routes[1].upstream:"],
        ["36:", "apis.acme.routes[1].resource.parameter:"],
        ["39:", "apis.acme.routes[2].path:"],
    ]
    # The file marks each mistake by a comment; the missing method's is one line below its route's beginning.
    assert commented == [3, 6, 11, 13, 16, 21, 28, 35, 36, 39]


def test_a_file_that_is_not_there_is_one_mistake(tmp_path: Path):
    assert mistakes_of(tmp_path / "gateway.yaml") == ("1: cannot be read: No such file or directory",)


def test_what_came_from_the_environment_is_never_told():
    content = (FOLDER / "good.yaml").read_text()
    content = content.replace("upstream: things\n", "upstream: ${SECRET}\n")
    content = content.replace("http://127.0.0.1:9001", '"${SECRET}"')
    with pytest.raises(SettingsError) as caught:
        SettingsFile.parse(content.encode(), Path("gateway.yaml"), {"SECRET": "hunter2-hunter2"}).read(Settings)
    assert [shown(mistake) for mistake in caught.value.mistakes] == [
        ("upstreams.things.url", "***"),
        ("apis.acme.routes[0].upstream", "***"),
        ("apis.acme.routes[1].upstream", "***"),
    ]
    assert "hunter2" not in str(caught.value)


def shown(mistake: Mistake) -> tuple[str, str]:
    return mistake.key, mistake.value
