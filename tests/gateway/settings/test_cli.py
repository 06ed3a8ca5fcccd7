"""The `gateway` command as a person and a program meet it, through the real entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "deploy" / "demo" / "gateway.yaml"
TEN = ROOT / "tests" / "data" / "settings" / "ten_mistakes.yaml"


def gateway(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", *map(str, arguments)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "DEMO_"))}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_tells_the_commands():
    told = gateway("--help")
    assert told.returncode == 0
    assert all(f" {command} " in told.stdout for command in ("run", "demo", "check", "routes", "schema"))


def test_check_of_the_demo_shows_what_it_declares():
    told = gateway("check", "--config", DEMO)
    assert (told.returncode, told.stderr) == (0, "")
    for word in (
        "http://127.0.0.1:8080",
        "upstack",
        "/v1/",
        "PATCH",
        "10,000 per hour",
        "custom",
        "http://127.0.0.1:9103",
    ):
        assert word in told.stdout
    assert told.stdout.rstrip().endswith("gateway.yaml is right.")


def test_check_as_json():
    told = gateway("check", "--config", DEMO, "--json", DEMO_PORT="9999")
    described = json.loads(told.stdout)
    assert (told.returncode, described["ok"], described["warnings"]) == (0, True, [])
    assert described["listeners"][0] == {"name": "proxy", "url": "http://127.0.0.1:9999", "serves": "the APIs"}
    assert [api["name"] for api in described["apis"]] == ["upstack", "dashtrack"]
    assert {"name": "starter", "limit": 100, "period_s": 3600, "burst": 100, "by": "key"} in described["plans"]


def test_a_status_listener_takes_the_status_from_the_admin_listener(tmp_path: Path):
    file = tmp_path / "gateway.yaml"
    good = (ROOT / "tests" / "data" / "settings" / "good.yaml").read_text()
    file.write_text(good.replace("  admin:", '  status: { host: "::", port: 9000 }\n  admin:'))
    listeners = json.loads(gateway("check", "--config", file, "--json").stdout)["listeners"]
    assert [tuple(listener.values()) for listener in listeners] == [
        ("proxy", "http://127.0.0.1:8080", "the APIs"),
        ("admin", "http://127.0.0.1:8081", "admin"),
        ("status", "http://[::]:9000", "status"),
    ]


def test_check_of_a_bad_file_tells_every_mistake_and_exits_2():
    told = gateway("check", "--config", TEN)
    assert (told.returncode, told.stdout) == (2, "")
    lines = told.stderr.splitlines()
    assert len(lines) == 11
    assert all(line.startswith(f"{TEN}:") for line in lines[:10])
    assert lines[10] == "10 mistakes."


def test_check_of_a_bad_file_as_json():
    told = gateway("check", "--config", TEN, "--json")
    answer = json.loads(told.stdout)
    assert (told.returncode, told.stderr, answer["ok"], len(answer["mistakes"])) == (2, "", False, 10)
    assert answer["mistakes"][0] == {
        "file": str(TEN),
        "line": 3,
        "key": "listen.proxy.port",
        "value": "80800",
        "message": "is too large",
        "allowed": "65535 or less",
    }


def test_the_file_comes_from_the_environment_or_is_gateway_yaml_here(tmp_path: Path):
    assert gateway("check", cwd=tmp_path, GATEWAY_CONFIG=str(DEMO)).returncode == 0
    assert gateway("check", cwd=DEMO.parent).returncode == 0
    told = gateway("check", cwd=tmp_path)
    assert (told.returncode, told.stderr.splitlines()[0]) == (
        2,
        "gateway.yaml:1: cannot be read: No such file or directory",
    )


def test_warnings_are_shown_and_are_no_mistakes(tmp_path: Path):
    secret = tmp_path / "folder"
    secret.write_text(f"{tmp_path}\n")
    secret.chmod(0o644)
    told = gateway("check", "--config", DEMO, DEMO_FOLDER_FILE=str(secret))
    assert told.returncode == 0
    assert "Warning: the file that DEMO_FOLDER_FILE names has the mode 0644; 0600 keeps it from others" in told.stdout


def test_routes():
    told = gateway("routes", "--config", DEMO)
    assert told.returncode == 0
    assert "/accounts/api/dashboard/views/{dashboardViewId}/copy" in told.stdout


def test_routes_as_json():
    routes = json.loads(gateway("routes", "--config", DEMO, "--json").stdout)
    assert len(routes) == 16
    assert routes[8] == {
        "api": "upstack",
        "name": "view-update",
        "method": "PATCH",
        "path": "/accounts/api/dashboard/views/{dashboardViewId}",
        "scopes": ["dashboards:write"],
        "resource": "view",
        "foreign": 404,
        "tenant_members": ["pixelId", "dashboardView.pixelId"],
        "body_bytes": 10485760,
        "cost": 1,
        "upstream": "accounts",
    }


def test_schema_is_the_shipped_one():
    assert gateway("schema").stdout == (ROOT / "gateway" / "settings" / "schema.json").read_text()


@pytest.mark.parametrize(
    "arguments",
    [("frobnicate",), ("check", "--frob"), ("check", "more"), ("demo", "--port=a"), ("run", "--workers=0")],
)
def test_wrong_use_exits_2_and_names_what_is_wrong(arguments: tuple[str, ...]):
    told = gateway(*arguments)
    assert (told.returncode, told.stdout) == (2, "")
    assert arguments[-1].partition("=")[0] in told.stderr
    assert "Traceback" not in told.stderr


def test_run_of_a_bad_file_starts_nothing_and_exits_2():
    told = gateway("run", "--config", TEN)
    assert told.returncode == 2
    assert told.stderr.splitlines()[-1] == "10 mistakes."


def test_run_without_a_key_database_says_so_and_exits_2(tmp_path: Path):
    told = gateway("run", "--config", DEMO, DEMO_FOLDER=str(tmp_path))
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("gateway: ")
    assert str(tmp_path / "keys.db") in told.stderr


def test_the_command_itself_loads_neither_settings_nor_server():
    script = (
        "import sys\n"
        "sys.argv = ['gateway', 'demo', '--port', 'no']\n"
        "from gateway.cli import app\n"
        "heavy = {'pydantic', 'uvicorn', 'sqlalchemy', 'keys.settings_file', 'gateway.settings', 'gateway.server'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@pytest.mark.parametrize("arguments", ["schema", "--help", "routes --config deploy/demo/gateway.yaml"])
def test_a_reader_that_has_gone_is_no_reason_to_complain(arguments: str):
    command = f"('{sys.executable}' -c 'from gateway.cli import main; main()' {arguments}; echo $? >&2) | true"
    told = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stderr in ("0\n", "1\n")


def to_a_full_disk(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "schema"]
    with Path("/dev/full").open("w") as full:
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )


def test_a_fault_is_one_line_and_exits_1():
    told = to_a_full_disk()
    assert told.returncode == 1
    assert told.stderr.splitlines()[0] == (
        "gateway: OSError: [Errno 28] No space left on device. GATEWAY_TRACEBACK=1 shows where."
    )
    assert "Traceback" not in told.stderr


def test_a_traceback_is_shown_to_whoever_asks_for_it():
    assert "Traceback" in to_a_full_disk(GATEWAY_TRACEBACK="1").stderr


def test_the_tables_of_the_docs():
    told = gateway("schema", "--markdown")
    assert told.stdout in (ROOT / "docs" / "settings.md").read_text()
