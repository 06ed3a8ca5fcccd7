"""The sample backends of the two public APIs and the `upstack` command.

`db_mgmt/`, `accounts/` and `dashtrack/` are one small service each; `serve` runs the three. They trust nothing but the
identity headers that the gateway sets (`caller`). `upstack/` is a client: it knows the API, nothing of the services.
"""
