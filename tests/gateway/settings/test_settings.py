"""What good settings say: the demo's, the defaults, and what is worked out of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.problems import PROBLEMS, Reason
from gateway.settings import Settings, load_file
from gateway.settings.texts import REASONS_BY_NAME
from keys import Limit, SettingsError, SettingsFile

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "deploy" / "demo" / "gateway.yaml"
GOOD = ROOT / "tests" / "data" / "settings" / "good.yaml"


def read(content: str, environment: dict[str, str] | None = None) -> Settings:
    return SettingsFile.parse(content.encode(), GOOD, environment or {}).read(Settings)


def changed(old: str, new: str) -> Settings:
    content = GOOD.read_text()
    assert old in content
    return read(content.replace(old, new))


def told(old: str, new: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        changed(old, new)
    return [f"{mistake.key}: {mistake.message}" for mistake in caught.value.mistakes]


def test_the_demo_is_right_and_listens_where_its_environment_says():
    loaded = load_file(DEMO, {"DEMO_PORT": "9090", "DEMO_FOLDER": "/data"})
    settings = loaded.settings
    assert (settings.listen.proxy.port, settings.listen.admin.port) == (9090, 8081)
    assert settings.keys.store == "sqlite:////data/keys.db"
    assert loaded.folder == DEMO.parent
    assert loaded.warnings == ()


def test_the_two_apis_of_the_demo():
    apis = load_file(DEMO, {}).settings.apis
    assert (apis["upstack"].tenant_header, apis["upstack"].foreign) == ("x-pixel-id", 404)
    assert (apis["dashtrack"].tenant_header, apis["dashtrack"].foreign) == (None, 403)
    assert apis["dashtrack"].credential.scheme == "Bearer"
    view = next(route for route in apis["upstack"].routes if route.name == "view-update")
    assert view.parameters == ("dashboardViewId",)
    assert view.shape == "/accounts/api/dashboard/views/{}"
    assert view.body.tenant_members == ("pixelId", "dashboardView.pixelId")
    assert view.body.bytes is None


# SECURITY.md O4: every limit is a setting with a safe default.
DEFAULTS = {
    "listen.proxy.host": "127.0.0.1",
    "listen.proxy.port": 8080,
    "listen.admin.host": "127.0.0.1",
    "listen.admin.port": 8081,
    "listen.status": None,
    "http.header_bytes": 16384,
    "http.header_fields": 100,
    "http.target_bytes": 8192,
    "http.body_bytes": 10 * 1024 * 1024,
    "http.header_timeout_s": 10.0,
    "http.idle_timeout_s": 5.0,
    "http.body_timeout_s": 60.0,
    "http.body_rate_bytes_s": 500,
    "http.body_grace_s": 5.0,
    "http.send_timeout_s": 60.0,
    "http.in_flight": 10_000,
    "http.drain_s": 30.0,
    "http.trusted_proxies": (),
    "authenticate.cache_keys": 100_000,
    "authenticate.cache_rejected": 10_000,
    "authenticate.rejected_ttl_s": 5.0,
    "authenticate.verifier_threads": None,
    "authenticate.verifier_queue": 64,
    "authenticate.stale_s": 60.0,
    "authenticate.change_poll_s": 0.2,
    "limits.anonymous.rate": Limit(600, 60, 100),
    "upstreams.things.connections": 256,
    "upstreams.things.queue_timeout_s": 1.0,
    "upstreams.things.connect_timeout_s": 2.0,
    "upstreams.things.first_byte_timeout_s": 30.0,
    "upstreams.things.idle_timeout_s": 30.0,
    "upstreams.things.keep_alive_s": 4.0,
    "upstreams.things.header_bytes": 32768,
    "upstreams.things.header_fields": 128,
    "apis.acme.foreign": 404,
    "apis.acme.resources.thing.missing": "Not found",
    "apis.acme.resources.thing.owner.cache_entries": 10_000,
    "reserved_headers": (),
    "log.level": "info",
    "log.format": "auto",
}


@pytest.mark.parametrize("path", DEFAULTS)
def test_defaults(path: str):
    content = GOOD.read_text()
    value: object = read(content[: content.index("listen:")] + content[content.index("keys:") :])
    for name in path.split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    assert value == DEFAULTS[path]


def test_verifier_threads_follow_the_machine_unless_set():
    assert changed("upstreams:", "upstreams:").authenticate.threads == min(os.cpu_count() or 1, 8)
    assert changed("upstreams:", "authenticate: { verifier_threads: 3 }\nupstreams:").authenticate.threads == 3


@pytest.mark.parametrize(
    "port",
    ["8080", '"8080"', "${PORT}", '"${PORT}"', "${NONE:-8080}", '"${NONE:-8080}"', "${EMPTY:-8080}", "80${REST}"],
)
def test_a_number_may_stand_in_quotes_or_come_from_the_environment(port: str):
    environment = {"PORT": "8080", "EMPTY": "", "REST": "80"}
    listener = f"\n    host: 127.0.0.1\n    port: {port}\n"
    settings = read(GOOD.read_text().replace(" { host: 127.0.0.1, port: 8080 }\n", listener), environment)
    assert settings.listen.proxy.port == 8080


def test_choices_of_numbers_may_come_from_the_environment():
    content = GOOD.read_text().replace("version: 1", "version: ${V}")
    settings = read(content.replace("    resources:\n", "    foreign: ${F}\n    resources:\n"), {"V": "1", "F": "403"})
    assert (settings.version, settings.apis["acme"].foreign) == (1, 403)


def test_header_names_are_kept_in_lower_case():
    settings = changed("header: x-tenant", "header: X-Tenant")
    assert settings.apis["acme"].tenant_header == "x-tenant"


@pytest.mark.parametrize("host", ["127.8.9.10", '"::1"', "localhost"])
def test_the_admin_listener_may_be_on_any_loopback_address(host: str):
    assert changed("admin: { host: 127.0.0.1", f"admin: {{ host: {host}").listen.admin.port == 8081


PUBLIC_HOSTS = pytest.mark.parametrize("host", ['"::"', "10.0.0.1", "example.com", '"::ffff:10.0.0.1"'])


@PUBLIC_HOSTS
def test_the_admin_listener_is_refused_anywhere_else_while_it_knows_no_name_of_its_own(host: str):
    assert told("admin: { host: 127.0.0.1", f"admin: {{ host: {host}") == [
        "listen.admin.host: would open the admin listener to others, while keys.admin.hosts names no host that it answers to"
    ]


@PUBLIC_HOSTS
def test_a_public_admin_listener_is_warned_about(host: str):
    content = GOOD.read_text().replace("admin: { host: 127.0.0.1", f"admin: {{ host: {host}")
    settings = read(content.replace("\nkeys:\n", "\nkeys:\n  admin: { hosts: [admin.example.com] }\n"))
    assert [warning for warning in settings.warnings() if "plain HTTP" in warning]
    assert not [warning for warning in read(GOOD.read_text()).warnings() if "plain HTTP" in warning]


def test_the_proxy_and_the_status_listener_may_be_public():
    settings = changed("  admin:", "  status: { host: 0.0.0.0, port: 9000 }\n  admin:")
    assert settings.listen.status is not None
    assert changed("proxy: { host: 127.0.0.1", 'proxy: { host: "::"').listen.proxy.host == "::"


def test_free_ports_do_not_clash():
    assert read(GOOD.read_text().replace("port: 8080", "port: 0").replace("port: 8081", "port: 0"))


def test_two_apis_may_share_a_key_prefix():
    other = """apis:
  other:
    paths: [/others/]
    credential: { header: x-api-key, prefix: acme }
    tenant: { header: x-tenant }
    routes: [{ name: x, method: GET, path: /others/x, scopes: [things:read], upstream: things }]
