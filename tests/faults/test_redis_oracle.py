"""Processes that share one Redis admit what was sold: neither more nor less (tests/oracle has the command for large runs)."""

from __future__ import annotations

from tests.oracle.history import Load, make_history
from tests.oracle.judge import judge


def test_two_processes_never_admit_more_than_the_limit_nor_refuse_what_is_due(redis_server):
    redis_server.ask("FLUSHALL")
    load = Load(redis_server.url, charges=16_000, buckets=10, processes=2)
    verdicts = [judge(load.rule(bucket), answers) for bucket, answers in make_history(load).items()]
    assert sum(verdict.admitted + verdict.refused for verdict in verdicts) == 16_000
    assert sum(verdict.refused for verdict in verdicts) > 4_000
    assert [verdict.over for verdict in verdicts] == [0] * 10
    assert sum(verdict.wrongly_refused for verdict in verdicts) == 0
