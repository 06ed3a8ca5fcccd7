"""The steps between bytes and decisions: the head of a request, the rules of the headers, the record."""

from __future__ import annotations

from bench.micro.values import ANSWER_FIELDS, HEAD, HEAD_RULES, OWN_FIELDS, PRINCIPAL, request
from gateway.headers import RequestFieldRules, ResponseFieldRules
from gateway.http import parse_head
from gateway.metrics import Metrics
from gateway.record import Record, Recorder, render_json

RECORD = Record(
    method="GET",
    status=200,
    client="192.0.2.7",
    request_id="r-1",
    total_s=0.0014,
    own_s=0.00003,
    api="items",
    route="route-14",
    template="/api/part-7/items/{id}",
    key_id=PRINCIPAL.key_id,
    account=PRINCIPAL.account,
    tenant=PRINCIPAL.tenant,
    plan="starter",
    limit=100,
    remaining=99,
    upstream="backend",
    upstream_s=0.00137,
    response_bytes=1024,
)


class Forgetful:
    """A sink that keeps nothing: what becomes of lines is the writer's, on a thread of its own."""

    def append(self, line: bytes) -> None:
        pass


def bench_parse_head(benchmark):
    assert benchmark(parse_head, HEAD, HEAD_RULES).path == b"/api/part-7/items/41"


def bench_request_fields(benchmark):
    rules = RequestFieldRules(host=b"backend:8000", strip=frozenset({b"x-api-key", b"x-tenant"}))
    kept = benchmark(rules.apply, request(), PRINCIPAL.identity)
    assert b"x-api-key" not in dict(kept)


def bench_response_fields(benchmark):
    rules = ResponseFieldRules(vary=(b"x-api-key", b"x-tenant"))
    assert b"x-ratelimit-limit" not in dict(benchmark(rules.apply, ANSWER_FIELDS, OWN_FIELDS))


def bench_line_of_a_record(benchmark):
    assert benchmark(render_json, RECORD, 1_785_000_000.25).endswith(b"}\n")


def bench_metrics_of_a_record(benchmark):
    benchmark(Metrics("bench").observe, RECORD)


def bench_record(benchmark):
    benchmark(Recorder(Metrics("bench"), Forgetful()).record, RECORD)
