from datetime import date, timedelta

import httpx
import pytest

from deploy.demo.catalogue import CATALOGUE
from deploy.demo.db_mgmt.query import MAX_POINTS
from deploy.demo.seed import OTHER_PIXEL, PIXEL
from deploy.demo.terms import GRANULARITIES
from tests.deploy.demo.asking import (
    ATTRIBUTION,
    COHORTS,
    MAY,
    QUERY,
    attribution,
    cohort,
    detail,
    errors,
    question,
    results,
)


class TestMeasures:
    def test_the_catalogue_is_listed(self, db_mgmt):
        listed = db_mgmt.get("/db-mgmt/api/measures").json()["measures"]
        assert [one["id"] for one in listed] == list(CATALOGUE)
        assert all(one["title"] and one["unit"] and one["description"] for one in listed)


class TestQuery:
    def test_the_answer_has_the_shape_of_the_spec(self, db_mgmt):
        (result,) = results(db_mgmt, QUERY, question())
        assert result["dateRange"] == MAY
        assert result["dimensions"] == []
        assert len(result["data"]["primary"]) == len(result["data"]["compare"]) == 10
        assert result["data"]["primary"][0]["dt"] == "2026-05-01"
        assert {"core.orders", "core.new_customer_roas"} <= set(result["data"]["primary"][0])
        for one in result["measureDetails"]:
            assert set(one) >= {
                "measure", "isAverage", "isPercentage", "primarySum", "compareSum", "primaryAvg", "compareAvg",
                "percentDiff", "preferredTrendDirection",
            }  # fmt: skip

    def test_details_agree_with_the_points(self, db_mgmt):
        (result,) = results(db_mgmt, QUERY, question())
        orders = detail(result, "core.orders")
        shown = [point["core.orders"] for point in result["data"]["primary"]]
        before = [point["core.orders"] for point in result["data"]["compare"]]
        assert orders["primarySum"] == sum(shown)
        assert orders["compareSum"] == sum(before)
        assert orders["primaryAvg"] == pytest.approx(sum(shown) / 10)
        assert orders["percentDiff"] == pytest.approx((sum(shown) / sum(before) - 1) * 100, abs=1e-3)
        assert (orders["isAverage"], orders["preferredTrendDirection"]) == (False, "up")

    def test_the_average_of_a_quotient_is_that_of_the_whole_range(self, db_mgmt):
        (daily,) = results(db_mgmt, QUERY, question())
        (whole,) = results(db_mgmt, QUERY, question(granularity="none"))
        roas = detail(daily, "core.new_customer_roas")
        assert roas["isAverage"]
        assert roas["primaryAvg"] == whole["data"]["primary"][0]["core.new_customer_roas"]

    def test_the_same_question_has_the_same_answer(self, db_mgmt):
        asked = question(dimensions=["device"], filters=[{"field": "country", "op": "equals", "value": "US"}])
        assert results(db_mgmt, QUERY, asked) == results(db_mgmt, QUERY, asked)

    def test_the_tenant_is_the_gateways_and_not_the_bodys(self, demo, db_mgmt):
        asked = question(pixelId=OTHER_PIXEL)
        assert results(db_mgmt, QUERY, asked) == results(db_mgmt, QUERY, question())
        other = {"x-tenant-id": OTHER_PIXEL, "x-pixel-id": PIXEL}
        answer = httpx.post(demo.url("db-mgmt") + QUERY, json=asked, headers=other, trust_env=False)
        assert answer.json()["results"] != results(db_mgmt, QUERY, asked)

    @pytest.mark.parametrize("granularity", GRANULARITIES)
    def test_every_granularity_is_answered_and_adds_up(self, db_mgmt, granularity):
        hour = {"start": "2026-05-01T10:00:00Z", "end": "2026-05-01T11:00:00Z"}
        asked = question(granularity=granularity, dateRange=hour, measures=[{"measure": "core.orders"}])
        (result,) = results(db_mgmt, QUERY, asked)
        (whole,) = results(db_mgmt, QUERY, asked | {"granularity": "none"})
        assert detail(result, "core.orders")["primarySum"] == detail(whole, "core.orders")["primarySum"]
        assert len(result["data"]["primary"]) == {"second": 3600, "minute": 60}.get(granularity, 1)

    @pytest.mark.parametrize("measure", CATALOGUE)
    def test_every_measure_of_the_catalogue_can_be_asked(self, db_mgmt, measure):
        (result,) = results(db_mgmt, QUERY, question(granularity="none", measures=[{"measure": measure}]))
        assert detail(result, measure)["primaryAvg"] > 0

    def test_without_steps_nothing_is_compared_unless_asked(self, db_mgmt):
        (result,) = results(db_mgmt, QUERY, question(granularity="none"))
        assert result["data"]["compare"] == []
        assert detail(result, "core.orders")["compareSum"] is None
        assert detail(result, "core.orders")["percentDiff"] is None

    def test_the_range_to_compare_with_can_be_named(self, db_mgmt):
        april = {"start": "2026-04-01", "end": "2026-04-10"}
        (named,) = results(db_mgmt, QUERY, question(compareDateRange=april))
        (alone,) = results(db_mgmt, QUERY, question(dateRange=april))
        assert named["data"]["compare"] == alone["data"]["primary"]

    def test_days_are_those_of_the_time_zone(self, db_mgmt):
        (result,) = results(db_mgmt, QUERY, question(timezone="America/New_York"))
        assert result["data"]["primary"][0]["start"] == "2026-05-01T00:00:00-04:00"

    def test_dimensions_make_rows_that_add_up(self, db_mgmt):
        spend = [{"measure": "meta.spend"}]
        rows = results(db_mgmt, QUERY, question(measures=spend, dimensions=["device", "customer_type"]))
        (whole,) = results(db_mgmt, QUERY, question(measures=spend))
        assert len(rows) == 6
        assert rows[0]["dimensionFilters"] == [
            [{"dimension": "device", "value": "mobile"}, {"dimension": "customer_type", "value": "new_customer"}]
        ]
        total = sum(detail(row, "meta.spend")["primarySum"] for row in rows)
        assert total == pytest.approx(detail(whole, "meta.spend")["primarySum"], abs=0.1)

    @pytest.mark.parametrize(
        ("filters", "kept"),
        [
            ({"field": "device", "op": "equals", "value": "mobile"}, {"mobile"}),
            ({"field": "device", "op": "not_equals", "value": "mobile"}, {"desktop", "tablet"}),
            ([{"field": "device", "op": "in", "value": ["mobile", "tablet"]}], {"mobile", "tablet"}),
            ({"and": [{"field": "device", "op": "not_in", "value": ["mobile", "tablet"]}]}, {"desktop"}),
            ({"field": "device", "op": "contains", "value": "b"}, {"mobile", "tablet"}),
            ({"field": "device", "op": "not_contains", "value": "b"}, {"desktop"}),
            (
                {"or": [{"field": "device", "op": "equals", "value": one} for one in ("mobile", "desktop")]},
                {"mobile", "desktop"},
            ),
            ({}, {"mobile", "desktop", "tablet"}),
            ([], {"mobile", "desktop", "tablet"}),
            ({"field": "device", "op": "equals", "value": "watch"}, set()),
        ],
    )
    def test_filters_keep_the_rows_that_meet_them(self, db_mgmt, filters, kept):
        rows = results(db_mgmt, QUERY, question(dimensions=["device"], filters=filters))
        assert {row["dimensionFilters"][0][0]["value"] for row in rows} == kept

    def test_a_filter_on_what_is_not_shown_leaves_a_part_of_the_whole(self, db_mgmt):
        filters = {"field": "country", "op": "equals", "value": "US"}
        (some,) = results(db_mgmt, QUERY, question(filters=filters))
        (whole,) = results(db_mgmt, QUERY, question())
        assert 0 < detail(some, "core.orders")["primarySum"] < detail(whole, "core.orders")["primarySum"]

    def test_pacing_projects_the_last_step_when_the_range_cuts_it_short(self, db_mgmt):
        def asked(pacing):
            measures = [{"measure": name, "pacing": pacing} for name in ("core.revenue", "core.roas")]
            half_of_april = {"start": "2026-04-01", "end": "2026-04-15"}
            return question(granularity="month", dateRange=half_of_april, measures=measures)

        (plain,) = results(db_mgmt, QUERY, asked(False))
        for pacing in (True, "linear"):
            (paced,) = results(db_mgmt, QUERY, asked(pacing))
            before, after = plain["data"]["primary"][0], paced["data"]["primary"][0]
            assert after["core.revenue"] == pytest.approx(2 * before["core.revenue"])
            assert after["core.roas"] == before["core.roas"]
            assert detail(paced, "core.revenue")["hasPacing"]
        assert not detail(plain, "core.revenue")["hasPacing"]
        for unpaced in ("none", None):
            assert results(db_mgmt, QUERY, asked(unpaced)) == [plain]

    def test_pacing_leaves_whole_steps_alone(self, db_mgmt):
        april = {"start": "2026-04-01", "end": "2026-04-30"}
        paced = question(granularity="month", dateRange=april, measures=[{"measure": "core.revenue", "pacing": True}])
        plain = question(granularity="month", dateRange=april, measures=[{"measure": "core.revenue"}])
        assert results(db_mgmt, QUERY, paced) == results(db_mgmt, QUERY, plain)

    def test_order_settings_change_what_is_made_of_orders_and_nothing_else(self, db_mgmt):
        measures = [{"measure": name} for name in ("core.revenue", "meta.spend", "core.refunds")]
        settings = {
            "countPendingOrders": True,
            "refundDateAttribution": "original_order_date",
            "exclusionFilters": [{}],
        }
        (plain,) = results(db_mgmt, QUERY, question(measures=measures))
        (settled,) = results(db_mgmt, QUERY, question(measures=measures, orderSettings=settings))
        assert detail(settled, "core.revenue")["primarySum"] > detail(plain, "core.revenue")["primarySum"]
        assert detail(settled, "core.refunds")["primarySum"] < detail(plain, "core.refunds")["primarySum"] * 1.03
        assert detail(settled, "meta.spend") == detail(plain, "meta.spend")


