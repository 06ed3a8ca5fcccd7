"""What is answered when all is well: the body of every endpoint of both pages."""

from __future__ import annotations

from itertools import combinations

import pytest

from deploy.demo.seed import CLIENT, OTHER_VIEW, PIXEL, PROJECT, VIEW
from tests.integration.asking import (
    ATTRIBUTION,
    ATTRIBUTION_QUESTION,
    CLIENTS,
    COHORT_QUESTION,
    COHORTS,
    MAY,
    MEASURES,
    NEW_PRESET,
    PRESET,
    QUERY,
    QUESTION,
    VIEWS,
)

DETAILS = {
    "measure", "isAverage", "isPercentage", "primarySum", "compareSum", "primaryAvg", "compareAvg", "percentDiff",
    "preferredTrendDirection",
}  # fmt: skip
COHORT_MEASURES = (
    "orders.ltv_cohort_gross_revenue",
    "orders.ltv_cohort_net_revenue",
    "orders.customers_cohort",
    "orders.avg_order_value_cohort",
    "orders.cohort_retention_percent",
    "orders.cohort_cm1",
    "orders.cohort_cm2",
)
VIEW_MEMBERS = {
    "id", "pixelId", "type", "name", "configuration", "createdAt", "updatedAt", "createdBy", "updatedBy", "order",
}  # fmt: skip
CONFIGURATION = {
    "attributionModel", "attributionWindow", "granularity", "dateRange", "grid", "widgets", "filters", "viewFilters",
}  # fmt: skip


def results(client, path: str, body: dict) -> list[dict]:
    answered = client.post(path, json=body)
    assert answered.status_code == 200, answered.text
    found = answered.json()["results"]
    assert all({"dateRange", "dimensions", "data", "measureDetails"} <= set(result) for result in found)
    assert all({"primary", "compare"} <= set(result["data"]) for result in found)
    assert all(set(detail) >= DETAILS for result in found for detail in result["measureDetails"])
    return found


class TestMeasures:
    def test_the_catalogue(self, full):
        measures = full.get(MEASURES).json()["measures"]
        assert {"core.new_customer_roas", "core.new_customer_mer", "meta.cpm"} <= {one["id"] for one in measures}
        assert all({"id", "title", "unit", "description"} <= set(one) for one in measures)

    def test_every_measure_can_be_asked_for(self, full):
        ids = [one["id"] for one in full.get(MEASURES).json()["measures"]]
        for at in range(0, len(ids), 30):
            asked = [{"measure": id_} for id_ in ids[at : at + 30]]
            (found,) = results(full, QUERY, QUESTION | {"measures": asked, "granularity": "none"})
            assert [detail["measure"] for detail in found["measureDetails"]] == ids[at : at + 30]


class TestQuery:
    # how many steps two days have, the first half of May 1st for what is finer than an hour
    @pytest.mark.parametrize(
        ("granularity", "end", "steps"),
        [
            ("none", "2026-05-02", 1),
            ("second", "2026-05-01T00:01:00Z", 60),
            ("minute", "2026-05-01T01:00:00Z", 60),
            ("hour", "2026-05-02", 48),
            ("day", "2026-05-02", 2),
            ("week", "2026-05-31", 5),
            ("month", "2026-08-31", 4),
            ("quarter", "2026-12-31", 3),
            ("year", "2027-12-31", 2),
        ],
    )
    def test_granularities(self, full, granularity, end, steps):
        start = "2026-05-01T00:00:00Z" if "T" in end else "2026-05-01"
        (found,) = results(
            full, QUERY, QUESTION | {"granularity": granularity, "dateRange": {"start": start, "end": end}}
        )
        assert len(found["data"]["primary"]) == steps

    def test_the_same_question_has_the_same_answer(self, full):
        assert results(full, QUERY, QUESTION) == results(full, QUERY, QUESTION)

    def test_all_its_members_at_once(self, full):
        found = results(
            full,
            QUERY,
            QUESTION
            | {
                "measures": [{"measure": "core.orders", "pacing": "linear"}, {"measure": "meta.cpm"}],
                "dimensions": ["device"],
                "filters": {"field": "device", "op": "in", "value": ["mobile", "desktop"]},
                "compareDateRange": {"start": "2026-04-01", "end": "2026-04-10"},
                "timezone": "Europe/Berlin",
                "orderSettings": {"countPendingOrders": True},
            },
        )
        assert len(found) == 2
        assert all(len(one["data"]["primary"]) == len(one["data"]["compare"]) == 10 for one in found)

    def test_thirty_measures_and_five_dimensions_are_no_mistake(self, full):
        ids = [one["id"] for one in full.get(MEASURES).json()["measures"]][:30]
        results(full, QUERY, QUESTION | {"measures": [{"measure": id_} for id_ in ids]})
        narrow = {"field": "device", "op": "equals", "value": "mobile"}
        five = ["device", "customer_type", "channel", "utm_medium", "utm_source"]
        asked = QUESTION | {"dimensions": five, "filters": narrow, "granularity": "none"}
        assert full.post(QUERY, json=asked).status_code == 200


