"""Do several processes that charge the same buckets admit more than was sold, or less?

judge     finds what went wrong in a history, from nothing but when each answer was asked for and came. Pure
history   makes one: processes that charge the same buckets in one Redis, as gateways do
__main__  the command: `python -m tests.oracle --help`
"""
