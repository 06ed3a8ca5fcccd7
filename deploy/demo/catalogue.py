"""The catalogue of measures: a table. A measure is a sum over time, or the quotient of two that are.

Quotients are computed from their parts over the whole of whatever is asked (a month's ROAS is the month's revenue by
the month's spend), never averaged from smaller quotients.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Unit(StrEnum):
    """What a measure's values count."""

    COUNT = "count"
    CURRENCY = "currency"
    PERCENT = "percent"
    RATIO = "ratio"


class Trend(StrEnum):
    """The direction in which a measure gets better."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Sum:
    """A measure that adds up: about `a_day` of it on an ordinary day. `from_orders`: order settings change it."""

    a_day: float
    from_orders: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """`times` the one measure by the other; both are sums of the catalogue."""

    of: str
    by: str
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the catalogue."""

    id: str
    title: str
    unit: Unit
    trend: Trend
    formula: Sum | Quotient
    description: str

    @property
    def is_average(self) -> bool:
        return isinstance(self.formula, Quotient)

    @property
    def is_percentage(self) -> bool:
        return self.unit is Unit.PERCENT

    def public(self) -> dict[str, str | bool]:
        """The row as the API shows it."""
        return {
            "id": self.id,
            "title": self.title,
            "unit": self.unit.value,
            "description": self.description,
            "isAverage": self.is_average,
            "isPercentage": self.is_percentage,
            "preferredTrendDirection": self.trend.value,
        }


COUNT, CURRENCY, PERCENT, RATIO = Unit.COUNT, Unit.CURRENCY, Unit.PERCENT, Unit.RATIO
UP, DOWN = Trend.UP, Trend.DOWN

CORE = (
    Measure("core.revenue", "Revenue", CURRENCY, UP, Sum(18_000, True), "Gross revenue of all orders."),
    Measure("core.net_revenue", "Net revenue", CURRENCY, UP, Sum(16_200, True), "Revenue after refunds and discounts."),
    Measure("core.orders", "Orders", COUNT, UP, Sum(240, True), "Orders placed."),
    Measure("core.customers", "Customers", COUNT, UP, Sum(228, True), "People who placed an order."),
    Measure("core.new_customers", "New customers", COUNT, UP, Sum(96, True), "People who placed their first order."),
    Measure("core.returning_customers", "Returning customers", COUNT, UP, Sum(132, True), "People who ordered again."),
    Measure("core.new_customer_revenue", "New customer revenue", CURRENCY, UP, Sum(7_100, True), "Revenue of first orders."),
    Measure("core.returning_customer_revenue", "Returning customer revenue", CURRENCY, UP, Sum(10_900, True), "Revenue of all orders but first ones."),
    Measure("core.attributed_revenue", "Attributed revenue", CURRENCY, UP, Sum(12_400, True), "Revenue credited to an ad."),
    Measure("core.new_customer_attributed_revenue", "New customer attributed revenue", CURRENCY, UP, Sum(5_300, True), "Revenue of first orders credited to an ad."),
    Measure("core.refunds", "Refunds", CURRENCY, DOWN, Sum(820, True), "Money paid back."),
    Measure("core.discounts", "Discounts", CURRENCY, DOWN, Sum(980, True), "Money taken off orders."),
    Measure("core.cogs", "Cost of goods", CURRENCY, DOWN, Sum(5_600, True), "What the goods sold have cost."),
    Measure("core.shipping_costs", "Shipping costs", CURRENCY, DOWN, Sum(1_450, True), "What sending the orders has cost."),
    Measure("core.contribution_margin", "Contribution margin", CURRENCY, UP, Sum(5_900, True), "Net revenue less goods, shipping and ads."),
    Measure("core.ad_spend", "Ad spend", CURRENCY, DOWN, Sum(4_100), "Spend on all ad platforms."),
    Measure("core.aov", "Average order value", CURRENCY, UP, Quotient("core.revenue", "core.orders"), "Revenue per order."),
    Measure("core.mer", "MER", RATIO, UP, Quotient("core.revenue", "core.ad_spend"), "Marketing efficiency ratio: all revenue by all ad spend."),
    Measure("core.new_customer_mer", "New customer MER", RATIO, UP, Quotient("core.new_customer_revenue", "core.ad_spend"), "Revenue of first orders by all ad spend."),
    Measure("core.roas", "ROAS", RATIO, UP, Quotient("core.attributed_revenue", "core.ad_spend"), "Return on ad spend: attributed revenue by ad spend."),
    Measure("core.new_customer_roas", "New customer ROAS", RATIO, UP, Quotient("core.new_customer_attributed_revenue", "core.ad_spend"), "Attributed revenue of first orders by ad spend."),
    Measure("core.cac", "Customer acquisition cost", CURRENCY, DOWN, Quotient("core.ad_spend", "core.new_customers"), "Ad spend per new customer."),
    Measure("core.conversion_rate", "Conversion rate", PERCENT, UP, Quotient("core.orders", "site.sessions", 100), "Orders per hundred sessions."),
    Measure("core.refund_rate", "Refund rate", PERCENT, DOWN, Quotient("core.refunds", "core.revenue", 100), "Refunds per hundred of revenue."),
)  # fmt: skip