class TestAttribution:
    @pytest.mark.parametrize("model", ["first_click", "last_click", "any_click"])
    def test_models(self, full, model):
        found = results(full, ATTRIBUTION, ATTRIBUTION_QUESTION | {"attributionModel": model})
        assert len(found) > 1
        assert all(one["dimensions"] == ["utm_source"] for one in found)

    def test_the_model_makes_a_difference(self, full):
        first, last = (
            results(full, ATTRIBUTION, ATTRIBUTION_QUESTION | {"attributionModel": model})
            for model in ("first_click", "last_click")
        )
        assert first != last


class TestCohorts:
    @pytest.mark.parametrize("granularity", ["week", "month", "year"])
    def test_every_measure(self, full, granularity):
        found = results(full, COHORTS, COHORT_QUESTION | {"measures": COHORT_MEASURES, "granularity": granularity})
        assert {detail["measure"] for detail in found[0]["measureDetails"]} == set(COHORT_MEASURES)


class TestViews:
    @pytest.mark.parametrize("type_", ["view", "attribution_view", "pnl_view"])
    def test_the_list_by_type(self, full, type_):
        listed = full.get(VIEWS, params={"type": type_}).json()["dashboardViews"]
        assert listed
        assert {(view["type"], view["pixelId"]) for view in listed} == {(type_, PIXEL)}
        assert OTHER_VIEW not in {view["id"] for view in listed}
        if type_ == "view":
            assert {view["id"] for view in full.get(VIEWS).json()["dashboardViews"]} == {view["id"] for view in listed}

    def test_one(self, full):
        view = full.get(f"{VIEWS}/{VIEW}").json()["dashboardView"]
        assert set(view) == VIEW_MEMBERS
        assert set(view["configuration"]) >= CONFIGURATION
        for widget in view["configuration"]["widgets"]:
            assert set(widget) >= {"id", "title", "chartType", "layout", "dataConfig"}
            assert {"x", "y", "rows", "columns"} <= set(widget["layout"])
            assert {"measures", "dimensions", "filters"} <= set(widget["dataConfig"])

    def test_the_life_of_a_view(self, full):
        made = full.post(VIEWS, json={"dashboardView": {"name": "First", "type": "pnl_view", "pixelId": PIXEL}})
        view = made.json()["dashboardView"]
        where = f"{VIEWS}/{view['id']}"
        assert (made.status_code, view["name"], view["type"], view["pixelId"]) == (201, "First", "pnl_view", PIXEL)
        assert (view["createdBy"], view["updatedBy"]) == ("", "")
        changed = full.patch(where, json={"name": "Second"}).json()["dashboardView"]
        assert (changed["name"], changed["id"], changed["updatedBy"]) == ("Second", view["id"], "")
        copied = full.post(where + "/copy").json()["dashboardView"]
        assert copied["id"] != view["id"]
        assert (copied["pixelId"], copied["configuration"].keys()) == (PIXEL, changed["configuration"].keys())
        assert full.delete(where).status_code == 200
        assert full.get(where).status_code == 404
        assert full.get(f"{VIEWS}/{copied['id']}").status_code == 200

    def test_what_was_read_can_be_sent_back(self, full, view):
        sent = full.patch(f"{VIEWS}/{view['id']}", json={"dashboardView": view})
        assert sent.status_code == 200
        assert sent.json()["dashboardView"]["configuration"] == view["configuration"]


