"""The settings file of the gateway: its models by owner, and how it is loaded.

file        the whole, and what must fit together across sections
listen, http, authenticate, limits, upstreams, apis, routes, logs: a section each (`keys` is in the package of keys)
values      the forms of single values
texts       which messages an API may reword
load        read a file
difference  what a change of settings means
schema      the JSON Schema for editors (schema.json)
reference   the tables of docs/settings.md
"""

from gateway.settings.apis import ApiSettings, Credential, Owner, ResourceSettings, TenantHeader
from gateway.settings.authenticate import AuthenticateSettings
from gateway.settings.file import Settings
from gateway.settings.http import HttpSettings
from gateway.settings.limits import AnonymousLimit, LimitSettings, RedisSettings
from gateway.settings.listen import AdminListener, Listen, Listener, ProxyListener, StatusListener
from gateway.settings.load import Loaded, load_file, load_settings
from gateway.settings.logs import LogSettings
from gateway.settings.routes import RouteBody, RouteResource, RouteSettings
from gateway.settings.schema import render_schema
from gateway.settings.upstreams import UpstreamSettings

__all__ = [
    "AdminListener",
    "AnonymousLimit",
    "ApiSettings",
    "AuthenticateSettings",
    "Credential",
    "HttpSettings",
    "LimitSettings",
    "Listen",
    "Listener",
    "Loaded",
    "LogSettings",
    "Owner",
    "ProxyListener",
    "RedisSettings",
    "ResourceSettings",
    "RouteBody",
    "RouteResource",
    "RouteSettings",
    "Settings",
    "StatusListener",
    "TenantHeader",
    "UpstreamSettings",
    "load_file",
    "load_settings",
    "render_schema",
]
