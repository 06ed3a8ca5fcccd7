"""The admin API: keys, accounts, plans, operators and the audit log over HTTP, for those who hold an operator's token.

    app         the ASGI application: guards, routes, the one way from a request to its answer
    endpoints   THE table: method, path, which roles, what is read, what is answered, which problems
    guard       what holds for every request before it is looked at: Host, security fields
    caller      who asks: a token or a browser's session; throttled, audited
    throttle    how often somebody may be wrong
    asked       path, query, fields and body of a request, read strictly
    problems    everything that can go wrong, one row each (RFC 9457)
    bodies      what is taken     shapes      what is given
    desk        what the endpoints work with
    one_key, many_keys, accounts, plans, operators, audit: the endpoints, by resource
    openapi     the document, made from the table
    alone       the application as a process of its own

The package imports nothing of the gateway, which mounts it on its admin listener; `keys serve` runs it alone.
"""

from keys.admin.app import admin_app
from keys.admin.desk import Desk

__all__ = ["Desk", "admin_app"]
