"""The parts of the `keys` command.

options    the flags that several commands have
session    settings file -> open store, rules, actor; closed at the end
failures   every error -> one message, one exit code
render     records -> tables and JSON
key        mint, list, show, disable, enable
bulk       import, export
revoke     revoke, and waiting until no process serves the key
account    accounts add, list, show, change
plan       plans add, list, show, change, remove
operator   operators add, list, revoke
audit      audit list, verify, export
rotate     rotate
serve      serve: the admin API alone
node       nodes list
database   db upgrade, status
"""
