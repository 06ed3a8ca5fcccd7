"""The `upstack` command through a relay that lets requests in as the gateway does."""

import json
import os
import pty
import subprocess
import sys
import threading

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from deploy.demo.catalogue import CATALOGUE
from deploy.demo.seed import OTHER_VIEW, PIXEL, VIEW
from deploy.demo.serve import listen
from deploy.demo.upstack.account import Account
from deploy.demo.upstack.api import Upstack as Api
from deploy.demo.upstack.failures import UpstackError
from tests.deploy.demo.conftest import KEY, Upstack, running
from tests.deploy.demo.relay import LIMITED_KEY

BUILD = ("dashboard", "view", "build", "--name", "NC + Meta Pulse", "--measures")
PULSE = "core.new_customer_roas, core.new_customer_mer,meta.cpm"


@pytest.fixture
def view(upstack):
    """A view of the test's own, as `build` makes it."""
    made = upstack.json(*BUILD, PULSE)
    yield made
    upstack("dashboard", "view", "delete", made["id"])


class TestMeasures:
    def test_the_catalogue_as_a_table(self, upstack):
        told = upstack("measures")
        assert told.exit_code == 0
        assert f"{len(CATALOGUE)} measures" in told.stdout
        assert all(id_ in told.stdout for id_ in CATALOGUE)

    @pytest.mark.parametrize(
        ("text", "id_"),
        [("new customer roas", "core.new_customer_roas"), ("MER", "core.mer"), ("meta thousand", "meta.cpm")],
    )
    def test_a_search_is_for_all_the_words(self, upstack, text, id_):
        found = [measure["id"] for measure in upstack.json("measures", "--search", text)]
        assert id_ in found
        assert len(found) < len(CATALOGUE) / 4

    def test_a_search_that_finds_nothing_says_so(self, upstack):
        told = upstack("measures", "--search", "zebra")
        assert (told.exit_code, "0 measures" in told.stdout) == (0, True)


class TestViews:
    def test_list(self, upstack):
        told = upstack("dashboard", "view", "list")
        assert told.exit_code == 0
        assert VIEW in told.stdout
        assert "Daily pulse" in told.stdout
        listed = upstack.json("dashboard", "view", "list", "--type", "pnl_view")
        assert [one["name"] for one in listed] == ["Profit and loss", "Leaks"]

    def test_show_draws_the_grid(self, upstack):
        told = upstack("dashboard", "view", "show", VIEW)
        assert told.exit_code == 0
        assert "Daily pulse" in told.stdout
        assert told.stdout.count("╭") == 6
        assert "core.revenue" in told.stdout
        assert upstack.json("dashboard", "view", "show", VIEW)["id"] == VIEW

    def test_build_is_the_quickstart_in_one_line(self, upstack):
        told = upstack(*BUILD, PULSE)
        assert told.exit_code == 0
        assert "NC + Meta Pulse" in told.stdout
        assert all(title in told.stdout for title in ("New customer ROAS", "New customer MER", "Meta CPM"))
        assert told.stdout.count("╭") == 3
        made = [one["id"] for one in upstack.json("dashboard", "view", "list") if one["id"] in told.stdout]
        assert upstack("dashboard", "view", "delete", *made).exit_code == 0

    def test_build_with_everything_chosen(self, upstack):
        made = upstack.json(
            *BUILD, PULSE, "--chart-types", "line,bar,table", "--type", "pnl_view", "--attribution-model", "any_click",
            "--attribution-window", "7", "--granularity", "week", "--date-start", "2026-01-01", "--date-end", "2026-01-31",
        )  # fmt: skip
        configuration = made["configuration"]
        assert made["type"] == "pnl_view"
        assert [widget["chartType"] for widget in configuration["widgets"]] == ["line", "bar", "table"]
        assert configuration["dateRange"] == {"start": "2026-01-01", "end": "2026-01-31"}
        assert (configuration["attributionWindow"], configuration["granularity"]) == (7, "week")
        upstack("dashboard", "view", "delete", made["id"])

    def test_build_finds_wrong_ids_before_anything_is_made(self, upstack):
        before = upstack.json("dashboard", "view", "list")
        told = upstack(*BUILD, "core.new_customer_ros,zebra")
        assert told.exit_code == 2
        assert "core.new_customer_ros: did you mean core.new_customer_roas" in told.stderr
        assert "zebra: nothing in the catalogue is like it" in told.stderr
        assert upstack.json("dashboard", "view", "list") == before

    def test_create_from_a_file_and_from_standard_input(self, upstack, tmp_path):
        path = tmp_path / "view.json"
        path.write_text(json.dumps({"name": "From a file"}))
        for source, kept in ((str(path), {}), ("-", {"input": path.read_text()})):
            made = upstack.json("dashboard", "view", "create", "--from-file", source, **kept)
            assert made["name"] == "From a file"
            upstack("dashboard", "view", "delete", made["id"])

    def test_update_by_flags_and_by_file(self, upstack, view, tmp_path):
        assert upstack.json("dashboard", "view", "update", view["id"], "--name", "New", "--order", "7")["order"] == 7
        path = tmp_path / "change.json"
        path.write_text(json.dumps({"dashboardView": view | {"name": "In the file"}}))
        update = ("dashboard", "view", "update", view["id"], "--from-file", str(path))
        assert upstack.json(*update)["name"] == "In the file"
        assert upstack.json(*update, "--name", "By flag")["name"] == "By flag"
        told = upstack("dashboard", "view", "update", view["id"], "--name", "Shown")
        assert (told.exit_code, "Shown" in told.stdout) == (0, True)

    def test_copy(self, upstack, view):
        copy = upstack.json("dashboard", "view", "copy", view["id"])
        assert copy["name"] == "NC + Meta Pulse (copy)"
        told = upstack("dashboard", "view", "delete", copy["id"], "--yes")
        assert (told.exit_code, told.stdout) == (0, f"Deleted {copy['id']}.\n")
        assert upstack("dashboard", "view", "show", copy["id"]).exit_code == 1

    def test_delete_as_json(self, upstack):
        id_ = upstack.json(*BUILD, PULSE)["id"]
        assert upstack.json("dashboard", "view", "delete", id_)["id"] == id_

    def test_names_that_look_like_commands_to_the_terminal_are_shown_as_text(self, upstack, view):
        name = "\x1b[2J[red]x[/red]"
        told = upstack("dashboard", "view", "update", view["id"], "--name", name)
        assert told.exit_code == 0
        assert "\x1b" not in told.stdout
        assert "[red]x[/red]" in told.stdout


