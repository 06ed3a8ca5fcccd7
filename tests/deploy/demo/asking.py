"""Good questions to db-mgmt, which tests change where they ask for something else, and what comes back."""

from deploy.demo.catalogue import COHORT_MEASURES
from deploy.demo.seed import PIXEL

QUERY = "/db-mgmt/api/query"
ATTRIBUTION = "/db-mgmt/api/query-attribution"
COHORTS = "/db-mgmt/api/query-cohort-analysis"
MAY = {"start": "2026-05-01", "end": "2026-05-10"}


def question(**changed):
    asked = {
        "pixelId": PIXEL,
        "granularity": "day",
        "measures": [{"measure": "core.orders"}, {"measure": "core.new_customer_roas"}],
        "dateRange": MAY,
    }
    return {name: value for name, value in (asked | changed).items() if value is not ...}


def attribution(**changed):
    asked = {
        "pixelId": PIXEL,
        "dimension": "utm_source",
        "dateRange": MAY,
        "attributionModel": "first_click",
        "attributionWindow": 30,
    }
    return {name: value for name, value in (asked | changed).items() if value is not ...}


def cohort(**changed):
    asked = {
        "pixelId": PIXEL,
        "granularity": "month",
        "measures": list(COHORT_MEASURES),
        "dateRange": {"start": "2026-01-01", "end": "2026-04-30"},
    }
    return {name: value for name, value in (asked | changed).items() if value is not ...}


def results(client, path, body):
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def errors(client, path, body):
    answer = client.post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"message", "errors"}
    found = answer.json()["errors"]
    assert all(set(error) == {"field", "message"} for error in found)
    assert len({error["field"] for error in found}) == len(found), "one entry per field"
    return {error["field"]: error["message"] for error in found}


def detail(result, measure):
    return next(one for one in result["measureDetails"] if one["measure"] == measure)
