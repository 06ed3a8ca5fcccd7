import pytest

from bench.compare.load import Loaded, LoadFailed, script
from bench.compare.plan import Work

PRINTED = """Running 3s test @ http://127.0.0.1:41234/v1/items/1k
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   512.07us  231.50us   9.11ms   92.31%
    Req/Sec    62.50k     3.10k   68.10k    70.00%
  Latency Distribution
     50%  498.00us
     75%  610.00us
     90%  702.00us
     99%    1.21ms
  187500 requests in 3.00s, 231.25MB read
Requests/sec:  62480.11
Transfer/sec:     77.06MB
"""


def test_what_wrk_prints_is_read():
    assert Loaded.parse(PRINTED) == Loaded(187500, 62480.11, 498.0, 1210.0, errors=0)


def test_seconds_are_read_as_microseconds():
    assert Loaded.parse(PRINTED.replace("1.21ms", "2.50s")).p99_us == 2.5e6


def test_refused_answers_and_broken_connections_are_errors():
    printed = PRINTED.replace(
        "Requests/sec",
        "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 30\nRequests/sec",
    )
    assert Loaded.parse(printed).errors == 40


@pytest.mark.parametrize("printed", ["", "unable to connect to 127.0.0.1:1", PRINTED.replace("99%", "98%")])
def test_anything_else_is_no_figure(printed: str):
    with pytest.raises(LoadFailed):
        Loaded.parse(printed)


def test_the_script_sends_every_key_in_turn():
    made = script(Work("GET", 0), [{"X-Api-Key": "a"}, {"X-Api-Key": 'b"'}])
    assert '{["X-Api-Key"] = "a"}, {["X-Api-Key"] = "b\\""}' in made
    assert "local body = nil" in made


def test_a_body_is_json_of_the_size_asked_for():
    made = script(Work("POST", 10), [{"X-Api-Key": "a"}])
    assert "string.rep('x', 8)" in made
    assert '["Content-Type"] = "application/json"' in made
    assert "wrk.format('POST'" in made
