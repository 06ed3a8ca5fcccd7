"""The views that the demo begins with: some of each type, for both pixels, under ids that stay the same."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from deploy.demo.accounts.preset import configuration_of
from deploy.demo.accounts.requests import Preset
from deploy.demo.accounts.views import whole_view
from deploy.demo.seed import OTHER_PIXEL, PIXEL, derived_id

if TYPE_CHECKING:
    from deploy.demo.documents import Document, Documents

DAY = date(2026, 5, 31)
WRITTEN_AT = "2026-05-31T09:00:00.000Z"

SAMPLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("view", "Daily pulse", ("core.revenue", "core.orders", "core.aov", "core.mer", "core.roas", "core.cac")),
    (
        "view",
        "Paid channels",
        ("meta.spend", "meta.roas", "google.spend", "google.roas", "tiktok.spend", "tiktok.roas"),
    ),
    ("view", "Shop floor", ("site.sessions", "core.conversion_rate", "site.add_to_cart_rate", "site.bounce_rate")),
    ("attribution_view", "First click by source", ("core.attributed_revenue", "core.roas")),
    ("attribution_view", "New customers by campaign", ("core.new_customers", "core.new_customer_roas")),
    ("pnl_view", "Profit and loss", ("core.net_revenue", "core.cogs", "core.ad_spend", "core.contribution_margin")),
    ("pnl_view", "Leaks", ("core.refunds", "core.discounts", "core.shipping_costs", "core.refund_rate")),
)


def sample_views(pixel: str) -> list[Document]:
    """The views that `pixel` begins with."""
    return [_view(pixel, type_, name, measures) for type_, name, measures in SAMPLES]


def _view(pixel: str, type_: str, name: str, measures: tuple[str, ...]) -> Document:
    order = [sample[1] for sample in SAMPLES if sample[0] == type_].index(name)
    preset = Preset.model_validate({"name": name, "measures": list(measures), "type": type_})
    return whole_view(
        derived_id("view", pixel, type_, str(order)),
        pixel,
        type_=type_,
        name=name,
        configuration=configuration_of(preset).stored(DAY),
        order=order,
        at=WRITTEN_AT,
    )


def begin(documents: Documents) -> None:
    """Put the samples on an empty shelf; one that was used before is left as it is."""
    if documents.is_empty():
        for pixel in (PIXEL, OTHER_PIXEL):
            documents.put_all(pixel, sample_views(pixel))
