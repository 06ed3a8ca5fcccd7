"""What `POST /db-mgmt/api/query` refuses."""

import pytest

from deploy.demo.catalogue import CATALOGUE
from deploy.demo.db_mgmt.query import MAX_POINTS
from tests.deploy.demo.asking import ATTRIBUTION, COHORTS, MAY, QUERY, errors, question


class TestQueryRefused:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"pixelId": ...}, "pixelId"),
            ({"pixelId": "meadow"}, "pixelId"),
            ({"pixelId": 7}, "pixelId"),
            ({"granularity": ...}, "granularity"),
            ({"granularity": "decade"}, "granularity"),
            ({"granularity": "Day"}, "granularity"),
            ({"measures": ...}, "measures"),
            ({"measures": []}, "measures"),
            ({"measures": "core.orders"}, "measures"),
            ({"measures": [{"measure": id_} for id_ in list(CATALOGUE)[:31]]}, "measures"),
            ({"measures": [{"measure": "core.orders"}] * 2}, "measures"),
            ({"measures": ["core.orders"]}, "measures[0]"),
            ({"measures": [{"measure": "core.orders"}, {"measure": "core.nothing"}]}, "measures[1].measure"),
            ({"measures": [{}]}, "measures[0].measure"),
            ({"measures": [{"measure": "core.orders", "pacing": "fast"}]}, "measures[0].pacing"),
            ({"measures": [{"measure": "core.orders", "pacing": 1}]}, "measures[0].pacing"),
            ({"measures": [{"measure": "core.orders", "pacing": []}]}, "measures[0].pacing"),
            ({"measures": [{"measure": "core.orders", "sum": True}]}, "measures[0].sum"),
            ({"dateRange": ...}, "dateRange"),
            ({"dateRange": []}, "dateRange"),
            ({"dateRange": {"start": "2026-05-01"}}, "dateRange.end"),
            ({"dateRange": {"start": "01.05.2026", "end": "2026-05-02"}}, "dateRange.start"),
            ({"dateRange": {"start": "20260501", "end": "2026-05-02"}}, "dateRange.start"),
            ({"dateRange": {"start": "2026-02-30", "end": "2026-05-02"}}, "dateRange.start"),
            ({"dateRange": {"start": "1999-12-31", "end": "2026-05-02"}}, "dateRange.start"),
            ({"dateRange": {"start": "2026-05-01", "end": "2100-01-01"}}, "dateRange.end"),
            ({"dateRange": {"start": 1, "end": "2026-05-02"}}, "dateRange.start"),
            ({"dateRange": {"start": "2026-05-02", "end": "2026-05-01"}}, "dateRange.end"),
            ({"dateRange": {"start": "2026-05-02T10:00:00Z", "end": "2026-05-02T10:00:00Z"}}, "dateRange.end"),
            ({"dateRange": {"start": "2015-01-01", "end": "2026-05-01"}}, "dateRange"),
            ({"compareDateRange": {"start": "2026-05-10", "end": "2026-05-20"}}, "compareDateRange"),
            ({"compareDateRange": {"start": "2026-04-10", "end": "2026-05-01"}}, "compareDateRange"),
            ({"compareDateRange": {"start": "2026-04-10", "end": "2026-04-01"}}, "compareDateRange.end"),
            ({"compareDateRange": "last month"}, "compareDateRange"),
            ({"timezone": "Mars/Olympus"}, "timezone"),
            ({"timezone": "../../etc/passwd"}, "timezone"),
            ({"timezone": ""}, "timezone"),
            ({"timezone": "America"}, "timezone"),
            ({"timezone": 5}, "timezone"),
            ({"dimensions": ["device", "colour"]}, "dimensions[1]"),
            ({"dimensions": ["device", "device"]}, "dimensions"),
            ({"dimensions": ["utm_source", "utm_medium", "utm_campaign", "utm_content", "device", "channel"]}, "dimensions"),
            ({"dimensions": "device"}, "dimensions"),
            ({"filters": "US"}, "filters"),
            ({"filters": {"field": "colour", "op": "equals", "value": "red"}}, "filters.field"),
            ({"filters": {"field": "device", "op": "like", "value": "m"}}, "filters.op"),
            ({"filters": {"field": "device", "op": "equals", "value": ["mobile"]}}, "filters.value"),
            ({"filters": {"field": "device", "op": "in", "value": "mobile"}}, "filters.value"),
            ({"filters": {"field": "device", "op": "in", "value": []}}, "filters.value"),
            ({"filters": {"or": []}}, "filters.or"),
            ({"filters": {"and": [{"or": [{"field": "device", "op": "equals"}]}]}}, "filters.and[0].or[0].value"),
            ({"orderSettings": {"countPendingOrders": "yes"}}, "orderSettings.countPendingOrders"),
            ({"orderSettings": {"refundDateAttribution": "never"}}, "orderSettings.refundDateAttribution"),
            ({"orderSettings": {"exclusionFilters": [1]}}, "orderSettings.exclusionFilters[0]"),
            ({"limit": 10}, "limit"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_named_by_its_field(self, db_mgmt, changed, field):
        assert list(errors(db_mgmt, QUERY, question(**changed))) == [field]

    def test_all_mistakes_come_at_once(self, db_mgmt):
        body = question(
            pixelId="x",
            granularity="x",
            measures=[{"measure": "x"}, {"pacing": 3}],
            dateRange={"start": "x", "end": "y"},
            timezone="x",
            dimensions=["x"],
            filters={"field": "x"},
            extra=1,
        )
        assert set(errors(db_mgmt, QUERY, body)) == {
            "pixelId", "granularity", "measures[0].measure", "measures[1].measure", "measures[1].pacing",
            "dateRange.start", "dateRange.end", "timezone", "dimensions[0]", "filters.field", "filters.op",
            "filters.value", "extra",
        }  # fmt: skip

    def test_a_range_to_compare_with_is_judged_even_if_the_range_is_wrong(self, db_mgmt):
        body = question(
            dateRange={"start": "x", "end": "y"}, compareDateRange={"start": "2026-04-02", "end": "2026-04-01"}
        )
        assert set(errors(db_mgmt, QUERY, body)) == {"dateRange.start", "dateRange.end", "compareDateRange.end"}
        body = question(dateRange={"start": "2026-05-01", "end": "y"}, compareDateRange=MAY)
        assert set(errors(db_mgmt, QUERY, body)) == {"dateRange.end"}

    def test_filters_nested_too_deep_are_refused_however_deep(self, db_mgmt):
        filters = {"field": "device", "op": "equals", "value": "mobile"}
        for _ in range(300):
            filters = {"and": [filters]}
        assert "deeper" in errors(db_mgmt, QUERY, question(filters=filters))["filters"]

    def test_too_many_combinations_are_refused(self, db_mgmt):
        dimensions = ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"]
        filters = [
            {"field": name, "op": "not_equals", "value": "x"}
            for name in ("country", "product", "landing_page", "device")
        ]
        assert list(errors(db_mgmt, QUERY, question(dimensions=dimensions, filters=filters))) == ["dimensions"]

    @pytest.mark.parametrize("changed", [{}, {"measures": [{"measure": "core.orders"}], "dimensions": ["device"]}])
    def test_an_answer_that_would_be_too_large_is_refused_naming_the_limit(self, db_mgmt, changed):
        year = {"start": "2025-05-01", "end": "2026-04-30"}
        found = errors(db_mgmt, QUERY, question(granularity="second", dateRange=year, **changed))
        assert str(MAX_POINTS) in found["granularity"]

    def test_an_empty_hour_of_a_time_zone_is_no_range(self, db_mgmt):
        gap = {"start": "2026-03-08T02:30:00", "end": "2026-03-08T03:15:00"}
        asked = question(dateRange=gap, timezone="America/New_York", granularity="minute")
        assert list(errors(db_mgmt, QUERY, asked)) == ["dateRange"]

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b'{"a": NaN}', b"\xff", b"[" * 5000])
    @pytest.mark.parametrize("path", [QUERY, ATTRIBUTION, COHORTS])
    def test_a_body_that_is_no_object_is_refused(self, db_mgmt, path, body):
        answer = db_mgmt.post(path, content=body)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == ["body"]

    def test_a_body_over_the_limit_is_413(self, db_mgmt):
        assert db_mgmt.post(QUERY, content=b" " * (1 << 20) + b"{}").status_code == 413

    def test_so_many_mistakes_that_they_are_counted(self, db_mgmt):
        assert len(errors(db_mgmt, QUERY, question(**{f"x{n}": n for n in range(500)}))) == 100