class TestAttribution:
    def test_the_answer_is_by_dimension(self, db_mgmt):
        rows = results(db_mgmt, ATTRIBUTION, attribution())
        values = [row["dimensionFilters"][0][0]["value"] for row in rows]
        assert values == ["facebook", "google", "tiktok", "klaviyo", "direct"]
        for row in rows:
            assert row["dimension"] == "utm_source"
            assert row["dateRange"] == MAY
            assert len(row["data"]["primary"]) == 1
            assert detail(row, "core.attributed_revenue")["primarySum"] > 0

    def test_models_credit_differently_and_spend_alike(self, db_mgmt):
        by_model = {
            model: results(db_mgmt, ATTRIBUTION, attribution(attributionModel=model))[0]
            for model in ("first_click", "last_click", "any_click")
        }
        assert len({detail(row, "core.attributed_revenue")["primarySum"] for row in by_model.values()}) == 3
        assert len({detail(row, "core.ad_spend")["primarySum"] for row in by_model.values()}) == 1

    def test_a_longer_window_credits_more(self, db_mgmt):
        credited = [
            detail(results(db_mgmt, ATTRIBUTION, attribution(attributionWindow=days))[0], "core.orders")["primarySum"]
            for days in (1, 7, 14, 28, 30, 60, 90)
        ]
        assert credited == sorted(credited)
        assert credited[0] < credited[-1]

    def test_two_ranges_can_be_compared(self, db_mgmt):
        april = {"start": "2026-04-01", "end": "2026-04-10"}
        row = results(db_mgmt, ATTRIBUTION, attribution(compareDateRange=april))[0]
        assert detail(row, "core.orders")["compareSum"] == row["data"]["compare"][0]["core.orders"]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"pixelId": ...}, "pixelId"),
            ({"dimension": ...}, "dimension"),
            ({"dimension": "colour"}, "dimension"),
            ({"dateRange": ...}, "dateRange"),
            ({"attributionModel": ...}, "attributionModel"),
            ({"attributionModel": "linear"}, "attributionModel"),
            ({"attributionWindow": ...}, "attributionWindow"),
            ({"attributionWindow": 31}, "attributionWindow"),
            ({"attributionWindow": "30"}, "attributionWindow"),
            ({"attributionWindow": True}, "attributionWindow"),
            ({"compareDateRange": MAY}, "compareDateRange"),
            ({"measures": []}, "measures"),
        ],
    )
    def test_a_mistake_is_named_by_its_field(self, db_mgmt, changed, field):
        assert list(errors(db_mgmt, ATTRIBUTION, attribution(**changed))) == [field]


