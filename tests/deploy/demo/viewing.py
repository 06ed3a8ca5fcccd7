"""Asking accounts for views, and what comes back."""

import re

VIEWS = "/accounts/api/dashboard/views"
PRESET = VIEWS + "/from-preset"
MISSING = "00000000-0000-4000-8000-000000000000"
PULSE = ["core.new_customer_roas", "core.new_customer_mer", "meta.cpm"]
MEMBERS = {
    "id", "pixelId", "type", "name", "configuration", "createdAt", "updatedAt", "createdBy", "updatedBy", "order"
}  # fmt: skip
CONFIGURATION_MEMBERS = {
    "attributionModel", "attributionWindow", "granularity", "dateRange", "grid", "widgets", "filters", "viewFilters"
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
WIDGET = {
    "id": "w1",
    "title": "Spend",
    "chartType": "line",
    "layout": {"x": 0, "y": 0, "rows": 2, "columns": 6, "minColumns": 2, "static": True},
    "dataConfig": {"measures": ["meta.spend"], "dimensions": ["device"], "filters": [{}]},
}


def made(answer, status=201):
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"dashboardView"}
    return answer.json()["dashboardView"]


def refused(answer):
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"message", "errors"}
    return [error["field"] for error in answer.json()["errors"]]


def listed(client, **query):
    answer = client.get(VIEWS, params=query)
    assert answer.status_code == 200
    return answer.json()["dashboardViews"]


def assert_is_missing(answer):
    assert answer.status_code == 404
    assert answer.content == b'{"message":"Dashboard view not found"}'