class TestRefusals:
    def test_the_apis_message_is_shown(self, upstack):
        told = upstack("dashboard", "view", "show", OTHER_VIEW)
        assert (told.exit_code, told.stdout) == (1, "")
        assert told.stderr == "upstack 404: Dashboard view not found\n"

    def test_each_wrong_field_is_shown(self, upstack, tmp_path):
        path = tmp_path / "view.json"
        path.write_text('{"order": -1}')
        told = upstack("dashboard", "view", "create", "--from-file", str(path))
        assert told.exit_code == 1
        assert told.stderr.splitlines() == [
            "upstack 400: Validation failed",
            "  name: is required",
            "  order: must be at least 0",
        ]

    def test_a_failure_can_be_json_too(self, upstack):
        told = upstack("dashboard", "view", "show", OTHER_VIEW, "--json")
        assert told.exit_code == 1
        assert json.loads(told.stderr) == {"message": "Dashboard view not found", "status": 404, "errors": []}

    def test_a_wrong_key_is_401(self, environment):
        told = Upstack(environment | {"UPSTACK_API_KEY": "upstack_wrong"})("measures")
        assert told.exit_code == 1
        assert "401" in told.stderr
        assert "upstack_wrong" not in told.output

    def test_a_limit_says_when_to_try_again_and_which_request_it_was(self, environment):
        told = Upstack(environment | {"UPSTACK_API_KEY": LIMITED_KEY})("measures")
        assert (told.exit_code, told.stderr) == (1, "upstack 429: Too many (try again in 7 s) (request r-1)\n")

    def test_nothing_listening_names_the_cure(self, environment):
        with listen(0) as closed:
            port = closed.getsockname()[1]
        told = Upstack(environment)("measures", "--base-url", f"http://127.0.0.1:{port}")
        assert told.exit_code == 1
        assert f"http://127.0.0.1:{port}" in told.stderr
        assert "gateway demo" in told.stderr

    @pytest.mark.parametrize("answer", [PlainTextResponse("hello"), JSONResponse([]), JSONResponse({"x": 1})])
    @pytest.mark.parametrize(
        "command", [["measures"], ["dashboard", "view", "list"], ["dashboard", "view", "show", "x"]]
    )
    def test_another_server_is_told_apart(self, environment, answer, command):
        async def say(_request):
            return answer

        with running({"other": Starlette(routes=[Route("/{rest:path}", say)])}) as ports:
            told = Upstack(environment)(*command, "--base-url", f"http://127.0.0.1:{ports['other']}")
        assert told.exit_code == 1
        assert "is this the Upstack API?" in told.stderr

    def test_a_server_that_never_answers(self):
        with listen(0) as silent:
            account = Account(f"http://127.0.0.1:{silent.getsockname()[1]}", PIXEL, KEY)
            with Api(account, timeout_s=0.05) as api, pytest.raises(UpstackError, match="did not answer within"):
                api.measures()

    def test_a_server_that_speaks_no_http(self, environment):
        with listen(0) as listener:
            threading.Thread(target=answer_once, args=(listener, b"220 mail ready\r\n")).start()
            told = Upstack(environment)("measures", "--base-url", f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert (told.exit_code, "failed: RemoteProtocolError" in told.stderr) == (1, True)


def answer_once(listener, answer):
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)


