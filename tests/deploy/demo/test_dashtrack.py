from uuid import UUID

import pytest

from deploy.demo.dashtrack.clients import clients
from deploy.demo.dashtrack.projects import BUSY_CLIENT_PROJECTS, begun, metrics
from deploy.demo.seed import ACCOUNT, CLIENT, OTHER_ACCOUNT, OTHER_CLIENT, OTHER_PROJECT, PROJECT, SECOND_CLIENT
from tests.deploy.demo.conftest import caller

MISSING = "00000000-0000-4000-8000-000000000000"
PAGED = {"data", "total", "limit", "offset"}


def answered(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer):
    return [error["field"] for error in answered(answer, 400)["errors"]]


@pytest.fixture
def own_client():
    """A client that no other test writes to."""
    return list(clients())[-20]


@pytest.fixture
def writer(demo, own_client):
    account = clients()[own_client].account
    with caller(demo.url("dashtrack"), x_tenant_id=account) as client:
        yield client


class TestClients:
    def test_a_page_has_fifty_unless_told(self, dashtrack):
        page = answered(dashtrack.get("/v1/clients"))
        assert set(page) == PAGED
        assert (len(page["data"]), page["total"], page["limit"], page["offset"]) == (50, 120, 50, 0)
        assert page["data"][0]["id"] == CLIENT
        assert {"id", "name"} <= set(page["data"][0])

    def test_pages_make_up_the_whole(self, dashtrack):
        pages = [answered(dashtrack.get("/v1/clients", params={"limit": 50, "offset": n})) for n in (0, 50, 100)]
        ids = [client["id"] for page in pages for client in page["data"]]
        assert [len(page["data"]) for page in pages] == [50, 50, 20]
        assert len(set(ids)) == 120
        whole = answered(dashtrack.get("/v1/clients", params={"limit": 500}))
        assert [client["id"] for client in whole["data"]] == ids

    def test_past_the_end_is_an_empty_page(self, dashtrack):
        assert answered(dashtrack.get("/v1/clients?offset=120"))["data"] == []

    def test_each_account_has_its_own(self, dashtrack, other_dashtrack):
        own = {client["id"] for client in answered(dashtrack.get("/v1/clients?limit=500"))["data"]}
        other = {client["id"] for client in answered(other_dashtrack.get("/v1/clients?limit=500"))["data"]}
        assert OTHER_CLIENT in other
        assert not own & other

    @pytest.mark.parametrize(
        ("resources", "reached"),
        [(SECOND_CLIENT, [SECOND_CLIENT]), (f"{SECOND_CLIENT}, {CLIENT}", [CLIENT, SECOND_CLIENT]), ("", [])],
    )
    def test_only_the_clients_that_the_key_reaches(self, demo, resources, reached):
        with caller(demo.url("dashtrack"), x_tenant_id=ACCOUNT, x_resources=resources) as client:
            page = answered(client.get("/v1/clients"))
        assert [one["id"] for one in page["data"]] == reached
        assert page["total"] == len(reached)

    def test_a_list_of_resources_opens_no_other_account(self, demo):
        with caller(demo.url("dashtrack"), x_tenant_id=ACCOUNT, x_resources=OTHER_CLIENT) as client:
            assert answered(client.get("/v1/clients"))["data"] == []
            assert client.get(f"/v1/clients/{OTHER_CLIENT}/team").status_code == 403

    @pytest.mark.parametrize("path", ["/v1/clients", f"/v1/clients/{CLIENT}/projects"])
    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            ("limit=0", ["limit"]),
            ("limit=501", ["limit"]),
            ("limit=-1", ["limit"]),
            ("limit=ten", ["limit"]),
            ("limit=", ["limit"]),
            ("limit=1_0", ["limit"]),
            ("limit=%2010", ["limit"]),
            ("limit=%D9%A1", ["limit"]),
            ("limit=1&limit=2", ["limit"]),
            ("limit=9999999999999999", ["limit"]),
            ("offset=-1", ["offset"]),
            ("offset=1.5", ["offset"]),
            ("limit=0&offset=x", ["limit", "offset"]),
        ],
    )
    def test_bad_paging_is_refused_all_at_once(self, dashtrack, path, query, fields):
        assert refused(dashtrack.get(f"{path}?{query}")) == fields


class TestProjects:
    def test_the_first_client_has_more_than_a_page(self, dashtrack):
        page = answered(dashtrack.get(f"/v1/clients/{CLIENT}/projects"))
        assert set(page) == PAGED
        assert (len(page["data"]), page["total"], page["limit"]) == (50, BUSY_CLIENT_PROJECTS, 50)
        assert page["data"][0]["id"] == PROJECT
        rest = answered(dashtrack.get(f"/v1/clients/{CLIENT}/projects?offset=50"))
        assert len(rest["data"]) == BUSY_CLIENT_PROJECTS - 50

    def test_they_can_be_asked_by_status(self, dashtrack):
        by_status = {
            status: answered(dashtrack.get(f"/v1/clients/{CLIENT}/projects", params={"status": status, "limit": 500}))
            for status in ("active", "archived", "completed")
        }
        assert all(project["status"] == status for status, page in by_status.items() for project in page["data"])
        assert all(page["data"] for page in by_status.values())
        assert sum(page["total"] for page in by_status.values()) == BUSY_CLIENT_PROJECTS

    @pytest.mark.parametrize("status", ["done", "", "Active"])
    def test_any_other_status_is_refused(self, dashtrack, status):
        path = f"/v1/clients/{CLIENT}/projects?status={status}&limit=0"
        assert set(refused(dashtrack.get(path))) == {"status", "limit"}

    @pytest.mark.parametrize("rest", ["projects", "team"])
    def test_missing_is_404_and_out_of_reach_403(self, dashtrack, rest):
        assert answered(dashtrack.get(f"/v1/clients/{MISSING}/{rest}"), 404) == {"message": "Client not found"}
        assert set(answered(dashtrack.get(f"/v1/clients/{OTHER_CLIENT}/{rest}"), 403)) == {"message"}

    def test_a_client_outside_the_keys_list_is_403(self, demo):
        with caller(demo.url("dashtrack"), x_tenant_id=ACCOUNT, x_resources=SECOND_CLIENT) as client:
            assert client.get(f"/v1/clients/{CLIENT}/projects").status_code == 403
            assert client.get(f"/v1/clients/{SECOND_CLIENT}/projects").status_code == 200
            assert client.get(f"/v1/projects/{PROJECT}/metrics").status_code == 403