SITE = (
    Measure("site.sessions", "Sessions", COUNT, UP, Sum(9_400), "Visits to the shop."),
    Measure("site.page_views", "Page views", COUNT, UP, Sum(36_000), "Pages shown."),
    Measure("site.add_to_carts", "Adds to cart", COUNT, UP, Sum(910), "Products put into a cart."),
    Measure("site.checkouts", "Checkouts", COUNT, UP, Sum(430), "Checkouts begun."),
    Measure("site.bounces", "Bounces", COUNT, DOWN, Sum(3_900), "Visits that ended on their first page."),
    Measure("site.bounce_rate", "Bounce rate", PERCENT, DOWN, Quotient("site.bounces", "site.sessions", 100), "Bounces per hundred sessions."),
    Measure("site.add_to_cart_rate", "Add to cart rate", PERCENT, UP, Quotient("site.add_to_carts", "site.sessions", 100), "Adds to cart per hundred sessions."),
    Measure("site.pages_per_session", "Pages per session", RATIO, UP, Quotient("site.page_views", "site.sessions"), "Pages shown in a visit."),
)  # fmt: skip

EMAIL = (
    Measure("email.sends", "Emails sent", COUNT, UP, Sum(8_200), "Emails delivered."),
    Measure("email.opens", "Email opens", COUNT, UP, Sum(3_100), "Emails opened."),
    Measure("email.clicks", "Email clicks", COUNT, UP, Sum(240), "Clicks in emails."),
    Measure("email.revenue", "Email revenue", CURRENCY, UP, Sum(2_300, True), "Revenue credited to emails."),
    Measure("email.open_rate", "Email open rate", PERCENT, UP, Quotient("email.opens", "email.sends", 100), "Opens per hundred emails."),
    Measure("email.click_rate", "Email click rate", PERCENT, UP, Quotient("email.clicks", "email.sends", 100), "Clicks per hundred emails."),
)  # fmt: skip

COHORT = (
    Measure("orders.ltv_cohort_gross_revenue", "LTV, gross revenue", CURRENCY, UP, Quotient("core.revenue", "core.new_customers"), "Gross revenue that a cohort has brought so far."),
    Measure("orders.ltv_cohort_net_revenue", "LTV, net revenue", CURRENCY, UP, Quotient("core.net_revenue", "core.new_customers"), "Net revenue that a cohort has brought so far."),
    Measure("orders.customers_cohort", "Cohort customers", COUNT, UP, Sum(96, True), "Customers of a cohort who ordered in the period."),
    Measure("orders.avg_order_value_cohort", "Cohort order value", CURRENCY, UP, Quotient("core.revenue", "core.orders"), "Revenue per order of a cohort."),
    Measure("orders.cohort_retention_percent", "Cohort retention", PERCENT, UP, Quotient("core.returning_customers", "core.customers", 100), "Share of a cohort that ordered in the period."),
    Measure("orders.cohort_cm1", "Cohort CM1", CURRENCY, UP, Sum(8_700, True), "Revenue of a cohort so far less goods."),
    Measure("orders.cohort_cm2", "Cohort CM2", CURRENCY, UP, Sum(6_400, True), "Revenue of a cohort so far less goods and fulfilment."),
)  # fmt: skip


def _platform(name: str, title: str, spend_a_day: float) -> tuple[Measure, ...]:
    """The measures that every ad platform reports, for one of them."""
    spend, clicks, shows, sales, revenue = (
        f"{name}.{what}" for what in ("spend", "clicks", "impressions", "purchases", "revenue")
    )
    return (
        Measure(spend, f"{title} spend", CURRENCY, DOWN, Sum(spend_a_day), f"Spend on {title} ads."),
        Measure(shows, f"{title} impressions", COUNT, UP, Sum(spend_a_day * 92), f"Times that {title} ads were shown."),
        Measure(clicks, f"{title} clicks", COUNT, UP, Sum(spend_a_day * 1.3), f"Clicks on {title} ads."),
        Measure(sales, f"{title} purchases", COUNT, UP, Sum(spend_a_day / 31), f"Purchases that {title} reports."),
        Measure(revenue, f"{title} revenue", CURRENCY, UP, Sum(spend_a_day * 2.6), f"Revenue that {title} reports."),
        Measure(f"{name}.cpm", f"{title} CPM", CURRENCY, DOWN, Quotient(spend, shows, 1000), f"Spend per thousand {title} impressions."),
        Measure(f"{name}.cpc", f"{title} CPC", CURRENCY, DOWN, Quotient(spend, clicks), f"Spend per {title} click."),
        Measure(f"{name}.ctr", f"{title} CTR", PERCENT, UP, Quotient(clicks, shows, 100), f"Clicks per hundred {title} impressions."),
        Measure(f"{name}.cpa", f"{title} CPA", CURRENCY, DOWN, Quotient(spend, sales), f"Spend per {title} purchase."),
        Measure(f"{name}.roas", f"{title} ROAS", RATIO, UP, Quotient(revenue, spend), f"Revenue that {title} reports by its spend."),
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    *CORE,
    *_platform("meta", "Meta", 2_300),
    *_platform("google", "Google", 1_200),
    *_platform("tiktok", "TikTok", 600),
    *SITE,
    *EMAIL,
    *COHORT,
)

CATALOGUE: Mapping[str, Measure] = MappingProxyType({measure.id: measure for measure in MEASURES})
COHORT_MEASURES: tuple[str, ...] = tuple(measure.id for measure in COHORT)
