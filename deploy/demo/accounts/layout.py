"""Where widgets stand: a grid of twelve columns, filled like a shelf, left to right and downwards. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GRID_COLUMNS = 12


class Size(NamedTuple):
    """How much room a widget takes."""

    columns: int
    rows: int


class Place(NamedTuple):
    """Where a widget stands: its upper left corner and its size."""

    x: int
    y: int
    columns: int
    rows: int

    def overlaps(self, other: Place) -> bool:
        """Whether the two share a cell of the grid."""
        return (
            self.x < other.x + other.columns
            and other.x < self.x + self.columns
            and self.y < other.y + other.rows
            and other.y < self.y + self.rows
        )


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "sparkline": Size(4, 2),
        "number": Size(3, 2),
        "kpi": Size(3, 2),
        "gauge": Size(3, 3),
        "line": Size(6, 4),
        "area": Size(6, 4),
        "bar": Size(6, 4),
        "stacked_bar": Size(6, 4),
        "pie": Size(4, 4),
        "donut": Size(4, 4),
        "heatmap": Size(12, 5),
        "table": Size(12, 5),
    }
)
"""Every chart type and its size in the `kpi-grid`."""


def kpi_grid(chart_types: Sequence[str]) -> list[Place]:
    """A place for each chart, in order. None overlaps another, none leaves the grid."""
    places: list[Place] = []
    x = y = shelf_rows = 0
    for size in map(SIZES.__getitem__, chart_types):
        if x + size.columns > GRID_COLUMNS:
            x, y, shelf_rows = 0, y + shelf_rows, 0
        places.append(Place(x, y, size.columns, size.rows))
        x, shelf_rows = x + size.columns, max(shelf_rows, size.rows)
    return places