class TestPresets:
    def test_what_is_not_said_has_its_default(self, view):
        configuration = view["configuration"]
        assert view["type"] == "view"
        assert configuration["attributionModel"] == "first_click"
        assert configuration["attributionWindow"] == 30
        assert configuration["granularity"] == "day"
        assert configuration["dateRange"]["start"] < configuration["dateRange"]["end"]

    def test_thirty_widgets_of_every_size_do_not_overlap(self, full):
        ids = [one["id"] for one in full.get(MEASURES).json()["measures"]][:30]
        charts = [("sparkline", "line", "table", "bar", "pie")[at % 5] for at in range(len(ids))]
        made = full.post(PRESET, json=NEW_PRESET | {"measures": ids, "chartTypes": charts, "layout": "kpi-grid"})
        assert made.status_code == 201, made.text
        widgets = made.json()["dashboardView"]["configuration"]["widgets"]
        assert [widget["chartType"] for widget in widgets] == charts
        taken = [cells(widget["layout"]) for widget in widgets]
        assert not any(one & other for one, other in combinations(taken, 2))

    def test_everything_said(self, full):
        said = {
            "type": "attribution_view",
            "attributionModel": "last_click",
            "attributionWindow": 7,
            "granularity": "week",
            "dateRange": MAY,
            "chartTypes": ["sparkline", "line", "table"],
        }
        view = full.post(PRESET, json=NEW_PRESET | said).json()["dashboardView"]
        configuration = view["configuration"]
        assert view["type"] == "attribution_view"
        assert {name: configuration[name] for name in ("attributionModel", "attributionWindow", "granularity")} == {
            "attributionModel": "last_click",
            "attributionWindow": 7,
            "granularity": "week",
        }
        assert configuration["dateRange"] == MAY


def cells(layout: dict) -> set[tuple[int, int]]:
    """The cells of the grid that a widget covers."""
    return {
        (column, row)
        for column in range(layout["x"], layout["x"] + layout["columns"])
        for row in range(layout["y"], layout["y"] + layout["rows"])
    }


class TestDashtrack:
    def test_pages_of_clients(self, agency):
        whole = agency.get(CLIENTS, params={"limit": 500}).json()
        assert len(whole["data"]) == whole["total"] > 50
        assert agency.get(CLIENTS).json()["data"] == whole["data"][:50]
        page = agency.get(CLIENTS, params={"limit": 7, "offset": 5}).json()
        assert page["data"] == whole["data"][5:12]
        assert (page["limit"], page["offset"], page["total"]) == (7, 5, whole["total"])
        assert agency.get(CLIENTS, params={"offset": whole["total"]}).json()["data"] == []

    def test_the_other_account_has_other_clients(self, agency, as_key):
        own, others = (
            {client["id"] for client in asked.get(CLIENTS, params={"limit": 500}).json()["data"]}
            for asked in (agency, as_key("dashtrack_other_account"))
        )
        assert own
        assert others
        assert own.isdisjoint(others)

    def test_projects_by_page_and_status(self, agency):
        where = f"{CLIENTS}/{CLIENT}/projects"
        whole = agency.get(where, params={"limit": 500}).json()
        assert len(agency.get(where).json()["data"]) == 50 < whole["total"]
        for status in ("active", "archived", "completed"):
            found = agency.get(where, params={"limit": 500, "status": status}).json()["data"]
            assert found == [project for project in whole["data"] if project["status"] == status] != []

    def test_a_new_project(self, agency):
        where = f"{CLIENTS}/{CLIENT}/projects"
        new = {
            "name": "Autumn",
            "description": "Leaves",
            "budget": 1200.5,
            "start_date": "2026-09-01",
            "end_date": "2026-10-31",
        }
        made = agency.post(where, json=new)
        assert made.status_code == 201
        project = made.json()
        assert new.items() <= project.items()
        assert agency.get(where).json()["data"][0] == project
        assert agency.get(f"/v1/projects/{project['id']}/metrics").json()["project_id"] == project["id"]

    def test_metrics(self, agency):
        metrics = agency.get(f"/v1/projects/{PROJECT}/metrics").json()
        numbers = {"roi", "leads_generated", "cost_per_lead", "conversion_rate", "revenue_generated"}
        assert set(metrics) == {"project_id", *numbers}
        assert all(isinstance(metrics[name], int | float) for name in numbers)

    def test_a_team(self, agency):
        team = agency.get(f"{CLIENTS}/{CLIENT}/team").json()
        assert team["total"] == len(team["data"]) >= 2
