"""From a list of measures to a finished dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from deploy.demo.accounts.configuration import Configuration
from deploy.demo.accounts.layout import Place, kpi_grid
from deploy.demo.catalogue import CATALOGUE

if TYPE_CHECKING:
    from deploy.demo.accounts.requests import Preset

DEFAULT_CHART = "sparkline"


def configuration_of(preset: Preset) -> Configuration:
    """The preset's configuration: one widget for each measure, laid out so that none overlaps."""
    charts = preset.chart_types or [DEFAULT_CHART] * len(preset.measures)
    tiles = zip(preset.measures, charts, kpi_grid(charts), strict=True)
    return Configuration.model_validate(
        {
            "attributionModel": preset.attribution_model,
            "attributionWindow": preset.attribution_window,
            "granularity": preset.granularity,
            "dateRange": preset.date_range,
            "widgets": [_widget(str(uuid4()), *tile) for tile in tiles],
        }
    )


def _widget(id_: str, measure: str, chart: str, place: Place) -> dict[str, Any]:
    return {
        "id": id_,
        "title": CATALOGUE[measure].title,
        "chartType": chart,
        "layout": place._asdict(),
        "dataConfig": {"measures": [measure], "dimensions": [], "filters": []},
    }
