from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from deploy.demo.seed import OTHER_PIXEL, OTHER_VIEW, PIXEL, VIEW
from tests.deploy.demo.viewing import (
    CONFIGURATION_MEMBERS,
    MEMBERS,
    MISSING,
    PRESET,
    PULSE,
    TIME,
    VIEWS,
    WIDGET,
    assert_is_missing,
    listed,
    made,
    refused,
)


class TestList:
    @pytest.mark.parametrize(("type_", "count"), [("view", 3), ("attribution_view", 2), ("pnl_view", 2)])
    def test_each_pixel_begins_with_some_of_each_type(self, other_seeded, type_, count):
        found = listed(other_seeded, type=type_)
        assert len(found) == count
        assert {(view["type"], view["pixelId"]) for view in found} == {(type_, OTHER_PIXEL)}

    def test_the_type_is_view_unless_named(self, other_seeded):
        assert listed(other_seeded) == listed(other_seeded, type="view")
        assert listed(other_seeded)[0]["id"] == OTHER_VIEW

    @pytest.mark.parametrize("query", ["type=chart", "type=", "type=View", "type=view&type=pnl_view"])
    def test_any_other_type_is_refused(self, accounts, query):
        assert refused(accounts.get(f"{VIEWS}?{query}")) == ["type"]

    def test_views_come_in_their_order(self, accounts):
        for name, order in (("c", 3), ("a", 1), ("b", 2)):
            made(accounts.post(VIEWS, json={"name": name, "order": order}))
        assert [view["name"] for view in listed(accounts)] == ["a", "b", "c"]


class TestGet:
    def test_a_view_has_every_member_of_the_spec(self, seeded):
        view = made(seeded.get(f"{VIEWS}/{VIEW}"), 200)
        assert set(view) == MEMBERS
        assert set(view["configuration"]) == CONFIGURATION_MEMBERS
        assert (view["id"], view["pixelId"], view["createdBy"], view["updatedBy"]) == (VIEW, PIXEL, "", "")
        assert TIME.fullmatch(view["createdAt"])
        assert TIME.fullmatch(view["updatedAt"])
        for widget in view["configuration"]["widgets"]:
            assert set(widget) >= {"id", "title", "chartType", "layout", "dataConfig"}
            assert set(widget["layout"]) >= {"x", "y", "rows", "columns"}
            assert set(widget["dataConfig"]) == {"measures", "dimensions", "filters"}

    @pytest.mark.parametrize("id_", [MISSING, OTHER_VIEW, "not-an-id", "%00", "a" * 500])
    def test_missing_and_foreign_are_the_same_404(self, seeded, id_):
        assert_is_missing(seeded.get(f"{VIEWS}/{id_}"))
        assert_is_missing(seeded.patch(f"{VIEWS}/{id_}", json={"name": "x"}))
        assert_is_missing(seeded.delete(f"{VIEWS}/{id_}"))
        assert_is_missing(seeded.post(f"{VIEWS}/{id_}/copy"))

    def test_foreign_views_are_untouched_by_what_was_refused(self, seeded, other_seeded):
        before = listed(other_seeded)
        seeded.patch(f"{VIEWS}/{OTHER_VIEW}", json={"name": "taken"})
        seeded.delete(f"{VIEWS}/{OTHER_VIEW}")
        assert listed(other_seeded) == before


