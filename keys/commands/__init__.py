"""The parts of the `keys` command.

options    the flags that several commands have
session    settings file -> open store, rules, actor; closed at the end
failures   every error -> one message, one exit code
render     records -> tables and JSON
key        mint, list, show, revoke, disable, enable
account    accounts add, list, show, change
plan       plans add, list, show, change, remove
database   db upgrade, status
"""
