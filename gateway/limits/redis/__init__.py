"""Buckets in Redis, for a fleet of gateways.

    address    where Redis is: one server, Sentinels or a Cluster, as one URL says it
    charge.lua the arithmetic of the bucket, as Redis runs it
    script     what a call of that script sends, and what its reply says
    lanes      connections to one server, never shared by two exchanges
    servers    which server holds a bucket
    deadline   how long a call may take
    errors     what can go wrong, as one table
    turns      all questions of an event-loop turn in one call
    limiter    the limiter: each charge decided in Redis
    open       an address -> a limiter

Nothing is imported here: the client takes 0.1 s to import, and without Redis in the settings nothing needs it.
docs/limits.md tells what happens when Redis is gone (gateway/limits/fleet.py).
"""
