"""`gateway test`: the samples hold, a case that does not says what came instead, a wrong file says every mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.case_report import Verdict, run_cases
from gateway.settings import Settings, load_settings
from keys import SettingsError

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "deploy" / "demo" / "gateway.yaml"
SAMPLES = ROOT / "deploy" / "demo" / "cases.yaml"
KEYS = """\
keys:
  reader: { prefix: upstack, tenant: pixel-1, scopes: [dashboards:read] }
  gone: { prefix: upstack, tenant: pixel-1, plan: gone }
  custom: { prefix: dt, plan: enterprise }
  off: { prefix: dt, state: disabled }
cases:
"""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(DEMO, {})


def gateway(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", *map(str, arguments)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "DEMO_"))}
    environment = {**clean, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


async def verdict_of(settings: Settings, folder: Path, case: str) -> Verdict:
    file = folder / "cases.yaml"
    file.write_text(f"{KEYS}  - {{ name: it, {case} }}\n")
    (verdict,) = await run_cases(settings, file)
    return verdict


async def test_the_samples_hold(settings: Settings):
    verdicts = await run_cases(settings, SAMPLES)
    assert [(verdict.case.name, verdict.outcome) for verdict in verdicts if not verdict.held] == []
    assert {verdict.case.status for verdict in verdicts} == {200, 401, 403, 404, 405, 429}


@pytest.mark.parametrize(
    ("case", "status", "reason"),
    [
        ("method: GET, path: /nowhere, status: 200", 404, "route_unknown"),
        ("method: GET, path: /v1//clients, status: 200", 400, "path_ambiguous"),
        ("key: off, method: GET, path: /v1/clients, status: 200", 401, "key_disabled"),
        ("key: custom, method: GET, path: /v1/clients, status: 200", 503, "plan_unknown"),
        ("key: gone, method: GET, path: /db-mgmt/api/measures, status: 200", 503, "plan_unknown"),
        ("key: reader, method: GET, path: '/accounts/api/dashboard/views?a=b', status: 404, reason: route_unknown", 200, "forwarded"),
        ("key: reader, method: GET, path: /accounts/api/dashboard/views/v, owner: missing, status: 200", 404, "resource_missing"),
        ("method: GET, path: /v1/clients, times: 101, status: 200", 429, "anonymous_limited"),
    ],
)  # fmt: skip
async def test_a_case_that_does_not_hold_says_what_came(
    settings: Settings, tmp_path: Path, case: str, status: int, reason: str
):
    verdict = await verdict_of(settings, tmp_path, case)
    assert (verdict.held, verdict.outcome.status, verdict.outcome.reason) == (False, status, reason)


async def test_a_body_is_measured_and_read(settings: Settings, tmp_path: Path):
    small = settings.model_copy(update={"http": settings.http.model_copy(update={"body_bytes": 40})})
    sent = "key: reader, method: POST, path: /accounts/api/dashboard/views/from-preset"
    file = tmp_path / "cases.yaml"
    file.write_text(
        f"{KEYS.replace('dashboards:read', 'dashboards:write')}"
        f"  - {{ name: big, {sent}, body: {'x' * 41}, status: 413, reason: body_too_large }}\n"
        f"  - {{ name: text, {sent}, body: hello, status: 415, reason: media_type_unsupported }}\n"
        f"  - {{ name: list, {sent}, body: '[1]', headers: {{ content-type: application/json }}, status: 400, reason: body_invalid }}\n"
        f"  - {{ name: good, {sent}, body: {{ pixelId: pixel-1 }}, status: 200 }}\n"
    )
    verdicts = await run_cases(small, file)
    assert [(verdict.case.name, verdict.outcome.reason) for verdict in verdicts if not verdict.held] == []


async def test_every_mistake_of_the_file_is_told_with_its_line(settings: Settings, tmp_path: Path):
    file = tmp_path / "cases.yaml"
    file.write_text(
        f"{KEYS}"
        "  - { name: a, key: nobody, method: GET, path: /v1/clients, status: 200 }\n"
        "  - { name: b, method: get, path: v1, status: 200 }\n"
        "  - { name: c, method: GET, path: /v1/clients, status: 404 }\n"
        "  - { name: d, method: GET, path: /v1/clients, status: 404, reason: lost }\n"
    )
    with pytest.raises(SettingsError) as caught:
        await run_cases(settings, file)
    told = [(mistake.line, mistake.key) for mistake in caught.value.mistakes]
    assert told == [
        (7, "cases[0].key"), (8, "cases[1].method"), (8, "cases[1].path"), (9, "cases[2].status"), (10, "cases[3].reason"),
    ]  # fmt: skip


def test_the_command_prints_the_samples_and_exits_0():
    told = gateway("test", SAMPLES, "--config", DEMO)
    assert (told.returncode, told.stderr) == (0, "")
    assert "429 rate_limited" in told.stdout
    assert "cases hold." in told.stdout.splitlines()[-1]


def test_the_command_says_which_case_does_not_hold_and_exits_1(tmp_path: Path):
    file = tmp_path / "cases.yaml"
    file.write_text(
        f"{KEYS}  - {{ name: reads, key: reader, method: DELETE, path: /accounts/api/dashboard/views/v, status: 200 }}\n"
    )
    told = gateway("test", file, "--config", DEMO)
    assert told.returncode == 1
    assert f"{file}:7: reads: expected forwarded, came 403 insufficient_scope" in told.stdout
    described = json.loads(gateway("test", file, "--config", DEMO, "--json").stdout)
    assert (described["ok"], described["cases"][0]["line"], described["cases"][0]["came"]["status"]) == (False, 7, 403)


def test_a_wrong_file_exits_2(tmp_path: Path):
    told = gateway("test", tmp_path / "none.yaml", "--config", DEMO)
    assert (told.returncode, told.stdout) == (2, "")
    assert "cannot be read" in told.stderr
