"""`from-preset`, and what is the same for all paths: who may ask, and which paths there are."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from deploy.demo.accounts.layout import SIZES
from deploy.demo.seed import PIXEL, VIEW
from tests.deploy.demo.viewing import MEMBERS, PRESET, PULSE, VIEWS, listed, made, refused


class TestFromPreset:
    def test_the_quickstarts_dashboard(self, accounts, pixel):
        view = made(accounts.post(PRESET, json={"name": "NC + Meta Pulse", "measures": PULSE}))
        configuration = view["configuration"]
        today = datetime.now(UTC).date()
        assert set(view) == MEMBERS
        assert (view["name"], view["type"], view["pixelId"]) == ("NC + Meta Pulse", "view", pixel)
        assert configuration["attributionModel"] == "first_click"
        assert configuration["attributionWindow"] == 30
        assert configuration["granularity"] == "day"
        range_ = {name: date.fromisoformat(text) for name, text in configuration["dateRange"].items()}
        assert range_["end"] - range_["start"] == timedelta(days=29)
        assert range_["end"] - today <= timedelta(days=1)
        widgets = configuration["widgets"]
        assert [widget["dataConfig"]["measures"] for widget in widgets] == [[measure] for measure in PULSE]
        assert [widget["title"] for widget in widgets] == ["New customer ROAS", "New customer MER", "Meta CPM"]
        assert {widget["chartType"] for widget in widgets} == {"sparkline"}
        assert len({widget["id"] for widget in widgets}) == 3
        assert [widget["layout"]["x"] for widget in widgets] == [0, 4, 8]
        assert made(accounts.get(f"{VIEWS}/{view['id']}"), 200) == view

    def test_everything_can_be_chosen(self, accounts, pixel):
        range_ = {"start": "2026-01-01", "end": "2026-01-31"}
        sent = {
            "pixelId": pixel,
            "name": "Mine",
            "measures": PULSE,
            "chartTypes": ["line", "bar", "table"],
            "type": "attribution_view",
            "layout": "kpi-grid",
            "attributionModel": "any_click",
            "attributionWindow": 90,
            "granularity": "week",
            "dateRange": range_,
        }
        view = made(accounts.post(PRESET, json=sent))
        configuration = view["configuration"]
        assert view["type"] == "attribution_view"
        assert [widget["chartType"] for widget in configuration["widgets"]] == ["line", "bar", "table"]
        assert {name: configuration[name] for name in ("attributionModel", "attributionWindow", "granularity")} == {
            "attributionModel": "any_click",
            "attributionWindow": 90,
            "granularity": "week",
        }
        assert configuration["dateRange"] == range_

    @pytest.mark.parametrize("chart", SIZES)
    def test_every_chart_type_is_known(self, accounts, chart):
        made(accounts.post(PRESET, json={"name": "x", "measures": ["core.mer"], "chartTypes": [chart]}))

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": None}, "name"),
            ({"measures": []}, "measures"),
            ({"measures": ["core.mer"] * 31}, "measures"),
            ({"measures": "core.mer"}, "measures"),
            ({"measures": ["core.mer", "core.mystery"]}, "measures[1]"),
            ({"chartTypes": ["line"]}, "chartTypes"),
            ({"chartTypes": []}, "chartTypes"),
            ({"chartTypes": ["line", "bar", "bar", "bar"]}, "chartTypes"),
            ({"chartTypes": ["line", "hologram", "bar"]}, "chartTypes[1]"),
            ({"type": "chart"}, "type"),
            ({"layout": "masonry"}, "layout"),
            ({"attributionModel": "linear"}, "attributionModel"),
            ({"attributionWindow": 31}, "attributionWindow"),
            ({"granularity": "decade"}, "granularity"),
            ({"dateRange": {"start": "2026-02-01", "end": "2026-01-01"}}, "dateRange.end"),
            ({"pixelId": 1}, "pixelId"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_a_mistake_is_named_by_its_field(self, accounts, changed, field):
        assert refused(accounts.post(PRESET, json={"name": "x", "measures": PULSE} | changed)) == [field]
        assert listed(accounts) == []


class TestWhoAsks:
    @pytest.mark.parametrize("headers", [{}, {"x-tenant-id": ""}, {"x-pixel-id": PIXEL, "x-api-key": "upstack_x"}])
    @pytest.mark.parametrize(
        ("service", "method", "path"),
        [
            ("accounts", "GET", VIEWS),
            ("accounts", "POST", PRESET),
            ("accounts", "DELETE", f"{VIEWS}/{VIEW}"),
            ("db-mgmt", "GET", "/db-mgmt/api/measures"),
            ("db-mgmt", "POST", "/db-mgmt/api/query"),
            ("dashtrack", "GET", "/v1/clients"),
        ],
    )
    def test_who_did_not_come_through_the_gateway_is_401(self, demo, headers, service, method, path):
        answer = httpx.request(method, demo.url(service) + path, headers=headers, trust_env=False)
        assert answer.status_code == 401
        assert set(answer.json()) == {"message"}

    def test_a_pixel_header_is_not_believed(self, demo, pixel):
        headers = {"x-tenant-id": pixel, "x-pixel-id": PIXEL}
        answer = httpx.get(demo.url("accounts") + VIEWS, headers=headers, trust_env=False)
        assert answer.json() == {"dashboardViews": []}


class TestOtherPaths:
    @pytest.mark.parametrize("path", ["/", "/accounts", VIEWS + "/", f"{VIEWS}/{VIEW}/", f"{VIEWS}/{VIEW}/share"])
    def test_an_unknown_path_is_404(self, seeded, path):
        answer = seeded.get(path)
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("PUT", VIEWS, {"GET", "HEAD", "POST"}),
            ("PUT", f"{VIEWS}/{VIEW}", {"GET", "HEAD", "PATCH", "DELETE"}),
            ("GET", f"{VIEWS}/{VIEW}/copy", {"POST"}),
        ],
    )
    def test_another_method_is_405_and_names_those_that_there_are(self, seeded, method, path, allowed):
        answer = seeded.request(method, path)
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == allowed

    def test_head_is_get_without_its_body(self, seeded):
        head, get = seeded.head(f"{VIEWS}/{VIEW}"), seeded.get(f"{VIEWS}/{VIEW}")
        assert (head.status_code, head.headers["content-length"]) == (200, get.headers["content-length"])