SENT = {
    "name": "Q1 campaign",
    "description": "Social and email",
    "budget": 15000,
    "start_date": "2026-01-01",
    "end_date": "2026-03-31",
}


class TestCreateProject:
    def test_a_project_is_made_and_found(self, demo, writer, own_client):
        project = answered(writer.post(f"/v1/clients/{own_client}/projects", json=SENT), 201)
        assert str(UUID(project["id"])) == project["id"]
        assert project == project | SENT | {"client_id": own_client, "status": "active"}
        page = answered(writer.get(f"/v1/clients/{own_client}/projects?limit=500"))
        assert page["data"][0] == project
        shown = answered(writer.get(f"/v1/projects/{project['id']}/metrics"))
        assert shown["project_id"] == project["id"]
        owner = answered(writer.get(f"/internal/owners/projects/{project['id']}"))
        assert owner == {"tenant": clients()[own_client].account, "resource": own_client}

    def test_a_name_is_enough(self, writer, own_client):
        project = answered(writer.post(f"/v1/clients/{own_client}/projects", json={"name": "Bare"}), 201)
        assert (project["description"], project["budget"], project["start_date"]) == ("", None, None)
        assert answered(writer.get(f"/v1/projects/{project['id']}/metrics"))["leads_generated"] == 0

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"description": 5}, "description"),
            ({"budget": -1}, "budget"),
            ({"budget": "15000"}, "budget"),
            ({"budget": True}, "budget"),
            ({"budget": 1e300}, "budget"),
            ({"start_date": "01.01.2026"}, "start_date"),
            ({"start_date": "2026-02-30"}, "start_date"),
            ({"start_date": "2026-01-01T00:00:00Z"}, "start_date"),
            ({"start_date": 20260101}, "start_date"),
            ({"end_date": "2025-12-31"}, "end_date"),
            ({"status": "completed"}, "status"),
        ],
    )
    def test_a_mistake_is_named_by_its_field(self, dashtrack, changed, field):
        answer = dashtrack.post(f"/v1/clients/{SECOND_CLIENT}/projects", json=SENT | changed)
        assert refused(answer) == [field]

    def test_all_mistakes_come_at_once(self, dashtrack):
        body = {"budget": "x", "start_date": "x", "end_date": "y", "colour": 1}
        answer = dashtrack.post(f"/v1/clients/{SECOND_CLIENT}/projects", json=body)
        assert set(refused(answer)) == {"name", "budget", "start_date", "end_date", "colour"}

    def test_nothing_is_made_for_a_client_out_of_reach(self, dashtrack, other_dashtrack):
        path = f"/v1/clients/{OTHER_CLIENT}/projects"
        before = answered(other_dashtrack.get(path))
        assert dashtrack.post(path, json=SENT).status_code == 403
        assert answered(other_dashtrack.get(path)) == before
        assert dashtrack.post(f"/v1/clients/{MISSING}/projects", json=SENT).status_code == 404


class TestMetrics:
    def test_exactly_the_members_of_the_spec(self, dashtrack):
        shown = answered(dashtrack.get(f"/v1/projects/{PROJECT}/metrics"))
        assert set(shown) == {
            "project_id", "roi", "leads_generated", "cost_per_lead", "conversion_rate", "revenue_generated"
        }  # fmt: skip
        assert shown["project_id"] == PROJECT
        assert shown == answered(dashtrack.get(f"/v1/projects/{PROJECT}/metrics"))

    def test_the_numbers_agree_with_each_other(self):
        for project in begun()[CLIENT]:
            shown, budget = metrics(project), project["budget"]
            assert shown["roi"] == pytest.approx((shown["revenue_generated"] / budget - 1) * 100, abs=0.01)
            assert shown["cost_per_lead"] == pytest.approx(budget / shown["leads_generated"], abs=0.01)
            assert 0 < shown["conversion_rate"] < 100

    def test_missing_is_404_and_out_of_reach_403(self, dashtrack):
        assert answered(dashtrack.get(f"/v1/projects/{MISSING}/metrics"), 404) == {"message": "Project not found"}
        assert dashtrack.get(f"/v1/projects/{OTHER_PROJECT}/metrics").status_code == 403


class TestTeam:
    def test_the_people_of_a_client(self, dashtrack):
        shown = answered(dashtrack.get(f"/v1/clients/{CLIENT}/team"))
        assert 2 <= len(shown["data"]) == shown["total"] <= 6
        assert all({"id", "name", "email", "role"} <= set(member) for member in shown["data"])
        assert len({member["role"] for member in shown["data"]}) == shown["total"]


def test_clients_are_enough_to_page_through():
    accounts = [client.account for client in clients().values()]
    assert (accounts.count(ACCOUNT), accounts.count(OTHER_ACCOUNT)) == (120, 8)
    assert len({client.name for client in clients().values() if client.account == ACCOUNT}) == 120