class TestWrongUse:
    def test_everything_that_is_missing_is_named_at_once(self):
        told = Upstack({})("measures")
        assert told.exit_code == 2
        assert all(name in told.stderr for name in ("UPSTACK_BASE_URL", "UPSTACK_API_KEY", "UPSTACK_PIXEL_ID"))

    @pytest.mark.parametrize(
        "arguments",
        [
            ("measures", "--key", "upstack_x"),
            ("dashboard", "view", "list", "--type", "chart"),
            ("dashboard", "view", "show"),
            ("dashboard", "view", "build", "--name", "x"),
            (*BUILD, " , "),
            (*BUILD, "meta.cpm", "--layout", "masonry"),
            (*BUILD, "meta.cpm", "--date-start", "2026-01-01"),
            ("dashboard", "view", "update", VIEW),
            ("dashboard", "view", "create"),
            ("dashboard", "view", "create", "--from-file", "nowhere.json"),
            ("measures", "--base-url", "ftp://example.org"),
            ("measures", "--pixel-id", "a b"),
            ("measures", "--keys-file", "nowhere.json"),
            ("nonsense",),
        ],
    )
    def test_exit_code_2(self, upstack, arguments):
        told = upstack(*arguments)
        assert told.exit_code == 2, told.output
        assert told.stderr

    @pytest.mark.parametrize("text", ["", "[]", "{"])
    def test_a_file_that_holds_no_object(self, upstack, text):
        told = upstack("dashboard", "view", "create", "--from-file", "-", input=text)
        assert told.exit_code == 2

    @pytest.mark.parametrize("key", ["upstack_\nx", "upstack_é", "upstack x"])
    def test_a_key_that_cannot_be_one_is_refused_unshown(self, environment, key):
        told = Upstack(environment | {"UPSTACK_API_KEY": key})("measures")
        assert told.exit_code == 2
        assert key not in told.output


def test_the_installed_command(environment):
    code = "from deploy.demo.upstack import main; main()"
    command = [sys.executable, "-c", code, "measures", "--search", "meta cpm", "--json"]
    told = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    assert [measure["id"] for measure in json.loads(told.stdout)] == ["meta.cpm"]
    assert told.stderr == ""


def test_a_person_is_asked_before_a_view_is_deleted(environment, upstack, view):
    code = "from deploy.demo.upstack import main; main()"
    command = [sys.executable, "-c", code, "dashboard", "view", "delete", view["id"]]
    terminal, end = pty.openpty()
    try:
        os.write(terminal, b"n\n")
        told = subprocess.run(
            command, stdin=end, env=os.environ | environment, capture_output=True, text=True, check=False
        )
    finally:
        os.close(terminal)
        os.close(end)
    assert told.returncode == 1
    assert f"Delete {view['id']} for good?" in told.stdout
    assert upstack.json("dashboard", "view", "show", view["id"]) == view


def test_no_proxy_of_the_environment_gets_to_see_the_key(environment):
    proxied = environment | {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    assert Upstack(proxied)("measures").exit_code == 0