class TestCreate:
    def test_a_name_is_enough(self, accounts, pixel):
        view = made(accounts.post(VIEWS, json={"name": "Mine"}))
        assert set(view) == MEMBERS
        assert set(view["configuration"]) == CONFIGURATION_MEMBERS
        assert str(UUID(view["id"])) == view["id"]
        assert (view["pixelId"], view["type"], view["name"], view["order"]) == (pixel, "view", "Mine", 0)
        assert (view["createdBy"], view["updatedBy"]) == ("", "")
        assert view["configuration"]["widgets"] == []
        assert made(accounts.get(f"{VIEWS}/{view['id']}"), 200) == view

    def test_what_was_sent_is_kept(self, accounts):
        configuration = {
            "attributionModel": "last_click",
            "attributionWindow": 7,
            "granularity": "month",
            "dateRange": {"start": "2026-01-01", "end": "2026-03-31"},
            "grid": {"maxWidth": 900},
            "widgets": [WIDGET],
            "filters": {"and": []},
            "viewFilters": [{}],
            "defaultSettings": {"theme": "dark"},
        }
        sent = {"name": "Mine", "type": "pnl_view", "configuration": configuration, "order": 5}
        view = made(accounts.post(VIEWS, json=sent))
        assert view["configuration"] == configuration
        assert (view["type"], view["order"]) == ("pnl_view", 5)
        assert listed(accounts) == []
        assert listed(accounts, type="pnl_view") == [view]

    def test_new_views_come_last(self, accounts):
        assert [made(accounts.post(VIEWS, json={"name": name}))["order"] for name in "abc"] == [0, 1, 2]

    def test_what_is_not_the_clients_to_write_changes_nothing(self, accounts, pixel):
        sent = {
            "id": MISSING,
            "pixelId": PIXEL,
            "createdAt": "2020-01-01T00:00:00.000Z",
            "updatedAt": "x",
            "createdBy": "me",
            "updatedBy": "me",
            "name": "Mine",
        }
        view = made(accounts.post(VIEWS, json={"dashboardView": sent}))
        assert view["id"] != MISSING
        assert view["pixelId"] == pixel
        assert (view["createdBy"], view["updatedBy"]) == ("", "")
        assert view["createdAt"] > "2026"

    def test_what_was_read_can_be_sent_back(self, accounts):
        view = made(accounts.post(PRESET, json={"name": "Mine", "measures": PULSE}))
        again = made(accounts.post(VIEWS, json={"dashboardView": view}))
        assert again["configuration"] == view["configuration"]
        assert again["id"] != view["id"]

    @pytest.mark.parametrize("wrapped", [False, True])
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "  "}, "name"),
            ({"name": 5}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": "x", "type": "chart"}, "type"),
            ({"name": "x", "order": -1}, "order"),
            ({"name": "x", "order": 1.5}, "order"),
            ({"name": "x", "pixelId": "mine"}, "pixelId"),
            ({"name": "x", "colour": "red"}, "colour"),
            ({"name": "x", "configuration": []}, "configuration"),
            ({"name": "x", "configuration": {"attributionModel": "linear"}}, "configuration.attributionModel"),
            ({"name": "x", "configuration": {"attributionWindow": 31}}, "configuration.attributionWindow"),
            ({"name": "x", "configuration": {"granularity": "decade"}}, "configuration.granularity"),
            ({"name": "x", "configuration": {"dateRange": {"start": "2026-01-01"}}}, "configuration.dateRange.end"),
            ({"name": "x", "configuration": {"widgets": [{"id": "a"}]}}, "configuration.widgets[0].layout"),
            ({"name": "x", "configuration": {"widgets": [WIDGET, WIDGET]}}, "configuration.widgets"),
            (
                {"name": "x", "configuration": {"widgets": [WIDGET | {"chartType": "hologram"}]}},
                "configuration.widgets[0].chartType",
            ),
            (
                {"name": "x", "configuration": {"widgets": [WIDGET | {"dataConfig": {"measures": ["no.such"]}}]}},
                "configuration.widgets[0].dataConfig.measures[0]",
            ),
            (
                {"name": "x", "configuration": {"widgets": [WIDGET | {"layout": WIDGET["layout"] | {"x": 12}}]}},
                "configuration.widgets[0].layout.x",
            ),
        ],
    )
    def test_a_mistake_is_named_by_its_field(self, accounts, body, field, wrapped):
        if wrapped:
            assert refused(accounts.post(VIEWS, json={"dashboardView": body})) == [f"dashboardView.{field}"]
        else:
            assert refused(accounts.post(VIEWS, json=body)) == [field]
        assert listed(accounts) == []

    def test_members_beside_the_wrapped_view_are_refused(self, accounts):
        body = {"dashboardView": {"name": ""}, "name": "x", "pixelId": PIXEL}
        assert refused(accounts.post(VIEWS, json=body)) == ["dashboardView.name", "name"]
        assert refused(accounts.post(VIEWS, json=body | {"dashboardView": {"name": "x"}})) == ["name"]

    def test_all_mistakes_come_at_once(self, accounts):
        body = {"name": "", "type": "x", "order": "1", "configuration": {"granularity": "x", "grid": 1}}
        assert set(refused(accounts.post(VIEWS, json=body))) == {
            "name", "type", "order", "configuration.granularity", "configuration.grid"
        }  # fmt: skip


