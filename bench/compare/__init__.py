"""The gateway beside its peers, on the same work, in one run: `python -m bench.compare`, or `make bench`.

    plan        what is measured: cases, and how the options name them; pure
    configs/    the backend's and the peers' configurations
    peers       backend, Redis, nginx, nginx + Lua + Redis, HAProxy
    product     the gateway, as a user runs it
    load        wrk: its script, its call, what it prints
    measure     each contender in turn, round by round
    report      the table, the page and the JSON; pure
    processes   start on a core, wait, count CPU time, stop
    machine     what it ran on

One process of each contender on core 1; load, backend and Redis on core 0.
"""
