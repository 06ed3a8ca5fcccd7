"""What a query can be cut by, and the share of each value in a measure. The shares of a dimension add up to one.

Dimensions are independent of each other here: the share of (facebook, mobile) is the product of the two.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from deploy.demo.chance import chance

if TYPE_CHECKING:
    from collections.abc import Mapping

DIMENSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "utm_source": ("facebook", "google", "tiktok", "klaviyo", "direct"),
        "utm_medium": ("cpc", "paid_social", "email", "organic", "referral"),
        "utm_campaign": ("spring_sale", "brand", "prospecting", "retargeting", "newsletter"),
        "utm_content": ("video_a", "video_b", "carousel", "static"),
        "utm_term": ("running shoes", "rain jacket", "trail pack", "none"),
        "channel": ("paid", "email", "organic", "direct"),
        "device": ("mobile", "desktop", "tablet"),
        "country": ("US", "CA", "GB", "DE", "AU"),
        "customer_type": ("new_customer", "returning_customer"),
        "product": ("Ridge boot", "Fjord jacket", "Creek bottle", "Summit pack"),
        "landing_page": ("/", "/collections/new", "/products/ridge-boot", "/sale"),
    }
)


@lru_cache(maxsize=4096)
def shares(tenant: str, about: str, dimension: str) -> Mapping[str, float]:
    """The share of each value of `dimension` in whatever `about` names (a measure, an attribution model)."""
    weights = {value: 0.2 + chance(tenant, about, dimension, value) for value in DIMENSIONS[dimension]}
    total = sum(weights.values())
    return MappingProxyType({value: weight / total for value, weight in weights.items()})