class TestChange:
    @pytest.fixture
    def view(self, accounts):
        return made(accounts.post(VIEWS, json={"name": "Before", "configuration": {"widgets": [WIDGET]}}))

    @pytest.mark.parametrize(
        "change", [{"name": "After"}, {"order": 9}, {"name": "After", "order": 9}, {"dashboardView": {"name": "After"}}]
    )
    def test_what_is_named_changes_and_nothing_else(self, accounts, view, change):
        changed = made(accounts.patch(f"{VIEWS}/{view['id']}", json=change), 200)
        assert changed == view | change.get("dashboardView", change) | {"updatedAt": changed["updatedAt"]}
        assert changed["updatedAt"] >= view["updatedAt"]
        assert made(accounts.get(f"{VIEWS}/{view['id']}"), 200) == changed

    def test_a_configuration_is_replaced_whole(self, accounts, view):
        changed = made(accounts.patch(f"{VIEWS}/{view['id']}", json={"configuration": {"granularity": "week"}}), 200)
        assert changed["configuration"]["granularity"] == "week"
        assert changed["configuration"]["widgets"] == []

    def test_a_whole_view_can_be_sent_back_changed(self, accounts, view):
        changed = made(accounts.patch(f"{VIEWS}/{view['id']}", json={"dashboardView": view | {"name": "After"}}), 200)
        assert changed["name"] == "After"
        assert changed["configuration"] == view["configuration"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({}, "body"),
            ({"createdBy": "me"}, "body"),
            ({"dashboardView": {}}, "dashboardView"),
            ({"name": ""}, "name"),
            ({"order": "first"}, "order"),
            ({"colour": "red", "name": "x"}, "colour"),
            ({"configuration": {"attributionWindow": 2}}, "configuration.attributionWindow"),
        ],
    )
    def test_a_mistake_is_named_and_nothing_changes(self, accounts, view, change, field):
        assert refused(accounts.patch(f"{VIEWS}/{view['id']}", json=change)) == [field]
        assert made(accounts.get(f"{VIEWS}/{view['id']}"), 200) == view

    def test_changes_at_the_same_time_do_not_undo_each_other(self, accounts, view):
        def change(number):
            member = {"name": f"n{number}"} if number % 2 else {"order": number}
            return accounts.patch(f"{VIEWS}/{view['id']}", json=member).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(change, range(40))) == {200}
        after = made(accounts.get(f"{VIEWS}/{view['id']}"), 200)
        assert after["name"] != "Before"
        assert after["order"] != view["order"]


class TestDelete:
    def test_a_deleted_view_is_gone(self, demo, accounts):
        id_ = made(accounts.post(VIEWS, json={"name": "Mine"}))["id"]
        answer = accounts.delete(f"{VIEWS}/{id_}")
        assert (answer.status_code, answer.json()) == (200, {"message": "Dashboard view deleted", "id": id_})
        assert_is_missing(accounts.get(f"{VIEWS}/{id_}"))
        assert_is_missing(accounts.delete(f"{VIEWS}/{id_}"))
        assert listed(accounts) == []


class TestCopy:
    def test_a_copy_has_a_new_id_and_all_the_rest(self, accounts, pixel):
        view = made(accounts.post(PRESET, json={"name": "Pulse", "measures": PULSE}))
        copy = made(accounts.post(f"{VIEWS}/{view['id']}/copy"))
        assert copy["id"] != view["id"]
        assert (copy["name"], copy["pixelId"], copy["order"]) == ("Pulse (copy)", pixel, 1)
        assert copy["configuration"] == view["configuration"]
        assert [one["id"] for one in listed(accounts)] == [view["id"], copy["id"]]

    def test_changing_the_copy_leaves_the_view(self, accounts):
        view = made(accounts.post(VIEWS, json={"name": "Mine"}))
        copy = made(accounts.post(f"{VIEWS}/{view['id']}/copy"))
        accounts.patch(f"{VIEWS}/{copy['id']}", json={"name": "Other"})
        assert made(accounts.get(f"{VIEWS}/{view['id']}"), 200) == view

    def test_a_copy_can_be_named(self, accounts):
        view = made(accounts.post(VIEWS, json={"name": "Mine"}))
        assert made(accounts.post(f"{VIEWS}/{view['id']}/copy", json={"name": "Yours"}))["name"] == "Yours"
        assert refused(accounts.post(f"{VIEWS}/{view['id']}/copy", json={"name": ""})) == ["name"]

    def test_the_longest_name_can_be_copied(self, accounts):
        view = made(accounts.post(VIEWS, json={"name": "x" * 200}))
        copy = made(accounts.post(f"{VIEWS}/{view['id']}/copy"))
        assert len(copy["name"]) == 200
        assert copy["name"].endswith(" (copy)")

    def test_copies_at_the_same_time_are_all_made_each_in_its_place(self, accounts):
        id_ = made(accounts.post(VIEWS, json={"name": "Mine"}))["id"]
        with ThreadPoolExecutor(8) as pool:
            copies = list(pool.map(lambda _: made(accounts.post(f"{VIEWS}/{id_}/copy")), range(40)))
        assert len({copy["id"] for copy in copies}) == 40
        assert sorted(copy["order"] for copy in copies) == list(range(1, 41))
        assert len(listed(accounts)) == 41
