"""The quickstart of the Upstack API: list the measures, pick three, build a dashboard of them, open it."""

from __future__ import annotations

import json
from itertools import combinations

from deploy.demo.seed import OTHER_PIXEL
from tests.integration.asking import MEASURES, PRESET, VIEWS
from tests.integration.process import command

PULSE = ("core.new_customer_roas", "core.new_customer_mer", "meta.cpm")
NAME = "NC + Meta Pulse"


def overlap(one: dict, other: dict) -> bool:
    return (
        one["x"] < other["x"] + other["columns"]
        and other["x"] < one["x"] + one["columns"]
        and one["y"] < other["y"] + other["rows"]
        and other["y"] < one["y"] + one["rows"]
    )


def test_over_http(full):
    measures = {measure["id"]: measure for measure in full.get(MEASURES).json()["measures"]}
    assert set(PULSE) <= set(measures)
    made = full.post(PRESET, json={"name": NAME, "measures": PULSE})
    assert made.status_code == 201
    view = made.json()["dashboardView"]
    opened = full.get(f"{VIEWS}/{view['id']}")
    assert opened.status_code == 200
    assert opened.json()["dashboardView"] == view
    widgets = view["configuration"]["widgets"]
    assert [widget["dataConfig"]["measures"] for widget in widgets] == [[id_] for id_ in PULSE]
    assert {widget["chartType"] for widget in widgets} == {"sparkline"}
    assert not any(overlap(*pair) for pair in combinations([widget["layout"] for widget in widgets], 2))


def test_by_command(demo, full):
    build = ("dashboard", "view", "build", "--name", NAME, "--measures", ",".join(PULSE))
    told = command("upstack", *build, "--keys-file", demo.keys_file, "--json")
    assert told.returncode == 0, told.stderr
    view = json.loads(told.stdout)
    assert full.get(f"{VIEWS}/{view['id']}").json()["dashboardView"] == view
    opened = command("upstack", "dashboard", "view", "show", view["id"], "--keys-file", demo.keys_file)
    assert NAME in opened.stdout


def test_every_command_against_the_gateway(demo, full, tmp_path):
    def upstack(*arguments):
        told = command("upstack", *arguments, "--keys-file", demo.keys_file, "--json")
        assert told.returncode == 0, told.stderr
        return json.loads(told.stdout)

    assert [measure["id"] for measure in upstack("measures", "--search", "meta cpm")] == ["meta.cpm"]
    file = tmp_path / "view.json"
    file.write_text(json.dumps({"name": "From a file"}))
    made = upstack("dashboard", "view", "create", "--from-file", file)
    assert upstack("dashboard", "view", "update", made["id"], "--name", "Renamed")["name"] == "Renamed"
    copied = upstack("dashboard", "view", "copy", made["id"])
    assert copied["id"] != made["id"]
    assert {made["id"], copied["id"]} <= {view["id"] for view in upstack("dashboard", "view", "list")}
    upstack("dashboard", "view", "delete", made["id"], "--yes")
    assert full.get(f"{VIEWS}/{made['id']}").status_code == 404


def test_a_refusal_is_told_in_a_line(demo):
    told = command("upstack", "measures", "--keys-file", demo.keys_file, "--pixel-id", OTHER_PIXEL)
    assert told.returncode == 1
    assert "invalid for this API key" in told.stderr
    assert "Traceback" not in told.stderr
