import pytest

from bench.compare.plan import Case, Plan, Size, Work

GET, POST = Work("GET", 0), Work("POST", 10 * 1024)
ONE, BIG = Size("1k", 1024), Size("64k", 65536)


@pytest.mark.parametrize(("text", "size_bytes"), [("1", 1), ("512", 512), ("1k", 1024), ("64k", 65536)])
def test_a_size_is_bytes_or_kib(text: str, size_bytes: int):
    assert Size.parse(text) == Size(text, size_bytes)


@pytest.mark.parametrize("text", ["", "0", "k", "01k", "1m", "-1", "1k ", "1K"])
def test_what_is_no_size_is_refused_in_words(text: str):
    with pytest.raises(ValueError, match="is no size"):
        Size.parse(text)


@pytest.mark.parametrize(("text", "work"), [("GET", GET), ("POST10k", POST), ("POST5", Work("POST", 5))])
def test_work_is_a_method_and_what_it_sends(text: str, work: Work):
    assert Work.parse(text) == work


@pytest.mark.parametrize("text", ["", "get", "GET1k", "POST", "POST0", "PUT1k", "POST10m"])
def test_what_is_no_work_is_refused_in_words(text: str):
    with pytest.raises(ValueError, match="is no work"):
        Work.parse(text)


def test_every_combination_is_a_case_once():
    plan = Plan.of([8, 32], [ONE, BIG], [GET, POST], ["memory"], rounds=3, seconds=5)
    assert len(set(plan.cases)) == len(plan.cases) == 8
    assert plan.cases[:3] == (Case(8, ONE, GET), Case(32, ONE, GET), Case(8, BIG, GET))
    assert plan.answers == (ONE, BIG)


def test_how_long_it_takes_counts_the_warm_ups():
    plan = Plan.of([8, 32], [ONE], [GET], ["memory", "redis"], rounds=3, seconds=5)
    assert plan.duration_s(contenders=5, warm_up_s=1) == 2 * 5 * (1 + 15)


@pytest.mark.parametrize(
    ("connections", "limits", "rounds", "seconds", "words"),
    [
        ([0], ["memory"], 1, 1, "at least 1"),
        ([8], ["memory"], 0, 1, "at least 1"),
        ([8], ["memory"], 1, 0, "at least 1"),
        ([8], ["file"], 1, 1, "memory and redis, not file"),
    ],
)
def test_what_cannot_be_measured_is_refused(connections, limits, rounds, seconds, words):
    with pytest.raises(ValueError, match=words):
        Plan.of(connections, [ONE], [GET], limits, rounds, seconds)
