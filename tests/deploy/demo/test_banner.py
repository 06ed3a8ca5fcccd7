"""What the demo says to a person, and that the lines it offers to paste do what it says of them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest

from tests.integration.process import COMMANDS
from tests.integration.running_demo import RunningDemo
from tests.integration.waiting import WAIT_S


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    yield running
    assert running.end() == 0


def paste(line: str) -> str:
    """What a person sees who pastes it into a shell where the commands are installed."""
    told = subprocess.run(
        ["/bin/bash", "-c", f"PATH={shlex.quote(str(COMMANDS))}:$PATH; {line}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    return told.stdout


def line_after(demo: RunningDemo, title: str) -> str:
    lines = demo.banner.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith(f"  {title}: ")]
    return lines[at + 1].strip()


def test_addresses_files_and_every_key_stand_there_whole(demo):
    banner = demo.banner
    for told in (demo.base_url, demo.admin_url, str(demo.keys_file), str(demo.folder)):
        assert told in banner
    for name, sample in demo.written["keys"].items():
        assert re.search(rf"{name} +{sample['key']}\n", banner)
        assert sample.get("pixel", "") in banner
    assert "…" not in banner
    assert demo.written["admin_token"] not in banner


@pytest.mark.parametrize(("status", "said"), [(200, '"measures"'), (403, "lacks the scope"), (404, "view not found")])
def test_a_line_to_paste_gives_what_it_promises(demo, status, said):
    answer = paste(line_after(demo, str(status)))
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "x-ratelimit-remaining: " in answer
    assert said in answer


def test_the_line_that_runs_into_the_limit(demo):
    assert paste(line_after(demo, "429")).split() == ["200"] * 100 + ["429"]


def next_steps(demo: RunningDemo) -> list[str]:
    """The commands below `What next`, without what is said beside them."""
    below = demo.banner.partition("What next")[2].strip().split("\n\n")[0]
    return [line.strip().split("  ")[0] for line in below.splitlines()]


def test_what_next_works_as_it_stands(demo):
    keys, upstack, gateway = (paste(line) for line in next_steps(demo))
    assert "demo full" in keys
    assert "NC + Meta Pulse" in upstack
    assert "view-from-preset" in gateway


def test_what_next_works_for_programs(demo):
    listed = json.loads(paste(next_steps(demo)[0] + " --json"))["keys"]
    assert len(listed) == len(demo.written["keys"])