"""
    assert set(changed("apis:\n", other).apis) == {"acme", "other"}


def test_one_api_may_have_prefixes_inside_each_other_and_literals_beside_parameters():
    assert changed("paths: [/things/]", "paths: [/things/, /things/of/]").apis["acme"].paths[1] == "/things/of/"


def test_the_same_path_may_have_several_methods():
    assert changed(
        "name: list\n        method: GET\n        path: /things/all",
        'name: list\n        method: PUT\n        path: "/things/{x}"',
    )


@pytest.mark.parametrize(
    "url", ["http://localhost", "https://api.example.com:8443", "http://[::1]:9000", "http://a-b.c"]
)
def test_urls_of_upstreams(url: str):
    assert changed("http://127.0.0.1:9001", f'"{url}"').upstreams["things"].url == url


@pytest.mark.parametrize(
    "url",
    ["http://", "//host", "host:80", "http://host:0", "http://host:99999", "http://host:x", "http://a b", "http://[::1",
     "http://host/", "http://host?", "http://host#", "http://ho_st", "http://300.1.1.1", "http://-a", "http://é"],
)  # fmt: skip
def test_urls_that_are_refused(url: str):
    assert [text.split(":")[0] for text in told("http://127.0.0.1:9001", f'"{url}"')] == ["upstreams.things.url"]


@pytest.mark.parametrize("path", ["/things/{id}/{part}/", "/things/a.b~c/@me", "/things/{_x1}/all"])
def test_templates(path: str):
    assert changed("path: /things/all", f'path: "{path}"').apis["acme"].routes[0].path == path


@pytest.mark.parametrize(
    "path", ["/things/{}", "/things/{1}", "/things/{a-b}", "/things/%41", "/things//a", "/things/./a", "/things/a;b",
             "/things/{a}{b}", "/things/..", "things/a", "/things/é", "/things/a b", "/things/a?b"],
)  # fmt: skip
def test_templates_that_are_refused(path: str):
    assert told("path: /things/all", f'path: "{path}"') == ["apis.acme.routes[0].path: has not the form it must have"]


@pytest.mark.parametrize("path", ["/owners", "/owners/{id}/{id}", "/owners/x{id}", "owners/{id}", "/{id}/{other}"])
def test_owner_paths_that_are_refused(path: str):
    assert [text.split(": ")[0] for text in told("/owners/{id}", path)] == ["apis.acme.resources.thing.owner.path"]


def test_own_words_reach_every_reason_of_their_name():
    api = changed(
        "    resources:\n", "    errors: { unauthorized: Who are you?, route_unknown: Nothing }\n    resources:\n"
    ).apis["acme"]
    hidden = {reason for reason, problem in PROBLEMS.items() if problem.code == "unauthorized"}
    assert dict(api.texts) == {**dict.fromkeys(hidden, "Who are you?"), Reason.ROUTE_UNKNOWN: "Nothing"}


def test_no_settings_file_can_tell_reasons_apart_that_hide():
    """What hides shares one name with all that it hides among."""
    for reasons in REASONS_BY_NAME.values():
        problem = PROBLEMS[reasons[0]]
        alike = {r for r, p in PROBLEMS.items() if p.hides and (p.status, p.code) == (problem.status, problem.code)}
        assert set(reasons) == (alike if problem.hides else {reasons[0]})


def test_a_brace_alone_in_a_text_is_a_mistake_and_a_doubled_one_is_not():
    errors = "    errors: { route_unknown: %s }\n    resources:\n"
    assert told("    resources:\n", errors % '"No { such"') == [
        "apis.acme.errors.route_unknown: has a brace that stands alone"
    ]
    assert changed("    resources:\n", errors % '"No {{ such"').apis["acme"].texts[Reason.ROUTE_UNKNOWN] == "No {{ such"


def test_a_wrong_value_hides_no_other_mistake_and_causes_none():
    """A bad prefix of the keys, a bad url, a bad list of paths: nothing that refers to them is blamed."""
    content = GOOD.read_text()
    for old, new in (
        ("acme: { tenant: required }", "acme: { tenant: sometimes }"),
        ("url: http://127.0.0.1:9001", "url: nowhere"),
        ("paths: [/things/]", "paths: [5]"),
        ("resource: { name: thing, parameter: id }", "resource: { name: thign, parameter: id }"),
    ):
        assert old in content
        content = content.replace(old, new)
    with pytest.raises(SettingsError) as caught:
        read(content)
    assert [mistake.key for mistake in caught.value.mistakes] == [
        "keys.prefixes.acme.tenant",
        "upstreams.things.url",
        "apis.acme.paths[0]",
        "apis.acme.routes[1].resource.name",
    ]


def test_an_unknown_key_inside_a_choice_of_forms_is_told_as_any_other():
    with pytest.raises(SettingsError) as caught:
        changed("tenant: { header: x-tenant }", "tenant: { header: x-tenant, heeder: x }")
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.message, mistake.allowed) == (
        "apis.acme.tenant.heeder",
        "is unknown; did you mean header?",
        "header",
    )


def test_a_form_without_its_key_is_told_as_any_other():
    assert told("tenant: { header: x-tenant }", "tenant: {}") == ["apis.acme.tenant.header: is missing"]


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        changed("upstreams:", "upstreams:").listen.proxy.port = 1