class TestCohorts:
    def test_each_cohort_is_followed_to_the_end_of_the_range(self, db_mgmt):
        found = results(db_mgmt, COHORTS, cohort())
        assert [one["cohort"] for one in found] == ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
        assert [len(one["data"]["primary"]) for one in found] == [4, 3, 2, 1]

    def test_a_cohort_begins_whole_and_grows_only_in_what_it_has_brought(self, db_mgmt):
        first = results(db_mgmt, COHORTS, cohort())[0]
        points = first["data"]["primary"]
        assert points[0]["orders.cohort_retention_percent"] == 100
        assert points[0]["orders.customers_cohort"] == first["cohortSize"] > 0
        assert all(0 < point["orders.cohort_retention_percent"] < 100 for point in points[1:])
        brought = [point["orders.ltv_cohort_gross_revenue"] for point in points]
        assert brought == sorted(set(brought))
        assert all(p["orders.ltv_cohort_net_revenue"] < p["orders.ltv_cohort_gross_revenue"] for p in points)

    @pytest.mark.parametrize("granularity", ["week", "month", "year"])
    def test_each_granularity_is_answered(self, db_mgmt, granularity):
        found = results(db_mgmt, COHORTS, cohort(granularity=granularity, timezone="Asia/Tokyo", orderSettings={}))
        assert found[0]["granularity"] == granularity

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"granularity": "day"}, "granularity"),
            ({"measures": []}, "measures"),
            ({"measures": ["core.orders"]}, "measures[0]"),
            ({"measures": [{"measure": "orders.cohort_cm1"}]}, "measures[0]"),
            ({"measures": ["orders.cohort_cm1"] * 2}, "measures"),
            ({"dateRange": ...}, "dateRange"),
            ({"timezone": "Nowhere"}, "timezone"),
            ({"orderSettings": 1}, "orderSettings"),
            ({"compareDateRange": MAY}, "compareDateRange"),
        ],
    )
    def test_a_mistake_is_named_by_its_field(self, db_mgmt, changed, field):
        assert list(errors(db_mgmt, COHORTS, cohort(**changed))) == [field]

    def test_an_answer_that_would_be_too_large_is_refused(self, db_mgmt):
        end = date(2026, 4, 30)
        range_ = {"start": (end - timedelta(days=1800)).isoformat(), "end": end.isoformat()}
        assert str(MAX_POINTS) in errors(db_mgmt, COHORTS, cohort(granularity="week", dateRange=range_))["granularity"]
